"""Compares a wheel with what the corpus says about it. Every difference is a line of text."""

from __future__ import annotations

import hashlib
import re
import sys
import sysconfig
import zipfile
from pathlib import Path

from packaging.utils import parse_wheel_filename
from project import Project

# What Officina adds to cffi's C, behind what the project attached to it: see `_run_builder.py`.
_MARK = re.compile(rb"\n\n#ifdef OFFICINA_GLUE_LEVEL\n(# .*\n)+#endif\n#ifdef Py_LIMITED_API\n(# .*\n)+#endif\n")
_CHECKS = re.compile(rb"\n#if !defined OFFICINA_UNCHECKED .*\n(?=(?:#.*\n)+#define OFFICINA_SAME)[\s\S]*")


def differences(project: Project, wheel: Path, compiled: list[Path], builder: str) -> list[str]:
    """All that is wrong with a wheel; `compiled` are the sources that the compiler was given."""
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    return [
        *file_list(project, set(contents)),
        *_generated(project, contents, compiled),
        *_tag(project, wheel, builder),
    ]


def tag(wheel: Path) -> str:
    """`cp39-abi3-linux_x86_64`"""
    return "-".join(wheel.stem.split("-")[-3:])


def file_list(project: Project, names: set[str]) -> list[str]:
    """What a wheel with these files lacks, and what it should not have."""
    wanted = set(project.layout["wheel_map"]) | set(project.expected["generated"])
    found = {n for n in names if ".dist-info/" not in n and not n.endswith("/")}
    return [
        *(f"the wheel lacks `{name}`" for name in sorted(wanted - found)),
        *(f"the wheel holds `{name}`, which it should not" for name in sorted(found - wanted)),
    ]


def _generated(project: Project, contents: dict[str, bytes], compiled: list[Path]) -> list[str]:
    wrong = []
    for name, digest in project.expected["generated_source_sha256"].items():
        if name.endswith(".py"):
            path = name[: -len(".py")].replace(".", "/") + ".py"
            found = [contents.get(path, b"")]
        else:
            # A module in a package may be generated under its bare name or under its full one.
            ends = [(f".{path.name}", f".{name}", path) for path in compiled]
            same = [path for one, other, path in ends if one.endswith(other) or other.endswith(one)]
            texts = [_MARK.sub(b"", path.read_bytes(), count=1) for path in same]
            found = [_CHECKS.sub(b"", text) for text in texts]
        if not found:
            wrong.append(f"`{name}` was never compiled")
        elif digest not in {hashlib.sha256(text).hexdigest() for text in found}:
            wrong.append(f"cffi's `{name}` differs from the recorded one")
    return wrong


def _tag(project: Project, wheel: Path, builder: str) -> list[str]:
    found = tag(wheel)
    try:
        parse_wheel_filename(wheel.name)
    except ValueError as error:
        return [f"`{wheel.name}`: {error}"]
    if builder == "setuptools":
        # What setuptools makes of it is a fact; only the platform may be another one.
        wanted = [t.rsplit("-", 1)[0] for t in project.expected["tags"]]
        return [] if found.rsplit("-", 1)[0] in wanted else [f"tag {found}, not {wanted}"]
    wanted = _wanted_tag(project, sysconfig.get_platform())
    fits = _fits(found, wanted)
    if builder == "plugin" and "-abi3-" in found:
        # A project's own `bdist_wheel` may say the least Python, as it does without Officina.
        fits = fits or found.rsplit("-", 1)[0] in {t.rsplit("-", 1)[0] for t in project.expected["tags"]}
    return [] if fits else [f"tag {found}, not {wanted}"]


def is_tagged(project: Project, wheel: Path, platform: str) -> bool:
    """Whether Officina's wheel for `linux-aarch64` has the tag that it should."""
    return _fits(tag(wheel), _wanted_tag(project, platform))


def _fits(found: str, wanted: str) -> bool:
    return found.endswith(wanted[1:]) if wanted.startswith("*") else found == wanted


def _wanted_tag(project: Project, platform: str) -> str:
    """The tag by Officina's rules, from the kinds of modules that there are."""
    if all(kind == "cffi-abi-py" for kind in project.expected["generated"].values()):
        return "py3-none-any"
    platform = platform.replace("-", "_").replace(".", "_")
    if any(n.endswith(".so") and not n.endswith(".abi3.so") for n in project.expected["generated"]):
        version = "cp{}{}".format(*sys.version_info)
        return f"{version}-{version}-{platform}"
    bound = project.lower_bound
    return f"cp{bound[0]}{bound[1]}-abi3-{platform}" if bound else f"*-abi3-{platform}"

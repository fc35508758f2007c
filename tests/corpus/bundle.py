"""Builds projects of the corpus with `bundle`, and holds the wheels against those of `auditwheel repair`.

    make corpus-bundle ARGS="[NAME ...]"

Each is then tried, as it is and after `strip`, in a root that has no other libraries than a manylinux tag promises.
That wants root, or the right to a namespace.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from bare_root import BareRoot  # noqa: E402
from cyclonedx.schema import SchemaVersion  # noqa: E402
from cyclonedx.validation.json import JsonStrictValidator  # noqa: E402
from debian import DebianError, ensure_installed  # noqa: E402
from environments import fresh_environment, run  # noqa: E402
from packageurl import PackageURL  # noqa: E402
from project import Project, make_tree  # noqa: E402
from pypi import unpacked  # noqa: E402
from ran import end_of  # noqa: E402
from repairing import linked_files, repaired  # noqa: E402
from run import WORK, empty, pip_wheel, python_for, selected  # noqa: E402

# What a library opens itself when it runs, which neither tool takes along: Debian's libsrtp2 calls NSS.
OPENS = {"pylibsrtp": "libsoftokn3.so"}


def main() -> int:
    """Builds and compares what the command line asks for; 1 if something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects; default: all that link libraries of Debian")
    names = parser.parse_args().names
    projects = [project for project in selected(names) if names or _links_libraries(project)]
    failures = 0
    for project in projects:
        start = time.perf_counter()
        try:
            found, wrong = _one(project)
        except (RuntimeError, DebianError) as error:
            found, wrong = "not built", [end_of(str(error))]
        failures += bool(wrong)
        print(f"{project.name} {project.version}: {found} ({time.perf_counter() - start:.0f} s)", flush=True)
        print("".join(f"   {line}\n" for line in wrong), end="", flush=True)
    print(f"{len(projects) - failures} of {len(projects)} hold")
    return 1 if failures else 0


def _links_libraries(project: Project) -> bool:
    is_compiled = any(kind != "cffi-abi-py" for kind in project.expected["generated"].values())
    return is_compiled and bool(project.build["apt"])


def _one(project: Project) -> tuple[str, list[str]]:
    """What a wheel has taken in, and what is wrong with it."""
    ensure_installed(project.build["apt"])
    source = unpacked(project.name, project.version, WORK / "sdists")
    wheels = WORK / "wheels" / project.name
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        tree = make_tree(project, source, Path(temporary, "tree"))
        python = python_for(project, "officina")
        plain = pip_wheel(project, python, tree, wheels / "plain", OFFICINA_BUNDLE="false")
        settings = {"OFFICINA_BUNDLE": "true", "OFFICINA_PLATFORM_TAG": "auto"}
        wheel = pip_wheel(project, python, tree, wheels / "bundle", **settings)
    oracle = repaired(plain, empty(wheels / "repaired"))
    copies = [size for name, size in _sizes(wheel).items() if re.match(r"[^/]+\.libs/[^/]+$", name)]
    found = f"{len(copies)} bundled, {sum(copies) / 1e6:.1f} MB; {wheel.stat().st_size / 1e6:.1f} MB packed"
    found += f", auditwheel's {oracle.stat().st_size / 1e6:.1f} MB; {wheel.stem.rsplit('-', 1)[1]}"
    found += f"; fails without {OPENS[project.name]}, as auditwheel's does" if project.name in OPENS else ""
    wrong = [] if copies else ["nothing is bundled"]
    wrong += _differences(wheel, oracle)
    again = repaired(wheel, empty(wheels / "again"))
    wrong += [f"auditwheel changes the wheel: {line}" for line in _differences(wheel, again)]
    wrong += _bill(wheel, oracle)
    wrong += _alone(project, wheel, plain, oracle)
    return found, wrong


def _sizes(wheel: Path) -> dict[str, int]:
    with zipfile.ZipFile(wheel) as archive:
        return {member.filename: member.file_size for member in archive.infolist()}


def _differences(wheel: Path, oracle: Path) -> list[str]:
    """In what two wheels differ for the dynamic linker, and in their names and files."""
    wrong = [] if wheel.name == oracle.name else [f"`{wheel.name}`, not `{oracle.name}`"]
    # Licences and what is said of the libraries are Officina's own.
    own, theirs = (
        {name for name in _sizes(one) if not re.search(r"\.libs/licenses/|\.dist-info/sboms/|/$", name)}
        for one in (wheel, oracle)
    )
    wrong += [f"`{name}` is in one wheel alone" for name in sorted(own ^ theirs)]
    with tempfile.TemporaryDirectory(prefix="corpus-") as temporary:
        facts = []
        for at, one in enumerate((wheel, oracle)):
            folder = Path(temporary, str(at))
            with zipfile.ZipFile(one) as archive:
                archive.extractall(folder)
            facts.append(linked_files(folder))
    for name in sorted(facts[0].keys() & facts[1].keys()):
        for fact, value in facts[0][name].items():
            other = facts[1][name][fact]
            wrong += [f"`{name}`, {fact}: {value}, not {other}"] if value != other else []
    return wrong


def _bill(wheel: Path, oracle: Path) -> list[str]:
    """What is wrong with the bill of materials, beside auditwheel's and Debian's own word."""
    text, own = _bill_of(wheel, "officina")
    _, theirs = _bill_of(oracle, "auditwheel")
    wrong = [f"the bill of materials lacks {package}" for package in sorted(theirs.keys() - own.keys())]
    invalid = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    wrong += [f"the bill of materials is not valid: {str(invalid).splitlines()[0]}"] if invalid else []
    nobodys = [part["name"] for part in json.loads(text)["components"] if "purl" not in part]
    wrong += [f"no package for {name}" for name in nobodys]
    licenses = {name.split("/")[2] for name in _sizes(wheel) if ".libs/licenses/" in name}
    for (_, name, version), url in sorted(own.items()):
        asked = f"{name}:{url.qualifiers['arch']}"
        known = run(["dpkg-query", "--show", "--showformat=${Version}", asked]).stdout
        wrong += [] if version == known else [f"{asked} is {known}, not {version}"]
        wrong += [] if name in licenses else [f"the licence of {name} is not in the wheel"]
    return wrong


def _bill_of(wheel: Path, tool: str) -> tuple[str, dict[tuple[str, str, str], PackageURL]]:
    """A bill of materials, and the packages of Debian in it: auditwheel names neither machine nor release."""
    with zipfile.ZipFile(wheel) as archive:
        paths = [path for path in archive.namelist() if path.endswith(f".dist-info/sboms/{tool}.cdx.json")]
        # auditwheel, which asks Debian for `/usr/lib/…` alone, has none where packages say `/lib/…`.
        text = archive.read(paths[0]).decode() if paths else '{"components": []}'
    urls = [PackageURL.from_string(part["purl"]) for part in json.loads(text)["components"] if "purl" in part]
    return text, {(url.namespace, url.name, url.version): url for url in urls if url.type == "deb"}


def _alone(project: Project, wheel: Path, plain: Path, oracle: Path) -> list[str]:
    """What a wheel does where its libraries are not, as it is and stripped; without `bundle` it has to fail."""
    python = fresh_environment(WORK / "smoke", [str(wheel)])
    platform = wheel.stem.rsplit("-", 1)[1].split(".")[0]
    root = BareRoot(empty(WORK / "bare"), python, platform)
    said = {"as it is": _said(project, root)}
    [site] = python.parents[1].glob("lib/python*/site-packages")
    linked = [site / name for name in _sizes(wheel) if re.search(r"\.so(\.|$)", Path(name).name)]
    run(["strip", *map(str, linked)])
    said["after `strip`"] = _said(project, root)
    _install(python, plain)
    wrong = [] if _said(project, root) else ["the wheel without libraries works there too"]
    wanted = ""
    if project.name in OPENS:
        _install(python, oracle)
        wanted = _said(project, root)
        wrong += [] if wanted else ["auditwheel's wheel works there; so `OPENS` is not right"]
    wrong += [f"the smoke fails without the libraries, {how}\n{text}" for how, text in said.items() if text != wanted]
    return wrong


def _install(python: Path, wheel: Path) -> None:
    run([str(python), "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", str(wheel)])


def _said(project: Project, root: BareRoot) -> str:
    """What a smoke says that fails; nothing if it passes."""
    done = subprocess.run(root.running("-c", project.smoke), capture_output=True, text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else end_of(done.stdout + done.stderr)


if __name__ == "__main__":
    sys.exit(main())

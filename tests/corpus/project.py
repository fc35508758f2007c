"""A project of the corpus as data, and the pyproject.toml that its facts amount to."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native import NATIVE, Native

# Officina leaves these out of wheels unless `include` names them.
C_FAMILY = {".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"}


@dataclass(frozen=True)
class Project:
    """One JSON file of the corpus, read."""

    metadata: dict[str, Any]
    build: dict[str, Any]
    layout: dict[str, Any]
    expected: dict[str, Any]
    smoke: str
    native: Native | None = None
    """Its parts beside its CFFI modules."""

    @property
    def name(self) -> str:
        return self.metadata["name"]

    @property
    def version(self) -> str:
        return self.metadata["version"]

    @property
    def lower_bound(self) -> tuple[int, int] | None:
        """The `3.N` of `requires-python = ">=3.N"`."""
        found = re.search(r">=\s*(\d+)\.(\d+)", self.metadata.get("requires-python", ""))
        return (int(found[1]), int(found[2])) if found else None

    def build_requirements(self) -> list[str]:
        """What has to be installed to run the builders, besides the backend and cffi.

        The facts carry remarks in brackets: `setuptools<70 (declared)` means that the project
        declares a bound which a build without isolation does not look at.
        """
        names = set()
        for requirement in self.build["build_requires"]:
            if "(optional" not in requirement:
                name = re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")
                names.add(name)
        return sorted(names - {"cffi", "setuptools"})

    def depends_on_cffi(self) -> bool:
        """Whether `dependencies` name it: autobahn has it in an extra, since it does without its modules."""
        return any(re.match(r"cffi\b", one) for one in self.metadata.get("dependencies", []))

    def needs_setuptools(self) -> bool:
        """Whether a builder imports setuptools or distutils."""
        return any(r.startswith("setuptools") for r in self.build["build_requires"])


def load(path: Path) -> Project:
    """Reads one JSON file; a fact that this harness would ignore is an error."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    beside = {str(Path(entry.partition(":")[0]).parent) for entry in facts["build"]["cffi_modules"]}
    if facts["build"]["builder_preimport"] or set(facts["build"]["builder_sys_path"]) - beside:
        raise SystemExit(f"error: {path.name}: a builder wants more than its own folder; teach the harness")
    if facts["layout"]["data_scheme"]:
        raise SystemExit(f"error: {path.name}: `layout.data_scheme` is not empty")
    return Project(
        metadata=facts["project"],
        build=facts["build"],
        layout=facts["layout"],
        expected=facts["expected"],
        smoke=facts["smoke"],
        native=NATIVE.get(facts["project"]["name"]),
    )


def make_tree(project: Project, source: Path, folder: Path) -> Path:
    """Copies an unpacked sdist and makes of it what Officina builds."""
    shutil.copytree(source, folder, symlinks=True)
    (folder / "pyproject.toml").write_text(pyproject(project, folder), encoding="utf-8")
    if project.native:
        project.native.apply(folder)
    return folder


def pyproject(project: Project, tree: Path) -> str:
    """The pyproject.toml with which Officina builds what setuptools built.

    `exclude` stands for what the project's own `package_data` leaves out.
    """
    requires = ["officina", *project.build_requirements()]
    if project.needs_setuptools():
        requires.append("setuptools")
    return (
        _table("build-system", {"requires": requires, "build-backend": "officina"})
        + _table("project", project.metadata)
        + _table("tool.officina", _settings(project, tree))
        + (project.native.tables if project.native else "")
    )


def _settings(project: Project, tree: Path) -> dict[str, Any]:
    layout = project.layout
    wanted = set(layout["wheel_map"].values())
    tops = [p for p in layout["packages"] if not _beneath(p, layout["packages"])]
    settings = {
        "cffi_modules": project.build["cffi_modules"],
        "ext-package": project.build["ext_package"],
        "python-source": layout["root"],
        "packages": tops,
        "py-modules": layout["py_modules"],
        "include": sorted(path for path in wanted if Path(path).suffix in C_FAMILY),
        "exclude": _left_out(tree / layout["root"], tree, tops, wanted),
        "require-cffi": None if project.depends_on_cffi() else False,
    }
    settings.update(project.native.settings if project.native else ())
    return {key: value for key, value in settings.items() if value is not None}


def _beneath(package: str, packages: list[str]) -> bool:
    return any(package.startswith(f"{other}.") for other in packages)


def _left_out(root: Path, tree: Path, packages: list[str], wanted: set[str]) -> list[str]:
    found = set()
    for package in packages:
        for path in (root / package.replace(".", "/")).rglob("*"):
            relative = path.relative_to(tree).as_posix()
            if path.is_file() and relative not in wanted and path.suffix not in C_FAMILY:
                found.add(relative)
    return sorted(found)


def _table(name: str, values: dict[str, Any]) -> str:
    lines = [f"{_key(key)} = {_value(value)}" for key, value in values.items()]
    return f"[{name}]\n" + "\n".join(lines) + "\n\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_value(inner)}" for key, inner in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # for text, TOML's escapes are JSON's


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w-]+", key, re.ASCII) else json.dumps(key, ensure_ascii=False)

"""Moves maturin's test crates with cffi bindings over to Officina, and runs their own checks.

    python tests/moved_crates/maturin.py [--source FOLDER] [--python PYTHON] [CRATE ...]

It needs cargo, cbindgen and git; FOLDER is a checkout of maturin, which is cloned else. Each crate is built into a
wheel, from the tree and from its sdist, which is installed into a fresh environment, where `check_installed.py` runs.
Everything lies in `.make/moved-crates`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".make" / "moved-crates" / "maturin"
sys.path.insert(0, str(ROOT / "tests"))
from environments import environment, fresh_environment, officina_wheel, run  # noqa: E402

REPOSITORY, TAG = "https://github.com/PyO3/maturin", "v1.16.0"

PYPROJECT = """\
[build-system]
requires = ["officina"]
build-backend = "officina"

[project]
name = "{name}"
version = "0.1.0"
dependencies = ["cffi; platform_python_implementation != 'PyPy'"]

[tool.officina]
packages = [{packages}]
py-modules = []
python-source = "{source}"
{settings}
[[tool.officina.crates]]
path = "{path}"
header = "include/{name}.h"
module = "{module}"
"""


@dataclass(frozen=True)
class Moved:
    """How one crate is said in the words of Officina."""

    module: str
    packages: str = ""
    source: str = "."
    path: str = "."
    beside: tuple[str, ...] = ()
    """Other crates that it names by a path, which lie beside it in the project then."""
    settings: str = ""


CRATES = {
    "cffi-pure": Moved("cffi_pure"),
    "cffi-mixed": Moved("cffi_mixed.cffi_mixed", "cffi_mixed"),
    "cffi-mixed-implicit": Moved("cffi_mixed_implicit.some_rust.rust", "cffi_mixed_implicit", "python"),
    "cffi-mixed-include-exclude": Moved(
        "cffi_mixed_include_exclude.cffi_mixed_include_exclude",
        "cffi_mixed_include_exclude",
        # What its build.rs writes for the package is the work of a step.
        settings="""exclude = ["cffi_mixed_include_exclude/exclude_this_file"]

[[tool.officina.steps]]
name = "info"
commands = [["{python}", "-c", "open('generated_info.txt', 'w').write('hello from build.rs')"]]
directory = "{root}/cffi_mixed_include_exclude"
inputs = ["pyproject.toml"]
outputs = ["cffi_mixed_include_exclude/generated_info.txt"]
""",
    ),
    "cffi-mixed-py-subdir": Moved("cffi_mixed_py_subdir._cffi_mixed", "cffi_mixed_py_subdir", "python"),
    "cffi-mixed-src": Moved("cffi_mixed_src.cffi_mixed_src", "cffi_mixed_src", "src", "rust"),
    "cffi-mixed-submodule": Moved("cffi_mixed_submodule.rust_module.rust", "cffi_mixed_submodule"),
    "cffi-mixed-with-path-dep": Moved(
        "cffi_mixed_with_path_dep.cffi_mixed_with_path_dep",
        "cffi_mixed_with_path_dep",
        "cffi-mixed-with-path-dep",
        "cffi-mixed-with-path-dep",
        beside=("some_path_dep", "transitive_path_dep"),
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path)
    parser.add_argument("--python", default=sys.executable, help="the Python to build for and to check with")
    parser.add_argument("crates", nargs="*", metavar="CRATE")
    options = parser.parse_args()
    source = options.source or _cloned()
    failed = []
    for name in options.crates or CRATES:
        try:
            wheel = _checked(name, source, options.python)
            print(f"{name}: {wheel}: works, from the tree and from the sdist", flush=True)
        except RuntimeError as error:
            failed.append(name)
            print(f"{name}: {error}", flush=True)
    return 1 if failed else 0


def _cloned() -> Path:
    folder = WORK / "checkout"
    if not folder.is_dir():
        WORK.mkdir(parents=True, exist_ok=True)
        run(["git", "clone", "--quiet", "--depth", "1", "--branch", TAG, REPOSITORY, str(folder)])
    return folder


def _checked(name: str, source: Path, python: str) -> str:
    moved, crates = CRATES[name], source / "test-crates"
    tree, out = WORK / name, WORK / f"{name}-dist"
    for folder in (tree, out):
        shutil.rmtree(folder, ignore_errors=True)
    if moved.beside:
        for crate in (name, *moved.beside):
            shutil.copytree(crates / crate, tree / crate)
    else:
        shutil.copytree(crates / name, tree)
    said = {"name": name, "source": moved.source, "path": moved.path, "module": moved.module}
    said["packages"] = f'"{moved.packages}"' if moved.packages else ""
    text = PYPROJECT
    for key, value in said.items():
        text = text.replace("{" + key + "}", value)
    text = text.replace("{settings}", moved.settings)
    (tree / "pyproject.toml").write_text(text)
    inside = environment(WORK / "venvs" / Path(python).parent.parent.name, _requirements(python), python)
    officina = inside.parent / "officina"
    run([str(officina), "header", str(tree)])
    run([str(officina), "build", "--out", str(out), str(tree)])
    from_sdist = _wheel(out).read_bytes()
    run([str(officina), "build", "--wheel", "--out", str(out), str(tree)])
    if _wheel(out).read_bytes() != from_sdist:
        raise RuntimeError("the wheel from the sdist is another one than that from the tree")
    installed = fresh_environment(WORK / "installed", [str(_wheel(out))], python)
    check = next(tree.rglob("check_installed/check_installed.py"))
    done = subprocess.run([installed, check], capture_output=True, text=True, cwd=out)
    if done.returncode or "SUCCESS" not in done.stdout:
        raise RuntimeError(done.stdout + done.stderr)
    return _wheel(out).name


def _requirements(python: str) -> list[str]:
    is_pypy = "pypy" in Path(python).resolve().name
    return [str(officina_wheel()), *([] if is_pypy else ["cffi"])]


def _wheel(folder: Path) -> Path:
    [wheel] = folder.glob("*.whl")
    return wheel


if __name__ == "__main__":
    sys.exit(main())

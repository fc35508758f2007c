"""Builds published projects with a CFFI module and a Rust core as they are, and with officina-build in the place of
their own way, and compares what their tests say.

    python tests/moved_crates/run.py [cryptography] [rust_with_cffi]

It needs cargo, OpenSSL's headers and an index of packages. Everything lies in `.make/moved-crates`, where a second run
finds what the first has compiled.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".make" / "moved-crates"
sys.path.insert(0, str(ROOT / "tests"))
from environments import environment, run  # noqa: E402
from pypi import unpacked  # noqa: E402

DEPENDENCY = f'officina-build = {{ path = "{ROOT / "officina-build"}"'


@dataclass(frozen=True)
class Project:
    """A project, and what is another one in it once it is moved."""

    sdist: tuple[str, str]
    folder: str
    """Where the project lies in the sdist."""
    build: tuple[str, ...]
    """The words after `python -m` that make its wheel in `dist`."""
    tests: tuple[str, ...]
    """The words after `python -m pytest`."""
    requires: tuple[str, ...]
    """What its build and its tests need."""
    files: dict[str, str]
    """Files with another text."""
    edits: tuple[tuple[str, str, str], ...] = ()
    """Changes of files: path, text, and what takes its place."""
    removed: tuple[str, ...] = ()
    """Files that are not there any more."""


CRYPTOGRAPHY = Project(
    sdist=("cryptography", "50.0.2"),
    folder=".",
    build=("maturin", "build", "--auditwheel", "skip", "--out", "dist"),
    tests=("tests", "--numprocesses", "2", "--benchmark-disable"),
    requires=("maturin", "setuptools", "pytest-benchmark", "pretend", "certifi", "cryptography-vectors==50.0.2"),
    files={
        "src/rust/cryptography-cffi/build.rs": """
            fn main() -> Result<(), officina_build::Error> {
                officina_build::Module::entry("_cffi_src/build_openssl.py:ffi").root("../..")
                    .includes(std::env::var_os("DEP_OPENSSL_INCLUDE"))
                    .limited_api(officina_build::LimitedApi::FromPyo3).compile()
            }
            """,
        "src/rust/cryptography-cffi/src/lib.rs": """
            use openssl_sys as _;

            officina_build::module!(openssl = "_openssl" as pyo3::ffi::PyObject);

            pub fn create_module(
                py: pyo3::Python<'_>,
            ) -> pyo3::PyResult<pyo3::Bound<'_, pyo3::types::PyModule>> {
                let module = unsafe { pyo3::Bound::from_owned_ptr_or_err(py, openssl::init())? };
                Ok(unsafe { module.cast_into_unchecked() })
            }
            """,
    },
    edits=(
        (
            "src/rust/cryptography-cffi/Cargo.toml",
            "[build-dependencies]\ncc.workspace = true\npyo3-build-config.workspace = true\n",
            f"{DEPENDENCY}, default-features = false }}\n\n[build-dependencies]\n{DEPENDENCY} }}\n",
        ),
    ),
)

RUST_WITH_CFFI = Project(
    sdist=("setuptools-rust", "1.13.0"),
    folder="examples/rust_with_cffi",
    build=("pip", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", "dist", "."),
    tests=("tests",),
    requires=("setuptools", "setuptools-rust==1.13.0", "wheel"),
    files={
        "build.rs": """
            fn main() -> Result<(), officina_build::Error> {
                officina_build::Module::entry("cffi_module.py:ffi")
                    .limited_api(officina_build::LimitedApi::FromPyo3).compile()
            }
            """,
        "rust/lib.rs": """
            use pyo3::prelude::*;

            officina_build::module!(cffi = "rust_with_cffi.cffi" as pyo3::ffi::PyObject);

            #[pyfunction]
            fn rust_func() -> PyResult<u64> {
                Ok(14)
            }

            #[pymodule]
            fn rust(module: &Bound<'_, PyModule>) -> PyResult<()> {
                let py = module.py();
                module.add_function(wrap_pyfunction!(rust_func, module)?)?;
                let cffi = unsafe { Bound::from_owned_ptr_or_err(py, cffi::init())? };
                py.import("sys")?.getattr("modules")?.set_item("rust_with_cffi.cffi", cffi)
            }
            """,
    },
    edits=(
        ("setup.py", '    cffi_modules=["cffi_module.py:ffi"],\n', ""),
        (
            "Cargo.toml",
            'pyo3 = "0.28"\n',
            f'pyo3 = "0.29"\n{DEPENDENCY}, default-features = false }}\n\n[build-dependencies]\n{DEPENDENCY} }}\n',
        ),
    ),
    removed=("Cargo.lock",),
)
PROJECTS = {"cryptography": CRYPTOGRAPHY, "rust_with_cffi": RUST_WITH_CFFI}


def main(names: list[str]) -> int:
    differ = False
    for name in names or PROJECTS:
        results = {state: _result(name, PROJECTS[name], state) for state in ("own", "moved")}
        for state, result in results.items():
            print(f"{name} {state}: {result}", flush=True)
        differ |= results["own"] != results["moved"]
    return 1 if differ else 0


def _result(name: str, project: Project, state: str) -> str:
    """What pytest counts."""
    sdist = unpacked(*project.sdist, WORK / "sdists")
    tree = WORK / name / state
    kept = WORK / name / f"{state}-target"
    shutil.rmtree(kept, ignore_errors=True)
    if (tree / "target").is_dir():  # what was compiled already
        (tree / "target").rename(kept)
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(sdist / project.folder, tree)
    if kept.is_dir():
        kept.rename(tree / "target")
    if state == "moved":
        _move(project, tree)
    folder = WORK / name / f"{state}-env"
    python = str(environment(folder, ["cffi", "pytest", "pytest-xdist", *project.requires]))
    run([python, "-m", *project.build], cwd=tree, env={**os.environ, "VIRTUAL_ENV": str(folder)})
    [wheel] = (tree / "dist").glob("*.whl")
    run([python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", str(wheel)], cwd=tree)
    said = run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *project.tests], cwd=tree).stdout
    counts = re.findall(r"(\d+) (passed|failed|skipped|errors?)\b", said.splitlines()[-1])
    if not any(what == "passed" for _, what in counts):
        raise SystemExit(f"error: no test of {name} passed\n{said}")
    return ", ".join(f"{number} {what}" for number, what in counts)


def _move(project: Project, tree: Path) -> None:
    for path, text in project.files.items():
        (tree / path).write_text(text, encoding="utf-8")
    for path, before, after in project.edits:
        text = (tree / path).read_text(encoding="utf-8")
        if before not in text:
            raise SystemExit(f"error: `{path}` does not hold `{before}`")
        (tree / path).write_text(text.replace(before, after), encoding="utf-8")
    for path in project.removed:
        (tree / path).unlink()
    run(["cargo", "metadata", "--format-version", "1"], cwd=tree)  # adds officina-build to Cargo.lock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

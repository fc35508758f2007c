"""What the tests share: Officina's wheel, and environments that hold it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import environments  # noqa: E402
from building import run  # noqa: E402
from interpreters import INTERPRETERS  # noqa: E402


def pytest_report_header() -> list[str]:
    """Which interpreters the run covers, and which it does not."""
    found = [f"{name} ({path})" for name, path in INTERPRETERS.items() if path]
    missing = [name for name, path in INTERPRETERS.items() if not path]
    return [f"interpreters: {', '.join(found)}", f"not found: {', '.join(missing) or 'none'}"]


@pytest.fixture(scope="session")
def officina_wheel() -> Path:
    """The wheel under test."""
    return environments.officina_wheel()


@pytest.fixture(scope="session")
def build_env(officina_wheel: Path) -> Callable[[str], Path]:
    """`build_env(python)`: an interpreter of that kind with Officina, cffi and the frontends.

    Kept between runs; made anew when the wheel's bytes change.
    """

    def make(python: str = sys.executable) -> Path:
        facts = "import sys; print(sys.implementation.name, *sys.version_info[:2], *sys.abiflags, sep='-')"
        name = run([python, "-c", facts], HERE).stdout.strip()
        folder = environments.SCRATCH / "test-environments" / name
        # PyPy ships its own cffi; elsewhere the newest one that suits the interpreter is right.
        cffi = [] if name.startswith("pypy") else ["cffi"]
        requirements = [str(officina_wheel), *cffi, "build"]
        return environments.environment(folder, requirements, python)

    return make


@pytest.fixture(scope="session")
def python(build_env: Callable[[str], Path]) -> Path:
    """The interpreter that most tests build with: the one that pytest runs in."""
    return build_env(sys.executable)


@pytest.fixture(scope="session")
def example_project() -> Path:
    """The tutorial, which is also the end-to-end test."""
    return environments.REPOSITORY / "example-project"

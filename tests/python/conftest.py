"""What the tests share: Officina's wheel, environments that hold it, and the end of a run."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import environments  # noqa: E402
import wheelhouse  # noqa: E402
from interpreters import INTERPRETERS  # noqa: E402
from skips import Skips  # noqa: E402

collect_ignore = [] if os.name == "nt" else ["test_windows.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Lets the programs of tests be interrupted where whoever started the run ignores signals, as `nohup` and `&` do.

    They inherit what is ignored; what has a handler here is as always there.
    """
    for name in ("SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        config.pluginmanager.register(Skips(os.environ.get("CI", "") not in ("", "false")))


def pytest_report_header() -> str:
    """Which interpreters the run covers, and which it does not."""
    named = (f"{name} ({path or 'not found'})" for name, path in INTERPRETERS.items())
    return f"interpreters: {', '.join(named)}"


@pytest.fixture(scope="session")
def officina_wheel() -> Path:
    """The wheel under test."""
    return environments.officina_wheel()


@pytest.fixture(scope="session", autouse=True)
def from_the_wheelhouse(officina_wheel: Path) -> Iterator[None]:
    """Whatever pip and uv install in a test comes from the wheelhouse."""
    wheelhouse.fill(sys.executable)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in wheelhouse.variables(officina_wheel).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def build_env(officina_wheel: Path) -> Callable[[str], Path]:
    """`build_env(python)`: an interpreter of that kind with Officina, cffi and the frontends.

    Kept between runs; made anew when the wheel's bytes change.
    """

    def make(python: str = sys.executable) -> Path:
        wheelhouse.fill(python)
        name, _ = wheelhouse.facts(python)
        # PyPy ships its own cffi; elsewhere the newest one that suits the interpreter is right.
        cffi = [] if name.startswith("pypy") else ["cffi"]
        requirements = [str(officina_wheel), *cffi, "build"]
        return environments.environment(wheelhouse.ENVIRONMENTS / name, requirements, python)

    return make


@pytest.fixture(scope="session")
def python(build_env: Callable[[str], Path]) -> Path:
    """The interpreter that most tests build with: the one that pytest runs in."""
    return build_env(sys.executable)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """`once(name, make)`: a folder of that name that `make` has filled, in one of the processes of this run."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder = root / "once" / name
        folder.parent.mkdir(exist_ok=True)
        done = folder.with_name(f"{name}.done")
        with FileLock(folder.with_name(f"{name}.lock")):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def example_project() -> Path:
    """The tutorial, which is also the end-to-end test."""
    return environments.REPOSITORY / "example-project"

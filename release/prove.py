"""`make prove-wheels`: what `make wheels` has made, in use.

Each interpreter's pip chooses the wheel that suits it, builds the example project with it, and the example runs. On
Linux the executable also runs in a folder that holds nothing else, as its root.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXECUTABLE = "officina/officina"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", default=[sys.executable])
    parser.add_argument("--wheels", type=Path, default=ROOT / ".make" / "wheels")
    arguments = parser.parse_args()
    for python in arguments.pythons:
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            wheel = chosen(python, arguments.wheels, work)
            if sys.platform == "linux":
                alone(wheel, work / "root")
            example(python, wheel, work)
            print(f"{python}: {wheel.name} installs, and the example that it builds runs", flush=True)


def run(*command: object, **options: object) -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options).stdout  # type: ignore[call-overload]


def chosen(python: str, wheels: Path, work: Path) -> Path:
    """The wheel that an interpreter's pip takes out of a folder of wheels."""
    words = ["--quiet", "--no-index", "--no-deps", "--only-binary", ":all:", "--find-links", wheels, "--dest"]
    run(python, "-m", "pip", "download", *words, work / "chosen", "officina")
    [wheel] = (work / "chosen").iterdir()
    return wheel


def alone(wheel: Path, root: Path) -> None:
    """Runs the executable where no other file is: no loader, no library, no /proc, no /dev."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extract(EXECUTABLE, root)
    (root / EXECUTABLE).chmod(0o755)
    if shutil.which("unshare"):
        print(run("unshare", "--map-root-user", "chroot", root, f"/{EXECUTABLE}", "--version").strip())


def example(python: str, wheel: Path, work: Path) -> None:
    run(python, "-m", "venv", work / "venv")
    inside = work / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(inside, "-m", "pip", "install", "--quiet", wheel)
    project = shutil.copytree(ROOT / "example-project", work / "example")
    words = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", work / "dist"]
    run(inside, "-m", "pip", "wheel", *words, project)
    run(inside, "-m", "pip", "install", "--quiet", *(work / "dist").glob("*.whl"))
    run(inside, "-m", "officina_example", cwd=work)


if __name__ == "__main__":
    main()

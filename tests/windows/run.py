"""`make windows`: Officina in a Windows that this machine runs, with Wine, and its tests there (docs/decisions/064).

What is made stays in a folder of its own: `.make/windows`, or what OFFICINA_WINDOWS names.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY / "tests"))

from debian_root import what_is_missing  # noqa: E402
from machine import PREFIX, Windows  # noqa: E402

TARGET = "x86_64-pc-windows-gnu"
# Python's tests of what is Windows' own. Others may be named in ARGS: many start POSIX programs.
TESTS = [
    "tests/python/test_windows.py",
]
CARGO = {
    # Debian's rustc is a stable one, and `build-std` is not stable.
    "RUSTC_BOOTSTRAP": "1",
    "CARGO_TARGET_DIR": "/target",
    "CARGO_INCREMENTAL": "0",
    "CARGO_PROFILE_DEV_DEBUG": "0",
    "CARGO_HTTP_CAINFO": "/etc/ssl/certs/ca-certificates.crt",
    "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER": f"{PREFIX}-gcc",
    "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER": "wine",
    "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS": f"-Cdlltool={PREFIX}-dlltool",
}
FOR_WINDOWS = ["--locked", "-Zbuild-std=std,panic_unwind,test", "--target", TARGET]
PARTS = ("rust", "python")
# Unit tests that run git, of which Debian has none for Windows.
OF_GIT = ["--skip=git_says_of_a_copy_what_it_says_of_the_tree", "--skip=a_copy_is_a_clean_checkout"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; default: all of them")
    options, arguments = parser.parse_known_args()  # others are pytest's: files in the place of the list, `-k`
    lacking = what_is_missing()
    if lacking:
        print(f"make windows: {lacking}", file=sys.stderr)
        return 1
    folder = Path(os.environ.get("OFFICINA_WINDOWS") or REPOSITORY / ".make/windows").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    windows = Windows(folder / "root")
    windows.prepare(folder / "downloads")
    root = windows.root
    copy_tree(root.folder / "officina")
    root.run(["cargo", "build", *FOR_WINDOWS], CARGO, "/officina")
    make_wheel(root.folder)
    failed = [part for part in options.only or PARTS if not passes(part, windows, arguments)]
    print(f"failed on Windows: {', '.join(failed)}" if failed else "all passed on Windows", flush=True)
    return int(bool(failed))


def copy_tree(target: Path) -> None:
    """The files of this repository; what was there before is gone, but for `.make`."""
    target.mkdir(exist_ok=True)
    for path in target.iterdir():
        if path.name == ".make":
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, copy = REPOSITORY / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)


def make_wheel(root: Path) -> None:
    """The wheel of this system (`make wheel`), with Windows' executable."""
    [wheel] = (REPOSITORY / ".make/dist").glob("officina-*.whl")
    name, version, *_ = wheel.name.split("-")
    folder = root / "officina/.make/dist"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    record = f"{name}-{version}.dist-info/RECORD"
    rows = []
    with (
        zipfile.ZipFile(wheel) as here,
        zipfile.ZipFile(folder / f"{name}-{version}-py3-none-win_amd64.whl", "w", zipfile.ZIP_DEFLATED) as there,
    ):
        for entry in here.namelist():
            data = here.read(entry)
            if entry == record:
                continue
            if entry == "officina/officina":
                entry += ".exe"
                data = (root / f"target/{TARGET}/debug/officina.exe").read_bytes()
            elif entry.endswith(".dist-info/WHEEL"):
                lines = [line for line in data.decode().splitlines() if not line.startswith("Tag: ")]
                data = "\n".join([*filter(None, lines), "Tag: py3-none-win_amd64", ""]).encode()
            there.writestr(zipfile.ZipInfo(entry), data, zipfile.ZIP_DEFLATED)  # without a time: environments are kept
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            rows.append(f"{entry},sha256={digest},{len(data)}")
        there.writestr(zipfile.ZipInfo(record), "\n".join([*rows, f"{record},,", ""]))


def passes(part: str, windows: Windows, arguments: list[str]) -> bool:
    print(f"== {part}", flush=True)
    python = ["wine", r"Z:\python\python.exe"]
    if part == "rust":
        # All compile. The compilers of the integration tests are scripts of a POSIX shell: those tests do not run.
        windows.root.run(["cargo", "test", "--no-run", *FOR_WINDOWS], CARGO, "/officina")
        command, env = ["cargo", "test", "--lib", *FOR_WINDOWS, "--", *OF_GIT], CARGO
    else:
        named = any(argument.startswith("tests/") for argument in arguments)
        words = ["-p", "no:cacheprovider", *arguments, *([] if named else TESTS)]
        command, env = [*python, "-m", "pytest", *words], {"OFFICINA_WHEEL": wheel_in(windows)}
    return subprocess.run(windows.command(command, env, "/officina"), check=False).returncode == 0


def wheel_in(windows: Windows) -> str:
    [wheel] = (windows.root.folder / "officina/.make/dist").glob("*.whl")
    return f"Z:\\officina\\.make\\dist\\{wheel.name}"


if __name__ == "__main__":
    raise SystemExit(main())

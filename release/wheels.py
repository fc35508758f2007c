"""`make wheels`: the wheels of a release, for each target that this machine can build, or for those that are named.

The others are listed with the reason. Only a target that is named and fails makes the exit code 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import checks
from targets import TARGETS, Target, refusal

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("triples", nargs="*", metavar="TARGET", help="default: all that this machine can build")
    parser.add_argument("--out", type=Path, default=ROOT / ".make" / "wheels")
    parser.add_argument("--list", action="store_true", help="says what would be built, and builds nothing")
    arguments = parser.parse_args()
    unknown = set(arguments.triples) - {target.triple for target in TARGETS}
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are: {', '.join(t.triple for t in TARGETS)}")
    failed = False
    for target in TARGETS:
        if arguments.triples and target.triple not in arguments.triples:
            continue
        reason = refusal(target, sys.platform, has_standard_library, lambda name: shutil.which(name) is not None)
        if reason:
            print(f"{target.triple}: not built, {reason}", flush=True)
            failed |= bool(arguments.triples)
        elif arguments.list:
            print(f"{target.triple}: {target.tag}")
        else:
            failed |= not make(target, arguments.out)
    return int(failed)


def has_standard_library(triple: str) -> bool:
    command = ["rustc", "--print", "target-libdir", "--target", triple]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return run.returncode == 0 and any(Path(run.stdout.strip()).glob("libstd-*"))


def make(target: Target, out: Path) -> bool:
    """Builds and checks one wheel; whether it may be published."""
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob(f"officina-*-{target.tag}.whl"):
        left.unlink()
    for left in ("lib", *(folder.name for folder in (ROOT / "build").glob("bdist.*"))):
        shutil.rmtree(ROOT / "build" / left, ignore_errors=True)  # of another target
    print(f"{target.triple}: building", flush=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(ROOT)]
    if subprocess.run(command, env={**os.environ, **target.variables()}).returncode:
        print(f"{target.triple}: the build failed")
        return False
    [wheel] = out.glob(f"officina-*-{target.tag}.whl")
    found = checks.faults(wheel, target) + checks.ask_others(wheel, target)
    for fault in found:
        print(f"{target.triple}: {wheel.name}: {fault}")
    if not found:
        print(f"{target.triple}: {wheel.name}, {wheel.stat().st_size / 1e6:.2f} MB")
    return not found


if __name__ == "__main__":
    raise SystemExit(main())

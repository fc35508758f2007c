"""What an editable install that rebuilds on import adds to the first import, beyond one that does not look.

    make bench-import ARGS="[--runs N] [--files N] [--against WHEEL]"

Both import the same module in a process of its own, in turn; what is told is the median of the differences, and with
another wheel the ratio of the two.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests"), str(HERE.parent / "tests/python")]

from building import unpack  # noqa: E402
from environments import run as must_run  # noqa: E402
from peers import AGAINST, peers, run  # noqa: E402
from projects import make_project  # noqa: E402

CODE = "import demo._demo"
BUILDER = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int sum(void);")
ffi.set_source("demo._demo", '#include "all.h"\\nint sum(void) { return SUM; }', include_dirs=["include"])
"""
SETTLED = 3  # seconds until a file counts as old enough to be known by its time


def main() -> None:
    """Measures what the command line asks for and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=31, help="rounds; default: 31")
    parser.add_argument("--files", type=int, default=300, help="headers that the module is made from; default: 300")
    parser.add_argument("--against", type=Path, metavar="WHEEL", help="another wheel of Officina, to measure beside it")
    options = parser.parse_args()
    backends = peers(options.against and options.against.resolve())
    names = ["officina", AGAINST] if options.against else ["officina"]
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        sites = {name: _installed(backends[name].python(), Path(temporary) / name, options.files) for name in names}
        time.sleep(SETTLED)
        for site in sites.values():
            run(*site, more={})
        beyond: dict[str, list[float]] = {name: [] for name in names}
        bare: list[float] = []
        for _ in range(options.runs):
            for name, site in sites.items():
                without = run(*site, more={"OFFICINA_EDITABLE_REBUILD": "false"}).seconds
                beyond[name].append(run(*site, more={}).seconds - without)
                bare.append(without)
    print(f"| {options.files} headers | an import without the check: {statistics.median(bare) * 1000:.1f} ms |")
    for name in names:
        print(f"| {name} | +{statistics.median(beyond[name]) * 1000:.2f} ms |")
    if options.against:
        print(f"| ratio | {statistics.median(beyond['officina']) / statistics.median(beyond[AGAINST]):.2f} |")


def _installed(python: Path, folder: Path, files: int) -> tuple[list[str], Path]:
    """The command that imports, and the folder that it runs in."""
    headers = {f"include/h{index}.h": f"#define H{index} {index}\n" for index in range(files)}
    every = "".join(f'#include "h{index}.h"\n' for index in range(files))
    headers["include/all.h"] = f"{every}#define SUM (" + "+".join(f"H{index}" for index in range(files)) + ")\n"
    tree = make_project(
        folder / "tree",
        {"src/demo/__init__.py": "", "make.py": BUILDER, **headers},
        modules=["make.py:ffi"],
        settings="editable.rebuild = true\n",
    )
    build = f"import os, officina; os.chdir({str(tree)!r}); officina.build_editable({str(folder / 'out')!r})"
    (folder / "out").mkdir()
    must_run([str(python), "-c", build])
    [wheel] = (folder / "out").glob("*.whl")
    site = unpack(wheel, folder / "site")
    (site / "_officina_rebuild_demo/officina").chmod(0o755)
    return [str(python), "-c", f"import site; site.addsitedir({str(site)!r}); {CODE}"], folder


if __name__ == "__main__":
    main()

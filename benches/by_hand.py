"""What nobody can be faster than: generate, compile and link by hand, with all cores.

    python by_hand.py TREE OUT

One process imports cffi once and generates all modules; compilers and linkers run side by side,
with the flags that Officina uses.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cffi import recompiler


def main(tree: Path, out: Path) -> None:
    """Makes every module of `tree` in `out`."""
    os.chdir(tree)
    include = sysconfig.get_path("include")
    compiler = ["gcc", "-Wsign-compare", "-DNDEBUG", "-fwrapv", "-O3", "-Wall", "-fPIC", f"-I{include}", "-c"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = []
        for builder in sorted(Path(".").glob("build_m*.py")):
            names: dict = {"__name__": "by_hand"}
            exec(compile(builder.read_text(), str(builder), "exec"), names)
            module, text, _, arguments = names["ffibuilder"]._assigned_source
            generated = out / f"{module}.c"
            recompiler.make_c_source(names["ffibuilder"], module, text, str(generated))
            sources = [generated, *map(Path, arguments["sources"])]
            objects = [out / f"{module}-{source.name}.o" for source in sources]
            compiles = [
                pool.submit(_run, [*compiler, source, "-o", object_]) for source, object_ in zip(sources, objects)
            ]
            pending.append((module, objects, compiles))
        links = []
        for module, objects, compiles in pending:
            for one in compiles:
                one.result()
            links.append(pool.submit(_run, ["gcc", "-shared", *objects, "-o", out / f"{module}.abi3.so"]))
        for link in links:
            link.result()


def _run(command: list) -> None:
    subprocess.run(list(map(str, command)), check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

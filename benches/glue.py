"""Measures what the lower level of cffi's own C costs, and what it saves.

    make bench-glue ARGS="[--processes N] [--tree FOLDER] [--write-docs]"

One module is built three times, twice with `glue-optimization=full` and once without: what the first
two differ by is noise. All three are loaded by one process and take turns; what is told is the median
over processes, since each lays out memory in another way. `--tree` adds a project's own build to that of
a large made-up module; CC and CFLAGS are passed on.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import chart  # noqa: E402
from peers import peers  # noqa: E402

ALLOWED = 0.03
FULL, AGAIN, LOW = "_full", "_again", "_low"

BUILDER = '''\
from cffi import FFI

CDEF = """
typedef struct { int a; double b; } pair;
extern int counter;
#define LIMIT 42
typedef enum { RED, GREEN, BLUE } colour;
void nothing(void);
int add(int, int);
double scale(double, double);
pair swapped(pair);
size_t length(const char *);
const char *greeting(void);
int sum(int count, ...);
int first(pair *);
int small(int);
int inlined(int);
int with_callback(int (*)(int), int);
extern "Python" int called(int);
int with_extern(int);
"""

SOURCE = """
#include <stdarg.h>
#include <string.h>
typedef struct { int a; double b; } pair;
typedef enum { RED, GREEN, BLUE } colour;
#define LIMIT 42
int counter = 7;
void nothing(void) {}
int add(int a, int b) { return a + b; }
double scale(double a, double b) { return a * b; }
pair swapped(pair p) { pair q = { (int)p.b, p.a }; return q; }
size_t length(const char *s) { return strlen(s); }
const char *greeting(void) { return "good morning"; }
int sum(int count, ...) {
    va_list list; int all = 0;
    va_start(list, count);
    while (count--) all += va_arg(list, int);
    va_end(list);
    return all;
}
int first(pair *p) { return p->a; }
static int small(int x) { return x * 3 + 1; }
static inline int inlined(int x) { return x * 5 + 1; }
int with_callback(int (*f)(int), int n) { int all = 0; for (int i = 0; i < n; i++) all += f(i); return all; }
static int called(int);
int with_extern(int n) { int all = 0; for (int i = 0; i < n; i++) all += called(i); return all; }
"""


def make(name):
    ffi = FFI()
    ffi.cdef(CDEF)
    ffi.set_source(name, SOURCE)
    return ffi


def make_libc(name):
    ffi = FFI()
    ffi.cdef("typedef struct { int quot; int rem; } div_t; int abs(int); div_t div(int, int); double atof(char *);")
    ffi.set_source(name + "_libc", "#include <stdlib.h>")
    return ffi


_full, _again, _low = make("_full"), make("_again"), make("_low")
_full_libc, _again_libc, _low_libc = make_libc("_full"), make_libc("_again"), make_libc("_low")
'''

# Each case: what is timed, with `lib`, `ffi` and what `prepare` made of them. `libc` is a module that attaches nothing
# but a header of the system, which some compilers compile low as a whole.
CASES = {
    "call without arguments": "lib.nothing()",
    "call with two int": "lib.add(1, 2)",
    "call with two double": "lib.scale(1.5, 2.5)",
    "call of a static function of one's own": "lib.small(1)",
    "call of a static inline function": "lib.inlined(1)",
    "struct by value, both ways": "lib.swapped(pair)",
    "string as argument": "lib.length(text)",
    "string as result": "ffi.string(lib.greeting())",
    "pointer as argument": "lib.first(pointer)",
    "libc: int": "libc.abs(-1)",
    "libc: struct by value": "libc.div(7, 2)",
    "libc: string": "libc.atof(text)",
    "variadic call": "lib.sum(2, one, two)",
    "10 calls back by extern Python": "lib.with_extern(10)",
    "10 calls back by ffi.callback": "lib.with_callback(callback, 10)",
    "read a field": "pointer.a",
    "write a field": "pointer.b = 1.5",
    "allocate a struct": "new('pair *')",
    "constant": "lib.LIMIT",
    "enum": "lib.BLUE",
    "global variable, read": "lib.counter",
    "global variable, written": "lib.counter = 3",
}

# Runs in a process of its own: times every case for every module, in turns; processor time, the least of the
# rounds.
TIMER = """\
import importlib, json, sys, time, timeit
cases, names, rounds = json.loads(sys.argv[1])
def prepare(name):
    module = importlib.import_module(name)
    lib, ffi = module.lib, module.ffi
    ffi.def_extern("called")(lambda x: x)
    libc = importlib.import_module(name + "_libc").lib
    space = {"lib": lib, "libc": libc, "ffi": ffi, "new": ffi.new, "text": b"a text of some length"}
    space.update(pointer=ffi.new("pair *", (1, 2.0)), one=ffi.cast("int", 1), two=ffi.cast("int", 2))
    space["pair"] = space["pointer"][0]
    space["callback"] = ffi.callback("int(int)", lambda x: x)
    return space
spaces = {name: prepare(name) for name in names}
found = {}
for case, statement in cases.items():
    timers = {name: timeit.Timer(statement, timer=time.process_time, globals=space) for name, space in spaces.items()}
    number = 1 + int(0.002 / (timers[names[0]].timeit(2000) / 2000))
    least = dict.fromkeys(names, float("inf"))
    for turn in range(rounds):
        for name in names if turn % 2 else reversed(names):
            least[name] = min(least[name], timers[name].timeit(number) / number)
    found[case] = least
print(json.dumps(found))
"""

# Hooks in a process of their own, as a frontend calls them.
HOOK = "import json, officina, sys; print(getattr(officina, sys.argv[1])(sys.argv[2], json.loads(sys.argv[3])))"

PYPROJECT = """\
[build-system]
requires = ["officina"]
build-backend = "officina"

[project]
name = "glue-bench"
version = "1"
dependencies = ["cffi"]

[tool.officina]
packages = []
cffi_modules = [{}]
"""


def main() -> int:
    """Measures and prints two tables; 1 if a case is slower than allowed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=15, help="processes that time every case; default: 15")
    parser.add_argument("--rounds", type=int, default=40, help="turns of some 2 ms in each process; default: 40")
    parser.add_argument("--builds", type=int, default=5, help="timed builds of each kind; default: 5")
    parser.add_argument("--tree", type=Path, metavar="FOLDER", help="a project; wants --builder")
    parser.add_argument("--builder", help="its builder, as `script.py:object`")
    parser.add_argument("--write-docs", action="store_true", help="write docs/glue.md")
    options = parser.parse_args()
    _interpreter()  # made before anything is timed
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        calls, slow = _calls(Path(temporary), options.processes, options.rounds)
        builds = _builds(Path(temporary), options)
    text = HEAD.format(machine=_machine(), calls="\n".join(calls), builds="\n".join(builds))
    print(text)
    if options.write_docs:
        (HERE.parent / "docs" / "glue.md").write_text(text, encoding="utf-8")
        chart.write()
    print("\n".join(f"slower than allowed: {case}" for case in slow), file=sys.stderr)
    return 1 if slow else 0


HEAD = """\
# The glue: what its level costs and saves

Made by `make bench-glue ARGS=--write-docs`. cffi's own C is compiled at `-O1` unless somebody set a level; here that is
held against `glue-optimization=full`, which compiles it as all other C. One module is built three times, all three are
loaded by one process and take turns. A ratio is the median over processes; noise is what 90 of 100 processes keep
within for two builds of the same. "Low" may be slower by 3 %, noise aside. `libc` is a module that attaches
`#include <stdlib.h>` and nothing else.

{machine}.

| what | full | low to full | the same to full | noise | |
|---|--:|--:|--:|--:|---|
{calls}

Builds, by the hook, with everything else that it does; medians.

| what | full | low | ratio | editable | ratio |
|---|--:|--:|--:|--:|--:|
{builds}
"""


def _machine() -> str:
    compiler = os.environ.get("CC", sysconfig.get_config_var("CC")).split()[0]
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} {platform.machine()}, {said.splitlines()[0]}, {os.cpu_count()} cores"


def _calls(folder: Path, processes: int, rounds: int) -> tuple[list[str], list[str]]:
    tree = _tree(
        folder / "calls",
        {"builder.py": BUILDER},
        [f"builder.py:{name}{end}" for name in (FULL, AGAIN, LOW) for end in ("", "_libc")],
    )
    path = folder / "modules"
    for setting, names in (("full", (FULL, AGAIN)), ("low", (LOW,))):
        wheel = _build(tree, folder / f"wheel-{setting}", setting)[1]
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(path, [n for n in archive.namelist() if n.startswith(names)])
    arguments = json.dumps([CASES, [FULL, AGAIN, LOW], rounds])
    found = [json.loads(_python(["-c", TIMER, arguments], path)) for _ in range(processes)]
    rows, slow = [], []
    for case in CASES:
        nanoseconds = statistics.median(one[case][FULL] for one in found) * 1e9
        low, same = ([one[case][name] / one[case][FULL] for one in found] for name in (LOW, AGAIN))
        noise = sorted(abs(ratio - 1) for ratio in same)[int(0.9 * (len(same) - 1))]
        is_slow = statistics.median(low) - 1 > ALLOWED + noise
        slow += [case] * is_slow
        ratios = f"{statistics.median(low):.3f} | {statistics.median(same):.3f} | {noise:.3f}"
        rows.append(f"| {case} | {nanoseconds:.0f} ns | {ratios} | {'slow' if is_slow else ''} |")
    return rows, slow


def _builds(folder: Path, options: argparse.Namespace) -> list[str]:
    large = _tree(folder / "large", {"builder.py": _large(500)}, ["builder.py:ffi"])
    trees = {"500 made-up functions": large}
    if options.tree:
        own = folder / "own"
        shutil.copytree(options.tree, own, ignore=shutil.ignore_patterns("setup.cfg", "setup.py"))
        trees[options.tree.resolve().name] = _tree(own, {}, [options.builder])
    rows = []
    for name, tree in trees.items():
        kinds = {"full": ("full", "build_wheel"), "low": ("low", "build_wheel"), "editable": ("low", "build_editable")}
        taken: dict[str, list[float]] = {kind: [] for kind in kinds}
        for turn in range(options.builds + 1):
            for kind, (setting, hook) in kinds.items():
                seconds, _ = _build(tree, folder / "out", setting, hook)
                taken[kind] += [seconds] * (turn > 0)  # caches of the system are warm by then
        full, low, editable = (statistics.median(taken[kind]) for kind in kinds)
        ratios = f"{low:.2f} s | {low / full:.2f} | {editable:.2f} s | {editable / full:.2f}"
        rows.append(f"| {name} | {full:.2f} s | {ratios} |")
    return rows


def _large(functions: int) -> str:
    """Functions of many signatures, which a library elsewhere might have."""
    kinds = ["int", "double", "unsigned long", "const char *", "thing *", "short"]
    declared = []
    for index in range(functions):
        arguments = [kinds[(index * 7 + place * 3) % len(kinds)] for place in range(index % 5 + 1)]
        declared.append(f"{kinds[index % len(kinds)]} function_{index}({', '.join(arguments)});")
    text = "\n".join(declared)
    return (
        f'from cffi import FFI\nffi = FFI()\nTEXT = """typedef struct thing thing;\n{text}\n"""\nffi.cdef(TEXT)\n'
        # Weak: nobody has these functions, and nobody calls them.
        "ffi.set_source('_large', '#pragma GCC visibility push(default)\\n' + TEXT.replace(');', ')"
        " __attribute__((weak));') + '#pragma GCC visibility pop\\n')\n"
    )


def _tree(folder: Path, files: dict[str, str], entries: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    pyproject = PYPROJECT.format(", ".join(f'"{entry}"' for entry in entries))
    for name, text in {**files, "pyproject.toml": pyproject}.items():
        (folder / name).write_text(text)
    return folder


def _build(tree: Path, out: Path, setting: str, hook: str = "build_wheel") -> tuple[float, Path]:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    start = time.perf_counter()
    said = _python(["-c", HOOK, hook, str(out), json.dumps({"glue-optimization": setting})], tree)
    return time.perf_counter() - start, out / said.splitlines()[-1]


def _python(arguments: list[str], directory: Path) -> str:
    command = [_interpreter(), *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"error: {command[1:3]} failed\n{done.stdout}{done.stderr}")
    return done.stdout


@functools.cache
def _interpreter() -> str:
    return str(peers()["officina"].python())


if __name__ == "__main__":
    raise SystemExit(main())

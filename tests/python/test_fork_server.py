"""A builder runs in a plain Python, several in processes of one fork server; compilers start when all have ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from building import Outcome, build, frontends, hook_command, names_in, run, try_wheel
from environments import REPOSITORY
from interpreters import INTERPRETERS
from projects import make_project

# Says its processes and what it finds of the other builders, in numbers that its module answers.
CURIOUS = """\
import os, sys
from cffi import FFI

found = len([name for name in sys.modules if name.startswith("left_by_")]) + ("LEFT" in os.environ)
import left_by_{name}
os.environ["LEFT"] = "{name}"
os.chdir("/")
FFI.left = True
ffi = FFI()
ffi.cdef("int found(void); int process(void); int parent(void);")
ffi.set_source(
    "demo._{name}",
    f"int found(void) {{{{ return {{found}}; }}}}"
    f"int process(void) {{{{ return {{os.getpid()}}; }}}}"
    f"int parent(void) {{{{ return {{os.getppid()}}; }}}}",
)
"""

NAMES = ("one", "two", "three")

KINDS = [pytest.param(path, id=name) for name, path in INTERPRETERS.items() if path]


def curious(folder: Path) -> Path:
    files = {"demo/__init__.py": ""}
    for name in NAMES:
        files[f"{name}.py"] = CURIOUS.format(name=name)
        files[f"left_by_{name}.py"] = ""
    return make_project(folder, files, modules=[f"{name}.py:ffi" for name in NAMES])


@pytest.mark.interpreters
@pytest.mark.parametrize("interpreter", KINDS)
def test_builders_are_of_one_process_and_know_nothing_of_each_other(interpreter, build_env, tmp_path):
    python = build_env(interpreter)
    wheel, _ = build(python, curious(tmp_path / "project"), tmp_path / "dist")
    code = (
        "import importlib\n"
        "libs = [importlib.import_module(f'demo._{name}').lib for name in ('one', 'two', 'three')]\n"
        "print([lib.found() for lib in libs])\n"
        "print(len({lib.process() for lib in libs}), len({lib.parent() for lib in libs}))"
    )
    assert try_wheel(python, wheel, tmp_path, code) == "[0, 0, 0]\n3 1\n"


# Imported by every Python that starts: it says so, and by what command.
STARTED = """\
import os, sys
with open(os.environ["STARTED"], "a") as file:
    file.write(f"{sys.orig_argv}\\n")
"""


def starts(command: list, project: Path, folder: Path) -> tuple[Outcome, list[str]]:
    """Runs a command; returns every Python that started for it."""
    hooks = folder / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "sitecustomize.py").write_text(STARTED)
    log = folder / "started"
    log.write_text("")
    done = run(command, project, {"PYTHONPATH": str(hooks), "STARTED": str(log)})
    return done, log.read_text().splitlines()


def builders_of(started: list[str]) -> list[str]:
    """Our Python files among those that started."""
    return [name for line in started for name in ("_run_builder.py", "_fork_server.py") if name in line]


def test_a_hook_starts_one_python_for_all_builders(python, tmp_path):
    project = curious(tmp_path / "project")
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path))
    done, started = starts(command, project, tmp_path)
    assert (done.code, builders_of(started), len(started)) == (0, ["_fork_server.py"], 2), f"{started}\n{done.output}"
    with (project / "two.py").open("a") as file:
        file.write("# edited\n")
    done, started = starts(command, project, tmp_path)
    assert (done.code, builders_of(started), len(started)) == (0, ["_run_builder.py"], 2), f"{started}\n{done.output}"
    done, started = starts(command, project, tmp_path)
    assert (done.code, builders_of(started), len(started)) == (0, [], 1), f"{started}\n{done.output}"


@pytest.mark.parametrize("frontend", ["pip --no-build-isolation", "build --no-isolation"])
def test_builders_of_a_real_frontend_share_a_server(frontend, python, tmp_path):
    project = curious(tmp_path / "project")
    command = frontends(python, project, tmp_path / "out")[frontend]
    done, started = starts(command, project, tmp_path)
    assert (done.code, builders_of(started)) == (0, ["_fork_server.py"]), f"{started}\n{done.output}"


def test_a_command_starts_one_python_for_all_builders(python, tmp_path):
    project = curious(tmp_path / "project")
    done, started = starts([python.parent / "officina", "build", "--wheel"], project, tmp_path)
    # The command's own, which becomes the executable; the one that is asked what it is; the builders'.
    assert (done.code, len(started)) == (0, 3), f"{started}\n{done.output}"


PLAIN = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int x(void);")
ffi.set_source("demo._{name}", "int x(void) {{ return {value}; }}")
"""

# With no other builder it runs in a plain Python, else under the fork server.
OTHERS = [pytest.param(0, id="alone"), pytest.param(1, id="beside another")]


def plain(folder: Path, before: str, files: dict[str, str] | None = None, value: str = "1", others: int = 0) -> Path:
    """A builder that does something else first, and others that do not."""
    source = PLAIN.format(name="demo", value=value).replace("SHARED", '" + str(shared.VALUE) + "')
    files = {"demo/__init__.py": "", "build_demo.py": before + source, **(files or {})}
    names = [f"other{number}" for number in range(others)]
    files |= {f"{name}.py": PLAIN.format(name=name, value=1) for name in names}
    return make_project(folder, files, modules=[f"{name}.py:ffi" for name in ["build_demo", *names]])


@pytest.mark.parametrize("others", OTHERS)
def test_nothing_of_a_builder_is_lost_at_its_end(others, python, tmp_path):
    before = """\
import atexit, os, sys, threading, time

def late():
    time.sleep(0.3)
    open("made/thread", "w").write("x")

os.makedirs("made", exist_ok=True)
unclosed = open("made/unclosed", "w")
unclosed.write("buffered")
threading.Thread(target=late).start()
atexit.register(lambda: open("made/exit", "w").write("x"))
sys.stdout.write("said without an end of line")
"""
    project = plain(tmp_path / "project", before, others=others)
    _, said = build(python, project, tmp_path / "dist")
    assert "said without an end of line" in said
    made = project / "made"
    assert {path.name: path.read_text() for path in made.iterdir()} == {
        "thread": "x",
        "unclosed": "buffered",
        "exit": "x",
    }


def test_the_end_of_the_fork_server_is_said(python, tmp_path):
    before = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)\n"
    project = plain(tmp_path / "project", before, others=1)
    for command in (
        hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path)),
        [python.parent / "officina", "build", "--wheel"],
    ):
        begun = time.monotonic()
        done = run(command, project)
        assert done.code == 1
        assert "error: the process that runs builders has ended: signal 9" in done.output
        assert "Traceback" not in done.output
        assert time.monotonic() - begun < 50, "the builder was waited for"


# What it prints comes whole, and in the order of the builders, whoever is the first to end.
def test_what_builders_print_comes_in_their_order(python, tmp_path):
    files = {"demo/__init__.py": ""}
    for name, seconds in (("slow", 0.5), ("quick", 0)):
        said = f"print('{name} begins')\nimport time\ntime.sleep({seconds})\nprint('{name} ends')\n"
        files[f"{name}.py"] = said + PLAIN.format(name=name, value=1)
    project = make_project(tmp_path / "project", files, modules=["slow.py:ffi", "quick.py:ffi"], settings="jobs = 2\n")
    _, said = build(python, project, tmp_path / "dist")
    words = [line for line in said.splitlines() if line.endswith(("begins", "ends"))]
    assert words == ["slow begins", "slow ends", "quick begins", "quick ends"]


# How a builder behaves that is asked to end.
STUBBORN = {
    "ends": "",
    "does not listen": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n",
    "has started a program": "import subprocess\nn = subprocess.Popen(['sleep', '60']).pid\nopen(f'program{n}', 'w')\n",
}


@pytest.mark.parametrize("other", STUBBORN)
def test_a_failure_is_told_at_once(other, python, tmp_path):
    """The other builder is stopped, with all that it has started; a third one does not start."""
    fails = "import os, time\nwhile not os.path.exists('runs'): time.sleep(0.01)\n1 / 0\n"
    runs = f"{STUBBORN[other]}open('runs', 'w').close()\nimport time\ntime.sleep(60)\n"
    files = {"demo/__init__.py": "", "runs.py": runs, "fails.py": fails, "third.py": "open('third', 'w')\n"}
    modules = [f"{name}.py:ffi" for name in ("runs", "fails", "third")]
    project = make_project(tmp_path / "project", files, modules=modules, settings="jobs = 2\n")
    begun = time.monotonic()
    done = run(hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path)), project)
    assert done.code == 1
    assert time.monotonic() - begun < 50
    assert "error: the builder `fails.py` failed: ZeroDivisionError" in done.output
    assert "also," not in done.output and done.output.count("Traceback") == 1
    assert not (project / "third").exists()
    programs = list(project.glob("program*"))
    assert bool(programs) == (other == "has started a program")
    for program in programs:
        number = int(program.name.removeprefix("program"))
        until(lambda number=number: is_over(number), "the program ends")


# What fails while builders run that would go on, and what else the project holds.
CARGO_FAILS = "#!/bin/sh\nwhile [ ! -e runs ]; do sleep 0.01; done\necho no such crate >&2\nexit 101\n"


@pytest.mark.parametrize("builders", [1, 2])
@pytest.mark.parametrize("other", STUBBORN)
def test_a_failure_of_cargo_ends_the_builders(other, builders, python, tmp_path):
    """They run beside it. What it said, and the error, are the last that is said."""
    runs = f"{STUBBORN[other]}open('runs', 'w').close()\nimport time\ntime.sleep(600)\n"
    crate = {"a/Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\n', "a/src/lib.rs": "", "a/Cargo.lock": ""}
    files = {"demo/__init__.py": "", "cargo": CARGO_FAILS, "runs.py": runs, "other.py": runs, **crate}
    modules = ["runs.py:ffi", "other.py:ffi"][:builders]
    more = '[[tool.officina.crates]]\npath = "a"\n'
    project = make_project(tmp_path / "project", files, modules=modules, settings="jobs = 4\n", more=more)
    (project / "cargo").chmod(0o755)
    variables = {"CARGO": str(project / "cargo")}
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path))
    begun = time.monotonic()
    done = run(command, project, variables)
    assert done.code == 1
    assert time.monotonic() - begun < 50
    words, _, ours = done.output.partition("error: ")
    assert words == "no such crate\n"
    assert ours.startswith("the crate `a` was not built: cargo ended with exit code 101")
    assert "Traceback" not in ours and "error: " not in ours
    programs = list(project.glob("program*"))
    assert bool(programs) == (other == "has started a program")
    for program in programs:
        number = int(program.name.removeprefix("program"))
        until(lambda number=number: is_over(number), "the program ends")


def test_a_failure_ends_the_packing_of_a_file(python, tmp_path):
    """Also where that has begun and would take long."""
    files = {"demo/__init__.py": "", "a.py": USING.format(source='#error "no"', arguments="")}
    project = make_project(tmp_path / "project", files, modules=["a.py:ffi"])
    with (project / "demo/big.bin").open("wb") as file:
        file.truncate(60 << 30)  # a hole
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path))
    begun = time.monotonic()
    done = run(command, project)
    assert done.code == 1
    assert time.monotonic() - begun < 50
    assert '#error "no"' in done.output
    assert not list(tmp_path.glob("*.whl"))


USING = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int a(void);")
ffi.set_source("demo._a", '{source}', {arguments})
"""

OBJECT = "build/officina/**/objects/demo._a/**/*.o"
VALUE = "import demo._a; print(demo._a.lib.a())"


THEN = """\
import glob, time
from pathlib import Path
from cffi import FFI

{then}
ffi = FFI()
ffi.cdef("int b(void);")
ffi.set_source("demo._b", "int b(void) {{ return 1; }}")
"""


def pair(folder: Path, files: dict[str, str], source: str, arguments: str, then: str, jobs: int = 2) -> Path:
    """Two builders, of which the second does something to what the first one's module is made from."""
    files = {
        "demo/__init__.py": "",
        "a.py": USING.format(source=source, arguments=arguments),
        "b.py": THEN.format(then=then),
        **files,
    }
    return make_project(folder, files, modules=["a.py:ffi", "b.py:ffi"], settings=f"jobs = {jobs}\n")


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_compiler_starts_before_all_builders_have_ended(jobs, python, tmp_path):
    then = f"time.sleep(1); assert not glob.glob({OBJECT!r}, recursive=True)"
    project = pair(tmp_path / "project", {}, "int a(void) { return 5; }", "", then, jobs)
    wheel, said = build(python, project, tmp_path / "dist")
    assert said.count("Compiled demo._a:") == 1
    assert names_in(wheel) == ["demo/__init__.py", "demo/_a.abi3.so", "demo/_b.abi3.so"]
    assert try_wheel(python, wheel, tmp_path, VALUE) == "5\n"


# What the second builder does to what the first one's module is made from; the answer afterwards.
INTERFERENCE = {
    "a header that it included": (
        {"inc/value.h": "#define VALUE 1\n"},
        '#include "value.h"\\nint a(void) { return VALUE; }',
        'include_dirs=["inc"]',
        'Path("inc/value.h").write_text("#define VALUE 2\\n")',
        "2",
    ),
    "a header that was missing": (
        {},
        '#include "value.h"\\nint a(void) { return VALUE; }',
        'include_dirs=["inc"]',
        'Path("inc").mkdir(exist_ok=True); Path("inc/value.h").write_text("#define VALUE 3\\n")',
        "3",
    ),
    "a header that comes before": (
        {"inc/value.h": "#define VALUE 1\n", "first/other.h": ""},
        "#include <value.h>\\nint a(void) { return VALUE; }",
        'include_dirs=["first", "inc"]',
        'Path("first/value.h").write_text("#define VALUE 4\\n")',
        "4",
    ),
    "a header by a program": (
        {"inc/value.h": "#define VALUE 1\n"},
        '#include "value.h"\\nint a(void) { return VALUE; }',
        'include_dirs=["inc"]',
        'import subprocess; subprocess.run(["sh", "-c", "echo \'#define VALUE 6\' > inc/value.h"], check=True)',
        "6",
    ),
    "an older folder that takes the place of another": (
        {"top/inc/value.h": "#define VALUE 1\n", "new/inc/value.h": "#define VALUE 8\n"},
        '#include "value.h"\\nint a(void) { return VALUE; }',
        'include_dirs=["top/inc"]',
        'Path("new").exists() and Path("top").rename("old") and Path("new").rename("top")',
        "8",
    ),
    "a header that was missing, by a rename": (
        {"inc/value.h.in": "#define VALUE 9\n"},
        '#include "value.h"\\nint a(void) { return VALUE; }',
        'include_dirs=["inc"]',
        'Path("inc/value.h").exists() or Path("inc/value.h.in").rename("inc/value.h")',
        "9",
    ),
    "a source that was missing": (
        {},
        "int more(void); int a(void) { return more(); }",
        'sources=["made.c"]',
        'Path("made.c").write_text("int more(void) { return 7; }")',
        "7",
    ),
}


@pytest.mark.parametrize("what", INTERFERENCE)
def test_what_another_builder_writes_counts(what, python, tmp_path):
    files, source, arguments, then, value = INTERFERENCE[what]
    project = pair(tmp_path / "project", files, source, arguments, then)
    wheel, _ = build(python, project, tmp_path / "dist")
    assert try_wheel(python, wheel, tmp_path, VALUE) == f"{value}\n"
    again, said = build(python, project, tmp_path / "again")
    assert again.read_bytes() == wheel.read_bytes(), said


def test_what_a_builder_that_failed_wrote_counts(python, tmp_path):
    """It puts an older folder in the place of another, and fails."""
    files = {"top/inc/value.h": "#define VALUE 1\n", "new/inc/value.h": "#define VALUE 8\n"}
    then = 'Path("new").exists() and (Path("top").rename("old"), Path("new").rename("top"), exit(1))'
    source = '#include "value.h"\\nint a(void) { return VALUE; }'
    project = pair(tmp_path / "project", files, source, 'include_dirs=["top/inc"]', then)
    done = run(hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path)), project)
    assert done.code == 1
    assert not (project / "new").exists()
    wheel, said = build(python, project, tmp_path / "dist")
    assert try_wheel(python, wheel, tmp_path, VALUE) == "8\n", said


def test_what_the_only_builder_puts_in_the_place_of_another_counts(python, tmp_path):
    before = (
        "import shutil\nfrom pathlib import Path\n"
        "shutil.rmtree('inc', ignore_errors=True)\nPath('part').mkdir()\n"
        "Path('part/value.h').write_text('#define VALUE ' + Path('value').read_text())\n"
        "Path('part').rename('inc')\nPath('inc/value.h').read_text()\n"
    )
    using = USING.format(source='#include "value.h"\\nint a(void) { return VALUE; }', arguments='include_dirs=["inc"]')
    project = make_project(
        tmp_path / "project",
        {"demo/__init__.py": "", "a.py": before + using},
        modules=["a.py:ffi"],
        settings="jobs = 2\n",
    )
    for value in "1", "2", "3":
        (project / "value").write_text(f"{value}\n")
        wheel, said = build(python, project, tmp_path / value)
        assert try_wheel(python, wheel, tmp_path, VALUE) == f"{value}\n", said


def test_a_compilers_failure_is_told_when_all_builders_have_ended(python, tmp_path):
    source = "int a(void) { return nothing; }"
    project = pair(tmp_path / "project", {}, source, "", 'print("the other went on")')
    done = run(hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path)), project)
    assert done.code == 1
    assert "the other went on" in done.output
    assert "compiling `demo._a.c` for `demo._a` failed" in done.output
    assert done.output.count("error: compiling") == 1
    assert not list(tmp_path.glob("*.whl"))


def test_a_builders_failure_comes_before_a_compilers(python, tmp_path):
    source = "int a(void) { return nothing; }"
    project = pair(tmp_path / "project", {}, source, "", "1 / 0")
    done = run(hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path)), project)
    assert done.code == 1
    assert "ZeroDivisionError" in done.output
    assert "compiling" not in done.output


def test_a_file_takes_the_place_of_an_optional_module_that_failed(python, tmp_path):
    files = {
        "demo/__init__.py": "",
        "demo/_a.abi3.so": "from before",
        "a.py": USING.format(source="int a(void) { return nothing; }", arguments="optional=True"),
    }
    project = make_project(tmp_path / "project", files, modules=["a.py:ffi"])
    wheel, said = build(python, project, tmp_path / "dist")
    assert "`demo._a` is optional and left out" in said
    unpacked = tmp_path / "unpacked"
    run([python, "-m", "zipfile", "-e", wheel, unpacked], tmp_path)
    files = {path.name: path.read_text() for path in (unpacked / "demo").iterdir()}
    assert files == {"__init__.py": "", "_a.abi3.so": "from before"}


# What builders may do as in a Python of their own.
# The names of our own files, which a project may have too.
OURS = sorted(path.stem for path in (REPOSITORY / "build_backend/officina").glob("_[a-z]*.py"))

AT_HOME = {
    "a pool that nobody closes": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\nassert list(pool.map(abs, [-1])) == [1]\n",
        {},
    ),
    "processes of Python's": (
        "import multiprocessing\nassert multiprocessing.get_context('spawn').Pool(1).map(abs, [-1]) == [1]\n",
        {},
    ),
    "modules with names of ours": (
        "".join(f"import {name}\nassert {name}.MINE\n" for name in OURS),
        {f"{name}.py": "MINE = True\n" for name in OURS},
    ),
}


@pytest.mark.interpreters
@pytest.mark.parametrize("interpreter", KINDS)
@pytest.mark.parametrize("what", AT_HOME)
@pytest.mark.parametrize("others", OTHERS)
def test_a_builder_is_at_home(others, what, interpreter, build_env, tmp_path):
    python = build_env(interpreter)
    project = plain(tmp_path / "project", *AT_HOME[what], others=others)
    for command in (
        hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path)),
        [python.parent / "officina", "build", "--wheel", "-C", "build-dir=other"],
    ):
        done = run(["timeout", "-k", "1", "60", *command], project)
        assert done.code == 0, done.output


# What a frontend may have done before it calls a hook.
FRONTENDS = {
    "blocked the signal of ended processes": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])"
    ),
    "ignored the signal of ended processes": "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "a reference to what is gone": "import weakref\nclass A: pass\na = A(); reference = weakref.proxy(a); del a",
    "many open files": (
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (2000, 2000))\n"
        "files = [open('/dev/null') for _ in range(1100)]"
    ),
    "closed its stdout": "import io\nsys.stdout = io.StringIO(); sys.stdout.close()",
    "a handler of signals": "import signal\nsignal.signal(signal.SIGTERM, lambda *_: open('heard', 'w'))",
    "a namespace package": "import space.inner",
    "another thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
}


@pytest.mark.parametrize("what", FRONTENDS)
@pytest.mark.parametrize("others", OTHERS)
def test_a_frontend_may_have(others, what, python, tmp_path):
    asked = (
        "import os, signal\nif os.fork() == 0:\n    os.kill(os.getpid(), signal.SIGTERM)\n    os._exit(0)\nos.wait()\n"
    )
    project = plain(tmp_path / "project", asked, {"space/inner/a.py": ""}, others=others)
    code = f"import sys\n{FRONTENDS[what]}\nimport officina\nofficina.build_wheel({str(tmp_path)!r})\n"
    done = run(["timeout", "-k", "1", "60", python, "-c", code], project)
    assert done.code == 0, done.output
    assert not (project / "heard").exists()


@pytest.mark.parametrize("others", OTHERS)
def test_a_failure_is_one_where_nobody_hears_how_programs_end(others, python, tmp_path):
    project = plain(tmp_path / "project", "raise SystemExit(3)\n", others=others)
    code = (
        "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        f"import officina\nofficina.build_wheel({str(tmp_path)!r})\n"
    )
    done = run([python, "-c", code], project)
    assert done.code == 1, done.output
    assert "Traceback" not in done.output
    assert done.output.count("error: ") == 1


def test_what_the_frontend_imported_is_read_anew(python, tmp_path):
    """As a backend in the tree does, which wraps ours and shares a module with the builder."""
    project = plain(tmp_path / "project", "import shared\n", {"shared.py": "VALUE = 1\n"}, value="SHARED")
    code = (
        f"import sys\nsys.path.insert(0, {str(project)!r})\nsys.dont_write_bytecode = True\n"
        f"import shared, officina\nname = officina.build_wheel({str(tmp_path)!r})\n"
        "print(name, file=open('name', 'w'), end='')\n"
    )
    for value in (1, 2):
        (project / "shared.py").write_text(f"VALUE = {value}  # and not {3 - value}\n")
        done = run([python, "-c", code], project)
        assert done.code == 0, done.output
        wheel = tmp_path / (project / "name").read_text()
        assert try_wheel(python, wheel, tmp_path, "import demo._demo; print(demo._demo.lib.x())") == f"{value}\n"


@pytest.mark.parametrize(
    ("others", "target"),
    [
        (0, "everybody, asked"),
        (0, "everybody, hung up"),
        (1, "everybody, asked"),
        (1, "everybody, hung up"),
        (1, "the fork server"),
        (1, "the executable"),
    ],
)
def test_no_builder_outlives_its_build(others, target, python, tmp_path):
    before = "import os, time\nopen(f'pid{os.getpid()}', 'w')\ntime.sleep(60)\n"
    project = plain(tmp_path / "project", before, others=others)
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path))
    hook = subprocess.Popen(
        command, cwd=project, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        until(lambda: list(project.glob("pid*")), "the builder starts")
        builder = int(next(project.glob("pid*")).name[3:])
        if target.startswith("everybody"):
            os.killpg(hook.pid, signal.SIGTERM if "asked" in target else signal.SIGHUP)
        else:
            server = parent_of(builder)
            os.kill(server if target == "the fork server" else parent_of(server), signal.SIGKILL)
        hook.communicate(timeout=30)  # ends with the last process that could speak
        until(lambda: is_over(builder), "the builder ends")
    finally:
        hook.kill()
        for file in project.glob("pid*"):
            with contextlib.suppress(OSError):
                os.kill(int(file.name[3:]), signal.SIGKILL)


def until(is_so, what: str) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.02)


def is_over(process: int) -> bool:
    """Also of one that only waits for somebody to ask how it ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


WRITES = """\
import time
from pathlib import Path
if Path("changed").read_text():
    time.sleep(0.3)
    Path("inc/value.h").write_text("#define VALUE 2\\n")
    Path("written").touch()
    time.sleep(0.3)
"""
FOLLOWS = """\
import time
from pathlib import Path
while Path("changed").read_text() and not Path("written").exists():
    time.sleep(0.01)
"""


def test_what_one_module_was_found_fresh_by_counts_for_no_other(python, tmp_path):
    """A module is looked at, a builder writes its header, another module with that header comes, the builder ends."""
    files = {"demo/__init__.py": "", "inc/value.h": "#define VALUE 1\n", "changed": ""}
    for name, first in {"a": "", "b": WRITES, "c": FOLLOWS}.items():
        source = f'#include "value.h"\\nint {name}(void) {{ return VALUE; }}'
        using = USING.replace("_a", f"_{name}").replace("int a", f"int {name}")
        files[f"{name}.py"] = first + using.format(source=source, arguments='include_dirs=["inc"]')
    modules = [f"{name}.py:ffi" for name in "abc"]
    project = make_project(tmp_path / "project", files, modules=modules, settings="jobs = 3\n")
    build(python, project, tmp_path / "first")
    (project / "changed").write_text("yes")
    wheel, said = build(python, project, tmp_path / "second")
    values = "import importlib; print(*(getattr(importlib.import_module(f'demo._{n}').lib, n)() for n in 'abc'))"
    assert try_wheel(python, wheel, tmp_path, values) == "2 2 2\n", said


def test_a_builder_that_reads_what_another_one_writes_runs_after_it(python, tmp_path):
    """Nothing that it reads changed before the build, but the other one changes it while the build runs."""
    files = {"demo/__init__.py": "", "value": "1", "copy": "1"}
    files["a.py"] = (
        f"from pathlib import Path\nvalue = Path('copy').read_text()\n{USING}".replace("'{source}'", "{source}")
    ).format(source="'int a(void) { return ' + value + '; }'", arguments="")
    files["b.py"] = THEN.format(
        then="value = Path('value').read_text()\nif value != Path('copy').read_text(): Path('copy').write_text(value)"
    )
    project = make_project(tmp_path / "project", files, modules=["a.py:ffi", "b.py:ffi"])
    build(python, project, tmp_path / "first")
    (project / "value").write_text("2")
    wheel, said = build(python, project, tmp_path / "second")
    assert try_wheel(python, wheel, tmp_path, VALUE) == "2\n", said


def test_a_header_that_comes_before_in_a_folder_of_folders(python, tmp_path):
    files = {
        "demo/__init__.py": "",
        "inc/sub/value.h": "#define VALUE 1\n",
        "first/sub/other.h": "",
        "a.py": USING.format(
            source='#include "sub/value.h"\\nint a(void) { return VALUE; }', arguments='include_dirs=["first", "inc"]'
        ),
    }
    project = make_project(tmp_path / "project", files, modules=["a.py:ffi"])
    wheel, _ = build(python, project, tmp_path / "dist")
    assert try_wheel(python, wheel, tmp_path, VALUE) == "1\n"
    (project / "first/sub/value.h").write_text("#define VALUE 2\n")
    wheel, _ = build(python, project, tmp_path / "dist")
    assert try_wheel(python, wheel, tmp_path, VALUE) == "2\n"

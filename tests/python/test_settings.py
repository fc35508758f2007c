"""Settings from pyproject.toml, its overrides, the environment and the frontend, by real builds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from building import build, call_hook, hook_command, names_in, run, tag_of, try_wheel
from mounts import mounting, mounts_work
from packaging.utils import parse_wheel_filename
from projects import ADD, demo, make_project, snapshot
from refusals import assert_message, refused
from sites import Site

# `value()` is what the macro VALUE says, or -1.
VALUE = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int value(void);")
ffi.set_source("demo._demo", '''
#ifndef VALUE
#define VALUE -1
#endif
static int value(void) { return VALUE; }
''')
"""

PRINT_VALUE = "from demo._demo import lib; print(lib.value())"


def _override(condition: str, *lines: str) -> str:
    return "\n".join(["[[tool.officina.overrides]]", f"if = {{ {condition} }}", *lines, ""])


def _value_of(python, project, tmp_path, env=None, config=None, name="out") -> int:
    wheel, _ = build(python, project, tmp_path / name, env, config)
    return int(try_wheel(python, wheel, tmp_path / name, PRINT_VALUE))


def test_a_value_comes_from_whoever_is_nearest_to_the_build(python, tmp_path):
    project = demo(
        tmp_path / "project",
        files={"build_demo.py": VALUE},
        settings='define-macros = ["VALUE=1"]',
        more=_override("env = { DEMO = true }", 'define-macros = ["VALUE=2"]'),
    )
    variable = {"OFFICINA_DEFINE_MACROS": "OTHER='a b' VALUE=3"}
    assert _value_of(python, project, tmp_path, name="table") == 1
    assert _value_of(python, project, tmp_path, {"DEMO": "1"}, name="override") == 2
    assert _value_of(python, project, tmp_path, {"DEMO": "1", **variable}, name="variable") == 3
    setting = {"define-macros": ["VALUE=4", "A"]}
    assert _value_of(python, project, tmp_path, variable, setting, name="setting") == 4


# Needs `vendored.h` to compile, and the library `vendored` to link.
VENDORED = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int vendored(void);")
ffi.set_source("demo._demo", '#include "vendored.h"', libraries=["vendored"])
"""


def _vendor(folder: Path) -> None:
    """A header and a static library, as another package would install them."""
    (folder / "include").mkdir(parents=True)
    (folder / "lib").mkdir()
    (folder / "include" / "vendored.h").write_text("int vendored(void);\n")
    (folder / "v.c").write_text("int vendored(void) { return 7; }\n")
    subprocess.run(["gcc", "-fPIC", "-c", "v.c", "-o", "v.o"], cwd=folder, check=True)
    subprocess.run(["ar", "rcs", "lib/libvendored.a", "v.o"], cwd=folder, check=True)


@pytest.mark.parametrize("way", ["table", "variables", "settings"])
def test_folders_of_headers_and_libraries(way, python, tmp_path):
    project = demo(tmp_path / "a project", files={"build_demo.py": VENDORED, "demo/__init__.py": ""})
    vendor = project / "vendor" if way == "table" else tmp_path / "else where"
    _vendor(vendor)
    env, config = {}, {}
    if way == "table":
        demo(
            project,
            files={"build_demo.py": VENDORED, "demo/__init__.py": ""},
            settings='include-dirs = ["vendor/include"]\nlibrary-dirs = ["./vendor/lib/"]',
        )
    elif way == "variables":
        env = {
            "OFFICINA_INCLUDE_DIRS": f"{tmp_path}{os.pathsep}{vendor / 'include'}",
            "OFFICINA_LIBRARY_DIRS": str(vendor / "lib"),
        }
    else:
        config = {"include-dirs": str(vendor / "include"), "library-dirs": [str(vendor / "lib")]}
    wheel, _ = build(python, project, tmp_path / "out", env, config)
    code = "from demo._demo import lib; print(lib.vendored())"
    assert try_wheel(python, wheel, tmp_path, code) == "7\n"


def test_a_folder_that_is_not_there_is_named_with_its_speaker(python, tmp_path):
    project = demo(tmp_path / "in file", settings='include-dirs = ["inclde"]')
    words = ["no folder `inclde`, which `include-dirs` names", "pyproject.toml:13:17", "relative to the folder"]
    refused(python, project, tmp_path, *words)
    project = demo(tmp_path / "project")
    words = ["no folder `gone`, which `library-dirs` names", "the config setting `library-dirs` says so"]
    refused(python, project, tmp_path, *words, config={"library-dirs": "gone"})
    words = ["`demo/__init__.py` in `include-dirs` is not a folder", "variable `OFFICINA_INCLUDE_DIRS` says so"]
    refused(python, project, tmp_path, *words, env={"OFFICINA_INCLUDE_DIRS": "demo/__init__.py"})


OVERFLOW = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int beyond(int); int shifted(int);")
ffi.set_source("demo._demo", '''
#include <stdlib.h>
static int beyond(int at) { volatile char *p = malloc(4); int found = p[at]; free((void *)p); return found; }
static int shifted(int by) { return 1 << by; }
''')
"""


def _runtime(compiler: str, name: str) -> str | None:
    found = subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=False)
    path = found.stdout.strip()
    return path if os.path.isabs(path) else None


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
def test_sanitizers_find_what_is_wrong(python, tmp_path):
    project = demo(
        tmp_path / "project",
        files={"build_demo.py": OVERFLOW, "demo/__init__.py": ""},
        settings='sanitize = ["undefined"]',
    )
    env = {"CC": "gcc"}
    wheel, said = build(python, project, tmp_path / "out", {**env, "OFFICINA_VERBOSE": "1"}, {"sanitize": "address"})
    lines = [line.replace("'", "") for line in said.splitlines() if "Running gcc" in line]
    flags = "-fsanitize=address,undefined -fno-omit-frame-pointer -g"
    assert len(lines) == 2 and all(flags in line for line in lines), said
    runtime = _runtime("gcc", "libasan.so")
    if runtime is None:
        pytest.skip("gcc's sanitizers are not installed")
    folder = tmp_path / "unpacked"
    shutil.unpack_archive(wheel, folder, "zip")
    preload = {"LD_PRELOAD": runtime, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONPATH": str(folder)}

    def says(expression: str) -> tuple[int, str]:
        done = run([python, "-c", f"from demo._demo import lib; print({expression})"], tmp_path, preload)
        return done.code, done.output

    code, output = says("lib.shifted(2)")
    assert (code, output) == (0, "4\n")
    code, output = says("lib.shifted(40)")
    assert code == 0 and "runtime error: shift exponent 40 is too large" in output
    code, output = says("lib.beyond(4)")
    assert code != 0 and "heap-buffer-overflow" in output and "demo._demo.c" in output


def test_sanitizers_that_no_compiler_has(python, tmp_path):
    project = demo(tmp_path / "project", settings='sanitize = ["thread"]')
    words = ["the sanitizers `thread` and `address` exclude each other", "OFFICINA_SANITIZE", "build twice"]
    refused(python, project, tmp_path, *words, env={"OFFICINA_SANITIZE": "address"})
    project = demo(tmp_path / "other", settings='sanitize = ["memory"]')
    refused(python, project, tmp_path, "GCC has no sanitizer `memory`", "CC=clang", env={"CC": "gcc"})


def _abi_and_api() -> dict[str, str]:
    """A module of each mode: one is compiled, one is Python."""
    abi = 'from cffi import FFI\nffi = FFI()\nffi.cdef("int abs(int);")\nffi.set_source("demo._abi", None)\n'
    own = ADD.replace('b; }")', "b; }\", sources=['c/own.c'])")
    return {"build_demo.py": own, "build_abi.py": abi, "c/own.c": "const char *own(void) { return __FILE__; }\n"}


def _names_in_sdist(sdist: Path) -> list[str]:
    with tarfile.open(sdist) as archive:
        return [name.split("/", 1)[1] for name in archive.getnames()]


def _room(build_dir: Path) -> Path:
    """Where the first build of an interpreter and a profile works."""
    [folder] = [path for path in build_dir.iterdir() if path.is_dir()]
    return folder / "1"


@pytest.mark.parametrize("profile", ["release", "debug"])
def test_a_build_dir_keeps_what_was_made(profile, python, tmp_path):
    modules = ["build_demo.py:ffi", "build_abi.py:ffi"]
    project = demo(tmp_path / "project", files=_abi_and_api(), modules=modules)
    config = {"profile": profile}
    plain, _ = build(python, project, tmp_path / "plain", config=config)
    before = snapshot(project)
    kept, _ = build(python, project, tmp_path / "kept", config={**config, "build-dir": "made/here"})
    build_dir = project / "made/here"
    work = _room(build_dir)
    name = work.parent.name
    assert name.endswith(f"-linux_x86_64-{profile}-wheel") and name.startswith(("cp", "pypy"))
    found = {path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()}
    assert {"generated/demo._demo.c", "linked/demo/_demo.abi3.so"} <= found
    assert any(path.startswith("objects/demo._demo/") and path.endswith(".o") for path in found)
    assert (build_dir / ".gitignore").read_text() == "*\n"
    assert (build_dir / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    if profile == "release":
        assert plain.read_bytes() == kept.read_bytes()
    # A second build makes everything anew, and neither product holds what was kept.
    (work / "generated" / "stale.c").write_text("")
    again, _ = build(python, project, tmp_path / "again", config={**config, "build-dir": "made/here"})
    assert kept.read_bytes() == again.read_bytes()
    assert not (work / "generated" / "stale.c").exists()
    sdist = tmp_path / call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    assert not [name for name in _names_in_sdist(sdist) if "made" in name]
    shutil.rmtree(project / "made")
    assert snapshot(project) == before


@pytest.mark.skipif(shutil.which("gdb") is None, reason="there is no gdb")
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_debugger_finds_generated_c(compiler, python, tmp_path):
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    project = demo(tmp_path / "project", files=_abi_and_api(), settings='build-dir = "build"\nprofile = "debug"')
    wheel, _ = build(python, project, tmp_path / "out", {"CC": compiler})
    assert "/build/" not in " ".join(names_in(wheel))
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    [module] = (tmp_path / "unpacked").rglob("*.so")
    gdb = ["gdb", "-nx", "-batch", "-ex", "list add", "-ex", "info source", "-ex", "list own", str(module)]
    done = run(gdb, tmp_path)
    assert "static int add(int a, int b) { return a + b; }" in done.stdout, done.output
    assert "const char *own(void)" in done.stdout, done.output
    generated = _room(project / "build") / "generated/demo._demo.c"
    assert str(generated) in done.stdout


def test_a_build_dir_of_somebody_else(python, tmp_path):
    project = demo(tmp_path / "project")
    for folder in ("demo", ".."):
        words = ["holds other files", "belongs to the build", "config setting `build-dir` says so"]
        refused(python, project, tmp_path / "scratch", *words, config={"build-dir": folder})
    refused(python, project, tmp_path / "scratch", "`build-dir` cannot be `.`", config={"build-dir": "."})
    words = ["cannot create the folder", "build_demo.py", "config setting `build-dir` says so"]
    refused(python, project, tmp_path / "scratch", *words, config={"build-dir": "build_demo.py/x"})


@pytest.mark.skipif(not mounts_work(), reason="this user may not mount")
def test_a_build_dir_in_a_tree_that_cannot_be_written(python, tmp_path):
    project = demo(tmp_path / "project", settings='build-dir = "build"')
    command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path / "out"))
    done = run(mounting(f'mount --bind -o ro "{project}" "{project}"; cd "{project}"', command), project)
    assert done.code != 0
    assert_message(done.output, ("cannot create the folder", "ead-only file system", "pyproject.toml:13:13"))


def test_two_builds_with_one_build_dir(python, tmp_path):
    # The first builder waits until the second build has said that it waits.
    slow = f"import os, time\nwhile not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.05)\n"
    held = f"open({str(tmp_path / 'held')!r}, 'w').close()\n"
    project = demo(tmp_path / "project", files={"build_demo.py": held + slow + ADD}, settings='build-dir = "build"')

    def start(name: str) -> subprocess.Popen:
        (tmp_path / name).mkdir()
        command = hook_command(python, tmp_path / f"{name}.json", "build_wheel", wheel_directory=str(tmp_path / name))
        return subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)

    first = start("first")
    while not (tmp_path / "held").exists():
        assert first.poll() is None, first.stderr.read()
    second = start("second")
    said = ""
    while "Waiting" not in said:
        said = second.stderr.readline()
        assert said, "the second build ended without waiting"
    assert "for another build in `build/" in said
    (tmp_path / "go").touch()
    assert (first.wait(), second.wait()) == (0, 0)
    wheels = [next((tmp_path / name).glob("*.whl")).read_bytes() for name in ("first", "second")]
    assert wheels[0] == wheels[1]


def test_ctrl_c_ends_the_wait_for_a_build_dir(python, tmp_path):
    import fcntl
    import signal

    project = demo(tmp_path / "project", settings='build-dir = "build"')
    build(python, project, tmp_path / "out")
    [lock] = (project / "build").glob("*.lock")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        command = hook_command(python, tmp_path / "answer", "build_wheel", wheel_directory=str(tmp_path / "out"))
        waiting = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True)
        assert "Waiting" in waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(timeout=60) == 130
        assert waiting.stderr.read().strip().endswith("error: interrupted")


def test_overrides_by_platform_python_and_environment(python, tmp_path):
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for name, condition, expected in [
        ("platform", "platform = 'linux'", 2),
        ("machine", f"platform = 'linux-{os.uname().machine}'", 2),
        ("elsewhere", "platform = ['windows', 'macos']", 1),
        ("python", f"python = '>={version}'", 2),
        ("implementation", f"python = '{sys.implementation.name}'", 2),
        ("older", f"python = '<{version}'", 1),
        ("set", "env = { OFFICINA_TEST_MARKER = 'x' }", 2),
        ("unset", "env = { OFFICINA_TEST_MARKER = false }", 1),
        ("all", "platform = 'linux', env = { OFFICINA_TEST_MARKER = 'y' }", 1),
    ]:
        project = demo(
            tmp_path / name,
            files={"build_demo.py": VALUE},
            settings='define-macros = ["VALUE=1"]',
            more=_override(condition, 'define-macros = ["VALUE=2"]'),
        )
        env = {"OFFICINA_TEST_MARKER": "x"}
        assert _value_of(python, project, tmp_path, env, name=f"{name}-out") == expected, name


def test_an_sdist_holds_what_any_override_may_ask_for(python, tmp_path):
    files = {
        "build_demo.py": ADD,
        "build_mac.py": ADD,
        "demo/__init__.py": "",
        "mac/__init__.py": "",
        "mac/native.dylib.txt": "",
        ".gitignore": "build_mac.py\nmac/\n",
    }
    more = _override("platform = 'macos'", 'cffi_modules = "build_mac.py:ffi"') + _override(
        "env = { MAC = true }", 'packages = ["demo", "mac"]'
    )
    project = make_project(
        tmp_path / "project", files, modules=["build_demo.py:ffi"], settings='packages = ["demo"]', more=more
    )
    sdists = []
    for index, env in enumerate([{}, {"MAC": "1"}]):
        out = tmp_path / f"sdist{index}"
        out.mkdir()
        name = call_hook(python, project, out, "build_sdist", env, sdist_directory=str(out))
        sdists.append((out / name).read_bytes())
        held = set(_names_in_sdist(out / name))
    assert sdists[0] == sdists[1]
    assert {"build_demo.py", "build_mac.py", "demo/__init__.py", "mac/native.dylib.txt"} <= held
    (project / "build_mac.py").unlink()
    done = run(hook_command(python, tmp_path / "a", "build_sdist", sdist_directory=str(tmp_path)), project)
    assert done.code != 0
    assert_message(done.output, ("no builder script `build_mac.py`", "pyproject.toml:16:"))


def test_the_tag_of_the_metadata_hook_is_that_of_the_effective_settings(python, tmp_path):
    project = demo(tmp_path / "project", more=_override("env = { PURE = true }", "cffi_modules = []"))
    tags = []
    for index, env in enumerate([{}, {"PURE": "1"}]):
        into = tmp_path / f"metadata{index}"
        into.mkdir()
        name = call_hook(python, project, into, "prepare_metadata_for_build_wheel", env, metadata_directory=str(into))
        tags.append((into / name / "WHEEL").read_text())
    assert "Tag: py3-none-any" not in tags[0] and "Tag: py3-none-any" in tags[1]
    (project / "demo/__init__.py").write_text("")
    wheel, _ = build(python, project, tmp_path / "out", {"PURE": "1"})
    assert tag_of(wheel) == "py3-none-any"


HOOKS = {
    "get_requires_for_build_wheel": None,
    "prepare_metadata_for_build_wheel": "metadata_directory",
    "build_wheel": "wheel_directory",
    "get_requires_for_build_sdist": None,
    "build_sdist": "sdist_directory",
    "get_requires_for_build_editable": None,
    "prepare_metadata_for_build_editable": "metadata_directory",
    "build_editable": "wheel_directory",
}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_bad_setting_fails_in_every_hook(hook, python, tmp_path):
    project = demo(tmp_path / "project")
    folder = {HOOKS[hook]: str(tmp_path / "out")} if HOOKS[hook] else {}
    for config, env, phrases in [
        ({"build_dir": "x"}, {}, ("unknown config setting `build_dir`", "did you mean `build-dir`?")),
        ({}, {"OFFICINA_JOBS": "many"}, ("`OFFICINA_JOBS` cannot be `many`",)),
        ({"define-macros": "A B-C"}, {}, ("`B-C` in `define-macros` is not a C identifier",)),
    ]:
        command = hook_command(python, tmp_path / "answer", hook, config_settings=config, **folder)
        done = run(command, project, env)
        assert done.code != 0
        assert_message(done.output, phrases)


def test_a_variable_that_says_nothing_is_pointed_out(python, tmp_path):
    project = demo(tmp_path / "project")
    _, said = build(python, project, tmp_path / "out", {"OFFICINA_PROFIL": "debug"})
    assert "warning: the environment variable `OFFICINA_PROFIL` is no setting: did you mean `OFFICINA_PROFILE`?" in said
    _, said = build(python, project, tmp_path / "out", {"OFFICINA_PYTHON": "x", "OFFICINA_PROFILE": "debug"})
    assert "warning" not in said


def test_frontends_pass_repeated_settings_as_a_list(python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": VALUE})
    out = tmp_path / "out"
    command = [python, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, project]
    done = run([*command, "-Cdefine-macros=A", "-Cdefine-macros=VALUE=9"], tmp_path)
    assert done.code == 0, done.output
    [wheel] = out.glob("*.whl")
    assert try_wheel(python, wheel, tmp_path, PRINT_VALUE) == "9\n"


def test_show_tells_which_settings_are_in_force_and_who_set_each(python, tmp_path):
    project = demo(
        tmp_path / "project",
        settings='jobs = 1\ndefine-macros = [\n    "A",\n    "B=2",\n]',
        more=_override("platform = 'linux'", "jobs = 2", "editable = { rebuild = true }"),
    )
    command = [python.parent / "officina", "show", "-C", "define-macros=C", "-C", "define-macros=D"]
    done = run(command, project, {"OFFICINA_PROFILE": "debug"})
    assert done.code == 0, done.output
    shown = [line[13:] for line in done.stdout.splitlines() if " = " in line]
    assert shown == [
        'cffi_modules = ["build_demo.py:ffi"]  (pyproject.toml:12)',
        "profile = debug  (OFFICINA_PROFILE)",
        'define-macros = [ "A", "B=2", ]  (pyproject.toml:14)',
        "define-macros = C, D  (-C define-macros)",
        "jobs = 2  (overrides[0] (pyproject.toml:20))",
        "editable.rebuild = true  (overrides[0] (pyproject.toml:21))",
    ]


# Needs `-lm` and a library of the project's own; VALUE and a warning tell which words came last.
WORDS = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int value(void); double root(double);")
ffi.set_source("demo._demo", '''
#include <math.h>
#ifndef VALUE
#define VALUE -1
#endif
static int value(void) { return VALUE; }
static double root(double x) { return vendored() + sqrt(x); }
''', extra_compile_args=["-UVALUE", "-DVALUE=1"], extra_link_args=["-Wl,--as-needed"],
    include_dirs=["vendor/include"], library_dirs=["vendor/lib"])
"""


@pytest.mark.parametrize("way", ["table", "variables", "settings", "override"])
def test_words_and_libraries_for_every_module(way, python, tmp_path):
    builder = WORDS.replace("#include <math.h>", '#include <math.h>\n#include "vendored.h"')
    lists = {"extra-compile-args": ["-UVALUE", "-DVALUE=2"], "extra-link-args": ["-Wl,-rpath,/x y"]}
    lists["libraries"] = ["vendored", "m"]
    table = "\n".join(f"{key} = {value!r}" for key, value in lists.items())
    project = demo(
        tmp_path / "a project",
        files={"build_demo.py": builder, "demo/__init__.py": ""},
        settings=table if way == "table" else "",
        more=_override("platform = 'linux'", table) if way == "override" else "",
    )
    _vendor(project / "vendor")
    env, config = {}, {}
    if way == "variables":
        env = {
            "OFFICINA_EXTRA_COMPILE_ARGS": "-UVALUE '-DVALUE=2'",
            "OFFICINA_EXTRA_LINK_ARGS": "'-Wl,-rpath,/x y'",
            "OFFICINA_LIBRARIES": "vendored,m",
        }
    elif way == "settings":
        config = {"extra-compile-args": "-UVALUE -DVALUE=2", "libraries": ["vendored", "m"]}
        config["extra-link-args"] = "'-Wl,-rpath,/x y'"
    wheel, _ = build(python, project, tmp_path / "out", {**env, "CFLAGS": "-O1"}, config)
    code = "from demo._demo import lib; print(lib.value(), lib.root(4))"
    assert try_wheel(python, wheel, tmp_path, code) == "2 9.0\n"
    assert b"/x y" in next((tmp_path / "unpacked/demo").glob("_demo*.so")).read_bytes()


def test_words_and_libraries_decide_what_is_made_again(python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": VALUE, "demo/__init__.py": ""})
    for number, (setting, expected) in enumerate(
        [({}, "-1"), ({"extra-compile-args": "-DVALUE=5"}, "5"), ({"extra-compile-args": "-DVALUE=6"}, "6"), ({}, "-1")]
    ):
        wheel, _ = build(python, project, tmp_path / f"out{number}", config=setting)
        assert try_wheel(python, wheel, tmp_path / f"out{number}", PRINT_VALUE) == f"{expected}\n"
    _, said = build(python, project, tmp_path / "linked", config={"libraries": "m", "extra-link-args": "-Wl,-O1"})
    assert "Linked" in said and "Compiled" not in said, said
    refused(python, project, tmp_path, "`-lm` in `libraries` is a flag", "write `m`", config={"libraries": "-lm"})
    phrases = ["cannot be `'-g`", "a quote that opens has to close"]
    refused(python, project, tmp_path, *phrases, config={"extra-compile-args": "'-g"})
    phrases = ["`Py_LIMITED_API` cannot be in `extra-compile-args`", "set `limited-api`"]
    refused(python, project, tmp_path, *phrases, env={"OFFICINA_EXTRA_COMPILE_ARGS": "-DPy_LIMITED_API=0x03070000"})


@pytest.mark.parametrize("way", ["table", "variable", "setting", "override", "number"])
def test_a_build_tag_is_in_the_name_and_in_the_wheel(way, python, tmp_path):
    project = demo(
        tmp_path / "project",
        settings={"table": 'build-tag = "2_x.1"', "number": "build-tag = 2"}.get(way, ""),
        more=_override("state = 'wheel'", 'build-tag = "2_x.1"') if way == "override" else "",
    )
    env = {"OFFICINA_BUILD_TAG": "2_x.1"} if way == "variable" else {}
    config = {"build-tag": "2_x.1"} if way == "setting" else {}
    expected = "2" if way == "number" else "2_x.1"
    wheel, _ = build(python, project, tmp_path / "out", env, config)
    assert wheel.name.startswith(f"demo-1.0-{expected}-cp")
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("demo-1.0.dist-info/WHEEL").decode()
    assert text.endswith(f"\nBuild: {expected}\n")
    name, version, build_tag, _ = parse_wheel_filename(wheel.name)
    assert (name, str(version), "".join(map(str, build_tag))) == ("demo", "1.0", expected)
    metadata = tmp_path / "metadata"
    metadata.mkdir()
    arguments = {"metadata_directory": str(metadata), "config_settings": config}
    folder = call_hook(python, project, tmp_path, "prepare_metadata_for_build_wheel", env, **arguments)
    arguments = {"wheel_directory": str(metadata), "metadata_directory": str(metadata / folder)}
    arguments["config_settings"] = config
    assert call_hook(python, project, tmp_path, "build_wheel", env, **arguments) == wheel.name


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_wheel_with_a_build_tag_is_installed(installer, python, tmp_path):
    site = Site(tmp_path / "site")
    project = demo(tmp_path / "project", modules=[], files={"demo/__init__.py": "x = 1\n"}, project=_PURE)
    wheel, _ = build(python, project, tmp_path / "out", config={"build-tag": "7"})
    getattr(site, installer)("install", "--no-deps", wheel)
    assert site.says("import demo; print(demo.x)") == "1"


_PURE = 'name = "demo"\nversion = "1.0"\n'


def test_an_override_joins_a_list_and_knows_what_is_made(python, tmp_path):
    project = demo(
        tmp_path / "project",
        files={"build_demo.py": VALUE, "demo/__init__.py": "", "a.txt": "", "b.txt": "", "c.txt": ""},
        settings='include = ["a.txt"]\ndefine-macros = ["OTHER"]',
        more=_override('state = "wheel"', 'include = ["b.txt"]', 'inherit.include = "append"')
        + _override('state = "editable"', 'define-macros = ["VALUE=9"]', 'inherit.define-macros = "append"')
        + _override("env = { ALONE = true }", 'include = ["c.txt"]'),
    )
    wheel, _ = build(python, project, tmp_path / "out")
    assert {"a.txt", "b.txt"} <= set(names_in(wheel)) and "c.txt" not in names_in(wheel)
    alone, _ = build(python, project, tmp_path / "alone", {"ALONE": "1"})
    assert {"c.txt"} == {name for name in names_in(alone) if name.endswith(".txt")}
    shown = run([python.parent / "officina", "show", "--editable", project], tmp_path)
    assert '"OTHER"' in shown.stdout and '"VALUE=9"' in shown.stdout and "overrides[1]" in shown.stdout, shown.output
    site = Site(tmp_path / "site")
    site.pip("install", "-e", project)
    assert site.says(PRINT_VALUE) == "9"

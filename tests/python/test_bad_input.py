"""Bad pyproject.toml, bad builders, bad C: each is refused with a message that says what to do."""

from __future__ import annotations

import pytest
from building import build
from projects import ADD, PROJECT, demo
from refusals import refused
from servers import need

ENTRY = ["build_demo.py:ffi"]


def _settings(text):
    return {"settings": text}


def _project(**fields):
    """`[project]` with other values; `None` drops a line."""
    lines = dict(line.split(" = ", 1) for line in PROJECT.strip().splitlines())
    lines.update({key.replace("_", "-"): value for key, value in fields.items()})
    return {"project": "".join(f"{k} = {v}\n" for k, v in lines.items() if v is not None)}


# What is wrong -> the change to a good project, and what the message must hold.
PYPROJECT = {
    "entry without a colon": (
        {"modules": ["build_demo.py"]},
        ["`build_demo.py` names no object", "pyproject.toml:", "hint: ", "script:object"],
    ),
    "file not found": (
        {"modules": ["biuld_demo.py:ffi"]},
        ["biuld_demo.py", "pyproject.toml:", "hint: did you mean `build_demo.py"],
    ),
    "dotted module not found": (
        {"modules": ["demo.biuld:ffi"], "files": {"demo/build.py": ADD}},
        ["demo.biuld", "pyproject.toml:", "hint: did you mean `demo.build:ffi`"],
    ),
    "variable not found": (
        {"modules": ["build_demo.py:fii"]},
        ["no object `fii` in `build_demo.py`", "pyproject.toml:", "hint: did you mean `ffi`?"],
    ),
    "variable is not an FFI": (
        {"files": {"build_demo.py": "ffi = 42\n"}},
        ["`ffi` in `build_demo.py`", "int", "not an `FFI`", "pyproject.toml:", "hint: "],
    ),
    "function returns no FFI": (
        {"files": {"build_demo.py": "def ffi():\n    pass\n"}},
        ["`ffi()`", "NoneType", "return", "pyproject.toml:", "hint: "],
    ),
    "no set_source": (
        {"files": {"build_demo.py": "from cffi import FFI\nffi = FFI()\n"}},
        ["`ffi`", "set_source", "pyproject.toml:", "hint: "],
    ),
    "two entries make the same module": (
        {"modules": [*ENTRY, "second.py:ffi"], "files": {"second.py": ADD}},
        ["demo._demo", "build_demo.py", "second.py", "hint: "],
    ),
    "a module collides with a source file": (
        {"files": {"demo/_demo.py": ""}},
        ["demo._demo", "collides", "demo/_demo.py", "hint: rename"],
    ),
    "unknown key": (
        {"settings": 'packges = ["demo"]'},
        [
            "unknown key `tool.officina.packges`",
            "pyproject.toml:",
            "hint: did you mean `packages`?",
        ],
    ),
    "a table that nobody reads": (
        {"settings": "[tools.officina]"},
        ["nobody reads `tools`", "pyproject.toml:", "hint: did you mean `tool`?"],
    ),
    "a setting among the metadata": (
        _project(cffi_modules='["build_demo.py:ffi"]'),
        ["`project.cffi-modules`", "pyproject.toml:", "hint: ", "[tool.officina]"],
    ),
    "wrong type": (
        {"settings": "packages = 3"},
        ["`tool.officina.packages` must be", "pyproject.toml:"],
    ),
    "include matches nothing": (
        {"settings": 'include = ["demo/*.dta"]', "files": {"demo/x.dat": ""}},
        ["`demo/*.dta`", "include", "matches no file", "pyproject.toml:", "hint: "],
    ),
    "package not found": (
        {"settings": 'packages = ["dmeo"]'},
        ["`dmeo`", "pyproject.toml:", "hint: did you mean `demo`?"],
    ),
    "a package named with its src folder": (
        {"settings": 'packages = ["src.other"]', "files": {"src/other/__init__.py": ""}},
        ["`src.other`", "pyproject.toml:", "hint: write `other`"],
    ),
    "package outside the project by ..": (
        _settings('packages = ["../demo"]'),
        ["`../demo`", "pyproject.toml:", "hint: "],
    ),
    "package with an absolute path": (
        _settings('packages = ["/etc"]'),
        ["`/etc`", "pyproject.toml:"],
    ),
    "python-source outside the project": (
        _settings('python-source = ".."'),
        ["`..`", "python-source", "pyproject.toml:", "hint: "],
    ),
    "include outside the project": (
        _settings('include = ["../*.txt"]'),
        ["../*.txt", "include", "pyproject.toml:", "hint: "],
    ),
    "invalid TOML": (
        {"files": {"pyproject.toml": '[project]\nname = "demo\n'}},
        ["pyproject.toml", "not valid TOML", "pyproject.toml:2:"],
    ),
    "invalid UTF-8 in pyproject.toml": (
        {"files": {"pyproject.toml": b'[project]\nname = "d\xff"\n'}},
        ["`pyproject.toml` is not valid UTF-8", "line 2", "hint: "],
    ),
    "no [project]": (
        {"files": {"pyproject.toml": '[tool.officina]\ncffi_modules = "build_demo.py:ffi"\n'}},
        ["[project]", "hint: ", 'name = "'],
    ),
    "no name": (_project(name=None), ["`project.name` is missing", "pyproject.toml:"]),
    "invalid name": (_project(name='"-demo-"'), ["`-demo-`", "name", "pyproject.toml:", "hint: "]),
    "invalid version": (
        _project(version='"one"'),
        ["`one`", "version", "pyproject.toml:", "hint: "],
    ),
    "no version": (_project(version=None), ["project.version", "hint: "]),
    "invalid specifier": (
        _project(requires_python='"three"'),
        ["project.requires-python", "three", "pyproject.toml:", "hint: "],
    ),
    "invalid dependency": (
        _project(dependencies='["cffi =>> 1"]'),
        ["`cffi =>> 1`", "dependency", "pyproject.toml:", "hint: "],
    ),
    "invalid licence": (
        _project(license='"MIT OR Aapche-2.0"'),
        ["`Aapche-2.0`", "licence", "pyproject.toml:", "hint: did you mean `Apache-2.0`?"],
    ),
    "licence file not found": (
        _project(license_files='["LICENCE"]'),
        ["LICENCE", "license-files", "pyproject.toml:"],
    ),
    "unknown project key": (
        _project(descripton='"x"'),
        ["descripton", "pyproject.toml:", "hint: did you mean `description`?"],
    ),
    "readme not found": (
        _project(readme='"README.md"'),
        ["README.md", "pyproject.toml:"],
    ),
}


@pytest.mark.parametrize("case", PYPROJECT)
def test_what_pyproject_says(case, python, tmp_path):
    changes, phrases = PYPROJECT[case]
    refused(python, demo(tmp_path / "project", **changes), tmp_path, *phrases)


def _builder(tail):
    """A builder whose `set_source` call ends with `tail`."""
    return f"""\
from cffi import FFI
ffi = FFI()
ffi.cdef("int add(int, int);")
ffi.set_source("demo._demo", {tail})
"""


GOOD_C = '"static int add(int a, int b) { return a + b; }"'

COMPILING = {
    "missing header": (
        _builder("'#include \"no_such.h\"'"),
        ["no_such.h", "demo._demo", "hint: ", "include_dirs"],
    ),
    "missing header of a well-known library": (
        _builder("'#include <sodium/no_such.h>\\n#include <sodium.h>'"),
        ["sodium", "apt install libsodium-dev", "dnf install libsodium-devel", "hint: "],
    ),
    "missing library": (
        _builder(f"{GOOD_C}, libraries=['no_such_library']"),
        ["no_such_library", "demo._demo", "hint: ", "library_dirs"],
    ),
    "C syntax error": (
        _builder("'static int add(int a, int b) { return a + ; }'"),
        ["error: expected expression", "demo._demo"],
    ),
    "a source that is not there": (
        _builder(f"{GOOD_C}, sources=['c/no_such.c']"),
        ["c/no_such.c", "demo._demo"],
    ),
    "a function that no library has": (
        _builder("'int add(int a, int b);'"),
        ["`add`", "demo._demo", "would fail to import", "hint: ", "build_demo.py:3:"],
    ),
    "a function that two files define": (
        _builder("'int add(int a, int b);', sources=['demo/a.c', 'demo/b.c']"),
        ["`add` is defined twice", "demo._demo", "hint: ", "sources="],
    ),
    "an argument of the wrong type": (
        _builder(f"{GOOD_C}, libraries={{'m': 1}}"),
        ["libraries", "demo._demo", "build_demo.py"],
    ),
    "a language that is none": (
        _builder(f"{GOOD_C}, source_extension='.rs'"),
        [".rs", "demo._demo", "hint: "],
    ),
}


@pytest.mark.parametrize("case", COMPILING)
def test_what_the_compiler_and_the_linker_say(case, python, tmp_path):
    builder, phrases = COMPILING[case]
    twice = "int add(int a, int b) { return a + b; }\n"
    files = {"build_demo.py": builder, "demo/a.c": twice, "demo/b.c": twice}
    project = demo(tmp_path / "project", files=files)
    refused(python, project, tmp_path, *phrases)


def test_the_compilers_words_come_whole_with_its_command(python, tmp_path):
    bad = "static int add(int a, int b) { return first_mistake; }\nint f(void) { return second; }\n"
    project = demo(
        tmp_path / "project",
        files={"c/bad.c": bad, "build_demo.py": _builder(f"{GOOD_C}, sources=['c/bad.c']")},
    )
    said = refused(python, project, tmp_path, "first_mistake", "second", "c/bad.c:2:")
    assert "-c c/bad.c" in said or "-c ./c/bad.c" in said, said


RAISING = {
    "an exception": (
        "raise LookupError('the builder is unwell')\n",
        ["build_demo.py"],
        "LookupError: the builder is unwell",
    ),
    "an error inside a function": (
        "def ffi():\n    return 1 / 0\n",
        ["build_demo.py", "ffi"],
        "ZeroDivisionError",
    ),
    "a missing module": ("import no_such_module\n", ["build_demo.py"], "no_such_module"),
    "bad C in a cdef": (
        "from cffi import FFI\nffi = FFI()\nffi.cdef('int f(')\n",
        ["build_demo.py"],
        "CDefError",
    ),
    "a question": ("input('which one? ')\n", ["build_demo.py", "hint: nobody answers"], "EOFError"),
    "a missing package of pkg-config": (
        "from cffi import FFI\nffi = FFI()\nffi.cdef('int f(void);')\n"
        "ffi.set_source_pkgconfig('demo._demo', ['officina-no-such'], '')\n",
        ["build_demo.py", "officina-no-such", "hint: ", "PKG_CONFIG_PATH"],
        "PkgConfigError",
    ),
    "a well-known package of pkg-config": (
        "import os\nos.environ['PKG_CONFIG_LIBDIR'] = os.environ['PKG_CONFIG_PATH'] = '/nowhere'\n"
        "from cffi import FFI\nffi = FFI()\nffi.cdef('int f(void);')\n"
        "ffi.set_source_pkgconfig('demo._demo', ['libgit2'], '')\n",
        ["build_demo.py", "hint: ", "apt install libgit2-dev", "dnf install libgit2-devel"],
        "PkgConfigError",
    ),
}


@pytest.mark.parametrize("case", RAISING)
def test_a_builder_that_raises_shows_its_own_traceback(case, python, tmp_path):
    if "pkg-config" in case:
        need("pkg-config")
    builder, phrases, last = RAISING[case]
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    refused(python, project, tmp_path, *phrases, traceback=last)


def test_bad_c_in_a_cdef_shows_its_line_and_not_the_parser(python, tmp_path):
    builder = "from cffi import FFI\nffi = FFI()\nffi.cdef('int f(int);\\nint g(@);')\n"
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    said = refused(python, project, tmp_path, "<cdef source string>:2:", traceback="CDefError")
    assert 'File "build_demo.py", line 3' in said
    assert "During handling" not in said


def test_a_syntax_error_in_a_builder_shows_the_line(python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": "ffi = = 1\n"})
    said = refused(python, project, tmp_path, "build_demo.py", traceback="SyntaxError")
    assert "ffi = = 1" in said


ENDING = {
    "sys.exit": ("import sys\nsys.exit(3)\n", ["build_demo.py", "sys.exit(3)", "hint: "]),
    "sys.exit with words": ("import sys\nsys.exit('no luck')\n", ["build_demo.py", "no luck"]),
    "os._exit": ("import os\nos._exit(0)\n", ["build_demo.py", "hint: "]),
    "a crash": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
        ["build_demo.py", "signal 11", "SIGSEGV"],
    ),
}


@pytest.mark.parametrize("case", ENDING)
def test_a_builder_that_ends_its_process_is_named(case, python, tmp_path):
    builder, phrases = ENDING[case]
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    refused(python, project, tmp_path, *phrases)


def test_a_package_that_is_a_link_out_of_the_tree(python, tmp_path):
    project = demo(tmp_path / "project", settings='packages = ["demo", "away"]')
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "__init__.py").write_text("")
    (project / "away").symlink_to(tmp_path / "elsewhere")
    refused(python, project, tmp_path, "away", "hint: ")


def test_a_file_that_is_a_link_out_of_the_tree(python, tmp_path):
    project = demo(tmp_path / "project")
    (tmp_path / "secret.txt").write_text("of the machine, not of the project")
    (project / "demo" / "data.txt").symlink_to(tmp_path / "secret.txt")
    refused(python, project, tmp_path, "demo/data.txt", "hint: ")


def test_no_pyproject_at_all(python, tmp_path):
    (tmp_path / "project").mkdir()
    refused(python, tmp_path / "project", tmp_path, "pyproject.toml")


CONFIG = {
    "unknown setting": ({"profil": "debug"}, ["profil", "did you mean `profile`?"]),
    "wrong value": ({"jobs": "many"}, ["jobs", "many", "hint: "]),
    "not a level": ({"glue-optimization": "O3"}, ["glue-optimization", "O3", "low", "full"]),
    "not a profile": ({"profile": "fast"}, ["profile", "fast", "release", "debug"]),
}


@pytest.mark.parametrize("case", CONFIG)
def test_what_the_frontend_passes_on(case, python, tmp_path):
    settings, phrases = CONFIG[case]
    refused(python, demo(tmp_path / "project"), tmp_path, *phrases, config=settings)


# What a builder does -> the last line of its traceback; nothing: the build works all the same.
UNRULY = {
    "open is patched": (
        "import builtins\ntheirs = open\ndef ours(path, mode='r', **named):\n"
        "    if 'w' in mode: raise OSError\n    return theirs(path, mode, **named)\nbuiltins.open = ours\n",
        "",
    ),
    "json is patched": ("import json\njson.dumps = json.dump = json.JSONEncoder = None\n", ""),
    "os.environ is replaced": ("import os\nos.environ = dict(os.environ, X='1')\n", ""),
    "os.replace is patched": ("import os\nos.replace = os.rename = None\n", ""),
    "the streams are closed": ("import sys\nsys.stdout.close(); sys.stderr.close()\n", ""),
    "a module raises when asked": (
        "import sys, types\nclass Lazy(types.ModuleType):\n    @property\n    def __file__(self): raise ImportError\n"
        "sys.modules['lazy'] = Lazy('lazy')\n",
        "",
    ),
    "a surrogate in the message": ("raise ValueError('a\\ud800b\\udc80')\n", "ValueError: a"),
    "a surrogate in its module": ("class E(Exception):\n    __module__ = 'a\\ud800'\nraise E('x')\n", ".E: x"),
    "no text": ("class E(Exception):\n    def __str__(self): raise KeyError\nraise E\n", "E: <exception str() failed>"),
    "text that is no text": ("class E(Exception):\n    __str__ = None\nraise E\n", "E: <exception str() failed>"),
    "a module that is no text": ("class E(Exception):\n    __module__ = 3\nraise E('x')\n", "E: x"),
    "stderr closed, then an exception": ("import sys\nsys.stderr.close()\nraise ValueError('x')\n", "ValueError: x"),
    "traceback is patched": (
        "import traceback\ntraceback.print_exception = traceback.format_exception = None\nraise ValueError('x')\n",
        "ValueError: x",
    ),
}


@pytest.mark.parametrize("case", UNRULY)
def test_a_builder_that_changes_what_we_stand_on(case, python, tmp_path):
    text, last = UNRULY[case]
    project = demo(tmp_path / "project", files={"build_demo.py": ADD + text})
    if last:
        refused(python, project, tmp_path, "build_demo.py", traceback=last)
    else:
        _, said = build(python, project, tmp_path / "out")
        assert "Traceback" not in said, said


def test_an_exit_with_something_that_has_no_text(python, tmp_path):
    text = "import sys\nclass Odd:\n    def __str__(self): raise KeyError\nsys.exit(Odd())\n"
    project = demo(tmp_path / "project", files={"build_demo.py": text})
    refused(python, project, tmp_path, "build_demo.py", "its text cannot be made: KeyError")

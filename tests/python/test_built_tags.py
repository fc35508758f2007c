"""The tag of a wheel is that of what was built: what compilers saw, what linked files use, what lies in packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig

import pytest
from building import build, hook_command, names_in, run, tag_of, try_wheel
from projects import PROJECT, demo, make_project

THIS = "cp{}{}".format(*sys.version_info[:2])
OWN = f"{THIS}-{THIS}"
SINCE_310 = "cp310-abi3"
LIMITED = "cp39-abi3"

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython" or bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="needs a Python with the stable ABI",
)

# Says what its C was compiled for.
SAYS = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int api(void);")
ffi.set_source("demo._demo", '''{attached}
static int api(void) {{
#ifdef Py_LIMITED_API
    return (Py_LIMITED_API + 0) >> 16;
#else
    return -1;
#endif
}}
''', {arguments})
"""
API = "from demo._demo import lib; print(lib.api())"
NO = "_CFFI_NO_LIMITED_API"


def tag(wheel):
    """`cp39-abi3`"""
    return tag_of(wheel).rsplit("-", 1)[0]


def builder(arguments="", attached=""):
    return {
        "build_demo.py": SAYS.format(arguments=arguments, attached=attached),
        "no.h": f"#define {NO}\n",
        "310.h": "#define Py_LIMITED_API 0x030a0000\n",
        "no.rsp": f"-D{NO}\n",
        "demo/__init__.py": "",
    }


COMPILED = {
    "nothing": ({}, "", "", LIMITED),
    "CFLAGS": ({"CFLAGS": f"-D{NO}"}, "", "", OWN),
    "CFLAGS with a version": ({"CFLAGS": "-DPy_LIMITED_API=0x030a0000"}, "", "", SINCE_310),
    "CFLAGS with a version in parentheses": ({"CFLAGS": "-DPy_LIMITED_API=(3<<24|10<<16)"}, "", "", SINCE_310),
    "CFLAGS with a short version": ({"CFLAGS": "-DPy_LIMITED_API=3"}, "", "", LIMITED),
    "CPPFLAGS": ({"CPPFLAGS": f"-D{NO}"}, "", "", OWN),
    "CC": ({"CC": f"gcc -D{NO}"}, "", "", OWN),
    "CC with a version": ({"CC": "gcc -DPy_LIMITED_API=0x030a0000"}, "", "", SINCE_310),
    "an included file": ({}, 'extra_compile_args=["-include", "no.h"]', "", OWN),
    "an included file with a version": ({}, 'extra_compile_args=["-include310.h"]', "", SINCE_310),
    "two words": ({}, f'extra_compile_args=["-D", "{NO}"]', "", OWN),
    "a response file": ({}, 'extra_compile_args=["@no.rsp"]', "", OWN),
    "a macro in parentheses": ({}, 'define_macros=[("Py_LIMITED_API", "(0x030a0000)")]', "", SINCE_310),
    "a macro that is taken back": ({}, f'define_macros=[("{NO}", None)], extra_compile_args=["-U{NO}"]', "", LIMITED),
    "py_limited_api": ({}, "py_limited_api=False", "", OWN),
    "py_limited_api with a version": ({}, 'py_limited_api="cp310"', "", SINCE_310),
    "the attached text": ({}, "", f"#define {NO}", LIMITED),  # too late: `Python.h` was read before it
    "C++": ({"CXXFLAGS": f"-D{NO}", "CFLAGS": f"-D{NO}"}, 'source_extension=".cpp"', "", OWN),
    "link time optimisation": ({"CFLAGS": f"-flto -D{NO}", "LDFLAGS": "-flto"}, "", "", OWN),
}


@pytest.mark.parametrize("how", COMPILED)
def test_the_tag_is_what_the_preprocessor_decided(how, python, tmp_path):
    env, arguments, attached, expected = COMPILED[how]
    if sys.version_info < (3, 10) and expected == SINCE_310:
        pytest.skip("needs Python 3.10")
    project = demo(tmp_path / "project", files=builder(arguments, attached))
    wheel, said = build(python, project, tmp_path / "out", env)
    assert tag(wheel) == expected, said
    minor = int(try_wheel(python, wheel, tmp_path, API))
    assert (minor == -1) == (expected == OWN)
    assert (minor == 0x30A) == (expected == SINCE_310 and "py_limited_api" not in how)
    [module] = [name for name in names_in(wheel) if name.startswith("demo/_demo.")]
    assert (".abi3." in module) == ("abi3" in expected)


def test_an_unchanged_build_has_the_same_tag_and_says_the_same(python, tmp_path):
    project, env = demo(tmp_path / "project", files=builder()), {"CFLAGS": f"-D{NO}"}
    wheels, said = zip(*(build(python, project, tmp_path / out, env) for out in ("one", "two")))
    assert wheels[0].name == wheels[1].name and wheels[0].read_bytes() == wheels[1].read_bytes()
    assert "Unchanged 4 of 4 steps" in said[1]
    told = [[line for line in text.splitlines() if "and not" in line] for text in said]
    assert told[0] == told[1] and len(told[0]) == 1


@pytest.mark.skipif(not shutil.which("clang"), reason="needs clang")
def test_clang_tells_the_same(python, tmp_path):
    for name, flags, expected in [
        ("a", f"-D{NO}", OWN),
        ("b", "-DPy_LIMITED_API=0x030a0000", SINCE_310),
        ("c", "", LIMITED),
    ]:
        project = demo(tmp_path / name, files=builder())
        wheel, said = build(python, project, tmp_path / f"out-{name}", {"CC": "clang", "CFLAGS": flags})
        assert tag(wheel) == expected, said


def test_a_flag_that_changes_is_another_tag_and_back(python, tmp_path):
    project = demo(tmp_path / "project", files=builder())
    expected = [("", LIMITED), ("-DPy_LIMITED_API=0x030a0000", SINCE_310), (f"-D{NO}", OWN), ("", LIMITED)]
    for number, (flags, wanted) in enumerate(expected):
        wheel, _ = build(python, project, tmp_path / f"out{number}", {"CFLAGS": flags})
        assert tag(wheel) == wanted


# C beside the module: what it does with Python, the names of its own that decide, and the tag.
USES = {
    "the first limited API": ("PyErr_Clear();", LIMITED, []),
    "a function of 3.10": ("PyUnicode_AsUTF8AndSize(NULL, NULL);", SINCE_310, ["PyUnicode_AsUTF8AndSize"]),
    "another of 3.10": ("PyType_GetModule(NULL);", SINCE_310, ["PyType_GetModule"]),
    "data of 3.10": ("Py_IncRef((PyObject *)&PyAIter_Check);", SINCE_310, ["PyAIter_Check"]),
    "a function of no stable ABI": ("PyFrame_GetBack(NULL);", OWN, ["PyFrame_GetBack"]),
    "a private function": ("_PyUnicode_EqualToASCIIString(NULL, NULL);", OWN, ["_PyUnicode_EqualToASCIIString"]),
    "a field and no name": ("((PyCodeObject *)NULL + 1)->co_firstlineno = 0;", OWN, ["peek.c"]),
    "a macro of the whole API": ("PyTuple_GET_SIZE((PyObject *)&PyType_Type);", OWN, ["peek.c"]),
}
PEEK = """\
#include <Python.h>
int peek(int never) {{
    if (never) {{ {code} }}
    return 7;
}}
"""
PEEKS = """\
from cffi import FFI

ffi = FFI()
ffi.cdef("int peek(int);")
ffi.set_source("demo._demo", "int peek(int);", sources=["c/peek.c"])
"""


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="knows the API of Python 3.11")
@pytest.mark.parametrize("what", USES)
def test_what_a_source_uses_of_python_decides(what, python, tmp_path):
    code, expected, names = USES[what]
    files = {"build_demo.py": PEEKS, "c/peek.c": PEEK.format(code=code), "demo/__init__.py": ""}
    project = demo(tmp_path / "project", files=files)
    env = {"CFLAGS": "-Wno-unused-value -Wno-unused-result"}
    wheel, said = build(python, project, tmp_path / "out", env)
    assert tag(wheel) == expected, said
    assert try_wheel(python, wheel, tmp_path, "from demo._demo import lib; print(lib.peek(0))") == "7\n"
    if names:
        [line] = [line for line in said.splitlines() if line.startswith("warning: the wheel is")]
        assert all(name in line for name in [*names, "c/peek.c", expected, LIMITED])
    else:
        assert "warning: the wheel is" not in said
    audit(wheel, expected)


def audit(wheel, expected):
    if "abi3" in expected:
        done = run([os.path.join(os.path.dirname(sys.executable), "abi3audit"), "--strict", wheel], wheel.parent)
        assert done.code == 0, done.output


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="knows the API of Python 3.11")
@pytest.mark.parametrize(
    ("arguments", "settings", "code", "expected"),
    [
        ("", 'limited-api = "3.9"', "PyType_GetModule(NULL);", "3.9"),
        ('py_limited_api="cp39"', "", "PyType_GetModule(NULL);", "3.9"),
        ("", 'limited-api = "3.9"', "PyFrame_GetBack(NULL);", "which no limited API has"),
        ('py_limited_api="cp310"', "", "PyTuple_GET_SIZE(NULL);", "more than Python's limited API"),
    ],
)
def test_who_asks_for_a_limited_api_gets_it_or_an_error(arguments, settings, code, expected, python, tmp_path):
    files = {
        "build_demo.py": PEEKS.replace("sources=", f"{arguments}, sources=" if arguments else "sources="),
        "c/peek.c": PEEK.format(code=code),
        "demo/__init__.py": "",
    }
    project = demo(tmp_path / "project", files=files, settings=settings)
    done = run(hook_command(python, tmp_path / "a.json", "build_wheel", wheel_directory=str(tmp_path)), project)
    assert done.code != 0 and expected in done.output and "c/peek.c" in done.output, done.output
    asks = "`limited-api` in `[tool.officina]`" if settings else "in `build_demo.py`"
    assert asks in done.output and "hint:" in done.output


def test_an_attached_source_of_3_10_is_for_3_10(python, tmp_path):
    if sys.version_info < (3, 10):
        pytest.skip("needs Python 3.10")
    declared = "PyAPI_FUNC(PyObject *) PyType_GetModule(PyTypeObject *);\n"
    files = builder("py_limited_api=True", f"{declared}void *f(void) {{ return PyType_GetModule(NULL); }}")
    project = demo(tmp_path / "project", files=files)
    wheel, said = build(python, project, tmp_path / "out")
    assert tag(wheel) == SINCE_310 and "in `demo._demo.c`" in said
    audit(wheel, SINCE_310)


# --- Files of the tree


def library(path, text="int answer(void) { return 42; }", *flags):
    """Compiles a shared library; `text` is C."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["gcc", "-x", "c", "-", "-shared", "-fPIC", "-o", str(path), *flags]
    subprocess.run(command, input=text.encode(), check=True)


ABI_MODE = 'from cffi import FFI\nffi = FFI()\nffi.cdef("int f(void);")\nffi.set_source("demo._demo", None)\n'
MODULE = """\
#include <Python.h>
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "m"};
PyMODINIT_FUNC PyInit_m(void) { %s; return PyModule_Create(&def); }
"""
INCLUDE = f"-I{sysconfig.get_path('include')}"
LINUX = sysconfig.get_platform().replace("-", "_")


def native_project(folder, settings="", modules=("build_demo.py:ffi",)):
    files = {"demo/__init__.py": "", "build_demo.py": ABI_MODE}
    return make_project(folder, files, modules=modules, settings=settings)


def executable(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-x", "c", "-", "-o", str(path)], input=b"int main(void) { return 0; }", check=True)


NATIVE = {
    "nothing": (lambda folder: None, "py3-none-any"),
    "a library": (lambda folder: library(folder / "libx.so"), f"py3-none-{LINUX}"),
    "a library with a version": (lambda folder: library(folder / "libx.so.1.2"), f"py3-none-{LINUX}"),
    "a plug-in": (lambda folder: library(folder / "deep/er/x.so"), f"py3-none-{LINUX}"),
    "a program": (lambda folder: executable(folder / "bin/tool"), f"py3-none-{LINUX}"),
    "a linker script": (lambda folder: (folder / "libx.so").write_text("INPUT(-lm)"), "py3-none-any"),
    "a launcher for Windows": (lambda folder: (folder / "t64.exe").write_bytes(b"MZ\x90\0\3\0\0\0"), "py3-none-any"),
    "a library for macOS": (
        lambda folder: (folder / "x.dylib").write_bytes(b"\xcf\xfa\xed\xfe\7\0\0\1"),
        "py3-none-any",
    ),
    "a script": (
        lambda folder: ((folder / "run").write_text("#!/bin/sh\n"), (folder / "run").chmod(0o755)),
        "py3-none-any",
    ),
    "a module of this Python": (
        lambda folder: library(folder / f"m{sysconfig.get_config_var('EXT_SUFFIX')}", MODULE % "", INCLUDE),
        f"{OWN}-{LINUX}",
    ),
    "a module of another Python": (
        lambda folder: library(folder / "m.cpython-38-x86_64-linux-gnu.so"),
        f"cp38-cp38-{LINUX}",
    ),
    "a module for Windows": (lambda folder: library(folder / "m.cp38-win_amd64.pyd"), f"cp38-cp38-{LINUX}"),
    "a module of PyPy": (
        lambda folder: library(folder / "m.pypy39-pp73-x86_64-linux-gnu.so"),
        f"pp39-pypy39_pp73-{LINUX}",
    ),
    "modules of two Pythons": (
        lambda folder: (library(folder / "m.cpython-37m-x.so"), library(folder / "m.cpython-38-x.so")),
        f"cp37.cp38-cp37m.cp38-{LINUX}",
    ),
    "a module that does not say": (lambda folder: library(folder / "m.so", MODULE % "", INCLUDE), f"{OWN}-{LINUX}"),
    "a stable module": (
        lambda folder: library(folder / "m.abi3.so", "#define Py_LIMITED_API 0x03090000\n" + MODULE % "", INCLUDE),
        f"cp39-abi3-{LINUX}",
    ),
    "a stable module of 3.10": (
        lambda folder: library(
            folder / "m.abi3.so", "#define Py_LIMITED_API 0x030a0000\n" + MODULE % "PyType_GetModule(NULL)", INCLUDE
        ),
        f"cp310-abi3-{LINUX}",
    ),
    "a module that claims to be stable": (
        lambda folder: library(folder / "m.abi3.so", MODULE % "PyEval_GetFrame(); PyFrame_GetBack(NULL)", INCLUDE),
        f"{OWN}-{LINUX}",
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="makes files for Linux")
@pytest.mark.parametrize("what", NATIVE)
def test_a_compiled_file_in_a_package_counts(what, python, tmp_path):
    make, expected = NATIVE[what]
    if "310" in expected and sys.version_info < (3, 11):
        pytest.skip("needs Python 3.11")
    project = native_project(tmp_path / "project", modules=("build_demo.py:ffi",) if what < "a module" else ())
    make(project / "demo")
    wheel, said = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == expected
    is_anothers = "cp38" in expected or "pp39" in expected
    assert ("name that in `exclude`" in said) == is_anothers


@pytest.mark.skipif(sys.platform != "linux", reason="makes files for Linux")
def test_an_excluded_file_does_not_count(python, tmp_path):
    project = native_project(tmp_path / "project", 'exclude = ["demo/*.so"]')
    library(project / "demo/m.cpython-38-x86_64-linux-gnu.so")
    wheel, said = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == "py3-none-any" and "warning: the wheel" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="makes files for Linux")
def test_files_lower_the_tag_of_built_modules(python, tmp_path):
    project = demo(tmp_path / "project", project=PROJECT.replace(">=3.9", ">=3.8"))
    library(project / "demo/libx.so")
    wheel, _ = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == f"cp38-abi3-{LINUX}"
    library(project / "demo/m.cpython-38-x86_64-linux-gnu.so")
    wheel, said = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == f"cp38-cp38-{LINUX}"
    assert "`demo/m.cpython-38-x86_64-linux-gnu.so`" in said
    library(project / f"demo/n{sysconfig.get_config_var('EXT_SUFFIX')}", MODULE % "", INCLUDE)
    wheel, _ = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == f"{OWN}-{LINUX}"


@pytest.mark.skipif(sys.platform != "linux", reason="makes files for Linux")
def test_a_library_that_a_builder_makes_counts(python, tmp_path):
    project = native_project(tmp_path / "project")
    make = 'import subprocess\nsubprocess.run(["gcc", "-shared", "-o", "demo/libx.so", "x.c"], check=True)\n'
    (project / "x.c").write_text("int x = 1;")
    (project / "build_demo.py").write_text(make + ABI_MODE)
    wheel, _ = build(python, project, tmp_path / "out")
    assert tag_of(wheel) == f"py3-none-{LINUX}"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="knows the API of Python 3.11")
def test_an_edit_does_not_ask_for_another_editable_install(python, tmp_path):
    files = {"build_demo.py": PEEKS, "c/peek.c": PEEK.format(code="PyErr_Clear();"), "demo/__init__.py": ""}
    project = demo(tmp_path / "project", files=files)
    built = []
    for code in ("PyErr_Clear();", "PyFrame_GetBack(NULL);"):
        (project / "c/peek.c").write_text(PEEK.format(code=code))
        command = hook_command(python, tmp_path / "answer.json", "build_editable", wheel_directory=str(tmp_path))
        done = run(command, project)
        assert done.code == 0, done.output
        built += [json.loads((tmp_path / "answer.json").read_text())]
    assert built[0] == built[1]

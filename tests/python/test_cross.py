"""`target` and `target-python`: a wheel for another machine, whose Python is never run."""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

import arm64_root
import pytest
from arm64_target import ROOT, TARGET, emulated, machines_of, needs_arm64, of_debian
from building import build, hook_command, run, tag_of, unpack
from projects import ADD, demo, make_project
from refusals import refused

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="targets are Linux")

OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"


def variables(machine="aarch64-linux-gnu", version=OWN, **changes):
    soabi = f"cpython-{version.replace('.', '')}-{machine}"
    return {
        "CC": "no-such-compiler -pthread",
        "CFLAGS": "-DNDEBUG -g -fwrapv -O3 -mno-such-flag",
        "EXT_SUFFIX": f".{soabi}.so",
        "HOST_GNU_TYPE": machine,
        "INCLUDEPY": f"/usr/include/python{version}",
        "MULTIARCH": machine,
        "SOABI": soabi,
        "VERSION": version,
        "prefix": "/usr",
        **changes,
    }


def system(folder, known=None, headers=("Python.h", "pyconfig.h")):
    """A folder with what a build reads of another machine's Python; returns it."""
    known = known or variables()
    library = folder / f"usr/lib/python{known['VERSION']}"
    library.mkdir(parents=True)
    file = library / f"_sysconfigdata__{known['MULTIARCH']}.py"
    file.write_text(f"build_time_vars = {known!r}\n")
    include = folder / f"usr/include/python{known['VERSION']}"
    include.mkdir(parents=True)
    for header in headers:
        (include / header).touch()
    return folder


def details(folder):
    """The same by `build-details.json`; returns the file."""
    root = system(folder)
    library = root / f"usr/lib/python{OWN}"
    next(library.iterdir()).unlink()
    file = library / "build-details.json"
    known = variables()
    facts = {
        "schema_version": "1.0",
        "base_prefix": "/usr",
        "platform": "linux-aarch64",
        "language": {"version": OWN},
        "implementation": {"name": "cpython"},
        "abi": {"flags": [], "extension_suffix": known["EXT_SUFFIX"]},
        "c_api": {"headers": known["INCLUDEPY"]},
    }
    file.write_text(json.dumps(facts))
    return file


@pytest.fixture
def compilers(tmp_path, monkeypatch):
    """Compilers in PATH by these names, which nothing runs, and no others."""

    def put(*names):
        folder = tmp_path / "compilers"
        folder.mkdir()
        for name in names:
            (folder / name).write_text("#!/bin/sh\nexit 1\n")
            (folder / name).chmod(0o755)
        for name in ("CC", "CXX", "LDSHARED"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PATH", str(folder))

    return put


def show(python, project, target_python, *words):
    command = [python, "-m", "officina", "show", project, "--format=json", f"--target={TARGET}"]
    done = run([*command, f"--target-python={target_python}", *words], project)
    assert done.code == 0, done.output
    return json.loads(done.output[done.output.index("{\n") :])


def merged(root):
    """The same, where `/lib` leads to `/usr/lib`, as every Linux of today has it."""
    (system(root) / "lib").symlink_to("usr/lib")
    return root


@pytest.mark.parametrize("kind", ["folder", "prefix", "sysconfigdata", "details", "merged", "merged prefix", "lib"])
def test_each_way_to_name_the_python_says_the_same(python, tmp_path, compilers, kind):
    compilers("aarch64-linux-gnu-gcc")
    root = tmp_path / "root"
    named = {
        "folder": lambda: system(root),
        "prefix": lambda: system(root) / "usr",
        "sysconfigdata": lambda: next((system(root) / f"usr/lib/python{OWN}").iterdir()),
        "details": lambda: details(root),
        "merged": lambda: merged(root),
        "merged prefix": lambda: merged(root) / "usr",
        "lib": lambda: next((merged(root) / f"lib/python{OWN}").iterdir()),
    }[kind]()
    text = json.dumps(show(python, demo(tmp_path / "demo"), named))
    assert "linux_aarch64.whl" in text
    assert f"-I{root}/usr/include/python{OWN}" in text
    assert "aarch64-linux-gnu-gcc" in text and "no-such" not in text
    hosts = sysconfig.get_path("include")
    assert f"-I{hosts}" not in text and "x86_64" not in text.replace("python-x86_64", "")


def test_the_compiler_is_ccs_then_one_with_the_name_then_zig(python, tmp_path, compilers, monkeypatch):
    compilers("aarch64-linux-gnu-gcc", "zig", "gcc", "mine")
    root, project = system(tmp_path / "root"), demo(tmp_path / "demo")
    monkeypatch.setenv("CC", "mine -mcpu=x")
    assert "mine" in json.dumps(show(python, project, root))
    monkeypatch.delenv("CC")
    assert "zig" not in json.dumps(show(python, project, root))
    (Path(os.environ["PATH"]) / "aarch64-linux-gnu-gcc").unlink()
    assert '"-target", "aarch64-linux-gnu"' in json.dumps(show(python, project, root))
    (Path(os.environ["PATH"]) / "zig").unlink()
    phrases = ["`aarch64-linux-gnu-gcc` and `zig`", "apt install gcc-aarch64-linux-gnu"]
    refused(python, project, tmp_path / "scratch", *phrases, config={"target-python": str(root)})


@pytest.mark.parametrize(
    ("known", "words", "expected"),
    [
        ({}, [f"--target={TARGET}"], "nothing says which Python"),
        ({}, ["--target=vax-unknown-linux-gnu"], "is no target that is known"),
        ({}, ["--target=arm64-apple-darwin"], "ARCHFLAGS"),
        ({}, ["--target=aarch64-linux-android"], "for Android and iOS, cibuildwheel sets up"),
        ({}, ["--target=wasm32-unknown-emscripten"], "pyodide-build"),
        ({}, ["--target=s390x-unknown-linux-gnu", "--target-python=root"], "is for `aarch64-linux-gnu`"),
        ({}, ["--target=aarch64-unknown-linux-musl", "--target-python=root"], "is for `aarch64-linux-gnu`"),
        ({}, ["--target-python=."], "there is no Python below"),
        ({}, ["--target-python=gone"], "there is no `"),
        ({}, ["--target-python=pyproject.toml"], "describes no Python"),
        ({"SOABI": "pypy311-pp73-aarch64-linux-gnu"}, ["--target-python=root"], "has to be a CPython"),
        ({"HOST_GNU_TYPE": "arm64-apple-darwin"}, ["--target-python=root"], "a target is a Linux"),
        ({"INCLUDEPY": "/usr/include/gone"}, ["--target-python=root"], "libpython"),
        ({"INCLUDEPY": ""}, ["--target-python=root"], "names no folder"),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_can(python, tmp_path, known, words, expected):
    project, root = demo(tmp_path / "demo"), system(tmp_path / "root", variables(**known))
    config = dict(word[2:].split("=", 1) for word in words)
    if config.get("target-python") == "root":
        config["target-python"] = str(root)
    refused(python, project, tmp_path / "scratch", expected, config=config)


def test_the_headers_of_this_machine_are_never_taken(python, tmp_path):
    file = tmp_path / "_sysconfigdata_loose.py"
    file.write_text(f"build_time_vars = {variables(INCLUDEPY=sysconfig.get_path('include'))!r}\n")
    config = {"target-python": str(file)}
    refused(python, demo(tmp_path / "demo"), tmp_path / "scratch", "holds those of this machine", config=config)


def test_an_editable_install_has_no_target(python, tmp_path):
    root, project = system(tmp_path / "root"), demo(tmp_path / "demo")
    arguments = {"wheel_directory": str(tmp_path), "config_settings": {"target-python": str(root)}}
    command = hook_command(python, tmp_path / "answer", "build_editable", **arguments)
    done = run(command, project)
    assert done.code == 1 and "an editable install is for this machine" in done.output


def test_the_plan_of_an_editable_install_has_no_target_either(python, tmp_path):
    root, project = system(tmp_path / "root"), demo(tmp_path / "demo")
    done = run([python, "-m", "officina", "show", "--editable", f"--target-python={root}", project], tmp_path)
    assert done.code == 1 and "an editable install is for this machine" in done.output


# A module of declarations alone, whose builder says what it hears of the target.
DECLARES = """\
import os
from cffi import FFI
print("for", os.environ.get("OFFICINA_TARGET"), os.environ.get("_PYTHON_HOST_PLATFORM"))
ffi = FFI()
ffi.cdef("int add(int, int);")
ffi.set_source("demo._demo", None)
"""


@pytest.mark.parametrize("words", [["build", "--wheel"], ["check"], ["show"], ["show", "--why"], ["stubs"]])
def test_each_command_that_runs_builders_tells_them_of_the_target(python, tmp_path, words):
    root = system(tmp_path / "root")
    project = demo(tmp_path / "demo", files={"build_demo.py": DECLARES})
    done = run([python, "-m", "officina", *words, f"-Ctarget-python={root}", project], tmp_path)
    assert done.code == 0 and f"for {TARGET} linux-aarch64\n" in done.output, done.output


@pytest.mark.parametrize("spelled", [TARGET, "aarch64-linux-gnu", "arm64-linux-gnu"])
def test_builders_hear_of_one_spelling_of_the_target(python, tmp_path, spelled):
    root = system(tmp_path / "root")
    project = demo(tmp_path / "demo", files={"build_demo.py": DECLARES})
    env = {"OFFICINA_TARGET": spelled, "OFFICINA_TARGET_PYTHON": str(root)}
    _, output = build(python, project, tmp_path / "out", env)
    assert f"for {TARGET} linux-aarch64\n" in output


def test_doctor_looks_for_the_targets_compiler(python, tmp_path, compilers):
    compilers("aarch64-linux-gnu-gcc")
    root, project = system(tmp_path / "root"), demo(tmp_path / "demo")
    done = run([python, "-m", "officina", "doctor", f"-Ctarget-python={root}", project], tmp_path)
    assert "aarch64-linux-gnu-gcc" in done.output and "linux-aarch64" in done.output, done.output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["clean"], "removed "),
        (["generate-ci", "github"], "cibuildwheel"),
        (["header"], "no crate of this project has a `header`"),
        (["build", "--sdist"], "demo-1.0.tar.gz"),
        (["list", "--sdist"], "demo-1.0.tar.gz"),
    ],
)
def test_what_is_for_no_machine_asks_for_no_target(python, tmp_path, words, expected):
    """Half of the settings of a target, as a shell may have it for something else."""
    project = demo(tmp_path / "demo", files={"build_demo.py": DECLARES})
    build(python, project, tmp_path / "out")
    done = run([python, "-m", "officina", *words, project], tmp_path, {"OFFICINA_TARGET": TARGET})
    assert expected in done.output and "nothing says which Python" not in done.output, done.output


@pytest.mark.parametrize("hook", ["build_sdist", "get_requires_for_build_sdist"])
def test_an_sdist_is_for_no_machine(python, tmp_path, hook):
    folder = {"sdist_directory": str(tmp_path)} if hook == "build_sdist" else {}
    project = demo(tmp_path / "demo")
    command = hook_command(python, tmp_path / "answer", hook, config_settings={"target": TARGET}, **folder)
    done = run(command, project)
    assert done.code == 0, done.output


def test_a_project_cannot_say_its_target(python, tmp_path):
    project = demo(tmp_path / "demo", settings=f'target = "{TARGET}"')
    refused(python, project, tmp_path / "scratch", "unknown key", "say it where you build")


USES_A_LIBRARY = ADD.replace('"static int', 'r"""#include <math.h>\nstatic int').replace(
    'return a + b; }"', 'return (int)cbrt(a * a * a) + b; }""", libraries=["m"]'
)


@needs_arm64
def test_a_cross_built_wheel_runs_there(python, tmp_path):
    """What cffi generates for the limited API, and a plain extension for one version alone, with a library of C."""
    plain = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_plain", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__plain(void) { return PyModule_Create(&module); }
"""
    asking = "import os, platform\nprint('for', os.environ['OFFICINA_TARGET'])\nplatform.machine()\n"
    project = demo(
        tmp_path / "demo",
        files={"build_demo.py": asking + USES_A_LIBRARY, "plain.c": plain},
        more='[[tool.officina.extensions]]\nname = "demo._plain"\nsources = ["plain.c"]\n',
    )
    words = [f"--target={TARGET}", f"--target-python={ROOT}", "-Cplatform-tag=auto", f"--out={tmp_path}"]
    done = run([python, "-m", "officina", "build", "--wheel", *words], project)
    assert done.code == 0, done.output
    assert f"for {TARGET}" in done.output
    assert "platform.machine() in build_demo.py, line 3, hears of the machine that builds" in done.output
    (wheel,) = tmp_path.glob("*.whl")
    there = arm64_root.version()
    short = there.replace(".", "")
    assert wheel.name.startswith(f"demo-1.0-cp{short}-cp{short}-manylinux") and wheel.name.endswith("_aarch64.whl")
    assert machines_of(wheel) == {
        "demo/_demo.abi3.so": True,
        f"demo/_plain.cpython-{short}-aarch64-linux-gnu.so": True,
    }
    folder = unpack(wheel, tmp_path / "unpacked")
    # Debian's package holds the part of cffi that modules load.
    load = (
        "import platform, sys\n"
        f"sys.path += [{str(folder)!r}, {of_debian()!r}]\n"
        "import demo, demo._plain\n"
        "print(platform.machine(), demo.lib.add(2, 3), demo._plain.__name__)\n"
    )
    assert run(emulated("-S", "-c", load), tmp_path).output.split() == ["aarch64", "5", "demo._plain"]


@needs_arm64
def test_what_is_not_for_the_target_is_refused(python, tmp_path):
    project = demo(tmp_path / "demo")
    config = {"target-python": str(ROOT)}
    phrases = ["is for x86_64 (64 bits), and the target is `aarch64-unknown-linux-gnu`", "aarch64-linux-gnu-gcc"]
    refused(python, project, tmp_path / "scratch", *phrases, config=config, env={"CC": "gcc"})


@needs_arm64
def test_a_symbol_that_no_library_there_has_is_missed(python, tmp_path):
    code = ADD.replace("static int add", "int gone(int); static int add").replace("a + b", "gone(a) + b")
    project = demo(tmp_path / "demo", files={"build_demo.py": code})
    refused(python, project, tmp_path / "scratch", "`gone`", config={"target-python": str(ROOT)})


def made_files(tree):
    """What builds have left, each file with its time."""
    files = (path for path in (tree / "build/officina").rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix(): path.stat().st_mtime_ns for path in files}


@needs_arm64
def test_targets_of_one_tree_and_this_machine_share_nothing(python, tmp_path, monkeypatch):
    """Two C libraries of one machine differ in nothing else: the second's compiler and headers are the first's."""
    compiler = tmp_path / "bin/aarch64-linux-musl-gcc"
    compiler.parent.mkdir()
    compiler.write_text('#!/bin/sh\nexec aarch64-linux-gnu-gcc "$@"\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{compiler.parent}{os.pathsep}{os.environ['PATH']}")
    musl = system(tmp_path / "musl", variables("aarch64-linux-musl", arm64_root.version()))
    shutil.rmtree(musl / "usr/include")
    (musl / "usr/include").symlink_to(ROOT / "usr/include")
    tree = demo(tmp_path / "demo")
    aims = {"here": {}, "glibc": {"target-python": str(ROOT)}, "musl": {"target-python": str(musl)}}
    seen, folders, first = {}, {}, {}
    for name, config in aims.items():
        wheel, output = build(python, tree, tmp_path / name, config=config)
        assert "Linked demo/_demo.abi3.so" in output
        now = made_files(tree)
        folders[name] = {path.split("/")[2] for path in now.keys() - seen.keys()}
        assert folders[name] and {path: now.get(path) for path in seen} == seen, name
        seen, first[name] = now, wheel.read_bytes()
    assert not folders["here"] & folders["glibc"] and not folders["glibc"] & folders["musl"], folders
    assert [tag_of(wheel) for wheel in (tmp_path / "glibc").iterdir()] == ["cp39-abi3-linux_aarch64"]
    for name, config in aims.items():
        wheel, output = build(python, tree, tmp_path / name, config=config)
        assert not any(word in output for word in ("Generated", "Compiled", "Linked")), output
        assert wheel.read_bytes() == first[name]


CRATE = """\
[[tool.officina.crates]]
path = "crate"
header = "crate/answer.h"
module = "demo._answer"
"""

CRATE_FILES = {
    "demo/__init__.py": "",
    "crate/Cargo.toml": '[package]\nname = "answer"\nversion = "0.1.0"\nedition = "2021"\n',
    "crate/Cargo.lock": 'version = 3\n\n[[package]]\nname = "answer"\nversion = "0.1.0"\n',
    "crate/answer.h": "int answer(int);\n",
    "crate/src/lib.rs": '#[no_mangle] pub extern "C" fn answer(add: i32) -> i32 { add }\n',
}

# A cargo that says what it was told, and makes of C what a Rust with that target would make.
CARGO = """\
#!/bin/sh
{ echo "words $*"; env; } >"%(log)s"
cd "%(made)s"
echo "int answer(int add) { return add; }" >answer.c
aarch64-linux-gnu-gcc -fPIC -c answer.c -o answer.o && rm -f libanswer.a && aarch64-linux-gnu-ar rc libanswer.a answer.o
cat <<EOF
{"reason":"compiler-artifact","package_id":"path+file:///a#answer@0.1.0","manifest_path":"%(manifest)s",\
"target":{"kind":["staticlib"],"crate_types":["staticlib"],"name":"answer","src_path":"%(source)s","edition":"2021",\
"doc":true,"doctest":false,"test":true},\
"profile":{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},\
"features":[],"filenames":["%(made)s/libanswer.a"],"executable":null,"fresh":false}
{"reason":"build-finished","success":true}
EOF
"""


@needs_arm64
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": "/mine/ld", "PYO3_CROSS_LIB_DIR": "/mine"},
        {"CARGO_BUILD_TARGET": "x86_64-unknown-linux-gnu"},
    ],
    ids=["nothing is said", "variables are said", "another target is said"],
)
def test_cargo_hears_of_the_target(python, tmp_path, said):
    project = make_project(tmp_path / "demo", CRATE_FILES, settings='packages = ["demo"]', more=CRATE)
    log, cargo = tmp_path / "log", tmp_path / "cargo"
    manifest, source = project / "crate/Cargo.toml", project / "crate/src/lib.rs"
    cargo.write_text(CARGO % {"log": log, "made": tmp_path, "manifest": manifest, "source": source})
    cargo.chmod(0o755)
    env = {"CARGO": str(cargo), "CXX": "aarch64-linux-gnu-cpp", **said}  # a program that is there
    wheel, _ = build(python, project, tmp_path / "out", env, {"target-python": str(ROOT)})
    assert machines_of(wheel) == {"demo/_answer.abi3.so": True}
    words, *lines = log.read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    assert f" --target={TARGET} " in words and words.count("--target=") == 1
    wanted = {
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": "aarch64-linux-gnu-gcc",
        "CC_aarch64_unknown_linux_gnu": "aarch64-linux-gnu-gcc",
        "CXX_aarch64_unknown_linux_gnu": "aarch64-linux-gnu-cpp",
        "AR_aarch64_unknown_linux_gnu": "aarch64-linux-gnu-gcc-ar",
        "PYO3_CROSS_LIB_DIR": str(arm64_root.described().parent),
        "PYO3_CROSS_PYTHON_VERSION": arm64_root.version(),
        "OFFICINA_TARGET": TARGET,
        **said,
    }
    assert {name: told.get(name) for name in wanted} == wanted


@needs_arm64
def test_a_python_that_says_that_it_is_the_targets_is_believed(python, tmp_path):
    """As crossenv and Pyodide set one up: by variables that `sysconfig` reads."""
    file = arm64_root.described()
    path = tmp_path / "path"
    path.mkdir()
    shutil.copy(file, path)
    short = arm64_root.version().replace(".", "")
    plain = (
        "#include <Python.h>\nstatic struct PyModuleDef module = {PyModuleDef_HEAD_INIT, NULL, NULL, -1, NULL};\n"
        "PyMODINIT_FUNC PyInit__plain(void) { return PyModule_Create(&module); }\n"
    )
    more = '[[tool.officina.extensions]]\nname = "demo._plain"\nsources = ["plain.c"]\n'
    project = demo(tmp_path / "demo", files={"plain.c": plain}, more=more)
    env = {
        "_PYTHON_SYSCONFIGDATA_NAME": file.stem,
        "_PYTHON_HOST_PLATFORM": "linux-aarch64",
        "PYTHONPATH": str(path),
        # Debian's headers include one of the machine's own.
        "CFLAGS": f"-idirafter {ROOT}/usr/include",
    }
    wheel, _ = build(python, project, tmp_path / "out", env)
    assert tag_of(wheel) == f"cp{short}-cp{short}-linux_aarch64"
    plain_name = f"demo/_plain.cpython-{short}-aarch64-linux-gnu.so"
    assert machines_of(wheel) == {"demo/_demo.abi3.so": True, plain_name: True}

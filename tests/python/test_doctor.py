"""`officina doctor` on machines and projects that lack something: the line that says so, and its next step."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import wheelhouse
from building import build, run
from environments import REPOSITORY
from interpreters import INTERPRETERS
from mounts import mounting, mounts_work
from projects import ADD, demo, make_project, snapshot

needs_mounts = pytest.mark.skipif(not mounts_work(), reason="this user may not mount")

Finding = Mapping[str, object]


def examine(
    python: Path,
    directory: Path,
    *arguments: object,
    env: Mapping[str, str] | None = None,
    mount: str = "",
) -> dict[str, list[Finding]]:
    """All findings by their subject. What holds for each of them is asserted here."""
    command: Sequence = [python, "-m", "officina", "doctor", "--format", "json", *arguments]
    done = run(mounting(mount, command) if mount else command, directory, env)
    answer = json.loads(done.stdout)
    verdicts = [finding["verdict"] for finding in answer["findings"]]
    assert (answer["ok"], answer["warn"], answer["fail"]) == tuple(map(verdicts.count, ("ok", "warn", "fail")))
    assert done.code == (1 if answer["fail"] else 0), done.output
    assert "Traceback" not in done.output and "panicked" not in done.output
    found: dict[str, list[Finding]] = {}
    for finding in answer["findings"]:
        assert finding["next"] or finding["verdict"] == "ok", finding
        found.setdefault(finding["subject"], []).append(finding)
    return found


def assert_finding(findings: list[Finding], verdict: str, what: str, step: str) -> None:
    """One of them has this verdict, these words and this next step."""
    fitting = [one for one in findings if one["verdict"] == verdict and re.search(what, str(one["what"]))]
    assert fitting, findings
    assert any(re.search(step, line) for one in fitting for line in [*one["next"], *([""] if not step else [])]), (
        fitting
    )


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# ---------------------------------------------------------------- machines


def _no_compiler(folder: Path) -> dict[str, str]:
    return {"PATH": str(folder), "CC": "", "CXX": "", "LDSHARED": ""}


def _broken_compiler(folder: Path) -> dict[str, str]:
    return {"CC": str(script(folder / "broken-gcc", "echo out of tubes >&2; exit 3"))}


def _compiler_that_crashes(folder: Path) -> dict[str, str]:
    return {"CC": str(script(folder / "crashing-gcc", "kill -SEGV $$"))}


def _no_program(folder: Path) -> dict[str, str]:
    path = folder / "no-gcc"
    path.write_bytes(b"\0\0\0\0")
    path.chmod(0o755)
    return {"CC": str(path)}


def _broken_linker(folder: Path) -> dict[str, str]:
    return {"LDSHARED": str(script(folder / "ld", "echo cannot find -lmissing >&2; exit 1"))}


def _headers(folder: Path, text: str | None) -> dict[str, str]:
    """Python names a folder with another `Python.h`, or with none."""
    headers = folder / "include"
    headers.mkdir()
    if text is not None:
        (headers / "Python.h").write_text(text)
    (folder / "sitecustomize.py").write_text(
        "import sysconfig\n"
        "real = sysconfig.get_path\n"
        "def get_path(name, *rest, **more):\n"
        f"    return {str(headers)!r} if 'include' in name else real(name, *rest, **more)\n"
        "sysconfig.get_path = get_path\n"
    )
    return {"PYTHONPATH": str(folder)}


def _cffi(folder: Path, cffi: str, backend: str | None = None) -> dict[str, str]:
    """A cffi before the real one."""
    (folder / "cffi").mkdir()
    (folder / "cffi/__init__.py").write_text(cffi)
    if backend is not None:
        (folder / "_cffi_backend.py").write_text(backend)
    return {"PYTHONPATH": str(folder)}


INCLUDE = sysconfig.get_path("include")
WORKS = "class FFI:\n    def cdef(self, text): pass\n"

# What is taken away -> subject, verdict, words of the line, words of the next step.
MACHINES = {
    "no compiler": (_no_compiler, "compiler", "fail", "no C compiler found", "build-essential"),
    "CC names nothing": (
        {"CC": "officina-no-such-gcc"},
        "compiler",
        "fail",
        "`officina-no-such-gcc` is not there",
        "unset CC",
    ),
    "CC has an open quote": ({"CC": "gcc 'x"}, "compiler", "fail", "never closed", "look at CC"),
    "a compiler that fails": (_broken_compiler, "compile", "fail", "does not compile", "look at what it said"),
    "a compiler that crashes": (_compiler_that_crashes, "compile", "fail", "does not compile", "CC, CFLAGS"),
    "a compiler that is no program": (_no_program, "compiler", "fail", "cannot start", "look at CC"),
    "a linker that fails": (_broken_linker, "link", "fail", "does not link", "LDSHARED, LDFLAGS"),
    "no linker": ({"LDSHARED": "officina-no-ld"}, "link", "fail", "cannot start `officina-no-ld`", "LDSHARED"),
    "flags for another compiler": ({"CFLAGS": "-O2 --no-such-flag"}, "compile", "fail", "does not compile", "CFLAGS"),
    "flags for another linker": ({"LDFLAGS": "-Wl,--no-such-flag"}, "link", "fail", "does not link", "LDFLAGS"),
    "no Python.h": (lambda folder: _headers(folder, None), "headers", "fail", "`Python.h` .* not there", "python3-dev"),
    "Python.h where CPPFLAGS says": (
        lambda folder: {**_headers(folder, None), "CPPFLAGS": f"-I{INCLUDE}"},
        "headers",
        "ok",
        "Python.h`, 64 bits",
        "",
    ),
    "Python.h where CPATH says": (
        lambda folder: {**_headers(folder, None), "CPATH": f"/nowhere{os.pathsep}{INCLUDE}"},
        "headers",
        "ok",
        "Python.h`, 64 bits",
        "",
    ),
    "headers of 32 bits": (
        lambda folder: _headers(folder, "#define SIZEOF_VOID_P 4\n"),
        "headers",
        "fail",
        "is for a Python of 32 bits",
        "python3-dev",
    ),
    "headers that are broken": (
        lambda folder: _headers(folder, '#include "gone.h"\n'),
        "headers",
        "fail",
        "does not compile",
        "again",
    ),
    "code of 32 bits": ({"CFLAGS": "-O2 -m32"}, "headers", "fail", "code of 32 bits", "`-m32`"),
    "flags of this processor": ({"CFLAGS": "-O2 -march=native"}, "flags", "warn", "processors like", "leave it out"),
    "no level": ({"CFLAGS": "-g"}, "flags", "warn", "nothing would be optimised", "add -O2"),
    "link-time optimisation": ({"CFLAGS": "-O2 -flto", "LDFLAGS": "-flto"}, "flags", "warn", "LDFLAGS says", "AR"),
    "a launcher that is not there": (
        {"OFFICINA_COMPILER_LAUNCHER": "officina-no-cache"},
        "compiler",
        "fail",
        "launcher `officina-no-cache` is not there",
        "install",
    ),
    "a variable that is no setting": ({"OFFICINA_JBOS": "1"}, "settings", "warn", "OFFICINA_JBOS", "correct its name"),
    "no temporary folder": (
        {"TMPDIR": "/officina/nowhere"},
        "temporary-folder",
        "fail",
        "`/officina/nowhere` cannot be written",
        "set TMPDIR",
    ),
    "another backend of cffi": (
        lambda folder: _cffi(folder, f"__version__ = '1.15.0'\n{WORKS}"),
        "cffi",
        "fail",
        r"cffi 1\.15\.0 would work with the `_cffi_backend`",
        "force-reinstall",
    ),
    "an old cffi": (
        lambda folder: _cffi(folder, f"__version__ = '1.14.0'\n{WORKS}", "__version__ = '1.14.0'"),
        "cffi",
        "fail",
        "is older than this Python",
        "--upgrade cffi",
    ),
    "a broken cffi": (lambda folder: _cffi(folder, "1 / 0"), "cffi", "fail", "ZeroDivisionError", "force-reinstall"),
    "a broken backend": (
        lambda folder: _cffi(folder, f"__version__ = '9'\n{WORKS}", "raise ImportError('wrong ELF class')"),
        "cffi",
        "fail",
        "part in C: ImportError: wrong ELF class",
        "force-reinstall",
    ),
    "a cffi that ends the process": (
        lambda folder: _cffi(folder, "import os\nos._exit(7)"),
        "cffi",
        "fail",
        "exit code 7",
        "force-reinstall",
    ),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_that_lacks_something(machine, python, tmp_path):
    change, subject, verdict, what, step = MACHINES[machine]
    away = tmp_path / "away"
    away.mkdir()
    env = change(away) if callable(change) else change
    found = examine(python, tmp_path, env=env)
    assert_finding(found[subject], verdict, what, step)
    # Only what depends on it is bad as well.
    excused = {subject, "flags", "launcher"}
    if subject in ("compiler", "compile", "link"):
        excused |= {"compile", "link", "headers", "compiler-family"}
    if machine == "code of 32 bits":
        excused |= {"link"}
    bad = {name for name, all_of_it in found.items() if any(one["verdict"] != "ok" for one in all_of_it)}
    assert bad <= excused, found


def test_what_other_programs_say_is_shown(python, tmp_path):
    done = run([python, "-m", "officina", "doctor"], tmp_path, _broken_compiler(tmp_path))
    assert done.code == 1 and done.stdout.count("out of tubes") == 1
    assert "error: one line says `fail`" in done.output


@needs_mounts
@pytest.mark.parametrize(
    ("options", "verdict", "what"),
    [
        ("noexec", "fail", r"lets no program run \(noexec\)"),
        ("ro", "fail", "cannot be written"),
        ("size=64k", "fail", "kB left for temporary files"),
        ("size=50m", "warn", "kB left for temporary files"),
    ],
)
def test_a_disk_for_temporary_files(options, verdict, what, python, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    mount = f'mount -t tmpfs -o {options} none "{temporary}"'
    found = examine(python, tmp_path, env={"TMPDIR": str(temporary)}, mount=mount)
    assert_finding(found["temporary-folder"], verdict, what, "set TMPDIR to a folder")


@needs_mounts
@pytest.mark.parametrize(
    ("options", "verdict", "what"),
    [
        ("noexec", "warn", r"lets no program run \(noexec\)"),
        ("ro", "warn", "cannot be written"),
        ("size=64k", "fail", "kB left for the build folder"),
    ],
)
def test_a_disk_for_builds(options, verdict, what, python, tmp_path):
    project = demo(tmp_path / "demo")
    (project / "build").mkdir()
    found = examine(python, project, mount=f'mount -t tmpfs -o {options} none "{project}/build"')
    assert_finding(found["build-folder"], verdict, what, "build-dir")


def test_another_family_of_compilers(python, tmp_path):
    own = run([python, "-c", "import sysconfig; print(sysconfig.get_config_var('CC'))"], tmp_path).stdout
    other = "clang" if "gcc" in own else "gcc"
    if not shutil.which(other) or not ("gcc" in own or "clang" in own):
        pytest.skip("needs GCC and clang")
    found = examine(python, tmp_path, env={"CC": other})
    assert_finding(found["compiler-family"], "warn", other if other == "clang" else "GCC", "set CC=")
    assert "compiler-family" not in examine(python, tmp_path)


def test_a_python_without_cffi(python, tmp_path):
    bare = wheelhouse.bare(sys.executable)
    found = examine(python, tmp_path, "--python", bare)
    assert_finding(found["cffi"], "warn", "cffi is not installed for this Python", "pip install --upgrade cffi")


def test_launchers(python, tmp_path):
    ccache = shutil.which("ccache")
    if not ccache:
        pytest.skip("needs ccache")
    idle = examine(python, tmp_path)["launcher"]
    assert_finding(idle, "ok", "`ccache` is there, and compilers run without it", "compiler-launcher=ccache")
    links = tmp_path / "links"
    links.mkdir()
    (links / "gcc").symlink_to(ccache)
    cache = {"CCACHE_DIR": str(tmp_path / "cache")}
    for env in (
        {"CC": "ccache gcc"},
        {"OFFICINA_COMPILER_LAUNCHER": "ccache"},
        {"CC": "gcc", "PATH": f"{links}{os.pathsep}{os.environ['PATH']}"},
    ):
        assert_finding(examine(python, tmp_path, env={**env, **cache})["launcher"], "ok", "`ccache` runs the", "")
    project = demo(tmp_path / "demo", settings='compiler-launcher = "officina-no-cache"')
    found = examine(python, project)
    assert_finding(found["launcher"], "warn", "`officina-no-cache` is not there", "compiler-launcher")


# ---------------------------------------------------------------- projects


def test_a_project_that_lacks_nothing(python, tmp_path):
    project = demo(tmp_path / "demo", files={"build_demo.py": ADD + "open('ran', 'w').close()\n"})
    before = snapshot(project)
    found = examine(python, project)
    assert not [one for all_of_it in found.values() for one in all_of_it if one["verdict"] != "ok"]
    assert snapshot(project) == before, "something ran, or was left"
    assert found["abi"][0]["what"].startswith("not known")


def _tables(build_system: str) -> str:
    return f'[build-system]\n{build_system}\n[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n'


CRATE = {
    "rust/Cargo.toml": '[package]\nname = "words"\nversion = "0.1.0"\nedition = "2021"\n',
    "rust/src/lib.rs": "",
    "rust/Cargo.lock": 'version = 3\n[[package]]\nname = "words"\nversion = "0.1.0"\n',
}
CRATE_TABLE = '[[tool.officina.crates]]\npath = "rust"\n'
MODULE = '[[tool.officina.modules]]\nname = "demo._m"\ncdef = "int abs(int);"\nsource = "#include <stdlib.h>"\n'
NEW = '[package]\nname = "words"\nversion = "0.1.0"\nedition = "2021"\nrust-version = "9.0"\n'


def _builder(beginning: str) -> dict:
    return {"files": {"build_demo.py": beginning + ADD}}


# Changes of the demo project, environment -> subject, verdict, words of the line, words of the next step.
PROJECTS = {
    "requires without officina": (
        {"files": {"pyproject.toml": _tables('requires = ["cffi"]\nbuild-backend = "officina"')}},
        {},
        ("build-system", "fail", "does not list officina", r'requires = \["officina"\]'),
    ),
    "another backend": (
        {"files": {"pyproject.toml": _tables('requires = ["x"]\nbuild-backend = "hatchling.build"')}},
        {},
        ("build-system", "fail", "`hatchling.build`", 'build-backend = "officina"'),
    ),
    "setuptools alone": (
        {"files": {"pyproject.toml": _tables('requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"')}},
        {},
        ("build-system", "fail", "`setuptools.build_meta`", "add officina to `requires`"),
    ),
    "setuptools and officina": (
        {"files": {"pyproject.toml": '[build-system]\nrequires = ["setuptools", "officina"]\n'}},
        {},
        ("build-system", "ok", "setuptools packs", ""),
    ),
    "a requirement that is not here": (
        {"files": {"pyproject.toml": _tables('requires = ["officina", "no-such>=3"]\nbuild-backend = "officina"')}},
        {},
        ("build-system", "warn", "`no-such>=3`, which this environment lacks", "pip install"),
    ),
    "another officina": (
        {"files": {"pyproject.toml": _tables('requires = ["officina>=99"]\nbuild-backend = "officina"')}},
        {},
        ("build-system", "warn", "frontends install `officina>=99`", "install that one here"),
    ),
    "no TOML": ({"files": {"pyproject.toml": "[project\n"}}, {}, ("project", "fail", "not valid TOML", "correct")),
    "an unknown key": ({"settings": "packges = []"}, {}, ("project", "fail", "packges`", "`packages`")),
    "another Python": (
        {"project": 'name = "demo"\nversion = "1.0"\nrequires-python = ">=3.99"\ndependencies = ["cffi"]\n'},
        {},
        ("requires-python", "fail", "`requires-python` is `>=3.99`", "build with a Python"),
    ),
    "no requires-python": (
        {"project": 'name = "demo"\nversion = "1.0"\ndependencies = ["cffi"]\n'},
        {},
        ("requires-python", "warn", "no `requires-python`", "oldest Python"),
    ),
    "no cffi at run time": (
        {"project": 'name = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n'},
        {},
        ("cffi", "fail", "`cffi` is missing from `dependencies`", 'add "cffi'),
    ),
    "cffi that is installed in another way": (
        {
            "project": 'name = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n',
            "settings": "require-cffi = false",
        },
        {},
        ("cffi", "ok", "cffi", ""),
    ),
    "setuptools in a builder": (
        _builder("import setuptools\n"),
        {},
        ("builders", "fail", "`build_demo.py:1` imports `setuptools`", 'add "setuptools"'),
    ),
    "setuptools in a file that a builder imports": (
        {"files": {"build_demo.py": "import helper\n" + ADD, "helper.py": "\nfrom setuptools import Extension\n"}},
        {},
        ("builders", "fail", "`helper.py:2` imports `setuptools`", 'add "setuptools"'),
    ),
    "setuptools in a file that a builder with a roundabout path imports": (
        {
            "files": {
                "build_demo.py": "import helper\n" + ADD,
                "helper.py": b"#\xe9\nimport setuptools\n",
                "sub/x.txt": "",
            },
            "modules": ["sub/../build_demo.py:ffi"],
        },
        {},
        ("builders", "fail", "`helper.py:2` imports `setuptools`", 'add "setuptools"'),
    ),
    "setuptools if it is there": (
        _builder("try:\n    import setuptools\nexcept ImportError:\n    pass\n"),
        {},
        ("builders", "warn", "imports `setuptools`", 'add "setuptools"'),
    ),
    "setuptools in a text": (_builder('"""\nimport setuptools\n"""\n'), {}, ("builders", "ok", "imports nothing", "")),
    "an old module": (
        _builder("def f():\n    import distutils.ccompiler\n"),
        {},
        ("builders", "warn", "imports `distutils`, which Python has no more since 3.12", "do without it"),
    ),
    "an unknown package of pkg-config": (
        {"more": MODULE + 'pkg-config = ["officina-no-such"]\n'},
        {},
        ("pkg-config", "fail", "does not know `officina-no-such`", "PKG_CONFIG_PATH"),
    ),
    "too old a package of pkg-config": (
        {"more": MODULE + 'pkg-config = ["zlib >= 99"]\n'},
        {},
        ("pkg-config", "fail", "does not know `zlib >= 99`", "."),
    ),
    "a package of pkg-config": (
        {"more": MODULE + 'pkg-config = ["zlib"]\n'},
        {},
        ("pkg-config", "ok", "knows `zlib`", ""),
    ),
    "no pkg-config": (
        {"more": MODULE + 'pkg-config = ["zlib"]\n'},
        {"PKG_CONFIG": "officina-no-pkg-config"},
        ("pkg-config", "fail", "`officina-no-pkg-config` is not there", "pkg-config"),
    ),
    "PKG_CONFIG has an open quote": (
        {"more": MODULE + 'pkg-config = ["zlib"]\n'},
        {"PKG_CONFIG": "'pkg-config"},
        ("pkg-config", "fail", "`PKG_CONFIG` has a quote that is never closed", "PKG_CONFIG"),
    ),
    "no pkg-config for a builder": (
        _builder("# asks `pkg-config --libs zlib`\n"),
        {"PKG_CONFIG": "officina-no-pkg-config"},
        ("pkg-config", "warn", "is not there", "pkg-config"),
    ),
    "no cargo": (
        {"more": CRATE_TABLE, "files": CRATE},
        {"CARGO": "officina-no-cargo"},
        ("cargo", "fail", "`officina-no-cargo` is not there", "unset CARGO"),
    ),
    "no lock": (
        {"more": CRATE_TABLE, "files": {name: text for name, text in CRATE.items() if "lock" not in name}},
        {},
        ("cargo", "fail", "Cargo.lock", "."),
    ),
    "an old Rust": (
        {"more": CRATE_TABLE, "files": {**CRATE, "rust/Cargo.toml": NEW}},
        {},
        ("cargo", "fail", "needs Rust 9.0", "rustup update"),
    ),
    "no C++ compiler": (
        {
            "more": '[[tool.officina.extensions]]\nname = "demo._x"\nsources = ["x.cpp"]\n',
            "files": {"x.cpp": ""},
        },
        {"CXX": "officina-no-g++"},
        ("compiler", "fail", "`officina-no-g\\+\\+` is not there", "unset CXX"),
    ),
}


@pytest.mark.parametrize("case", PROJECTS)
def test_a_project_that_lacks_something(case, python, tmp_path):
    changes, env, expected = PROJECTS[case]
    if "cargo" in expected and expected[1] == "fail" and case == "an old Rust" and not shutil.which("cargo"):
        pytest.skip("needs cargo")
    project = demo(tmp_path / "demo", **changes)
    before = snapshot(project)
    subject, verdict, what, step = expected
    found = examine(python, project, env=env)
    assert_finding(found[subject], verdict, what, step)
    bad = {name for name, all_of_it in found.items() if any(one["verdict"] != "ok" for one in all_of_it)}
    assert (subject in bad) == (verdict != "ok")
    assert bad <= {subject, "build-system" if subject == "project" else subject}, found
    assert snapshot(project) == before


def test_distutils_where_it_is_gone(python, tmp_path):
    without = [f"CPython 3.{minor}" for minor in range(12, 20)]
    newest = next((INTERPRETERS[name] for name in without if INTERPRETERS.get(name)), None)
    if not newest:
        pytest.skip("needs Python 3.12 or newer")
    project = demo(tmp_path / "demo", **_builder("import distutils\n"))
    found = examine(python, project, "--python", newest)
    assert_finding(found["builders"], "fail", "imports `distutils`", "add setuptools")


def test_no_compiler_where_nothing_is_compiled(python, tmp_path):
    table = '[[tool.officina.modules]]\nname = "demo._m"\ncdef = "int abs(int);"\n'
    project = make_project(tmp_path / "demo", {"demo/__init__.py": ""}, more=table)
    found = examine(python, project, env=_no_compiler(tmp_path))
    assert_finding(found["compiler"], "warn", "no C compiler found", "build-essential")
    build(python, project, tmp_path / "out", env=_no_compiler(tmp_path))
    assert_finding(examine(python, project)["abi"], "ok", "compiled no module", "")


PEEK = """\
#include <Python.h>
int peek(void) { return (int)PyUnicode_GET_LENGTH(PyUnicode_FromString("abc")); }
"""
WITH_PEEK = ADD.replace('b; }")', 'b; }", sources=["peek.c"])')

# Changes of the demo project -> verdict, words of the line, words of the reason.
ABIS = {
    "abi3": ({}, "ok", "`demo/_demo.abi3.so`: abi3, for CPython 3.9 and later", ""),
    "a newer bound": ({"settings": 'limited-api = "3.11"'}, "ok", "for CPython 3.11 and later", ""),
    "the setting": ({"settings": "limited-api = false"}, "ok", "not abi3", "`limited-api` is `false`"),
    "the builder": (
        {"files": {"build_demo.py": ADD.replace('b; }")', 'b; }", py_limited_api=False)')}},
        "ok",
        "not abi3",
        "does not ask for the limited API",
    ),
    "what a source uses": (
        {"files": {"build_demo.py": WITH_PEEK, "peek.c": PEEK}},
        "warn",
        "not abi3",
        "`peek.c` of `demo._demo` uses more than Python's limited API",
    ),
}


@pytest.mark.parametrize("case", ABIS)
def test_the_abi_of_what_was_built(case, python, tmp_path):
    changes, verdict, what, reason = ABIS[case]
    project = demo(tmp_path / "demo", **changes)
    wheel, _ = build(python, project, tmp_path / "out")
    before = snapshot(project)
    found = examine(python, project)["abi"]
    assert_finding(found, verdict, what, "limited-api" if verdict == "warn" else "")
    assert any(reason in note for note in [*found[0]["notes"], ""] if reason or not note), found
    assert ("abi3" in wheel.name) == ("not abi3" not in found[0]["what"])
    assert snapshot(project) == before


# ---------------------------------------------------------------- the answer


def test_the_text_says_what_the_json_says(python, tmp_path):
    project = demo(tmp_path / "demo", **_builder("import setuptools\n"))
    done = run([python, "-m", "officina", "doctor", project], tmp_path)
    assert done.code == 1 and "error: one line says `fail`" in done.output
    head = done.stdout.splitlines()[:4]
    assert [line.split()[0] for line in head] == ["officina", "python", "system", "project"]
    assert f"demo 1.0 ({project})" in head[3]
    lines = [line for line in done.stdout.splitlines()[4:] if line and not line.startswith(" ")]
    found = examine(python, tmp_path, project)
    all_of_it = [one for findings in found.values() for one in findings]
    assert len(lines) == len(all_of_it)
    for one in all_of_it:
        line = f"{one['verdict']:<4}  {one['subject']:<16}  {one['what']}"
        assert line in lines
        for step in one["next"]:
            assert f"      next: {step}\n" in done.stdout


def test_outside_a_project_and_outside_everything(python, tmp_path):
    done = run([python, "-m", "officina", "doctor"], tmp_path)
    assert done.code == 0 and f"project   none in {tmp_path}\n" in done.stdout, done.output
    done = run([python, "-m", "officina", "doctor", "nowhere"], tmp_path)
    assert done.code == 1 and "there is no folder" in done.output and "hint: " in done.output


def test_the_json_is_the_documented_one(python, tmp_path):
    docs = (REPOSITORY / "docs/doctor.md").read_text()
    rows = set(re.findall(r"^\| `([a-z_-]+)`", docs, re.MULTILINE))
    done = run([python, "-m", "officina", "doctor", "--format", "json", demo(tmp_path / "demo")], tmp_path)
    answer = json.loads(done.stdout)
    keys = {*answer, *answer["python"], *answer["project"], *answer["findings"][0]}
    subjects = {one["subject"] for one in answer["findings"]}
    assert keys | subjects <= rows
    source = (REPOSITORY / "src/doctor/finding.rs").read_text()
    names = re.findall(r"^    ([A-Z]\w+),$", source.partition("enum Subject")[2].partition("}")[0], re.MULTILINE)
    assert {re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in names} <= rows

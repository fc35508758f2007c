"""Rust crates that modules link, or that the wheel holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from building import build, hook_command, names_in, run, tag_of, try_wheel, unpack
from environments import REPOSITORY
from projects import make_project
from servers import need
from sites import Site

LIB = """\
use std::ffi::c_int;

#[no_mangle]
pub extern "C" fn answer(add: c_int) -> c_int {
    helper::half() * 2 + add + VALUE + include!("../number.txt") + if cfg!(feature = "big") { 1000 } else { 0 }
        + option_env!("ANSWER_MORE").map_or(0, |more| more.parse().unwrap_or(0))
        + if cfg!(debug_assertions) { 5000 } else { 0 }
}

include!(concat!(env!("OUT_DIR"), "/value.rs"));
"""

# Two crates in one workspace; a build script that reads a file and a variable.
FILES = {
    "demo/__init__.py": "",
    "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n',
    "Cargo.lock": """\
version = 3

[[package]]
name = "answer"
version = "0.1.0"
dependencies = [
 "helper",
]

[[package]]
name = "helper"
version = "0.1.0"
""",
    "crates/answer/Cargo.toml": """\
[package]
name = "answer"
version = "0.1.0"
edition = "2021"

[dependencies]
helper = { path = "../helper" }

[features]
default = ["plain"]
plain = []
big = []
""",
    "crates/answer/build.rs": """\
fn main() {
    println!("cargo:rerun-if-changed=value.txt");
    println!("cargo:rerun-if-env-changed=ANSWER_VALUE");
    let file = std::fs::read_to_string("value.txt").unwrap();
    let value = std::env::var("ANSWER_VALUE").unwrap_or_else(|_| file.trim().to_owned());
    let out = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("value.rs");
    std::fs::write(out, format!("const VALUE: i32 = {value};")).unwrap();
}
""",
    "crates/answer/value.txt": "10\n",
    "crates/answer/number.txt": "100",
    "crates/answer/src/lib.rs": LIB,
    "crates/helper/Cargo.toml": '[package]\nname = "helper"\nversion = "0.1.0"\nedition = "2021"\n',
    "crates/helper/src/lib.rs": "pub fn half() -> i32 { 20 }\n",
    "include/answer.h": "int answer(int add);\n",
}

CRATE = """
[[tool.officina.crates]]
path = "crates/answer"
header = "include/answer.h"
module = "demo._answer"
"""

ASK = "from demo._answer import lib; print(lib.answer(1))"
# 2 * 20 + 1 + 10 + 100
EXPECTED = "151"

CARGO = {"Built crate answer"}
LINK = {"Linked demo/_answer"}
ALL = (
    CARGO
    | LINK
    | {
        "Imported headers of demo._answer",
        "Generated demo._answer",
        "Compiled demo._answer",
    }
)


@pytest.fixture(autouse=True)
def _cargo() -> None:
    need("cargo")


def project(folder: Path, **changes: object) -> Path:
    changes.setdefault("more", CRATE)
    files = {**FILES, **changes.pop("files", {})}
    settings = 'packages = ["demo"]\n' + changes.pop("settings", "")
    return make_project(folder, files, settings=settings, **changes)


def steps(output: str) -> set[str]:
    """`Built crate answer`, `Linked demo/_answer`"""
    found = re.findall(
        r"^ *(Built|Imported|Generated|Compiled|Linked|Ran|Archived) (.+?)(?:\.abi3\.so|:.*)? \(", output, re.M
    )
    return {" ".join(one) for one in found}


def ask(python: Path, wheel: Path, tmp_path: Path, code: str = ASK) -> str:
    return try_wheel(python, wheel, tmp_path, code).strip()


@pytest.fixture
def rebuild(python, tmp_path) -> Callable[..., tuple[set[str], str]]:
    """Builds the wheel once more; returns what ran and what the module answers."""

    def once(tree: Path, env: dict[str, str] | None = None, **config: str) -> tuple[set[str], str]:
        wheel, output = build(python, tree, tmp_path / "out", env, config)
        return steps(output), ask(python, wheel, tmp_path)

    return once


def failing(python: Path, tree: Path, tmp_path: Path, env=None, config=None) -> str:
    def present() -> list[Path]:
        made = tree / "build"
        return sorted(path for path in tree.rglob("*") if path != made and made not in path.parents)

    before = present()
    out = tmp_path / "never"
    out.mkdir(exist_ok=True)
    command = hook_command(python, tmp_path / "a", "build_wheel", wheel_directory=str(out), config_settings=config)
    done = run(command, tree, env)
    assert done.code != 0, done.output
    assert "Traceback" not in done.output
    assert not list(out.iterdir())
    assert present() == before
    return done.output


def test_a_module_is_made_of_a_crate_and_its_header(python, tmp_path):
    tree = project(tmp_path / "tree")
    wheel, output = build(python, tree, tmp_path / "out")
    assert steps(output) == ALL
    assert tag_of(wheel).startswith("cp39-abi3-")
    assert names_in(wheel) == ["demo/__init__.py", "demo/_answer.abi3.so"]
    assert ask(python, wheel, tmp_path) == EXPECTED
    exported = subprocess.run(
        ["nm", "-D", "--defined-only", unpack(wheel, tmp_path / "x") / "demo/_answer.abi3.so"],
        capture_output=True, text=True, check=True,
    ).stdout.split()[2::3]  # fmt: skip
    assert exported == ["PyInit__answer"]
    assert not (tree / "target").exists()


def test_builders_and_extensions_link_a_crate_by_its_name(python, tmp_path):
    builder = (
        "from cffi import FFI\nffi = FFI()\nffi.cdef('int answer(int);')\n"
        "ffi.set_source('demo._ffi', '#include \"answer.h\"', libraries=['answer'])\n"
    )
    plain = """\
#include <Python.h>
#include "answer.h"
static PyObject *ask(PyObject *self, PyObject *args) { return PyLong_FromLong(answer(2)); }
static PyMethodDef methods[] = {{"ask", ask, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_plain", 0, -1, methods};
PyMODINIT_FUNC PyInit__plain(void) { return PyModule_Create(&module); }
"""
    more = CRATE.replace('module = "demo._answer"', "")
    more += '[[tool.officina.extensions]]\nname = "demo._plain"\nsources = ["plain.c"]\nlibraries = ["answer"]\n'
    files = {"builder.py": builder, "plain.c": plain}
    tree = project(tmp_path / "tree", files=files, more=more, modules=["builder.py:ffi"])
    wheel, _ = build(python, tree, tmp_path / "out")
    code = "import demo._ffi, demo._plain; print(demo._ffi.lib.answer(1), demo._plain.ask())"
    assert ask(python, wheel, tmp_path, code) == "151 152"


def test_a_header_may_lie_beside_pyproject(python, tmp_path):
    more = CRATE.replace("include/answer.h", "answer.h")
    tree = project(tmp_path / "tree", more=more, files={"answer.h": FILES["include/answer.h"]})
    wheel, _ = build(python, tree, tmp_path / "out")
    assert ask(python, wheel, tmp_path) == EXPECTED


@pytest.fixture
def counted(tmp_path) -> tuple[dict[str, str], Callable[[], int]]:
    """An environment with a cargo that counts how often it is started."""
    log = tmp_path / "started"
    log.write_text("")
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    cargo = bin_dir / "cargo"
    cargo.write_text(f'#!/bin/sh\necho x >> "{log}"\nexec "{shutil.which("cargo")}" "$@"\n')
    cargo.chmod(0o755)
    return {"PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}"}, lambda: len(log.read_text().split())


def test_what_is_unchanged_starts_no_cargo(tmp_path, rebuild, counted):
    env, started = counted
    tree = project(tmp_path / "tree")
    assert rebuild(tree, env) == (ALL, EXPECTED)
    assert started() == 1
    (tree / "README.md").write_text("new\n")
    (tree / "crates/answer/notes.md").write_text("new\n")
    assert rebuild(tree, env) == (set(), EXPECTED)
    assert started() == 1


EDITS = {
    "a source": ("crates/answer/src/lib.rs", "* 2", "* 3", "171"),
    "a source of a dependency": ("crates/helper/src/lib.rs", "20", "30", "171"),
    "an included file": ("crates/answer/number.txt", "100", "200", "251"),
    "a file of the build script": ("crates/answer/value.txt", "10", "20", "161"),
    "the build script": ("crates/answer/build.rs", "= {value}", "= {value} + 1", "152"),
    "a Cargo.toml": ("crates/answer/Cargo.toml", '["plain"]', '["plain", "big"]', "1151"),
    "the workspace": (
        "Cargo.toml",
        'resolver = "2"',
        'resolver = "2"\n[profile.release]\ndebug-assertions = true',
        "5151",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_runs_cargo_and_one_link(tmp_path, rebuild, edit):
    path, before, after, expected = EDITS[edit]
    tree = project(tmp_path / "tree")
    rebuild(tree)
    text = (tree / path).read_text()
    assert before in text
    (tree / path).write_text(text.replace(before, after))
    assert rebuild(tree) == (CARGO | LINK, expected)
    assert rebuild(tree) == (set(), expected)


def test_variables_and_configuration_count(tmp_path, rebuild):
    tree = project(tmp_path / "tree")
    rebuild(tree)
    assert rebuild(tree, {"ANSWER_VALUE": "11"}) == (CARGO | LINK, "152")
    assert rebuild(tree, {"ANSWER_MORE": "3"}) == (CARGO | LINK, "154")
    assert rebuild(tree, {"CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS": "true"}) == (CARGO | LINK, "5151")
    assert rebuild(tree) == (CARGO | LINK, EXPECTED)
    (tree / ".cargo").mkdir()
    (tree / ".cargo/config.toml").write_text('[env]\nANSWER_MORE = "7"\n')
    assert rebuild(tree) == (CARGO | LINK, "158")
    [archive] = (tree / "build/officina").rglob("cargo/release/libanswer.a")
    archive.unlink()
    assert rebuild(tree) == (CARGO, "158")


def test_a_header_alone_compiles_the_module_again(tmp_path, rebuild):
    tree = project(tmp_path / "tree")
    rebuild(tree)
    (tree / "include/answer.h").write_text("#define NUMBER 3\nint answer(int add);\n")
    assert rebuild(tree) == (ALL - CARGO, EXPECTED)


def test_features_profiles_and_variables_reach_cargo(tmp_path, rebuild):
    more = CRATE + 'features = ["big"]\ndefault-features = false\nenv = { ANSWER_MORE = "2" }\n'
    tree = project(tmp_path / "tree", more=more)
    assert rebuild(tree)[1] == "1153"
    assert rebuild(tree, profile="debug")[1] == "6153"
    pyproject = tree / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + 'profile = "dev"\n')
    assert rebuild(tree)[1] == "6153"


def test_what_a_debugger_needs_is_there_in_debug_builds(python, tmp_path):
    need("readelf")
    tree = project(tmp_path / "tree")
    found = {}
    for profile in ("release", "debug"):
        wheel, _ = build(python, tree, tmp_path / profile, config={"profile": profile})
        module = unpack(wheel, tmp_path / f"unpacked-{profile}") / "demo/_answer.abi3.so"
        lines = subprocess.run(
            ["readelf", "--debug-dump=decodedline", module], capture_output=True, text=True, check=True
        )
        found[profile] = "lib.rs" in lines.stdout
    assert found == {"release": False, "debug": True}


def test_a_shared_library_stands_beside_its_module(python, tmp_path, officina_wheel):
    more = CRATE + 'link = "shared"\n'
    init = (
        "import os\nfrom demo import _answer\n"
        "lib = _answer.ffi.dlopen(os.path.join(os.path.dirname(_answer.__file__), 'libanswer.so'))\n"
    )
    tree = project(tmp_path / "tree", more=more, files={"demo/__init__.py": init})
    wheel, _ = build(python, tree, tmp_path / "out")
    assert names_in(wheel) == ["demo/__init__.py", "demo/_answer.py", "demo/libanswer.so"]
    assert tag_of(wheel).startswith("py3-none-linux_")
    code = "import demo; print(demo.lib.answer(1))"
    assert ask(python, wheel, tmp_path, code) == EXPECTED
    site = Site(tmp_path / "site")
    site.pip("install", officina_wheel, "cffi")
    site.pip("install", "--no-build-isolation", "-e", tree)
    assert site.says(code) == EXPECTED


def test_a_shared_library_may_be_alone(python, tmp_path):
    more = '[[tool.officina.crates]]\npath = "crates/answer"\nlink = "shared"\npackage = "demo"\n'
    wheel, _ = build(python, project(tmp_path / "tree", more=more), tmp_path / "out")
    assert names_in(wheel) == ["demo/__init__.py", "demo/libanswer.so"]
    code = "import ctypes, demo, os; print(ctypes.CDLL(os.path.dirname(demo.__file__) + '/libanswer.so').answer(1))"
    assert ask(python, wheel, tmp_path, code) == EXPECTED


def test_an_editable_install_sees_edits_in_rust(tmp_path, officina_wheel):
    site = Site(tmp_path / "site")
    site.pip("install", officina_wheel, "cffi")
    more = CRATE + 'editable-profile = "dev"\n'
    tree = project(tmp_path / "tree", more=more, settings="editable.rebuild = true\n")
    site.pip("install", "--no-build-isolation", "-e", tree)
    assert site.says(ASK) == "5151"
    (tree / "crates/helper/src/lib.rs").write_text("pub fn half() -> i32 { 30 }\n")
    assert site.says(ASK) == "5171"


def test_the_sdist_holds_all_that_cargo_needs(python, tmp_path):
    tree = project(tmp_path / "tree")
    (tree / ".gitignore").write_text("Cargo.lock\ntarget\n.cargo\n")
    (tree / ".cargo").mkdir()
    (tree / ".cargo/config.toml").write_text('[env]\nANSWER_MORE = "7"\n')
    # A crate that modules do not need, and that the workspace does.
    shutil.copytree(tree / "crates/helper", tree / "crates/other")
    manifest = tree / "crates/other/Cargo.toml"
    manifest.write_text(manifest.read_text().replace("helper", "other"))
    lock = tree / "Cargo.lock"
    lock.write_text(lock.read_text() + '\n[[package]]\nname = "other"\nversion = "0.1.0"\n')
    (tree / "crates/answer/target").mkdir()
    (tree / "crates/answer/target/junk.rs").write_text("")
    run(["git", "init", "-q", tree], tmp_path)
    run(["git", "-C", tree, "add", "-A"], tmp_path)
    officina = python.parent / "officina"
    listed = run([officina, "list", "--sdist", tree], tmp_path).stdout
    held = set(re.findall(r"^  (\S+)", listed, re.M))
    wanted = set(FILES) | {".cargo/config.toml", "crates/other/Cargo.toml", "crates/other/src/lib.rs"}
    assert wanted <= held, wanted - held
    assert not any("target" in path for path in held)
    proof = run([officina, "check", tree], tmp_path)
    assert proof.code == 0, proof.output
    (tree / ".gitignore").write_text("Cargo.lock\nvalue.txt\n")
    run(["git", "-C", tree, "rm", "-q", "--cached", "crates/answer/value.txt"], tmp_path)
    proof = run([officina, "check", tree], tmp_path)
    assert proof.code != 0
    assert (
        "`crates/answer/value.txt` (ignored by .gitignore:2 `value.txt`) is read by the step `answer`" in proof.output
    )


def crate(**changes: str) -> str:
    text = CRATE
    for key, value in changes.items():
        text += f"{key} = {value}\n"
    return text


HELPER = "crates/helper/Cargo.toml"
LOCKED = "crates/answer/Cargo.toml"
BAD = {
    "a key that is none": (crate(feature='["x"]'), {}, ["unknown key", "did you mean `features`?"]),
    "a link that is none": (crate(link='"dynamic"'), {}, ["cannot be `dynamic`", "`static`", "`shared`"]),
    "a module without a header": (
        CRATE.replace('header = "include/answer.h"\n', ""),
        {},
        ["`module` of the crate `crates/answer` has no `header`", "officina header"],
    ),
    "a header that is not there": (
        CRATE.replace("include/answer.h", "include/no.h"),
        {},
        ["there is no header `include/no.h`", "officina header"],
    ),
    "no crate": (CRATE.replace("crates/answer", "crates/none"), {}, ["there is no `crates/none/Cargo.toml`"]),
    "a crate outside": (CRATE.replace("crates/answer", "../answer"), {}, ["is outside the project"]),
    "a workspace and no crate": (CRATE.replace("crates/answer", "."), {}, ["is that of a workspace, and no crate"]),
    "a program": (
        CRATE,
        {"crates/answer/Cargo.toml": FILES[LOCKED] + '[lib]\npath = "src/gone.rs"\n'},
        ["the crate `crates/answer` has no library"],
    ),
    "a dependency outside": (
        CRATE,
        {HELPER: FILES[HELPER] + '[dependencies]\nx = { path = "../../../x" }\n'},
        ["needs `../../../x`, which is outside the project", "`crates/helper/Cargo.toml` names it"],
    ),
    "a lock that does not fit": (
        CRATE,
        {"Cargo.lock": FILES["Cargo.lock"].replace("0.1.0", "0.2.0")},
        ["the crate `answer` was not built", "`Cargo.lock` does not fit", "cargo update --workspace"],
    ),
    "two of one name": (
        CRATE + '[[tool.officina.libraries]]\nname = "answer"\nsources = ["x.c"]\n',
        {},
        ["the crate `answer` has the name of another static library"],
    ),
    "two crates of one name": (
        CRATE + '[[tool.officina.crates]]\npath = "crates/helper"\n',
        {HELPER: FILES[HELPER] + '[lib]\nname = "answer"\n'},
        ["the crate `answer` has the name of another crate"],
    ),
    "an error in Rust": (
        CRATE,
        {"crates/helper/src/lib.rs": "pub fn half() -> i32 { missing }\n"},
        ["cannot find value `missing`", "crates/helper/src/lib.rs:1:", "the crate `answer` was not built"],
    ),
    "a build script that fails": (
        CRATE,
        {"crates/answer/value.txt": "1", "crates/answer/build.rs": 'fn main() { panic!("no sea today") }\n'},
        ["no sea today", "what its build script said stands above"],
    ),
    "a Rust that is too old": (
        CRATE,
        {LOCKED: FILES[LOCKED].replace('edition = "2021"', 'edition = "2021"\nrust-version = "1.999"')},
        ["1.999", "install a newer Rust"],
    ),
    "a target that is not installed": (
        crate(target='"riscv64gc-unknown-linux-musl"'),
        {},
        ["rustup target add riscv64gc-unknown-linux-musl"],
    ),
    "a function that is not exported": (
        CRATE,
        {
            "include/answer.h": "int answer(int add);\nint more(void);\n",
            "crates/helper/src/lib.rs": FILES["crates/helper/src/lib.rs"],
            "crates/answer/src/lib.rs": LIB + "\npub fn more() -> i32 { 1 }\n",
        },
        ["`crates/answer/src/lib.rs` has a `fn more` that C cannot call", '`#[no_mangle]` and `extern "C"`'],
    ),
    "a header that cffi cannot read": (
        CRATE,
        {"include/answer.h": "int answer(int add);\nint odd(__int128 x);\n"},
        ["include/answer.h:2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_said_with_the_next_step(python, tmp_path, case):
    more, files, expected = BAD[case]
    output = failing(python, project(tmp_path / "tree", more=more, files=files), tmp_path)
    for text in expected:
        assert text in output, output


def test_without_cargo_or_lock(python, tmp_path):
    tree = project(
        tmp_path / "tree", files={LOCKED: FILES[LOCKED].replace("edition", 'rust-version = "1.70"\nedition')}
    )
    output = failing(python, tree, tmp_path, {"CARGO": str(tmp_path / "no-cargo")})
    assert "the crate `answer` is built by cargo, which is not there" in output
    assert "install Rust 1.70 or newer" in output
    (tree / "Cargo.lock").unlink()
    output = failing(python, tree, tmp_path)
    assert "there is no `Cargo.lock`" in output
    assert "cargo generate-lockfile --manifest-path Cargo.toml" in output
    done = run([python.parent / "officina", "build", "--sdist", tree], tmp_path)
    assert "there is no `Cargo.lock`" in done.output
    assert done.code != 0


def test_without_the_network(python, tmp_path):
    lock = FILES["Cargo.lock"].replace(' "helper",\n', ' "helper",\n "no-such-crate-anywhere",\n')
    lock += '\n[[package]]\nname = "no-such-crate-anywhere"\nversion = "1.0.0"\n'
    lock += 'source = "registry+https://github.com/rust-lang/crates.io-index"\n'
    lock += f'checksum = "{"0" * 64}"\n'
    manifest = FILES[LOCKED].replace("[features]", 'no-such-crate-anywhere = "1"\n\n[features]')
    tree = project(tmp_path / "tree", files={"Cargo.lock": lock, LOCKED: manifest})
    output = failing(python, tree, tmp_path, config={"cargo-offline": "true"})
    assert "cargo fetch" in output
    assert "cargo vendor" in output


def test_two_crates_in_one_module(python, tmp_path):
    more = CRATE.replace('module = "demo._answer"', "") + '[[tool.officina.crates]]\npath = "crates/helper"\n'
    builder = (
        "from cffi import FFI\nffi = FFI()\nffi.cdef('int answer(int);')\n"
        "ffi.set_source('demo._ffi', '#include \"answer.h\"', libraries=['answer', 'helper'])\n"
    )
    tree = project(tmp_path / "tree", more=more, files={"b.py": builder}, modules=["b.py:ffi"])
    output = failing(python, tree, tmp_path)
    assert "`demo._ffi` links two crates, `answer` and `helper`" in output
    assert "make one crate that holds both" in output


def test_a_crate_that_nobody_links(python, tmp_path):
    more = CRATE.replace('module = "demo._answer"', "")
    wheel, output = build(python, project(tmp_path / "tree", more=more), tmp_path / "out")
    assert "warning: the crate `answer` is not linked" in output
    assert tag_of(wheel) == "py3-none-any"


def test_two_trees_make_the_same_bytes(python, tmp_path):
    made = [build(python, project(tmp_path / name / "tree"), tmp_path / f"out-{name}")[0] for name in ("a", "b" * 30)]
    assert made[0].read_bytes() == made[1].read_bytes()


@pytest.mark.parametrize("tool", [["abi3audit", "--strict"], ["auditwheel", "show"]])
def test_others_find_nothing_wrong_with_the_wheel(python, tmp_path, tool):
    tree = shutil.copytree(REPOSITORY / "example-crate", tmp_path / "tree")
    wheel, _ = build(python, tree, tmp_path / "out")
    done = run([Path(sys.executable).parent / tool[0], *tool[1:], wheel], tmp_path)
    assert done.code == 0, done.output


def test_cargo_shares_the_jobs(python, tmp_path):
    script = 'fn main() { println!("cargo:warning=flags {:?}", std::env::var("CARGO_MAKEFLAGS")); }\n'
    lib = LIB.replace('include!(concat!(env!("OUT_DIR"), "/value.rs"));', "const VALUE: i32 = 10;")
    tree = project(tmp_path / "tree", files={"crates/answer/build.rs": script, "crates/answer/src/lib.rs": lib})
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    make = bin_dir / "make"
    make.write_text("#!/bin/sh\necho GNU Make 4.4.1\n")
    make.chmod(0o755)
    env = {"PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}"}
    _, output = build(python, tree, tmp_path / "out", env, {"jobs": "2"})
    assert re.search(r"flags Ok\(.*--jobserver-auth=fifo:\S*/jobserver", output), output


BUILD_SCRIPT = """\
fn count(folder: &str) -> i32 {
    let add = |entry: std::fs::DirEntry| match entry.path().is_dir() {
        true => count(entry.path().to_str().unwrap()),
        false => std::fs::read_to_string(entry.path()).unwrap().trim().parse().unwrap_or(0),
    };
    std::fs::read_dir(folder).unwrap().map(|entry| add(entry.unwrap())).sum()
}
fn main() {
    SAID
    let out = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("value.rs");
    let more: i32 = option_env!("SCRIPT_MORE").map_or(0, |more| more.parse().unwrap());
    std::fs::write(out, format!("const VALUE: i32 = {};", count("data") + more)).unwrap();
}
"""


@pytest.mark.parametrize("said", ["", 'println!("cargo:rerun-if-changed=data");'])
def test_folders_of_build_scripts_count_with_all_that_is_in_them(tmp_path, rebuild, said):
    files = {"crates/answer/build.rs": BUILD_SCRIPT.replace("SAID", said), "crates/answer/data/build/one.txt": "10"}
    tree = project(tmp_path / "tree", files=files)
    data = tree / "crates/answer/data"
    assert rebuild(tree)[1] == EXPECTED
    (data / "build/one.txt").write_text("20")
    assert rebuild(tree) == (CARGO | LINK, "161")
    (data / "build/two.txt").write_text("5")
    assert rebuild(tree) == (CARGO | LINK, "166")
    (data / "new").mkdir()
    (data / "new/three.txt").write_text("1")
    assert rebuild(tree) == (CARGO | LINK, "167")
    assert rebuild(tree, {"SCRIPT_MORE": "30"}) == (CARGO | LINK, "197")
    assert rebuild(tree) == (CARGO | LINK, "167")
    assert rebuild(tree) == (set(), "167")


def test_included_configuration_and_another_cargo_count(tmp_path, rebuild, counted):
    tree = project(tmp_path / "tree")
    (tree / ".cargo").mkdir()
    (tree / ".cargo/config.toml").write_text('include = ["more.toml"]\n')
    (tree / ".cargo/more.toml").write_text('[env]\nANSWER_MORE = "7"\n')
    before = rebuild(tree)[1]
    (tree / ".cargo/more.toml").write_text('[env]\nANSWER_MORE = "9"\n')
    steps_run, after = rebuild(tree)
    assert steps_run >= CARGO
    assert (before, after) in [("158", "160"), (EXPECTED, EXPECTED)]  # a cargo that knows no `include`
    env, started = counted
    assert rebuild(tree, env)[0] >= CARGO
    assert started() == 1


def test_the_project_may_be_named_by_a_link(python, tmp_path):
    tree = project(tmp_path / "tree")
    link = tmp_path / "link"
    link.symlink_to(tree, target_is_directory=True)
    officina = python.parent / "officina"
    for _ in range(2):
        done = run([officina, "build", "--wheel", "--out", tmp_path / "out", link], tmp_path)
        assert done.code == 0, done.output
    assert "Unchanged" in done.output


def test_a_rebuild_says_which_variable_of_a_crate_it_lacks(tmp_path, officina_wheel):
    site = Site(tmp_path / "site")
    site.pip("install", officina_wheel, "cffi")
    tree = project(tmp_path / "tree", settings="editable.rebuild = true\n")
    site.pip("install", "--no-build-isolation", "-e", tree, env={"ANSWER_MORE": "40"})
    assert site.says(ASK) == "191"
    (tree / "crates/answer/number.txt").write_text("200")
    done = run([site.python, "-c", ASK], tmp_path)
    assert done.code != 0
    expected = "the crate `answer` has to be built again, and the environment variable ANSWER_MORE"
    assert expected in " ".join(done.output.split()), done.output
    assert run([site.python, "-c", ASK], tmp_path, {"ANSWER_MORE": "40"}).stdout.strip() == "291"


def test_headers_are_written_by_cbindgen(python, tmp_path):
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    fake = bin_dir / "cbindgen"
    fake.write_text(
        '#!/bin/sh\necho "$@" >> "$0.log"\nfor word; do [ "$word" = --verify ] && exit 2; done\n'
        'echo "int answer(int add);" > "$3"\n'
    )
    fake.chmod(0o755)
    env = {"PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}"}
    tree = project(tmp_path / "tree")
    (tree / "include/answer.h").unlink()
    officina = python.parent / "officina"
    done = run([officina, "header", tree], tmp_path, env)
    assert (done.code, done.stdout) == (0, "include/answer.h: written\n"), done.output
    assert (tree / "include/answer.h").read_text() == "int answer(int add);\n"
    done = run([officina, "header", "--check", tree], tmp_path, env)
    assert done.code != 0
    assert "`include/answer.h` is not what cbindgen would write" in done.output
    said = Path(f"{fake}.log").read_text().splitlines()
    assert said == [f"crates/answer --output include/answer.h --lang c{more}" for more in ("", " --verify")]
    done = run([officina, "header", tree], tmp_path, {"CBINDGEN": "no-such-cbindgen"})
    assert "cargo install cbindgen" in done.output

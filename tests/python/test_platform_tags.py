"""`platform-tag`: `auto` is what `auditwheel show` says, and a tag that somebody wants holds or is refused."""

from __future__ import annotations

import platform
import subprocess
import sys
import zipfile

import pytest
from building import build, call_hook, frontends, run, tag_of
from packaging.utils import parse_wheel_filename
from projects import demo
from refusals import refused
from sites import Site

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the versions are those of Linux on x86-64"
)

PURE = 'name = "demo"\nversion = "1.0"\n'
# A library whose needs are known: the system's own libraries are not asked.
USE = "int {symbol}(void); int use(void) {{ return {symbol}(); }}\n"


def gcc(*words):
    subprocess.run(["gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,--no-as-needed", *map(str, words)], check=True)


def stub(folder, soname, symbol, version):
    """A library that has one symbol, of one version."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stub.c").write_text(f"int {symbol}(void) {{ return 1; }}\n")
    (folder / "stub.map").write_text(f"{version} {{ global: {symbol}; local: *; }};\n")
    script = [f"-Wl,--version-script={folder / 'stub.map'}"] if version else []
    gcc(folder / "stub.c", f"-Wl,-soname,{soname}", *script, "-o", folder / soname)
    return folder / soname


def library(scratch, file, *needs, words=(), code=""):
    """Makes a library that uses these: `library` or `library:symbol` or `library:symbol@version` each."""
    libraries, text = [], code
    for number, need in enumerate(needs):
        soname, _, symbol = need.partition(":")
        symbol, _, version = symbol.partition("@")
        symbol = symbol or f"some{number}"
        libraries.append(stub(scratch / f"stub-{file.name}-{number}", soname, symbol, version))
        text += f"int {symbol}(void); int use{number}(void) {{ return {symbol}(); }}\n"
    source = scratch / f"{file.name}.c"
    source.write_text(text)
    file.parent.mkdir(parents=True, exist_ok=True)
    gcc(source, *words, *libraries, "-o", file)


def overall(wheel):
    """What `auditwheel show` says."""
    pytest.importorskip("auditwheel")
    from auditwheel.architecture import Architecture
    from auditwheel.error import InvalidLibcError
    from auditwheel.libc import Libc
    from auditwheel.wheel_abi import analyze_wheel_abi

    keywords = {"disable_isa_ext_check": False, "allow_graft": False}
    try:
        found = analyze_wheel_abi(None, Architecture.x86_64, wheel, frozenset(), **keywords)
    except InvalidLibcError:  # a module that uses no C library: the name of a wheel says which one is meant
        found = analyze_wheel_abi(Libc.GLIBC, Architecture.x86_64, wheel, frozenset(), **keywords)
    return found.overall_policy.name


def names(policy):
    """The platforms of a wheel."""
    older = {"2_5": "manylinux1", "2_12": "manylinux2010", "2_17": "manylinux2014"}
    alias = older.get(policy.removeprefix("manylinux_"))
    return {f"{name}_x86_64" for name in (policy, alias) if name}


def platforms(wheel):
    return {tag.platform for tag in parse_wheel_filename(wheel.name)[3]}


GLIBC = "libc.so.6:f@GLIBC_2.5"
BESIDE = "-Wl,-rpath,$ORIGIN/../demo.libs"
# What the files of a wheel need, and the tag.
NEEDS = [
    ([GLIBC], "manylinux_2_5"),
    (["libc.so.6:f@GLIBC_2.12"], "manylinux_2_12"),
    (["libc.so.6:f@GLIBC_2.14"], "manylinux_2_17"),
    (["libc.so.6:f@GLIBC_2.28"], "manylinux_2_28"),
    (["libc.so.6:f@GLIBC_2.33"], "manylinux_2_34"),
    (["libc.so.6:f@GLIBC_2.5", "libm.so.6:g@GLIBC_2.27"], "manylinux_2_27"),
    (["libc.so.6:f@GLIBC_2.41"], "manylinux_2_41"),
    (["libc.so.6:f@GLIBC_2.99"], "linux"),
    (["libc.so.6:f@GLIBC_PRIVATE"], "linux"),
    (["libc.so.6:f@GLIBC_ABI_DT_RELR"], "manylinux_2_36"),
    ([GLIBC, "libstdc++.so.6:g@GLIBCXX_3.4.30"], "manylinux_2_35"),
    ([GLIBC, "libstdc++.so.6:g@CXXABI_1.3.9"], "manylinux_2_24"),
    ([GLIBC, "libgcc_s.so.1:g@GCC_7.0.0"], "manylinux_2_27"),
    ([GLIBC, "libz.so.1:g@ZLIB_1.2.9"], "manylinux_2_27"),
    ([GLIBC, "libX11.so.6:g@STRANGE_9"], "manylinux_2_5"),
    ([GLIBC, "libX11.so.6:g@strange"], "manylinux_2_5"),
    ([GLIBC, "ld-linux-x86-64.so.2:g@GLIBC_2.99"], "manylinux_2_5"),
    ([GLIBC, "libexpat.so.1"], "manylinux_2_12"),
    ([GLIBC, "libmvec.so.1"], "manylinux_2_24"),
    ([GLIBC, "libcrypto.so.3:g@OPENSSL_3.0.0"], "linux"),
    ([GLIBC, "libpython3.11.so.1.0"], "linux"),
    ([GLIBC, "libz.so.1:uncompress2"], "manylinux_2_34"),
    ([GLIBC, "libz.so.1:z_errmsg"], "linux"),
    ([GLIBC, "libexpat.so.1:z_errmsg"], "manylinux_2_12"),
    (["libc.so.6:__cxa_thread_atexit_impl@GLIBC_2.5"], "manylinux_2_24"),
    (["libc.musl-x86_64.so.1"], "musllinux_1_2"),
    (["libc.musl-x86_64.so.1", "libz.so.1"], "musllinux_1_2"),
    (["libc.musl-x86_64.so.1", "libexpat.so.1"], "linux"),
]


@pytest.mark.parametrize(("needs", "expected"), NEEDS, ids=lambda value: str(value).replace("/", " "))
def test_auto_is_the_oldest_tag_that_allows_what_a_file_needs(needs, expected, python, tmp_path):
    project = demo(tmp_path / "project", modules=[], project=PURE, files={"demo/__init__.py": ""})
    library(tmp_path, project / "demo/libnative.so", *needs)
    wheel, said = build(python, project, tmp_path / "out", config={"platform-tag": "auto"})
    assert platforms(wheel) == names(expected)
    assert overall(wheel) == f"{expected}_x86_64"
    assert ("the wheel is `linux_x86_64`, which PyPI does not take" in said) == (expected == "linux"), said


# musl's own name for itself, which its compiler and zig write; auditwheel knows Alpine's alone.
@pytest.mark.parametrize(
    ("needs", "platform"), [([], "musllinux_1_2"), (["libz.so.1"], "musllinux_1_2"), (["libexpat.so.1"], "linux")]
)
def test_musl_has_its_own_name_too(needs, platform, python, tmp_path):
    project = demo(tmp_path / "project", modules=[], project=PURE, files={"demo/__init__.py": ""})
    library(tmp_path, project / "demo/libnative.so", "libc.so", *needs)
    wheel, said = build(python, project, tmp_path / "out", config={"platform-tag": "auto"})
    assert platforms(wheel) == {f"{platform}_x86_64"}
    assert ("`libexpat.so.1`" in said) == (platform == "linux"), said


def _beside(scratch, package, words, more=GLIBC):
    library(scratch, package.parent / "demo.libs/libbeside.so.1", more, words=["-Wl,-soname,libbeside.so.1"])
    beside = package.parent / "demo.libs/libbeside.so.1"
    library(scratch, package / "libnative.so", GLIBC, words=[*words, beside])


def _chain(scratch, package):
    """The second library is found by the folder that the first file names (RPATH), as ld.so does."""
    libs = package.parent / "demo.libs"
    library(scratch, libs / "libb.so", GLIBC, words=["-Wl,-soname,libb.so"])
    library(scratch, libs / "liba.so", GLIBC, words=["-Wl,-soname,liba.so", libs / "libb.so"])
    rpath = ["-Wl,--disable-new-dtags,-rpath,$ORIGIN/../demo.libs", f"-Wl,-rpath-link,{libs}"]
    library(scratch, package / "libnative.so", GLIBC, words=[*rpath, libs / "liba.so"])


def _other_machine(scratch, package):
    library(scratch, package / "libnative.so", GLIBC)
    library(scratch, package / "libarm.so", "libc.so.6:f@GLIBC_2.99", "libodd.so")
    data = bytearray((package / "libarm.so").read_bytes())
    data[18] = 183
    (package / "libarm.so").write_bytes(data)


def _both_c_libraries(scratch, package):
    library(scratch, package / "_m.abi3.so", GLIBC, code="int PyInit__m(void) { return 0; }\n")
    library(scratch, package / "a-musl.so", "libc.musl-x86_64.so.1", "libodd.so")


def _static_program(scratch, package):
    (scratch / "p.c").write_text("void _start(void) { for (;;); }\n")
    words = ["-nostdlib", "-static", "-o", package / "program", scratch / "p.c"]
    subprocess.run(["gcc", *map(str, words)], check=True)


def _program(scratch, package):
    (scratch / "p.c").write_text("int f(void); void _start(void) { f(); for (;;); }\n")
    libc = stub(scratch / "stub", "libc.so.6", "f", "GLIBC_2.28")
    words = ["-nostdlib", "-o", package / "program", scratch / "p.c", libc]
    subprocess.run(["gcc", *map(str, words)], check=True)


def _weak(scratch, package):
    code = "extern int z_errmsg __attribute__((weak)); int *use(void) { return &z_errmsg; }\n"
    library(scratch, package / "libnative.so", GLIBC, "libz.so.1:inflate", code=code)


# More than one file, or something else than libraries and versions.
FILES = {
    "a library beside it": (lambda s, p: _beside(s, p, [BESIDE]), "manylinux_2_5"),
    "a library beside it by RPATH": (
        lambda s, p: _beside(s, p, ["-Wl,--disable-new-dtags", BESIDE]),
        "manylinux_2_5",
    ),
    "a library beside it that needs more": (
        lambda s, p: _beside(s, p, [BESIDE], "libc.so.6:f@GLIBC_2.34"),
        "manylinux_2_34",
    ),
    "a library beside it that needs one of the system": (
        lambda s, p: _beside(s, p, [BESIDE], "libodd.so.1"),
        "linux",
    ),
    "a library that is not looked for there": (lambda s, p: _beside(s, p, []), "linux"),
    "a library of a library": (_chain, "manylinux_2_5"),
    "another machine": (_other_machine, "manylinux_2_5"),
    "another C library": (_both_c_libraries, "manylinux_2_5"),
    "a static program": (_static_program, "manylinux_2_5"),
    "a program": (_program, "manylinux_2_28"),
    "a weak reference": (_weak, "manylinux_2_5"),
    "a newer processor": (
        lambda s, p: library(s, p / "libnative.so", GLIBC, words=["-Wl,-z,x86-64-v3"]),
        "linux",
    ),
    "the first processor": (
        lambda s, p: library(s, p / "libnative.so", GLIBC, words=["-Wl,-z,x86-64-baseline"]),
        "manylinux_2_5",
    ),
    "a name without suffix": (lambda s, p: library(s, p / "native", "libc.so.6:f@GLIBC_2.28"), "manylinux_2_28"),
}


@pytest.mark.parametrize("kind", FILES)
def test_auto_looks_at_every_file_of_a_wheel(kind, python, tmp_path):
    make, expected = FILES[kind]
    project = demo(
        tmp_path / "project",
        modules=[],
        project=PURE,
        settings='include = ["demo.libs/*"]',
        files={"demo/__init__.py": "", "demo.libs/README": ""},
    )
    make(tmp_path, project / "demo")
    wheel, _ = build(python, project, tmp_path / "out", config={"platform-tag": "auto"})
    assert platforms(wheel) == names(expected)
    assert overall(wheel) == f"{expected}_x86_64"


# Uses `memcpy@GLIBC_2.14`.
COPY = {
    "build_demo.py": """\
from cffi import FFI

ffi = FFI()
ffi.cdef("void copy(char *, char *, int);")
ffi.set_source("demo._demo", "void copy(char *, char *, int);", sources=["csrc/copy.c"],
               extra_compile_args=["-fno-builtin"])
""",
    "csrc/copy.c": "#include <string.h>\nvoid copy(char *a, char *b, int n) { memcpy(a, b, n); }\n",
}


def test_a_demanded_tag_holds_or_names_the_symbol_and_its_source(python, tmp_path):
    project = demo(tmp_path / "project", files=COPY)
    config = {"platform-tag": "manylinux2014"}
    wheel, said = build(python, project, tmp_path / "out", config=config)
    assert platforms(wheel) == names("manylinux_2_17")
    assert "platform" not in said, said
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("demo-1.0.dist-info/WHEEL").decode()
    python_and_abi = "-".join(tag_of(wheel).split("-")[:2])
    lines = {f"Tag: {python_and_abi}-{name}" for name in names("manylinux_2_17")}
    assert {line for line in text.splitlines() if line.startswith("Tag: ")} == lines
    said = refused(
        python,
        project,
        tmp_path / "refused",
        "the wheel is no `manylinux_2_5_x86_64`, which `platform-tag` asks for",
        "the config setting `platform-tag` says so",
        "uses `memcpy@GLIBC_2.14` (in `csrc/copy.c`) of `libc.so.6`",
        'CC="zig cc -target x86_64-linux-gnu.2.5"',
        'or set `platform-tag = "manylinux_2_17"`, which holds',
        config={"platform-tag": "manylinux_2_5"},
    )
    assert said.count("note: ") == 2, said
    wheel, said = build(python, project, tmp_path / "auto", config={"platform-tag": "auto", "verbose": "true"})
    assert platforms(wheel) == names("manylinux_2_17")
    assert "Tagged manylinux2014_x86_64.manylinux_2_17_x86_64: `demo/_demo" in said, said


@pytest.mark.parametrize("way", ["table", "variable", "setting", "override"])
def test_a_platform_tag_is_set_in_every_way(way, python, tmp_path):
    line = 'platform-tag = "manylinux_2_28"'
    project = demo(
        tmp_path / "project",
        settings={"table": line}.get(way, 'platform-tag = "linux"'),
        more=f'[[tool.officina.overrides]]\nif.state = "wheel"\n{line}\n' if way == "override" else "",
    )
    env = {"OFFICINA_PLATFORM_TAG": "manylinux_2_28"} if way == "variable" else {}
    config = {"platform-tag": "manylinux_2_28"} if way == "setting" else {}
    wheel, _ = build(python, project, tmp_path / "out", env, config)
    assert platforms(wheel) == {"manylinux_2_28_x86_64"}


def test_without_the_setting_and_in_editable_installs_a_wheel_is_for_this_linux(python, tmp_path):
    plain = demo(tmp_path / "plain")
    wheel, _ = build(python, plain, tmp_path / "out")
    assert platforms(wheel) == {"linux_x86_64"}
    project = demo(tmp_path / "project", settings='platform-tag = "auto"')
    out = tmp_path / "editable"
    out.mkdir()
    name = call_hook(python, project, tmp_path, "build_editable", wheel_directory=str(out))
    assert platforms(out / name) == {"linux_x86_64"}
    pure = demo(tmp_path / "pure", modules=[], project=PURE, settings='platform-tag = "manylinux_2_28"')
    wheel, _ = build(python, pure, tmp_path / "pure-out")
    assert platforms(wheel) == {"any"}


def test_tags_that_cannot_be_are_refused(python, tmp_path):
    project = demo(tmp_path / "project", settings='platform-tag = "manylinux_2_29"')
    refused(
        python,
        project,
        tmp_path,
        "there is no tag `manylinux_2_29_x86_64`",
        "pyproject.toml:",
        "manylinux_2_28, manylinux_2_31",
    )
    for value, phrases in {
        "manylinux_2_28_x86_64": ["cannot be `manylinux_2_28_x86_64`", "without its machine"],
        "macosx_11_0": ["cannot be `macosx_11_0`"],
        "": ["cannot be ``"],
    }.items():
        refused(python, project, tmp_path, *phrases, config={"platform-tag": value})
    files = {"demo/__init__.py": "", "demo/libx.a": "!<arch>\n"}
    archive = demo(tmp_path / "archive", modules=[], project=PURE, settings='include = ["demo/libx.a"]', files=files)
    phrases = ["it holds no linked file for `x86_64`", 'set `platform-tag = "auto"`']
    refused(python, archive, tmp_path, *phrases, config={"platform-tag": "manylinux_2_28"})


def test_a_demand_names_libraries_processors_and_the_other_c_library(python, tmp_path):
    project = demo(tmp_path / "project", modules=[], project=PURE, files={"demo/__init__.py": ""})
    native = project / "demo/libnative.so"
    config = {"platform-tag": "manylinux_2_28"}
    library(tmp_path, native, GLIBC, "libodd.so.1", "libpython3.11.so.1.0", words=["-Wl,-z,x86-64-v3"])
    phrases = [
        "`demo/libnative.so` needs `libodd.so.1`, which not every system has",
        "`demo/libnative.so` needs a processor of x86-64-v3",
        "link `libodd.so.1` statically",
        "or set `bundle = true`",
        "do not link libpython",
        "compile without `-march`",
    ]
    said = refused(python, project, tmp_path, *phrases, config=config)
    assert "which holds" not in said, said
    library(tmp_path, project / "demo/libodd.so.1", GLIBC)
    phrases = ["needs `libodd.so.1`, which the wheel holds as `demo/libodd.so.1`", "-rpath"]
    refused(python, project, tmp_path, *phrases, config=config)
    library(tmp_path, native, "libc.musl-x86_64.so.1")
    (project / "demo/libodd.so.1").unlink()
    refused(python, project, tmp_path, "its files are linked with musl", config=config)
    library(tmp_path, native, "libc.so.6:f@GLIBC_2.41", *(f"libodd{number}.so.1" for number in range(10)))
    said = refused(python, project, tmp_path, "and 3 more", config=config)
    assert said.count("which not every system has") == 8, said


def test_frontends_hand_out_a_wheel_that_installs(python, tmp_path):
    project = demo(tmp_path / "project", settings='platform-tag = "auto"', files=COPY)
    out = tmp_path / "out"
    done = run(frontends(python, project, out)["build --no-isolation"], tmp_path)
    assert done.code == 0, done.output
    (wheel,) = out.glob("*.whl")
    assert platforms(wheel) == names("manylinux_2_17")
    site = Site(tmp_path / "site")
    site.pip("install", "--no-deps", wheel)
    assert "demo-1.0" in site.says("import importlib.metadata as m; print('demo-' + m.version('demo'))")

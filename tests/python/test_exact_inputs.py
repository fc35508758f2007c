"""A compile or a link is skipped only if nothing that it read or looked for changed: each row changes something, and
what is built in place is what a clean build makes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from building import build
from projects import make_project
from test_incremental import steps

COMPILED = {"Compiled demo._m", "Linked demo/_m"}
LINKED = {"Linked demo/_m"}


@pytest.fixture
def built(python, tmp_path) -> Callable[..., set[str]]:
    """Builds a project and returns the steps that ran."""

    def built(tree: Path, env: dict[str, str] | None = None) -> set[str]:
        return steps(build(python, tree, tmp_path / "out", env)[1])

    return built


@pytest.fixture
def place(python, tmp_path) -> Callable[..., set[str]]:
    """The same, and compares with a clean build in the same folder."""

    def place(tree: Path, env: dict[str, str] | None = None) -> set[str]:
        wheel, output = build(python, tree, tmp_path / "out", env)
        shutil.rmtree(tree / "build")
        clean, _ = build(python, tree, tmp_path / "clean-out", env)
        assert wheel.read_bytes() == clean.read_bytes(), "not the wheel of a clean build"
        return steps(output)

    return place


def project(folder: Path, source: str, more: str = "", files: dict[str, str] | None = None) -> Path:
    builder = (
        "from cffi import FFI\n\nffi = FFI()\nffi.cdef('int f(void);')\n"
        f"ffi.set_source('demo._m', {source!r}{more and ', '}{more})\n"
    )
    return make_project(
        folder, {"demo/__init__.py": "", "builder.py": builder, **(files or {})}, modules=["builder.py:ffi"]
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# Where folders are named (`{tree}`, `{out}`: outside of the project), and the header that newly comes first.
HEADERS = {
    "-I": ("extra_compile_args=['-Ifirst', '-I', 'second']", {}, "first/x.h"),
    "-isystem": ("extra_compile_args=['-isystem', 'first', '-isystemsecond']", {}, "first/x.h"),
    "-iquote": ("extra_compile_args=['-iquote', 'first', '-Isecond']", {}, "first/x.h"),
    "-idirafter": ("extra_compile_args=['-isystem', 'first', '-idirafter', 'second']", {}, "first/x.h"),
    "-include": ("extra_compile_args=['-Isecond', '-include', 'x.h']", {}, "x.h"),
    "-imacros": ("extra_compile_args=['-Isecond', '-imacros', 'x.h']", {}, "x.h"),
    "-Wp": ("extra_compile_args=['-Wp,-I,first', '-Isecond']", {}, "first/x.h"),
    "CFLAGS": ("", {"CFLAGS": "-Ifirst -Isecond"}, "first/x.h"),
    "CPPFLAGS": ("", {"CPPFLAGS": "-Ifirst -isystem second"}, "first/x.h"),
    "CC": ("", {"CC": "gcc -Ifirst -Isecond"}, "first/x.h"),
    "CPATH": ("", {"CPATH": "{tree}/first:second"}, "first/x.h"),
    "C_INCLUDE_PATH": ("", {"C_INCLUDE_PATH": "{out}/first:second"}, "{out}/first/x.h"),
    "outside": ("include_dirs=['{out}/first', 'second']", {}, "{out}/first/x.h"),
    "a file of words": ("extra_compile_args=['@words']", {}, "first/x.h"),
}


@pytest.mark.parametrize("name", [*HEADERS])
@pytest.mark.skipif(os.name == "nt", reason="words of GCC")
def test_a_header_that_newly_comes_first(name, built, place, tmp_path):
    more, env, header = HEADERS[name]
    is_included = name in ("-include", "-imacros")
    source = f"{'' if is_included else '#include <x.h>'}\nint f(void) {{ return V; }}"
    source = source.replace("<x.h>", '"x.h"') if name == "-iquote" else source
    places = {"tree": tmp_path / "tree", "out": tmp_path / "elsewhere"}
    files = {"second/x.h": "#define V 1\n", "words": "-Ifirst -Isecond\n", "first/other.h": ""}
    tree = project(places["tree"], source, more.format(**places), files)
    env = {key: value.format(**places) for key, value in env.items()}
    assert built(tree, env) >= COMPILED
    write(tree / header.format(**places), "#undef V\n#define V 2\n")
    assert place(tree, env) >= {"Compiled demo._m"}


SEARCHED = {
    "a folder beside the source": ('#include "lib/x.h"', "sub/lib/x.h", "#define V 2"),
    "a name without a suffix": ("#include <config>", "first/config", "#define V 2"),
    "a name that is no header's": ("#include <x.def>", "first/x.def", "#define V 2"),
    "a question for a header": (
        "#if __has_include(<new.h>)\n#define V 2\n#else\n#define V 1\n#endif",
        "second/new.h",
        "",
    ),
    "a question for a header in quotes": (
        '#if defined(__has_include) && __has_include("a/new.h")\n#define V 2\n#else\n#define V 1\n#endif',
        "sub/a/new.h",
        "",
    ),
    "a question in a header": ("#include <asks.h>", "first/new.h", ""),
}


@pytest.mark.parametrize("name", [*SEARCHED])
def test_a_name_that_was_looked_for_in_vain(name, built, place, tmp_path):
    asked, path, text = SEARCHED[name]
    files = {"second/lib/x.h": "#define V 1\n", "second/config": "#define V 1\n", "second/x.def": "#define V 1\n"}
    files["second/asks.h"] = "#if __has_include(<new.h>)\n#define V 2\n#else\n#define V 1\n#endif\n"
    files["first/other.h"] = ""
    files["sub/v.c"] = f"{asked}\nint v(void) {{ return V; }}\n"
    more = "sources=['sub/v.c'], include_dirs=['first', 'second']"
    tree = project(tmp_path / "tree", "int v(void); int f(void) { return v(); }", more, files)
    built(tree)
    assert built(tree) == set()
    write(tree / path, text + "\n")
    assert place(tree) == {"Compiled sub/v.c", "Linked demo/_m"}


ASSEMBLED = {
    "in C": ("own.c", '__asm__(".data\\n.global d\\nd: .incbin \\"c/d.txt\\"\\n.byte 0\\n.text\\n");\n', 1),
    "in a header": ("own.c", '#include "c/d.h"\n', 1),
    "by assembly that is preprocessed": ("own.S", '.data\n.global d\nd: .incbin "c/d.txt"\n.byte 0\n', 1),
    "by plain assembly in another folder": ("own.s", '.data\n.global d\nd: .incbin "d.txt"\n.byte 0\n', 1),
    "by an include of assembly": ("own.S", '.include "c/d.inc"\n', 1),
    "under a computed name": (
        "own.c",
        '#define N "c/d.txt"\n__asm__(".data\\n.global d\\nd: .incbin \\"" N "\\"\\n.text");\n',
        2,
    ),
}


@pytest.mark.parametrize("name", [*ASSEMBLED])
@pytest.mark.skipif(os.name == "nt", reason="GNU assembly")
def test_a_file_that_an_assembler_reads(name, built, place, tmp_path):
    file, text, known = ASSEMBLED[name]
    inline = '__asm__(".data\\n.global d\\nd: .incbin \\"c/d.txt\\"\\n.byte 0\\n.text\\n");\n'
    files = {
        file: text,
        "c/d.txt": "one",
        "c/d.h": inline,
        "c/d.inc": '.data\n.global d\nd: .incbin "c/d.txt"\n.byte 0\n',
    }
    more = f"sources=[{file!r}], extra_compile_args=['-Ic']"
    tree = project(tmp_path / "tree", "extern char d[]; int f(void) { return d[0]; }", more, files)
    built(tree)
    assert built(tree) == (set() if known == 1 else {f"Compiled {file}"})
    (tree / "c/d.txt").write_text("two")
    assert place(tree) == {f"Compiled {file}", "Linked demo/_m"}


NAMED = {
    "specs": ("['-specs={tree}/own.specs']", "own.specs", "*cpp:\n-DV=1\n", "*cpp:\n-DV=2\n"),
    "words": ("['@own.words']", "own.words", "-DV=1", "-DV=2"),
    "words in words": ("['@outer']", "own.words", "-DV=1", "-DV=2"),
}


@pytest.mark.parametrize("name", [*NAMED])
@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_a_file_that_a_word_names(name, built, place, tmp_path):
    words, file, before, after = NAMED[name]
    tree = tmp_path / "tree"
    more = f"extra_compile_args={words.format(tree=tree)}"
    project(tree, "int f(void) { return V; }", more, {file: before, "outer": "@own.words"})
    built(tree, {"CC": "gcc"})
    (tree / file).write_text(after)
    assert place(tree, {"CC": "gcc"}) == COMPILED


def program(path: Path, text: str) -> None:
    write(path, f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


PROGRAMS = {
    "a compiler": ("gcc", 'exec /usr/bin/gcc "$@"', {}),
    "an assembler": ("as", 'exec /usr/bin/as "$@"', {}),
    "an assembler of COMPILER_PATH": ("as", 'exec /usr/bin/as "$@"', {"COMPILER_PATH": "{bin}", "PATH": ""}),
    "a linker": ("ld", 'exec /usr/bin/ld "$@"', {}),
    "a linker of -B": ("ld", 'exec /usr/bin/ld "$@"', {"LDFLAGS": "-B{bin}", "PATH": ""}),
    "a linker by name": ("ld.gold", 'exec /usr/bin/ld.bfd "$@"', {"LDFLAGS": "-fuse-ld=gold"}),
}


@pytest.mark.parametrize("name", [*PROGRAMS])
@pytest.mark.skipif(not Path("/usr/bin/gcc").is_file(), reason="needs gcc in /usr/bin")
def test_a_program_that_newly_comes_first(name, built, tmp_path):
    called, text, env = PROGRAMS[name]
    folder = tmp_path / "bin"
    folder.mkdir()
    path = os.environ["PATH"]
    env = {"PATH": f"{folder}:{path}", "CC": "gcc", **{key: value.format(bin=folder) for key, value in env.items()}}
    env["PATH"] = env["PATH"] or path
    tree = project(tmp_path / "tree", "int f(void) { return 1; }")
    built(tree, env)
    program(folder / called, text)
    ran = built(tree, env)
    assert ran and ran <= {"Compiled demo._m", "Linked demo/_m"}
    assert built(tree, env) == set()
    program(folder / called, f"# another\n{text}")
    assert built(tree, env) == ran


def test_a_compiler_without_dep_files_builds_and_runs_each_time(python, tmp_path):
    """It refuses GCC's words as tcc does."""
    compiler = tmp_path / "plain-cc"
    refuse = 'for word; do case "$word" in -M*) echo "error: invalid option -- $word"; exit 1;; esac; done'
    program(compiler, f'{refuse}\nexec cc "$@"')
    tree = project(
        tmp_path / "tree", '#include "x.h"\nint f(void) { return V; }', "include_dirs=['.']", {"x.h": "#define V 1\n"}
    )
    env = {"CC": str(compiler)}
    for _ in range(2):
        _, output = build(python, tree, tmp_path / "out", env)
        assert steps(output) >= {"Compiled demo._m"}
    assert "invalid option" not in output


LIBRARIES = {
    "a path": ("['lib/libg.a']", {}),
    "a file of -l": ("['-Llib', '-l:libg.a']", {}),
    "two words": ("['-L', 'lib', '-l', 'own']", {}),
    "words for the linker": ("['-Llib', '-Wl,--whole-archive,-lown,--no-whole-archive']", {}),
    "LIBRARY_PATH": ("['-lown']", {"LIBRARY_PATH": "{tree}/lib"}),
    "a script that is a library": ("['-Llib', '-lscript']", {}),
    "a member of a thin archive": ("['lib/libthin.a']", {}),
    "a folder with a space and a comma": ("['a folder,/libg.a']", {}),
    "a file of words": ("['@lib/words']", {}),
}
LINKERS = ["bfd", "gold", "lld", "mold", "that tells nothing"]
# Each spelling with two linkers, and what linkers differ in with all of them.
LINKS = [
    (name, linker)
    for name in LIBRARIES
    for linker in LINKERS
    if linker in ("bfd", "that tells nothing") or "script" in name or "thin" in name or "folder" in name
]


def archives(tree: Path, value: int) -> None:
    commands = [
        "cc -fPIC -c g.c -o g.o",
        "rm -f libg.a libthin.a libown.a real.a '../a folder,/libg.a'",
        "ar rcs libg.a g.o",
        "ar rcsT libthin.a g.o",
        "cp libg.a libown.a; cp libg.a real.a; cp libg.a '../a folder,/libg.a'",
    ]
    write(tree / "a folder," / "x", "")
    write(tree / "lib/libscript.so", "INPUT(real.a)\n")
    write(tree / "lib/words", "lib/libg.a\n")
    write(tree / "lib/g.c", f"int f(void) {{ return {value}; }}\n")
    subprocess.run("\n".join(commands), cwd=tree / "lib", shell=True, check=True)


@pytest.mark.parametrize(("name", "linker"), LINKS)
@pytest.mark.skipif(not Path("/usr/bin/ld").is_file(), reason="needs GNU binutils")
def test_a_library_that_is_made_anew(name, linker, built, place, tmp_path):
    args, env = LIBRARIES[name]
    tree = project(tmp_path / "tree", "int f(void);", f"extra_link_args={args}")
    env = {key: value.format(tree=tree) for key, value in env.items()}
    if linker == "that tells nothing":
        refuse = 'for word; do case "$word" in --dep*) echo "$word: unknown option"; exit 1;; esac; done'
        program(tmp_path / "bin/ld", f'{refuse}\nexec /usr/bin/ld "$@"')
        env["PATH"] = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    elif shutil.which(f"ld.{linker}") is None:
        pytest.skip(f"needs ld.{linker}")
    else:
        env["LDFLAGS"] = f"-fuse-ld={linker}"
    archives(tree, 1)
    built(tree, env)
    is_known = linker != "that tells nothing" or name not in (
        "a script that is a library",
        "a member of a thin archive",
    )
    assert built(tree, env) == (set() if is_known else LINKED)
    archives(tree, 2)
    assert place(tree, env) == LINKED


def test_a_library_that_newly_comes_first(built, place, tmp_path):
    tree = project(tmp_path / "tree", "int f(void);", "libraries=['own'], library_dirs=['first', 'lib']")
    archives(tree, 1)
    built(tree)
    (tree / "first").mkdir()
    shutil.copy(tree / "lib/libown.a", tree / "first/libown.a")
    assert built(tree) == LINKED
    shutil.rmtree(tree / "first")
    assert place(tree) == LINKED


def shared_library(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text(text)
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", path, f"-Wl,-soname,{path.name}"], check=True)


def test_the_link_check_sees_what_it_looked_for(python, tmp_path):
    """A clean build would refuse: so does one that has all its steps."""
    tree = project(
        tmp_path / "tree", "int g(void); int f(void) { return g(); }", "libraries=['g'], library_dirs=['lib']"
    )
    there, outside = tree / "lib/libg.so", tmp_path / "outside/libg.so"
    shared_library(there, "int g(void) { return 1; }\n")
    shared_library(outside, "int g(void) { return 1; }\n")
    env = {"LD_LIBRARY_PATH": str(outside.parent)}
    only_linker = "which only the linker was told to look for"
    _, said = build(python, tree, tmp_path / "out", env)
    assert only_linker not in said
    _, said = build(python, tree, tmp_path / "out", {"LD_LIBRARY_PATH": ""})
    assert only_linker in said
    _, said = build(python, tree, tmp_path / "out", env)
    assert only_linker not in said
    outside.unlink()
    _, said = build(python, tree, tmp_path / "out", env)
    assert only_linker in said
    shared_library(outside, "int other(void) { return 1; }\n")
    with pytest.raises(AssertionError, match="defines `g`"):
        build(python, tree, tmp_path / "out", env)


FINISHED = {
    "nothing said": ("", {}, False, {"PyInit__m"}),
    "kept by the setting": ("", {"strip": "false"}, True, {"PyInit__m"}),
    "a debug build": ("", {"profile": "debug"}, True, {"PyInit__m"}),
    "everything of an archive": ("-Wl,--whole-archive", {}, False, {"PyInit__m", "f", "inner"}),
    "a list of exports": ("-Wl,--version-script=exports.map", {}, False, {"PyInit__m", "f"}),
}


@pytest.mark.parametrize("name", [*FINISHED])
@pytest.mark.skipif(shutil.which("readelf") is None, reason="needs readelf")
def test_what_a_link_leaves_out(name, python, tmp_path):
    word, config, has_debug, exported = FINISHED[name]
    tree = tmp_path / "tree"
    args = [*word.split(), "lib/libg.a", *(["-Wl,--no-whole-archive"] if "whole" in word else [])]
    exports = "{ global: PyInit__m; f; local: *; };\n"
    project(tree, "int f(void);", f"extra_link_args={args}", {"exports.map": exports})
    write(tree / "lib/g.c", "int inner(void) { return 1; }\nint f(void) { return inner(); }\n")
    subprocess.run("cc -g -fPIC -c g.c -o g.o && ar rcs libg.a g.o", cwd=tree / "lib", shell=True, check=True)
    wheel, _ = build(python, tree, tmp_path / "out", {"CC": "gcc"}, config)
    with zipfile.ZipFile(wheel) as archive:
        module = next(entry for entry in archive.namelist() if entry.endswith(".so"))
        (tmp_path / "m.so").write_bytes(archive.read(module))
    tell = ["readelf", "--wide", "--sections", "--dyn-syms", "m.so"]
    said = subprocess.run(tell, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert (".debug_info" in said) == has_debug
    defined = re.findall(r"(?:FUNC|OBJECT) +GLOBAL +DEFAULT +\d+ (\w+)", said)
    assert {symbol for symbol in defined if symbol in ("PyInit__m", "f", "inner")} == exported

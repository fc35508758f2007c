"""CFFI modules that pyproject.toml declares: as those of builders, byte for byte, and from headers alone."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from building import build, call_hook, names_in, run, tag_of, try_wheel
from projects import make_project
from refusals import refused
from servers import need
from sites import Site

GLUE = '#include "answer.h"\nstatic int twice(int x) { return ANSWER * x; }\n'
TREE = {
    "demo/__init__.py": "",
    "decl/one.h": "int twice(int);\n",
    "decl/two.h": "struct pair { char a; int b; };\n#define ANSWER ...\nint helper(void);\n",
    "c/glue.c": GLUE,
    "c/answer.h": "#define ANSWER 2\nint helper(void);\nstruct pair { char a; int b; };\n",
    "c/src/helper.c": "int helper(void) { return LEVEL; }\n",
}

# A name -> what a table says, and what a builder script says for the same.
SAME = {
    "files, globs and macros": (
        'cdef = ["decl/one.h", "decl/two.h"]\nsource-file = "c/glue.c"\nsources = ["c/src/*.c"]\n'
        'include-dirs = ["c"]\ndefine-macros = ["LEVEL=7", "EMPTY"]\nundef-macros = ["NOTHING"]\n'
        'extra-compile-args = ["-O1"]\nlibraries = ["m"]\ndepends = ["c/*.h"]\n',
        "ffi.cdef(open('decl/one.h').read())\nffi.cdef(open('decl/two.h').read())\n"
        "ffi.set_source('demo._demo', open('c/glue.c').read(), sources=['c/src/helper.c'], include_dirs=['c'],"
        " define_macros=[('LEVEL', '7'), ('EMPTY', None)], undef_macros=['NOTHING'], extra_compile_args=['-O1'],"
        " libraries=['m'], depends=['c/answer.h'])",
    ),
    "texts": (
        "cdef = 'int f(int);'\nsource = 'int f(int x) { return x; }'\n",
        "ffi.cdef('int f(int);')\nffi.set_source('demo._demo', 'int f(int x) { return x; }')",
    ),
    "ABI mode": (
        "cdef = '''\nint abs(int);\nenum { ONE = 1 };\n'''\n",
        "ffi.cdef('''int abs(int);\nenum { ONE = 1 };\n''')\nffi.set_source('demo._demo', None)",
    ),
    "C++": (
        "cdef = 'int f(int);'\nsource-extension = '.cpp'\nsource = '''#include <vector>\n"
        "static int f(int x) { return (int)std::vector<int>(x).size(); }'''\n",
        "ffi.cdef('int f(int);')\nffi.set_source('demo._demo', '''#include <vector>\n"
        "static int f(int x) { return (int)std::vector<int>(x).size(); }''', source_extension='.cpp')",
    ),
    "one version of Python": (
        "cdef = 'int f(void);'\nsource = 'int f(void) { return 1; }'\npy-limited-api = false\n",
        "ffi.cdef('int f(void);')\nffi.set_source('demo._demo', 'int f(void) { return 1; }', py_limited_api=False)",
    ),
    "packed": (
        "cdef = 'struct s { char a; int b; };'\npacked = true\n"
        "source = 'struct __attribute__((packed)) s { char a; int b; };'\n",
        "ffi.cdef('struct s { char a; int b; };', packed=True)\n"
        "ffi.set_source('demo._demo', 'struct __attribute__((packed)) s { char a; int b; };')",
    ),
    "a bare name": (
        "cdef = 'int f(void);'\nsource = 'int f(void) { return 1; }'\n",
        "ffi.cdef('int f(void);')\nffi.set_source('_demo', 'int f(void) { return 1; }')",
    ),
}


def declared(folder: Path, table: str, files: dict[str, str] | None = None, **changes: object) -> Path:
    """A project with one declared module, `demo._demo` if the table has no other name."""
    name = "" if "name = " in table else 'name = "demo._demo"\n'
    more = f"[[tool.officina.modules]]\n{name}{table}"
    files = {"demo/__init__.py": "", **(files or {})}
    return make_project(folder, files, more=changes.pop("more", "") + more, **changes)


@pytest.mark.parametrize("name", SAME)
def test_a_table_makes_what_a_builder_makes(python, tmp_path, name):
    table, script = SAME[name]
    bare = name == "a bare name"
    settings = 'ext-package = "demo"\n' if bare else ""
    table = ('name = "_demo"\n' if bare else "") + table
    one = declared(tmp_path / "one", table, TREE, settings=settings)
    builder = f"from cffi import FFI\nffi = FFI()\n{script}\n"
    two = make_project(
        tmp_path / "two",
        {**TREE, "make.py": builder},
        modules=["make.py:ffi"],
        settings=f'{settings}packages = ["demo"]',
    )
    wheels = [build(python, project, tmp_path / f"out-{project.name}")[0] for project in (one, two)]
    assert wheels[0].name == wheels[1].name
    contents = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            contents.append({name: archive.read(name) for name in archive.namelist()})
    assert contents[0] == contents[1]
    generated = [sorted(project.glob("build/officina/*/*/generated/*")) for project in (one, two)]
    assert generated[0]
    assert [path.name for path in generated[0]] == [path.name for path in generated[1]]
    for one_file, other in zip(*generated):
        if one_file.suffix == ".checks":  # it names the files that hold the cdef
            found = [dict(json.loads(path.read_bytes()), files=None) for path in (one_file, other)]
            assert found[0] == found[1]
        else:
            assert one_file.read_bytes() == other.read_bytes()


HEADER = """\
#ifndef MINI_H
#define MINI_H
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include "detail.h"
#ifdef __cplusplus
extern "C" {
#endif
#define MINI_VERSION 0x0102
#define MINI_NAME "mini"
#define MINI_FLAGS (MINI_A | MINI_B | DETAIL)
#define MINI_MAX(a, b) ((a) > (b) ? (a) : (b))
#define MINI_LIMIT MINI_MAX(3, 4)
enum mini_flag { MINI_A = 1 << 0, MINI_B = 1 << 1 };
typedef struct mini mini;
typedef struct mini_point { int32_t x, y; uint8_t tag[2 * 4]; } mini_point;
mini *mini_open(const char *name) __attribute__((nonnull));
void mini_close(mini *db);
extern int mini_count __attribute__((visibility("default")));
static inline int mini_sum(mini_point p) { if (p.x) { return p.x + p.y; } return p.y; }
time_t mini_when(struct tm *tm);
int mini_log(mini *db, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mini_write(FILE *to, detail_t *detail);
typedef int (*mini_each)(void *context, const mini_point *points, size_t count);
int mini_walk(mini *db, mini_each each, void *context);
#ifdef __cplusplus
}
#endif
#endif
"""
MINI = {
    "include/mini.h": HEADER,
    "include/detail.h": "#define DETAIL 4\ntypedef struct { int inner; } detail_t;\nvoid detail_only(void);\n",
    "c/mini.c": '#include "mini.h"\n#include <stdlib.h>\n'
    "struct mini { int open; };\nint mini_count = 1;\n"
    "mini *mini_open(const char *name) { mini *m = malloc(sizeof *m); m->open = name != 0; mini_count++; return m; }\n"
    "void mini_close(mini *db) { free(db); }\n"
    "time_t mini_when(struct tm *tm) { return tm ? 5 : 6; }\n"
    "int mini_log(mini *db, const char *format, ...) { return db->open; }\n"
    "void mini_write(FILE *to, detail_t *detail) { detail->inner = 3; }\n"
    "int mini_walk(mini *db, mini_each each, void *c) { mini_point p = { 1, 2, { 0 } }; return each(c, &p, 1); }\n",
}
FROM_HEADER = 'cdef-from = ["include/mini.h"]\nsources = ["c/*.c"]\n'
USE = """\
from demo._demo import ffi, lib
m = lib.mini_open(b"x")
point = ffi.new("mini_point *", {"x": 3, "y": 4})
detail = ffi.new("detail_t *")
lib.mini_write(ffi.NULL, detail)

@ffi.callback("mini_each")
def each(context, points, count):
    return points[0].x + points[0].y * 10

print(lib.MINI_VERSION, lib.MINI_FLAGS, lib.MINI_LIMIT, lib.MINI_B, hasattr(lib, "MINI_NAME"), hasattr(lib, "DETAIL"))
print(lib.mini_sum(point[0]), lib.mini_count, lib.mini_when(ffi.NULL), ffi.sizeof("mini_point"), len(point.tag))
print(lib.mini_log(m, b"%d", ffi.cast("int", 1)), lib.mini_walk(m, each, ffi.NULL), hasattr(lib, "detail_only"))
lib.mini_close(m)
"""
SAYS = "258 7 4 2 False False\n7 2 6 16 8\n1 21 False\n"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_header_is_enough(python, tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"needs {compiler}")
    project = declared(tmp_path / "project", FROM_HEADER, MINI)
    wheel, _ = build(python, project, tmp_path / "out", {"CC": compiler})
    assert try_wheel(python, wheel, tmp_path, USE) == SAYS


def test_a_header_is_enough_for_a_library_that_is_opened(python, tmp_path):
    project = declared(tmp_path / "project", 'cdef-from = ["<zlib.h>"]\nonly = ["crc32", "Z_*"]\nabi-mode = true\n')
    if not Path("/usr/include/zlib.h").exists():
        pytest.skip("needs zlib.h")
    wheel, _ = build(python, project, tmp_path / "out")
    assert wheel.name.endswith("py3-none-any.whl")
    use = (
        "from demo._demo import ffi; z = ffi.dlopen('libz.so.1'); print(z.crc32(0, b'abc', 3), z.Z_DEFAULT_COMPRESSION)"
    )
    assert try_wheel(python, wheel, tmp_path, use) == "891568578 -1\n"


# A header -> what its table says besides, and Python that calls it.
REAL = {
    "sqlite3.h": (
        'libraries = ["sqlite3"]\nonly = ["sqlite3_libversion_number", "SQLITE_VERSION_NUMBER", "sqlite3_[ec]*",'
        ' "sqlite3_open"]\nexcept = ["sqlite3_exp*", "sqlite3_column_*_*"]\n',
        "db = ffi.new('sqlite3 **'); assert lib.sqlite3_open(b':memory:', db) == 0;"
        "print(lib.sqlite3_libversion_number() == lib.SQLITE_VERSION_NUMBER,"
        " lib.sqlite3_exec(db[0], b'create table t(x)', ffi.NULL, ffi.NULL, ffi.NULL), lib.sqlite3_close(db[0]))",
        "True 0 0\n",
    ),
    "zlib.h": (
        'libraries = ["z"]\n',
        "print(lib.crc32(0, b'abc', 3), lib.Z_BEST_COMPRESSION, ffi.new('z_stream *').avail_in)",
        "891568578 9 0\n",
    ),
    "git2.h": (
        'cdef-from = ["<git2.h>", "<git2/*.h>"]\npkg-config = ["libgit2 >= 0.20"]\n'
        'only = ["git_libgit2_*", "git_repository_init", "git_repository_path", "GIT_OID_HEXSZ"]\n',
        "import tempfile; lib.git_libgit2_init(); r = ffi.new('git_repository **');"
        "print(lib.git_repository_init(r, tempfile.mkdtemp().encode(), 0), lib.GIT_OID_HEXSZ,"
        " ffi.string(lib.git_repository_path(r[0]))[-6:])",
        "0 40 b'/.git/'\n",
    ),
    "sodium.h": (
        'cdef-from = ["<sodium.h>", "<sodium/*.h>"]\npkg-config = ["libsodium"]\nexcept = ["_*"]\n',
        "print(lib.sodium_init(), lib.crypto_secretbox_KEYBYTES,"
        " lib.crypto_box_MESSAGEBYTES_MAX == lib.crypto_box_messagebytes_max())",
        "0 32 True\n",
    ),
    "lz4.h": (
        'libraries = ["lz4"]\nonly = ["LZ4_compressBound", "LZ4_versionNumber", "LZ4_VERSION_NUMBER"]\n',
        "print(lib.LZ4_versionNumber() == lib.LZ4_VERSION_NUMBER, lib.LZ4_compressBound(100))",
        "True 116\n",
    ),
}


@pytest.mark.parametrize("header", REAL)
def test_real_headers(python, tmp_path, header):
    if not Path("/usr/include", header).exists():
        pytest.skip(f"needs {header}")
    table, use, says = REAL[header]
    if "cdef-from" not in table:
        table = f'cdef-from = ["<{header}>"]\n{table}'
    # The glue of hundreds of functions takes a while at the level of a release.
    project = declared(tmp_path / "project", table)
    wheel, _ = build(python, project, tmp_path / "out", {"CFLAGS": "-O0 -w -fPIC"})
    assert try_wheel(python, wheel, tmp_path, f"from demo._demo import ffi, lib; {use}") == says


def test_what_cbindgen_writes_is_read(python, tmp_path):
    # As cbindgen 0.29 writes it with `sys_includes`, `enum` and a constant.
    header = (
        "/* Generated with cbindgen:0.29.0 */\n#include <stdarg.h>\n#include <stdbool.h>\n#include <stdint.h>\n"
        "#include <stdlib.h>\n\n#define WORDS_MAX 64\n\nenum WordKind\n#if __STDC_VERSION__ >= 202311L\n : uint8_t\n"
        "#endif\n{\n  Plain,\n  Upper,\n};\n#if __STDC_VERSION__ < 202311L\ntypedef uint8_t WordKind;\n#endif\n\n"
        "typedef struct Words Words;\n\ntypedef struct Span {\n  uintptr_t start;\n  bool whole;\n} Span;\n\n"
        "struct Span words_first(const struct Words *words, WordKind kind);\n"
    )
    source = '#include "words.h"\nstruct Span words_first(const struct Words *words, WordKind kind)\n'
    source += "{ struct Span s = { kind + 40, true }; return s; }\n"
    project = declared(
        tmp_path / "project",
        'cdef-from = ["words.h"]\nsources = ["words.c"]\n',
        {"words.h": header, "words.c": source},
    )
    wheel, _ = build(python, project, tmp_path / "out")
    use = "from demo._demo import ffi, lib; print(lib.words_first(ffi.NULL, lib.Upper).start, lib.WORDS_MAX)"
    assert try_wheel(python, wheel, tmp_path, use) == "41 64\n"


def test_headers_are_read_with_the_flags_of_whoever_builds(python, tmp_path):
    files = {"other/words.h": "#if WORDS\nstatic inline int words(void) { return WORDS; }\n#endif\n"}
    settings = 'extra-compile-args = ["-Iother", "-DWORDS=4"]'
    project = declared(tmp_path / "project", 'cdef-from = ["<words.h>"]\n', files, settings=settings)
    wheel, _ = build(python, project, tmp_path / "out")
    assert try_wheel(python, wheel, tmp_path, "from demo._demo import lib; print(lib.words())") == "4\n"


def _ran(said: str) -> set[str]:
    verbs = ("Imported", "Generated", "Compiled", "Linked")
    lines = (line.strip() for line in said.splitlines())
    return {" ".join(line.split(" (")[0].split()) for line in lines if line.startswith(verbs)}


def test_what_is_edited_runs_again_and_nothing_else(python, tmp_path):
    more = "[[tool.officina.modules]]\nname = 'demo._other'\ncdef = ['decl.h']\nsource = '#define OTHER 1'\n"
    files = {**MINI, "decl.h": "#define OTHER ...\n"}
    project = declared(tmp_path / "project", FROM_HEADER, files, more=more)

    def again() -> set[str]:
        return _ran(build(python, project, tmp_path / "out")[1])

    def edit(name: str, old: str, new: str) -> None:
        path = project / name
        path.write_text(path.read_text().replace(old, new))

    imported, generated = "Imported headers of demo._demo", "Generated demo._demo"
    compiled = {"Compiled demo._demo: demo._demo.c", "Compiled demo._demo: c/mini.c"}
    assert {imported, generated, "Generated demo._other"} <= again()
    assert again() == set()
    edit("include/mini.h", "#define MINI_NAME", "#define MINI_MORE 9\n#define MINI_NAME")
    assert again() >= {imported, generated, *compiled}
    edit("include/detail.h", "DETAIL 4", "DETAIL 8")  # an include of the header: cffi is told the same
    ran = again()
    assert imported in ran and generated not in ran and compiled <= ran
    edit("decl.h", "OTHER ...", "OTHER 1")
    assert {"Generated demo._other"} <= again()
    edit("pyproject.toml", 'cdef-from = ["include/mini.h"]', 'cdef-from = ["include/mini.h"]\nexcept = ["mini_sum"]')
    assert {imported, generated} <= again()
    (project / "c/more.c").write_text("int more;\n")  # another file that the glob fits
    assert "Compiled demo._demo: c/more.c" in again()
    assert again() == set()


def test_commands_know_declared_modules(python, tmp_path):
    project = declared(tmp_path / "project", FROM_HEADER, MINI)
    command = [python.parent / "officina"]
    listed = run([*command, "list"], project)
    assert listed.code == 0, listed.output
    assert "demo._demo" in listed.stdout
    for name in ("include/mini.h", "include/detail.h", "c/mini.c"):
        assert name in listed.stdout
    shown = run([*command, "show", "--format", "json"], project)
    assert shown.code == 0, shown.output
    module = json.loads(shown.stdout)["modules"][0]
    assert (module["name"], module["builder"]) == ("demo._demo", "pyproject.toml")
    build(python, project, tmp_path / "out")
    header = project / "include/mini.h"
    header.write_text(header.read_text() + "\n")
    why = run([*command, "show", "--why"], project)
    assert why.code == 0, why.output
    assert "headers of demo._demo" in why.stdout and "`include/mini.h` changed" in why.stdout
    checked = run([*command, "check"], project)
    assert checked.code == 0, checked.output


def test_an_sdist_holds_what_modules_name(python, tmp_path):
    files = {**MINI, ".gitignore": "include/\nc/\ndecl/\nglue.c\n", "decl/x.h": "int z(void);\n", "glue.c": "int z;\n"}
    table = FROM_HEADER + 'cdef = ["decl/x.h"]\nsource-file = "glue.c"\ndepends = ["include/*.h"]\n'
    elsewhere = "if.platform = 'windows'\n"
    project = declared(tmp_path / "project", table + elsewhere, files)
    name = call_hook(python, project, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    with tarfile.open(tmp_path / name) as archive:
        names = {member.split("/", 1)[1] for member in archive.getnames() if "/" in member}
    assert {"include/mini.h", "include/detail.h", "c/mini.c", "decl/x.h", "glue.c"} <= names
    wheel, _ = build(python, project, tmp_path / "out")
    assert names_in(wheel) == ["demo/__init__.py"], "its `if` does not hold here"


def test_an_import_of_an_editable_install_sees_an_edited_header(tmp_path):
    project = declared(tmp_path / "project", FROM_HEADER, MINI, settings="editable.rebuild = true")
    site = Site(tmp_path / "site")
    site.uv("install", "-e", project)
    show = "from demo._demo import lib; print(lib.MINI_VERSION, hasattr(lib, 'mini_more'))"
    assert site.says(show) == "258 False"
    header, source = project / "include/mini.h", project / "c/more.c"
    header.write_text(
        header.read_text().replace("typedef struct mini mini;", "typedef struct mini mini;\nint mini_more(void);")
    )
    source.write_text("int mini_more(void) { return 1; }\n")
    assert site.says(show) == "258 True"


def test_one_python_serves_builders_and_tables(python, tmp_path):
    more = "".join(
        f"[[tool.officina.modules]]\nname = 'demo._m{n}'\ncdef = 'int f{n}(void);'\n"
        f"source = 'int f{n}(void) {{ return {n}; }}'\n"
        for n in range(4)
    )
    builder = "from cffi import FFI\nffi = FFI()\nffi.cdef('int g(void);')\n"
    builder += "ffi.set_source('demo._g', 'int g(void) { return 9; }')"
    project = make_project(
        tmp_path / "p", {"demo/__init__.py": "", "make.py": builder}, modules=["make.py:ffi"], more=more
    )
    wheel, said = build(python, project, tmp_path / "out", {"OFFICINA_VERBOSE": "1"})
    assert said.count("_fork_server.py") == (1 if os.name == "posix" else 0)
    use = "from demo import _g, _m0, _m3; print(_g.lib.g(), _m0.lib.f0(), _m3.lib.f3())"
    assert try_wheel(python, wheel, tmp_path, use) == "9 0 3\n"


def _pkg_config(folder: Path, text: str) -> dict[str, str]:
    """Variables that lead to a package `mini` of our own."""
    need("pkg-config")
    folder.mkdir()
    (folder / "mini.pc").write_text(f"Name: mini\nDescription: mini\nVersion: 1.5\n{text}")
    return {"PKG_CONFIG_PATH": str(folder)}


def test_pkg_config_says_what_it_says_to_builders(python, tmp_path):
    flags = f"Cflags: -I{tmp_path}/project/include -DLEVEL=3 -DBARE -fno-common\nLibs: -L/nowhere -lm -Wl,-O1\n"
    env = _pkg_config(tmp_path / "pc", flags)
    table = "cdef = 'int f(void);'\nsource = '#include <lev.h>'\npkg-config = ['mini >= 1.2']\n"
    project = declared(tmp_path / "project", table, {"include/lev.h": "static int f(void) { return LEVEL; }\n"})
    wheel, said = build(python, project, tmp_path / "out", {**env, "OFFICINA_VERBOSE": "1"})
    assert try_wheel(python, wheel, tmp_path, "from demo._demo import lib; print(lib.f())") == "3\n"
    for word in ("-DLEVEL=3", "-DBARE", "-fno-common", "-lm", "-L/nowhere", "-Wl,-O1"):
        assert word in said
    _, said = build(python, project, tmp_path / "out", env)
    assert _ran(said) == set()
    (tmp_path / "pc/mini.pc").write_text((tmp_path / "pc/mini.pc").read_text().replace("LEVEL=3", "LEVEL=4"))
    wheel, said = build(python, project, tmp_path / "out", env)
    assert try_wheel(python, wheel, tmp_path / "again", "from demo._demo import lib; print(lib.f())") == "4\n"


def test_the_variable_names_the_program(python, tmp_path):
    fake = tmp_path / "my-pkg-config"
    fake.write_text('#!/bin/sh\n[ "$1" = --static ] && echo "-DSTATIC=1"\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    table = "cdef = 'int f(void);'\nsource = 'static int f(void) { return STATIC; }'\npkg-config = ['x']\n"
    project = declared(tmp_path / "project", table)
    wheel, _ = build(python, project, tmp_path / "out", {"PKG_CONFIG": f"{fake} --static"})
    assert tag_of(wheel).startswith("cp39-abi3")


# What is wrong -> the table, files, and what the message must hold.
BAD = {
    "no name": ("[tool]", {}, ["`tool.officina.modules[0]` has no `name`", "hint: write the full name"]),
    "not a name": ("name = 'demo/_x.py'\ncdef = 'int f(void);'", {}, ["is not the name of a module", "`demo._x`"]),
    "no cdef": ("source = '#define X 1'", {}, ["the module `demo._demo` has no `cdef`", "hint: "]),
    "a typo": ("cdef-form = ['x.h']", {}, ["cdef-form", "did you mean `cdef-from`?"]),
    "a Python file": (
        "cdef = 'int f(void);'",
        {"demo/_demo.py": ""},
        ["collides with the source file `demo/_demo.py`", "hint: rename"],
    ),
    "a package": (
        "cdef = 'int f(void);'",
        {"demo/_demo/__init__.py": ""},
        ["collides with the source file `demo/_demo/__init__.py`"],
    ),
    "a missing cdef": (
        "cdef = ['decl/oen.h']",
        {"decl/one.h": ""},
        ["no file `decl/oen.h` for `cdef`", "did you mean `decl/one.h`?"],
    ),
    "a missing source": (
        "cdef = 'int f(void);'\nsource-file = 'glue.c'",
        {"c/glue.c": ""},
        ["no file `glue.c` for `source-file`", "did you mean `c/glue.c`?"],
    ),
    "a missing header": (
        "cdef-from = ['inc/mini.h']",
        MINI,
        ["no file `inc/mini.h` for `cdef-from`", "did you mean `include/mini.h`?"],
    ),
    "a folder": ("cdef = ['demo']", {}, ["no file `demo` for `cdef`", "it is a folder"]),
    "a glob without a file": (
        "cdef = 'int f(void);'\nsource = ''\nsources = ['csrc/*.c']",
        {},
        ["`csrc/*.c` in `sources` matches no file", "hint: "],
    ),
    "a missing file of sources": (
        "cdef = 'int f(void);'\nsource = ''\nsources = ['a.c']",
        {"b.c": ""},
        ["no file `a.c`, a source of `demo._demo`"],
    ),
    "C that cffi cannot read, in a file": (
        "cdef = ['one.h', 'two.h']\nsource = ''",
        {"one.h": "int a(void);\n", "two.h": "int b(void);\n\nint c(;\n"},
        ["cffi cannot read the declarations of `demo._demo`", "two.h:3:1"],
    ),
    "C that cffi cannot read, in a text": (
        "cdef = '''\nint a(void);\nint b[N];\n'''\nsource = ''",
        {},
        ["cffi cannot read the declarations", "int b[N];", "pyproject.toml:"],
    ),
    "two of one name": (
        "cdef = ['one.h', 'two.h']\nsource = ''",
        {"one.h": "int a(void);\n", "two.h": "\nlong a(void);\n"},
        ["multiple declarations", "two.h:2:1"],
    ),
    "a file that is not UTF-8": (
        "cdef = ['one.h']\nsource = ''",
        {"one.h": b"int a(void); /* \xff */\n"},
        ["`one.h` is not UTF-8"],
    ),
    "C that cffi cannot read, in a header": (
        "cdef-from = ['a.h']\n",
        {"a.h": "int a(void);\n#define N\n\nint b(__int128 x);\n"},
        ["cffi cannot read the declarations", "a.h:4", 'except = ["b"]'],
    ),
    "a type that nobody can pass, of a header": (
        "cdef-from = ['a.h']\n",
        {"a.h": '#include "wide.h"\n\nint g(void);\nwide_t f(wide_t);\n', "wide.h": "typedef __int128 wide_t;\n"},
        ["cffi cannot make the module `demo._demo`", "a.h:4", 'except = ["f"]'],
    ),
    "a struct that nobody knows, in ABI mode": (
        "cdef-from = ['a.h']\nabi-mode = true\n",
        {"a.h": '#include "o.h"\nstruct s {\n  o x;\n};\n', "o.h": "typedef struct { int a; } o;\n"},
        ["cffi cannot make the module `demo._demo`", "a.h:2", 'except = ["s"]'],
    ),
    "a header that is not there": (
        "cdef-from = ['<zlibb.h>']",
        {},
        ["preprocessing the headers of `demo._demo` failed", "zlibb.h", "pyproject.toml:"],
    ),
    "a header that only includes": (
        "cdef-from = ['all.h']",
        {"all.h": '#include "all/one.h"\n', "all/one.h": "int f(void);\n"},
        ["`all.h` declares nothing", "<all/*.h>"],
    ),
    "a pattern without a name": (
        "cdef-from = ['include/mini.h']\nonly = ['mini_opne']",
        MINI,
        ["`mini_opne` in `only` fits no name", "did you mean `mini_open`?"],
    ),
    "an exception without a name": (
        "cdef-from = ['include/mini.h']\nexcept = ['MINI_FLAG', 'mini_sum']",
        MINI,
        ["`MINI_FLAG` in `except`", "did you mean `MINI_FLAGS`?"],
    ),
    "headers that nothing includes": (
        "cdef-from = ['include/mini.h', '<git3/*.h>']",
        MINI,
        ["`<git3/*.h>` fits none of the headers"],
    ),
    "a function that nothing defines": (
        "cdef-from = ['f.h']",
        {"f.h": "int nowhere_1(void);\nint nowhere_2(void);\n"},
        ['leave them out: except = ["nowhere_1", "nowhere_2"]'],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tables_are_refused(python, tmp_path, name):
    table, files, phrases = BAD[name]
    more = "[[tool.officina.modules]]\ncdef = 'int f(void);'\n" if name == "no name" else None
    if more:
        project = make_project(tmp_path / "project", {"demo/__init__.py": ""}, more=more)
    else:
        project = declared(tmp_path / "project", f"{table}\n", files)
    refused(python, project, tmp_path, *phrases)


def test_names_are_made_once(python, tmp_path):
    table = "[[tool.officina.modules]]\nname = 'demo._demo'\ncdef = 'int f(void);'\n"
    files = {
        "demo/__init__.py": "",
        "make.py": "from cffi import FFI\nffi = FFI()\nffi.set_source('demo._demo', None)\n",
    }
    twice = make_project(tmp_path / "twice", files, more=table + table)
    refused(python, twice, tmp_path / "1", "the module `demo._demo` is declared twice", "hint: ")
    both = make_project(tmp_path / "both", files, modules=["make.py:ffi"], more=table)
    refused(
        python, both, tmp_path / "2", "two entries make the module `demo._demo`", "make.py:ffi", "tool.officina.modules"
    )
    bare = table.replace("demo._demo", "_demo")
    packaged = make_project(tmp_path / "packaged", files, settings='ext-package = "demo"', more=table + bare)
    refused(python, packaged, tmp_path / "3", "the module `demo._demo` is declared twice")
    parted = table + "if.platform = 'windows'\n" + table + "if.platform = ['linux', 'macos']\n"
    build(python, make_project(tmp_path / "parted", files, more=parted), tmp_path / "out")


def test_packages_that_pkg_config_has_not(python, tmp_path):
    env = _pkg_config(tmp_path / "pc", "")
    for number, (package, phrase) in enumerate(
        [("mini >= 2", "does not know `mini >= 2`"), ("mini>=1.6", "1.5"), ("minni", "does not know `minni`")]
    ):
        table = f"cdef = 'int f(void);'\nsource = ''\npkg-config = ['{package}']\n"
        project = declared(tmp_path / str(number), table)
        refused(python, project, tmp_path / f"s{number}", phrase, "pyproject.toml:", env=env)
    table = "cdef = 'int f(void);'\nsource = ''\npkg-config = ['mini']\n"
    project = declared(tmp_path / "none", table)
    refused(python, project, tmp_path / "s", "hint: ", env={"PKG_CONFIG": "/nowhere/pkg-config"})


def test_an_optional_module_is_left_out(python, tmp_path):
    tables = [
        "cdef-from = ['<zlibb.h>']\n",
        "cdef = 'int f(void);'\nsource = '#include <zlibb.h>'\n",
        "cdef = 'int f(void);'\nsource = ''\npkg-config = ['zlibb >= 9']\n",
    ]
    for number, table in enumerate(tables):
        project = declared(tmp_path / str(number), f"{table}optional = true\n")
        wheel, said = build(python, project, tmp_path / f"out{number}")
        assert names_in(wheel) == ["demo/__init__.py"]
        assert "`demo._demo` is optional and left out" in said


def test_a_step_makes_what_a_module_names(python, tmp_path):
    make = "import pathlib, sys; o = pathlib.Path(sys.argv[1]); (o / 'inc').mkdir(parents=True, exist_ok=True); "
    make += "(o / 'inc/gen.h').write_text('static inline int made(void) { return 7; }'); "
    make += "pathlib.Path(sys.argv[2], 'demo.cdef').write_text('int two(void);')"
    step = f"""\
[[tool.officina.steps]]
name = "gen"
commands = [["{{python}}", "-c", {json.dumps(make)}, "{{build}}", "{{root}}"]]
outputs = ["demo.cdef"]
provides.include-dirs = ["inc"]
"""
    table = "cdef-from = ['<gen.h>']\ncdef = ['demo.cdef']\n"
    table += "source = '#include <gen.h>\\nint two(void) { return 2; }'\n".replace("'", '"')
    project = declared(tmp_path / "project", table, more=step)
    wheel, _ = build(python, project, tmp_path / "out")
    use = "from demo._demo import lib; print(lib.made() + lib.two())"
    assert try_wheel(python, wheel, tmp_path, use) == "9\n"

"""Type stubs: both checkers, strict, and C itself as oracles of the same tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from building import Outcome, build, names_in, run, unpack
from checkers import CHECKERS
from projects import ADD, demo, make_project, snapshot
from sites import Site
from typed_project import BUILDER, CODE

HEAD = """\
# pyright: reportUnusedImport=false
from fractions import Fraction
from typing import Any
from demo._typed import ffi, lib
from demo._more import ffi as more, lib as more_lib
from demo._plain import ffi as plain

p = ffi.new("point *")
n = ffi.new("struct node *")
i = ffi.new("int *")
a = ffi.new("int[]", 4)
c = ffi.new("char[]", b"text")
u = ffi.new("uint8_t[]", b"bytes")
w = ffi.new("wchar_t[]", "wide")
d = ffi.new("double[2]")

class Index:
    def __index__(self) -> int:
        return 1
    __int__ = __index__
"""

# An expression, and the type that both checkers reveal. In C, all of them work.
REVEALED = {
    "p": "point_p",
    "p.x": "int",
    "p[0]": "point",
    "p[0].y": "int",
    "p + 1": "point_p",
    "p - p": "int",
    "p[0:2]": "point_a",
    "p[0:2][1]": "point",
    "n.next": "node_p",
    "n.at": "point",
    "n.at.x": "int",
    "n.weight": "float",
    "n.name": "char_a",
    "n.codes": "int_a",
    "n.codes[1]": "int",
    "n.flag": "int",
    "n.data": "void_p",
    "n.bytes": "int",
    "n.property": "int",
    "n.point": "point",
    "n.self": "node_p",
    "n.on": "bool",
    "n.wide": "str",
    "n.grid[1]": "int_a",
    "n.grid[1][2]": "int",
    "n.visit(n, 1) if n.visit else 0": "int",
    "i[0]": "int",
    "a": "int_a",
    "a[0]": "int",
    "a[0:2]": "int_a",
    "a + 1": "int_p",
    "len(a)": "int",
    "list(a)": "list[int]",
    "[one for one in d]": "list[float]",
    "c[0]": "bytes",
    "ffi.string(c)": "bytes",
    "ffi.string(u)": "bytes",
    "ffi.string(w)": "str",
    "ffi.string(ffi.cast('enum color', 1))": "str",
    "ffi.unpack(c, 2)": "bytes",
    "ffi.unpack(w, 2)": "str",
    "ffi.unpack(u, 2)": "list[int]",
    "ffi.unpack(a, 2)": "list[int]",
    "ffi.buffer(p)[:]": "bytes",
    "list(ffi.buffer(a))": "list[bytes]",
    "ffi.buffer(a) == b'x'": "bool",
    "ffi.NULL": "void_p",
    "ffi.NULL == p": "bool",
    "ffi.new('char *', b'x')": "char_p",
    "ffi.new('int[3]', (1, 2, 3))": "int_a",
    "ffi.new('int *', None)": "int_p",
    "ffi.new('int[3]', None)": "int_a",
    "ffi.new('int *', Index())": "int_p",
    "ffi.new('wchar_t[]', ['a', 'b'])": "wchar_t_a",
    "ffi.new('int[2][3]')": "int_a_a",
    "ffi.new('int[2][3]')[1]": "int_a",
    "ffi.new('int **', i)[0]": "int_p",
    "ffi.new('char *[]', [c, ffi.NULL])": "char_p_a",
    "ffi.new('point *', {'x': 1})": "point_p",
    "ffi.new('point *', (1, 2))": "point_p",
    "ffi.new('point *', p[0])": "point_p",
    "ffi.new('point[]', [(1, 2), {'x': 3}])": "point_a",
    "ffi.new('union number *').as_float": "float",
    "ffi.new(ffi.typeof('point *'))": "point_p",
    "ffi.new('short *')": "Any",
    "ffi.typeof('int')": "TypeOf[Integer]",
    "ffi.typeof(p)": "TypeOf[point_p]",
    "ffi.typeof(p).item.kind": "str",
    "ffi.cast('int', 3)": "Integer",
    "int(ffi.cast('int', 3))": "int",
    "ffi.cast('float', 3)": "Real",
    "ffi.cast('char', 65)": "Character[bytes]",
    "ffi.cast('void *', 0)": "void_p",
    "ffi.cast('int', Fraction(3, 2))": "Integer",
    "ffi.cast('int', p)": "Integer",
    "ffi.cast('point *', ffi.NULL)": "point_p",
    "ffi.gc(p, lambda dead: None)": "point_p",
    "ffi.gc(lib.open_it(), lib.close_it)": "opaque_p",
    "ffi.from_buffer(b'x')": "char_a",
    "ffi.from_buffer('int[]', bytearray(8))": "int_a",
    "ffi.addressof(p[0])": "point_p",
    "ffi.addressof(ffi.new('point[]', 2), 1)": "point_p",
    "ffi.addressof(p, 'x')": "Any",
    "ffi.addressof(lib, 'counter')": "int_p",
    "ffi.addressof(lib, 'origin')": "point_p",
    "ffi.addressof(lib, 'add')(1, 2)": "int",
    "ffi.sizeof('point')": "int",
    "ffi.errno": "int",
    "ffi.new_handle(p)": "void_p",
    "ffi.init_once(lambda: 3, 'tag')": "int",
    "lib.add(1, 2)": "int",
    "lib.add(True, ffi.cast('int', 2))": "int",
    "lib.add(Index(), 2)": "int",
    "lib.scale(2)": "float",
    "lib.scale(Index())": "float",
    "lib.scale(Fraction(3, 2))": "float",
    "lib.sum([True, False], 2)": "int",
    "lib.total([True, False], 2)": "int",
    "lib.wide(['a', 'b'])": "int",
    "lib.scale(ffi.cast('float', 2))": "float",
    "lib.name_of(n)": "char_p",
    "ffi.string(lib.name_of(ffi.NULL))": "bytes",
    "lib.sum([1, 2], 2)": "int",
    "lib.sum((1, 2), 2)": "int",
    "lib.sum(a, 2)": "int",
    "lib.sum(i, 1)": "int",
    "lib.total([1, 2.5], 2)": "int",
    "lib.total(d, 2)": "int",
    "lib.checksum(b'abc', 3)": "int",
    "lib.checksum(u, 3)": "int",
    "lib.checksum(c, 3)": "int",
    "lib.checksum([1, 2], 2)": "int",
    "lib.length(b'text')": "int",
    "lib.length(c)": "int",
    "lib.length(u)": "int",
    "lib.wide('text')": "int",
    "lib.wide(w)": "int",
    "lib.take(p[0])": "int",
    "lib.take((1, 2))": "int",
    "lib.take({'x': 1})": "int",
    "lib.touch(p)": "int",
    "lib.touch([(1, 2)])": "int",
    "lib.touch(ffi.NULL)": "int",
    "lib.any(p)": "int",
    "lib.any(b'x')": "int",
    "lib.any(ffi.addressof(lib, 'add'))": "int",
    "lib.sort(ffi.callback('int(*)(int, int)', lambda one, other: one - other))": "int",
    "lib.sort(ffi.addressof(lib, 'add'))": "int",
    "lib.sort(ffi.NULL)": "int",
    "lib.paint(lib.GREEN)": "int",
    "lib.letter(b'x')": "int",
    "lib.many([c, ffi.NULL])": "int",
    "lib.pad(1, ffi.cast('int', 2), c)": "int",
    "lib.is_set(True)": "bool",
    "lib.precise(1.5)": "Real",
    "float(lib.precise(1))": "float",
    "lib.open_it()": "opaque_p",
    "lib.close_it(lib.open_it())": "None",
    "lib.list(1, 2)": "int",
    "lib.log_to(open('/dev/null'))": "int",
    "lib.LIMIT": "int",
    "lib.BLUE": "int",
    "lib.PI": "float",
    "lib.counter": "int",
    "lib.origin": "point",
    "lib.origin.x": "int",
    "lib.table[1]": "int",
    "more_lib.further(p)": "int",
    "more_lib.add(1, 2)": "int",
    "more_lib.grow(more.new('box *', {'low': p[0]}))": "int",
    "more.new('box *').low": "point",
    "more.new('point *')": "point_p",
    "plain.new('struct pair *').a": "int",
    "plain.dlopen(None).cos(0)": "float",
}

# What both checkers report. In C, each of them fails.
MISTAKES = [
    "p.z",
    "p.x.y",
    "p[0].z",
    "p[0][0]",
    "p[0] + 1",
    "p['x']",
    "p()",
    "len(p)",
    "[one for one in i]",
    "p.__setitem__(0, 3)",
    "n.next.nothing",
    "n.nme",
    "a[1.5]",
    "a.x",
    "i + p",
    "i - p",
    "lib.ad(1, 2)",
    "lib.add(1)",
    "lib.add(1, 2, 3)",
    "lib.add('1', 2)",
    "lib.add(1.5, 2)",
    "lib.add(p, 2)",
    "lib.add(first=1, second=2)",
    "lib.scale('2')",
    "lib.name_of(p)",
    "lib.sum(b'12', 2)",
    "lib.sum(['1'], 2)",
    "lib.sum(d, 2)",
    "lib.sum(ffi.new('unsigned int *'), 1)",
    "lib.sum(None, 1)",
    "lib.total(a, 1)",
    "lib.checksum('abc', 3)",
    "lib.length('text')",
    "lib.length(i)",
    "lib.wide(b'text')",
    "lib.take(p)",
    "lib.take(n.codes)",
    "lib.touch(p[0])",
    "lib.touch(i)",
    "lib.touch({'x': 1})",
    "lib.any('x')",
    "lib.any(p[0])",
    "lib.any([1])",
    "lib.sort(lambda one, other: 1)",
    "lib.sort(n.visit)",
    "lib.paint('GREEN')",
    "lib.letter(65)",
    "lib.letter('x')",
    "lib.many([b'x'])",
    "lib.pad(1, 2)",
    "lib.close_it(p)",
    "lib.open_it().x",
    "lib.open_it()[0]",
    "lib.TOP",
    "lib.counter.x",
    "more_lib.further(i)",
    "more_lib.grow(p)",
    "ffi.new('int *', 'x')[0]",
    "ffi.new('int[]', b'x')[0]",
    "ffi.new('int[]', 1.5)[0]",
    "ffi.new('int[3]', 3)[0]",
    "ffi.new('char[]', 'x')[0]",
    "ffi.new('point *', 3).x",
    "ffi.new('point[]', [1])[0]",
    "ffi.newp('int *')",
    "ffi.string(i)",
    "ffi.string(p)",
    "ffi.unpack(p[0], 1)",
    "ffi.addressof(p)",
    "ffi.gc(3, lambda dead: None)",
    "ffi.buffer(3)",
    "ffi.memmove(1, b'x', 1)",
    "ffi.from_buffer('int[]', 'text')",
    "lib.sort(ffi.callback('int(*)(int, int)', 3))",
    "ffi.sizeof(3)",
    "ffi.cast('int', None)",
    "ffi.cast('int', p[0])",
    "ffi.cast('point *', p[0])",
    "ffi.cast('int', [1])",
    "ffi.new('int[]', a)[0]",
    "ffi.new('int[]', None)[0]",
    "lib.wide([1])",
    "lib.scale(ffi.cast('int', 2))",
    "lib.add(Fraction(3, 2), p)",
    "plain.new('struct pair *').c",
    "plain.dlopen(None).cosine(0)",
    "plain.dlopen(None).cos('x')",
]

# Statements: without errors, and with one in their last line.
GOOD = [
    "lib.counter = 3",
    "lib.origin = {'x': 1}",
    "lib.origin = p[0]",
    "lib.table = [1, 2, 3]",
    "p.x = 3",
    "p[0] = (1, 2)",
    "n.on = 1",
    "n.on = ffi.cast('int', 1)",
    "n.weight = ffi.cast('float', 1)",
    "n.real = Fraction(1, 2)",
    "n.bytes = Index()",
    "n.wide = ffi.cast('wchar_t', 'x')",
    "n.self = n",
    "n.grid = [[1, 2, 3], [4, 5, 6]]",
    "n.grid[0] = (1, 2, 3)",
    "lib.counter = ffi.cast('int', 3)",
    "n.at = {'x': 1}",
    "n.next = ffi.NULL",
    "n.next = n",
    "n.name = b'x'",
    "n.codes = [1, 2, 3, 4]",
    "a[0] = 3",
    "a[0:2] = [1, 2]",
    "c[0] = b'x'",
    "ffi.errno = 0",
    "with ffi.new('int *') as inside:\n    inside[0] = 1",
    "@ffi.def_extern('on_event')\ndef on_event(code: int, at: 'Any') -> int:\n    return code",
    "@ffi.def_extern(name='on_end')\ndef ending(data: object) -> None:\n    pass",
    "@ffi.def_extern()\ndef on_end(data: object) -> None:\n    pass",
    "def typed(value: ffi.CData, kind: ffi.CType) -> ffi.CData:\n    return value",
    "typed(p, ffi.typeof(p))",
    "try:\n    pass\nexcept ffi.error:\n    pass",
]
BAD = [
    "lib.LIMIT = 3",
    "lib.BLUE = 3",
    "lib.countr = 3",
    "lib.counter = 'x'",
    "lib.origin = 3",
    "p.x = 'x'",
    "p.x = 1.5",
    "n.on = 'x'",
    "n.weight = 'x'",
    "n.wide = 1",
    "n.self = p",
    "n.grid[0] = 'x'",
    "p.z = 3",
    "n.at = 3",
    "n.next = p",
    "n.codes = 3",
    "a[0] = 'x'",
    "c[0] = 'x'",
    "ffi.def_extern('on_evnt')(print)",
]


@pytest.fixture
def officina(python):
    def call(directory: Path, *arguments: object) -> Outcome:
        return run([python.parent / "officina", *arguments], directory)

    return call


@pytest.fixture(scope="module")
def site(once, python):
    """The wheel of the project, unpacked, and its tree."""

    def make(folder: Path) -> None:
        project = typed(folder / "project")
        wheel, said = build(python, project, folder / "out")
        unpack(wheel, folder / "site")
        (folder / "said").write_text(said)
        (folder / "names").write_text("\n".join(names_in(wheel)))

    return once("typed", make)


def typed(folder: Path, **changes: object) -> Path:
    modules = [f"build_demo.py:{name}" for name in ("ffi", "more", "plain", "alone")]
    files = {"demo/__init__.py": "", "demo/code.py": CODE, "demo/py.typed": "", "build_demo.py": BUILDER}
    return make_project(folder, files, modules=modules, settings="stubs = true\n", **changes)


def lines_of(statements: list[str]) -> dict[int, str]:
    """Each statement, by the line that it ends in, below the head."""
    found, line = {}, HEAD.count("\n")
    for statement in statements:
        line += statement.count("\n") + 1
        found[line] = statement
    return found


def program(statements: list[str]) -> str:
    return HEAD + "".join(f"{statement}\n" for statement in statements)


@pytest.fixture(scope="module")
def answers(site, example_project, python, tmp_path_factory):
    """What both checkers say about all tables and all stubs: each start costs seconds."""
    folder = tmp_path_factory.mktemp("tables")
    files = {
        "revealed.py": program([f"reveal_type({expression})" for expression in REVEALED]),
        "mistakes.py": program(MISTAKES),
        "good.py": program(GOOD),
        "bad.py": program(BAD),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    example, _ = build(python, example_project, folder / "out")
    unpack(example, folder / "example")
    packages = [site / "site/demo", site / "site/_alone-stubs", folder / "example/officina_example"]
    paths = [*sorted(folder.glob("*.py")), *packages]
    return {name: check(paths, python, site / "site", folder / "example") for name, check in CHECKERS.items()}


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_stubs_themselves_are_clean(answers, site, checker):
    stubs = {path.name for path in (site / "site").rglob("*.pyi")}
    assert {"__init__.pyi", "lib.pyi", "_more.pyi", "_plain.pyi"} <= stubs
    wrong = {file: errors for file, errors in answers[checker].errors.items() if file in stubs}
    assert wrong == {}


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_example_is_clean(answers, example_project, checker):
    files = [path.name for path in example_project.glob("src/officina_example/*.py")]
    assert len(files) > 5
    assert {file: answers[checker].errors[file] for file in files if answers[checker].errors[file]} == {}


@pytest.mark.parametrize("checker", CHECKERS)
def test_both_reveal_the_types_of_a_table(answers, checker):
    revealed = answers[checker].revealed["revealed.py"]
    expected = lines_of(list(REVEALED))
    wrong = {
        expression: (revealed.get(line), REVEALED[expression])
        for line, expression in expected.items()
        if re.sub(r"^(\w+)\[\1\]", r"\1", revealed.get(line, "")) != REVEALED[expression]
    }
    assert wrong == {}
    assert answers[checker].errors["revealed.py"] == {}


@pytest.mark.parametrize("checker", CHECKERS)
def test_both_report_the_mistakes_of_a_table(answers, checker):
    reported = answers[checker].errors["mistakes.py"]
    assert [text for line, text in lines_of(MISTAKES).items() if line not in reported] == []


@pytest.mark.parametrize("checker", CHECKERS)
def test_statements_are_right_or_wrong_for_both(answers, checker):
    assert answers[checker].errors["good.py"] == {}
    reported = answers[checker].errors["bad.py"]
    assert [text for line, text in lines_of(BAD).items() if line not in reported] == []


def test_c_agrees_with_the_tables(site, python, tmp_path):
    """What stubs allow works, and what they forbid fails."""
    code = f"""
import json, sys
space = {{}}
exec({HEAD!r}, space)
def outcome(run, text):
    try:
        run(text, space)
    except BaseException as error:
        return type(error).__name__
found = {{
    "revealed": {{text: outcome(eval, text) for text in {list(REVEALED)!r}}},
    "mistakes": {{text: outcome(eval, text) for text in {MISTAKES!r}}},
    "good": {{text: outcome(exec, text) for text in {GOOD!r}}},
    "bad": {{text: outcome(exec, text) for text in {BAD!r}}},
}}
print(json.dumps(found))
"""
    done = run([python, "-c", code], tmp_path, {"PYTHONPATH": str(site / "site")})
    assert done.code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert {text: error for table in ("revealed", "good") for text, error in found[table].items() if error} == {}
    assert [text for table in ("mistakes", "bad") for text, error in found[table].items() if not error] == []


def test_a_wheel_holds_the_stubs_where_checkers_look(site):
    names = (site / "names").read_text().splitlines()
    stubs = [name for name in names if name.endswith(".pyi")]
    assert stubs == [
        "_alone-stubs/__init__.pyi",
        "demo/_more.pyi",
        "demo/_plain.pyi",
        "demo/_typed/__init__.pyi",
        "demo/_typed/lib.pyi",
    ]
    assert "py.typed" not in (site / "said").read_text()


def test_comments_of_the_cdef_are_docstrings(site):
    text = (site / "site/demo/_typed/__init__.pyi").read_text()
    for doc in (
        '    """A place\n    in the plane.\n    """\n',
        '        """Adds two\n        numbers.\n        """\n',
        '        """Says "it"."""\n',
    ):
        assert doc in text, doc


def test_an_editable_install_has_stubs_beside_the_tree(tmp_path):
    """Both checkers see them, the tree stays clean, and nothing outlives an uninstall."""
    files = {
        "demo/code.py": "from demo._demo import ffi\nimport _alone\nvalue = ffi.new('int *')\n",
        "demo/py.typed": "",
    }
    builder = ADD + "\nalone = FFI()\nalone.cdef('int answer(void);')\nalone.set_source('_alone', None)\n"
    modules = ["build_demo.py:ffi", "build_demo.py:alone"]
    project = demo(
        tmp_path / "project", settings="stubs = true\n", modules=modules, files={**files, "build_demo.py": builder}
    )
    site = Site(tmp_path / "site")
    before = snapshot(project)
    empty = {path.relative_to(site.packages) for path in site.packages.rglob("*")}
    site.pip("install", "--quiet", "--no-deps", "-e", project)
    assert snapshot(project) == before
    assert (site.packages / "demo-stubs/py.typed").read_text() == "partial\n"
    program = tmp_path / "program.py"
    program.write_text(
        "from demo._demo import ffi, lib\nfrom demo.code import value\nimport _alone\n"
        "reveal_type(ffi.new('int *')[0])\nreveal_type(value)\nreveal_type(lib.add(1, 2))\n"
        "reveal_type(_alone.ffi.dlopen(None).answer())\nlib.typo\n"
    )
    for check in CHECKERS.values():
        answers = check([program], site.python)
        assert answers.revealed["program.py"] == {4: "int", 5: "int_p", 6: "int", 7: "int"}
        assert list(answers.errors["program.py"]) == [8]
    site.pip("uninstall", "--quiet", "--yes", "demo")
    left = {path.relative_to(site.packages) for path in site.packages.rglob("*")} - empty
    assert {path for path in left if "__pycache__" not in path.parts} == set()


def test_the_command_writes_compares_and_refuses(officina, tmp_path):
    project = demo(tmp_path / "demo")
    stub = project / "demo/_demo.pyi"
    missing = officina(project, "stubs", "--check")
    assert missing.code == 1 and not stub.exists()
    assert "+++ what the declarations say" in missing.stdout and "+    def add(self" in missing.stdout
    assert "`demo/_demo.pyi` is not what the declarations say" in missing.output
    assert "officina stubs" in missing.output
    written = officina(project, "stubs")
    assert (written.code, written.stdout) == (0, "demo/_demo.pyi: written\n")
    again = officina(project, "stubs", "--check")
    assert (again.code, again.stdout) == (0, "demo/_demo.pyi: as the declarations say\n")
    assert "Generated" not in again.output, "an unchanged builder runs"
    builder = project / "build_demo.py"
    builder.write_text(builder.read_text().replace("int add(int, int);", "int add(int, int); int sub(int, int);", 1))
    changed = officina(project, "stubs", "--check")
    assert changed.code == 1 and "\n+    def sub(" in changed.stdout
    # A module whose `lib` is imported from is a folder, and a file again when it is not.
    (project / "demo/use.py").write_text("from ._demo.lib import add\n")
    assert officina(project, "stubs").code == 0
    assert not stub.exists() and (project / "demo/_demo/lib.pyi").is_file()
    (project / "demo/use.py").unlink()
    assert officina(project, "stubs").code == 0
    assert stub.exists() and not (project / "demo/_demo").exists()
    stub.write_text("lib: object\n")
    refused = officina(project, "stubs")
    assert refused.code == 1 and "`demo/_demo.pyi` was not made by Officina" in refused.output
    assert stub.read_text() == "lib: object\n"


def test_a_project_without_modules_has_no_stubs(officina, tmp_path):
    project = make_project(tmp_path, {"demo/__init__.py": ""})
    done = officina(project, "stubs")
    assert done.code == 1 and "this project makes no CFFI module" in done.output


def test_stubs_of_the_tree_come_first_and_a_missing_marker_is_said(python, tmp_path):
    plain = demo(tmp_path / "plain")
    wheel, said = build(python, plain, tmp_path / "out")
    assert [name for name in names_in(wheel) if name.endswith(".pyi")] == []
    wanted = demo(tmp_path / "wanted", settings="stubs = true\n")
    wheel, said = build(python, wanted, tmp_path / "out2")
    assert "demo/_demo.pyi" in names_in(wheel)
    assert "type checkers do not look at the stubs in `demo`: add an empty file `demo/py.typed`" in said
    own = demo(tmp_path / "own", settings="stubs = true\n", files={"demo/_demo.pyi": "lib: int\n"})
    wheel, said = build(python, own, tmp_path / "out3")
    assert (unpack(wheel, tmp_path / "site") / "demo/_demo.pyi").read_text() == "lib: int\n"
    assert "warning" not in said


def test_a_stub_of_the_tree_that_is_stale_is_said(officina, python, tmp_path):
    project = demo(tmp_path / "project", settings="stubs = true\n", files={"demo/py.typed": ""})
    assert officina(project, "stubs").code == 0
    _, said = build(python, project, tmp_path / "out")
    assert "warning" not in said, said
    builder = project / "build_demo.py"
    builder.write_text(builder.read_text().replace("add", "sub"))
    _, said = build(python, project, tmp_path / "out")
    assert "warning: `demo/_demo.pyi` is stale" in said and "`officina stubs`" in said, said


def test_the_wheel_from_the_sdist_has_the_same_stubs(officina, python, tmp_path):
    files = {"demo/code.py": "from demo._demo import ffi\nffi.new('int[]', 3)\n", "demo/py.typed": ""}
    project = demo(tmp_path / "project", settings="stubs = true\n", files=files)
    (project / "tests").mkdir()
    (project / "tests/test_code.py").write_text("from demo._demo import ffi\nffi.new('short *')\n")
    done = officina(project, "check")
    assert done.code == 0, done.output
    wheel, _ = build(python, project, tmp_path / "out")
    stub = (unpack(wheel, tmp_path / "site") / "demo/_demo.pyi").read_text()
    assert '"int[]"' in stub and "short" not in stub, "an sdist may lack the tests"

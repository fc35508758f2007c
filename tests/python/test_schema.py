"""The JSON Schema of `[tool.officina]` says what the parser does, and validate-pyproject finds it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import environments
import pytest
import wheelhouse
from building import hook_command, run
from projects import PROJECT

ENTRY = 'cffi_modules = ["build_demo.py:ffi"]'
MODULE = "[[tool.officina.modules]]\nname = 'demo._demo'\n"
LINUX = "[[tool.officina.overrides]]\nif.platform = 'linux'"

GOOD = [
    "",
    ENTRY,
    'cffi-modules = "build_demo.py:ffi"',
    'cffi_modules = ["tools.build:make_ffi", "./x/y:ffi", "C:\\\\x\\\\b.py:ffi", "bäu:ffï"]',
    'cffi_modules = ["b.py:x", { entry = "b.py:y", optional = true }, { entry = "c:z", if.platform = "linux" }]',
    '[[tool.officina.cffi_modules]]\nentry = "b.py:y"\nif.state = "wheel"',
    'ext-package = "a._b"',
    'python-source = "./lib/"',
    'packages = ["a", "a.*", "*", "a-stubs", "a_b*.c", "päck"]',
    'py-modules = ["a", "a.b"]',
    'include = ["a/**/*.h", "..a", "./b"]\nexclude = []',
    '[tool.officina.data]\nscripts = ["bin/*"]\nheaders = ["src/*.h"]\ndata = { "share/man" = ["man/*.1"] }',
    'data.headers = { "sub/dir" = ["a.h"], "." = [] }',
    'files = { "pkg/a.json" = "res/a.json", "x.data.txt/y" = "z" }',
    "limited-api = false",
    'limited-api = "3.10"',
    'limited-api = "cp39"',
    'profile = "debug"',
    'glue-optimization = "full"',
    "strip = false",
    'define-macros = ["A", "_B1=x = y", "C="]',
    'include-dirs = ["../x", "/opt/include", "."]\nlibrary-dirs = ["lib dir"]',
    'sanitize = ["address", "undefined", "leak"]',
    'allow-undefined = ["host_*", "_ZN4host*", "a.b$c"]',
    'libraries = ["m", "build/foo", "m"]',
    'extra-compile-args = ["-O3", "-Xclang", "-x y", "-DPy_LIMITED_APIS"]\nextra-link-args = ["-framework", "A"]',
    'compiler-launcher = "env SCCACHE_IDLE_TIMEOUT=9 sccache"',
    'compiler-launcher = ""',
    'platform-tag = "auto"',
    'platform-tag = "manylinux2014"',
    'platform-tag = "musllinux_1_2"',
    'build-tag = "1"',
    "build-tag = 20",
    'build-tag = "2024_rc.1"',
    "compile-commands = true",
    'build-dir = "build"',
    'build-dir = "../build"',
    'build-dir = "./.build/x"',
    "jobs = 2\nverbose = true\ntimings = true",
    'timings = "../out"',
    "editable = { rebuild = true }",
    "[tool.officina.editable]\nrebuild = false",
    '[tool.officina.sdist]\ninclude = ["x"]\nexclude = ["y"]',
    f'{LINUX}\njobs = 1\n{LINUX}\nprofile = "debug"',
    '[[tool.officina.overrides]]\nif.platform = ["macos-arm64", "linux-*", "*"]\nlimited-api = false',
    '[[tool.officina.overrides]]\nif.python = [">=3.9,<4", "pypy", "cpython >= 3.12", "==3.11.*"]\njobs = 1',
    '[[tool.officina.overrides]]\nif.env = { A = "x", B = true, C = false }\neditable.rebuild = true',
    f'include = ["a"]\n{LINUX}\ninclude = ["b"]\ninherit.include = "append"',
    f'{LINUX}\ncffi-modules = ["b.py:ffi"]\ninherit.cffi-modules = "prepend"',
    f'packages = []\n{LINUX}\npackages = []\ninherit.packages = "append"',
    '[[tool.officina.overrides]]\nif.state = "wheel"\njobs = 1',
    '[[tool.officina.overrides]]\nif.state = ["editable", "sdist"]\njobs = 1',
    'overrides = [{ if = { platform = "linux" }, packages = [] }]',
    f'{MODULE}cdef = "int f(int);"',
    f'{MODULE}cdef = ["a.h", "b.h"]\nsource = ""\nsources = ["c/*.c"]\nlibraries = ["z", "m", "z"]',
    f'{MODULE}cdef-from = ["<zlib.h>", "include/a.h"]\nonly = ["crc32*"]\nexcept = ["x"]\npkg-config = ["zlib >= 1"]',
    f'{MODULE}cdef-from = ["<zlib.h>"]\nabi-mode = true\ninclude-dirs = ["include"]\ndepends = ["x"]',
    f'{MODULE}cdef = ["a.h"]\nsource-file = "c/a.c"\npacked = true\npy-limited-api = "3.10"\nlanguage = "c++"',
    f'{MODULE}cdef = ["a.h"]\npack = 4\nsource = "#include <a.h>"\nsource-extension = ".cpp"\noptional = true',
    f'{MODULE}cdef = "int f(void);"\nif.platform = "linux"\nif.python = "cpython"',
    'modules = [{ name = "_bare", cdef = "int f(void);" }]',
]

BAD = [
    'cffi_module = ["b.py:ffi"]',
    'cffi_modules = ["b.py"]',
    'cffi_modules = ["foo-build:ffi"]',
    'cffi_modules = ["b.py: ffi"]',
    'cffi_modules = ["b.py:1"]',
    'cffi_modules = ["b.py:ffi", "b.py:ffi"]',
    "cffi_modules = 1",
    "cffi_modules = [{ optional = true }]",
    'cffi_modules = [{ entry = "b.py" }]',
    'cffi_modules = [{ entry = "b.py:f", optonal = true }]',
    'cffi_modules = [{ entry = "b.py:f", optional = 1 }]',
    'cffi_modules = [{ entry = "b.py:f", if = {} }]',
    "zip-safe = false",
    'packages.find.where = ["src"]',
    'cffi_modules = "b.py:ffi"\ncffi-modules = "b.py:ffi"',
    'ext-package = "a-b"',
    "ext-package = ['a']",
    'python-source = "/x"',
    'python-source = "../x"',
    'python-source = ""',
    'packages = "a"',
    'packages = ["src/a"]',
    'packages = ["a-b"]',
    'packages = ["a.py"]',
    'packages = ["a", "a"]',
    'py-modules = ["a*"]',
    'include = ["../x"]',
    'include = ["a/../../x"]',
    'exclude = ["C:\\\\x"]',
    'exclude = [""]',
    "data.script = []",
    'data.scripts = "a"',
    'data.data = ["a"]',
    'data.data = { "../x" = ["a"] }',
    'data.headers = ["/x.h"]',
    "files = []",
    "files = { a = 1 }",
    'files = { "../a" = "a" }',
    'files = { a = "/a" }',
    'files = { "a-1.data/scripts/x" = "x" }',
    'files = { "./a.dist-info/x" = "x" }',
    "limited-api = true",
    'limited-api = "2.7"',
    "limited-api = 3.10",
    'profile = "fast"',
    'glue-optimization = "none"',
    'define-macros = ["A B"]',
    'define-macros = ["-DA"]',
    'define-macros = ["Py_LIMITED_API=1"]',
    'define-macros = ["A", "A"]',
    'include-dirs = [""]',
    'library-dirs = "lib"',
    'sanitize = ["adress"]',
    'allow-undefined = ["a b"]',
    'allow-undefined = ["a", "a"]',
    'libraries = "m"',
    'libraries = ["-lm"]',
    'libraries = [""]',
    'extra-compile-args = [""]',
    'extra-compile-args = ["-DPy_LIMITED_API=0x03090000"]',
    "extra-link-args = [1]",
    'sanitize = ["address", "thread"]',
    'sanitize = ["thread", "undefined", "leak"]',
    "timings = 1",
    'timings = ""',
    'platform-tag = "manylinux_2_28_x86_64"',
    'platform-tag = "manylinux2015"',
    "platform-tag = true",
    'build-tag = ""',
    'build-tag = "a1"',
    'build-tag = "1-2"',
    "build-tag = -1",
    "build-tag = 1.5",
    'build-dir = "."',
    'build-dir = "./"',
    'build-dir = ""',
    "build-dir = []",
    "jobs = 0",
    'jobs = "2"',
    "verbose = 1",
    "editable = true",
    "editable = { rebuid = true }",
    "sdist = { includes = [] }",
    "overrides = {}",
    "[[tool.officina.overrides]]\njobs = 1",
    "[[tool.officina.overrides]]\nif = {}\njobs = 1",
    LINUX,
    f"{LINUX}\nsdist = {{}}",
    f"{LINUX}\ndynamic = {{}}",
    f"{LINUX}\noverrides = []",
    f"{LINUX}\njobs = 0",
    f"{LINUX}\njbos = 1",
    "[[tool.officina.overrides]]\nif.platform = 'darwin'\njobs = 1",
    f'{LINUX}\njobs = 1\ninherit.jobs = "append"',
    f'{LINUX}\ninclude = ["b"]\ninherit.include = true',
    f'{LINUX}\ninclude = ["b"]\ninherit.exclude = "append"',
    f'{LINUX}\npackages = ["b"]\ninherit.packages = "append"',
    f'{LINUX}\ninherit.include = "append"',
    "[[tool.officina.overrides]]\nif.state = 'wheels'\njobs = 1",
    "[[tool.officina.overrides]]\nif.platform = []\njobs = 1",
    "[[tool.officina.overrides]]\nif.plattform = 'linux'\njobs = 1",
    "[[tool.officina.overrides]]\nif.python = '3.12'\njobs = 1",
    "[[tool.officina.overrides]]\nif.python = '>=3.12.1'\njobs = 1",
    "[[tool.officina.overrides]]\nif.python = 'jython'\njobs = 1",
    "[[tool.officina.overrides]]\nif.python = ''\njobs = 1",
    "[[tool.officina.overrides]]\nif.env = {}\njobs = 1",
    "[[tool.officina.overrides]]\nif.env = { A = 1 }\njobs = 1",
    "[[tool.officina.modules]]\ncdef = 'int f(void);'",
    f"{LINUX}\nmodules = []",
    MODULE,
    f"{MODULE}cdef = 'foo.h'",
    f"{MODULE}cdef = ['../foo.h']",
    f"{MODULE}cdef = ['foo.h', 'foo.h']",
    f"{MODULE}cdef = 'int f(void);'\nsource = 'foo.c'",
    f"{MODULE}cdef = 'int f(void);'\nsource = ''\nsource-file = 'foo.c'",
    f"{MODULE}cdef = 'int f(void);'\nsources = ['foo.c']",
    f"{MODULE}cdef = 'int f(void);'\nlibraries = ['z']",
    f"{MODULE}cdef = 'int f(void);'\nonly = ['f']",
    f"{MODULE}cdef = 'int f(void);'\npack = 3",
    f"{MODULE}cdef = 'int f(void);'\npack = 2\npacked = true",
    f"{MODULE}cdef = 'int f(void);'\nincude-dirs = ['x']",
    f"{MODULE}cdef = 'int f(void);'\nlanguage = 'rust'",
    f"{MODULE}cdef = 'int f(void);'\nif = {{}}",
    f"{MODULE}cdef-from = ['<foo.h']",
    f"{MODULE}cdef-from = ['/usr/include/foo.h']",
    f"{MODULE}cdef-from = ['<foo.h>']\nabi-mode = true\nsource = ''",
    f"{MODULE}cdef-from = ['<foo.h>']\nabi-mode = true\nlibraries = ['z']",
    f"{MODULE}cdef-from = ['<foo.h>']\npkg-config = ['--libs']",
    f"{MODULE}cdef-from = ['<foo.h>']\nsource-extension = '.rs'",
    f"{MODULE}cdef-from = ['<foo.h>']\npy-limited-api = '2.7'",
    f"{MODULE}cdef-from = ['<foo.h>']\ndefine-macros = ['A B']",
    "[[tool.officina.modules]]\nname = 'demo-x'\ncdef = 'int f(void);'",
]

DYNAMIC = 'name = "demo"\ndynamic = ["version"]\n'
SAID = "fallback = '1.0'"  # the parser asks git, and there is none
GOOD_DYNAMIC = [
    'version = { file = "VERSION" }',
    'version = { attr = "demo:__version__" }',
    f"version = {{ vcs = 'git', {SAID} }}",
    f"version = {{ vcs = 'git', scheme = 'calver-by-date', local = 'none', {SAID} }}",
    f"version = {{ vcs = 'git', tag-pattern = '^demo-(?P<version>.*)$', {SAID} }}",
    f"version = {{ vcs = 'git', write-to = './demo/_version.py', {SAID} }}",
    f"version = {{ vcs = 'git', write-to = 'VERSION.txt', {SAID} }}",
]
BAD_DYNAMIC = [
    'version = "VERSION"',
    "version = {}",
    'version = { file = "VERSION", attr = "demo:__version__" }',
    'version = { files = "VERSION" }',
    f"version = {{ {SAID} }}",
    f"version = {{ vcs = 'hg', {SAID} }}",
    f"version = {{ vcs = 'git', file = 'VERSION', {SAID} }}",
    f"version = {{ vcs = 'git', schema = 'only-version', {SAID} }}",
    f"version = {{ vcs = 'git', scheme = 'guess', {SAID} }}",
    f"version = {{ vcs = 'git', local = false, {SAID} }}",
    "version = { vcs = 'git', fallback = 'one' }",
    "version = { vcs = 'git', fallback = 1 }",
    f"version = {{ vcs = 'git', tag-pattern = '(', {SAID} }}",
    f"version = {{ vcs = 'git', tag-pattern = 'v.*', {SAID} }}",
    f"version = {{ vcs = 'git', tag-pattern = '', {SAID} }}",
    f"version = {{ vcs = 'git', write-to = '../_version.py', {SAID} }}",
    f"version = {{ vcs = 'git', write-to = '/_version.py', {SAID} }}",
    f"version = {{ vcs = 'git', write-to = 'demo/.py', {SAID} }}",
    f"version = {{ vcs = 'git', write-to = 'demo/version.h', {SAID} }}",
    'version = { file = "VERSION" }\nauthors = { file = "AUTHORS" }',
]

# Asks validate-pyproject about each file of a list; the answers go into a file.
ASK = """\
import json, sys
from pathlib import Path
from validate_pyproject import api, errors
try:
    from tomllib import loads
except ImportError:
    from tomli import loads
validator = api.Validator()
answers = []
for text in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
    try:
        validator(loads(text))
        answers.append("")
    except errors.ValidationError as error:
        answers.append(error.summary)
Path(sys.argv[2]).write_text(json.dumps(answers), encoding="utf-8")
"""


def _pyproject(lines: str, project: str = PROJECT) -> str:
    system = '[build-system]\nrequires = ["officina"]\nbuild-backend = "officina"\n'
    return f"{system}[project]\n{project}\n[tool.officina]\n{lines}\n"


@pytest.fixture(scope="module")
def validating(officina_wheel) -> Path:
    """An interpreter with Officina and validate-pyproject, which finds the plugin by itself."""
    validator = "validate-pyproject[all]"
    wheelhouse.fill(sys.executable, validator)
    return environments.environment(wheelhouse.ENVIRONMENTS / "validate-pyproject", [str(officina_wheel), validator])


def _says_parser(python: Path, folder: Path, text: str) -> str:
    """What is wrong with a pyproject.toml to the parser; nothing if it is right."""
    files = {"demo/__init__.py": '__version__ = "1"\n', "VERSION": "1\n", "pyproject.toml": text}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    done = run(hook_command(python, folder / "answer", "get_requires_for_build_wheel"), folder)
    assert "Traceback" not in done.output
    return "" if done.code == 0 else done.output


def test_schema_and_parser_agree(validating, tmp_path):
    cases = [(_pyproject(lines), True) for lines in GOOD] + [(_pyproject(lines), False) for lines in BAD]
    for lines, is_good in [*((line, True) for line in GOOD_DYNAMIC), *((line, False) for line in BAD_DYNAMIC)]:
        cases.append((_pyproject(f"[tool.officina.dynamic]\n{lines}", DYNAMIC), is_good))
    (tmp_path / "texts").write_text(json.dumps([text for text, _ in cases]), encoding="utf-8")
    done = run([validating, "-c", ASK, tmp_path / "texts", tmp_path / "answers"], tmp_path)
    assert done.code == 0, done.output
    answers = json.loads((tmp_path / "answers").read_text(encoding="utf-8"))
    wrong = []
    for index, ((text, is_good), schema) in enumerate(zip(cases, answers)):
        parser = _says_parser(validating, tmp_path / str(index), text)
        if [not schema, not parser] != [is_good, is_good]:
            wrong.append(f"{text}\nshould be {is_good}; schema: {schema!r}\nparser: {parser!r}")
    assert not wrong, "\n\n".join(wrong)


def test_the_command_of_validate_pyproject_knows_our_table(validating, example_project, tmp_path):
    command = validating.parent / "validate-pyproject"
    good = run([command, example_project / "pyproject.toml"], tmp_path)
    assert good.code == 0 and "Valid" in good.output, good.output
    bad = tmp_path / "pyproject.toml"
    bad.write_text(_pyproject('profil = "debug"'), encoding="utf-8")
    refused = run([command, bad], tmp_path)
    assert refused.code != 0
    assert "`tool.officina` must not contain {'profil'} properties" in refused.output


def test_the_schema_is_a_schema(validating):
    code = (
        "from officina._schema import schema; import fastjsonschema; fastjsonschema.compile(schema('officina'));"
        "print(schema('officina')['$id'])"
    )
    done = run([validating, "-c", code], validating.parent)
    assert (done.code, done.stdout) == (0, "urn:officina:pyproject:tool.officina\n"), done.output

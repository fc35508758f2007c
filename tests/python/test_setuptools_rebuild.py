"""Projects that setuptools packs, installed as editable with `editable.rebuild`: every edit is seen, nothing is built
for nothing, and setuptools is not asked again."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from projects import snapshot
from setuptools_projects import FILES, PROJECT, SYSTEM, env, module_files, runs, write
from sites import EditableProject, Site

# Needs a module of the tree, a variable, and what the options of `build_ext` say.
BUILDER = """\
import os
from cffi import FFI
import words

with open(os.environ["RUNS"], "a") as runs:
    runs.write("run\\n")
ffi = FFI()
ffi.cdef("int add(int, int); int more(void);")
ffi.set_source("_demo", '#include "add.h"\\nstatic int more(void) { return MORE + EXTRA; }', sources=["csrc/add.c"],
               include_dirs=["csrc"])
bare = FFI()
bare.cdef("#define SIZE ...")
bare.set_source("_bare", f"#define SIZE {words.SIZE}")
abi = FFI()
abi.cdef("enum { KIND = 1 };")
abi.set_source("_kind", None)
"""
SETUP = """\
import sys
from setuptools import setup
sys.path.insert(0, __import__("os").path.abspath("tools"))
setup(name="demo", version="1.0", packages=["demo"], package_dir={"": "src"}, ext_package="demo",
      cffi_modules=["build_demo.py:ffi", "build_demo.py:bare", "build_demo.py:abi"],
      options={"build_ext": {"define": "MORE", "include_dirs": ["inc"]}})
"""
SETTINGS = '[tool.officina]\neditable.rebuild = true\ndefine-macros = ["EXTRA=10"]\n'
SOURCES = {
    **FILES,
    "build_demo.py": BUILDER,
    "setup.py": SETUP,
    "pyproject.toml": f"{SYSTEM}\n{SETTINGS}",
    "tools/words.py": "SIZE = 1\n",
    "csrc/add.h": '#include "deep.h"\nint add(int a, int b);\n',
    "csrc/add.c": '#include "add.h"\nint add(int a, int b) { return a + b + DEEP; }\n',
    "inc/deep.h": "#define DEEP 0\n",
    "src/demo/__init__.py": "from demo._demo import lib\n",
}
SHOWN = "import demo, demo._bare, demo._kind as kind; print(" + (
    "demo.lib.add(2, 3), demo.lib.more(), demo._bare.lib.SIZE, kind.ffi.dlopen(None).KIND)"
)


class Install(EditableProject):
    """A project, and an environment that it is installed into, with a setuptools of its own."""

    shown = SHOWN

    def __init__(self, python: Path, folder: Path, files: dict[str, str | None] | None = None) -> None:
        self.root = write(folder / "the project", {**SOURCES, **(files or {})})
        self.count = folder / "runs"
        self.env = {"RUNS": str(self.count)}
        self.site = Site(folder / "site")
        shutil.rmtree(self.site.packages)
        shutil.copytree(python.parent.parent / self.site.packages.relative_to(folder / "site"), self.site.packages)
        self.before = self.files()

    def install(self, mode: str = "lenient") -> Install:
        options = ["--no-build-isolation", "--no-deps", "--config-settings", f"editable_mode={mode}"]
        self.site.pip("install", *options, "-e", self.root, env=self.env)
        for name in ("setuptools", "_distutils_hack"):  # who imports may not have it
            shutil.rmtree(self.site.packages / name)
        (self.site.packages / "distutils-precedence.pth").unlink()
        return self

    def files(self) -> set[Path]:
        return {path for path in self.site.packages.rglob("*") if "__pycache__" not in str(path)}


@pytest.fixture(scope="module")
def of(officina_wheel):
    """`of(version)`: an interpreter with that setuptools."""
    return lambda version, *more: env(version, officina_wheel, *more)


@pytest.fixture(scope="module")
def installed(of, tmp_path_factory):
    return Install(of("newest"), tmp_path_factory.mktemp("installed")).install()


@pytest.fixture
def install(installed):
    """The project as it is above, installed and up to date."""
    write(installed.root, SOURCES)
    assert installed.says() == "5 11 1 1"
    return installed


@pytest.mark.parametrize(("version", "mode"), [("64.0.3", "strict"), ("70.1.1", "compat"), ("newest", "lenient")])
def test_every_edit_is_seen_and_an_uninstall_leaves_nothing(version, mode, of, tmp_path):
    install = Install(of(version), tmp_path)
    tree = snapshot(install.root)
    install.install(mode)
    assert install.says() == "5 11 1 1"
    assert runs(install.count) == 1
    install.edit("csrc/add.c", "a + b", "a - b")
    assert install.says() == "-1 11 1 1"
    install.edit("inc/deep.h", "DEEP 0", "DEEP 40")
    assert install.says() == "39 11 1 1"
    assert runs(install.count) == 1
    install.edit("tools/words.py", "1", "7")
    assert install.says() == "39 11 7 1"
    install.edit("build_demo.py", "KIND = 1", "KIND = 8")
    assert install.says() == "39 11 7 8"
    assert runs(install.count) == 3
    install.edit("pyproject.toml", "EXTRA=10", "EXTRA=20")
    assert install.says() == "39 21 7 8"
    assert runs(install.count) == 3
    changed = {path for path, entry in snapshot(install.root).items() if tree.get(path) != entry}
    edited = {"csrc/add.c", "inc/deep.h", "tools/words.py", "build_demo.py", "pyproject.toml"}
    others = {"build", "src/demo.egg-info", "__pycache__"}
    assert {path for path in changed if not others & {path[:17], *path.split("/")}} == edited
    assert module_files(install.root) == []
    gone = install.before - install.files()
    install.site.pip("uninstall", "-y", "demo")
    assert install.files() == install.before - gone


def test_nothing_is_started_for_what_did_not_change(install):
    before = runs(install.count)
    refusing = "import os\ndef no(*a, **k): raise SystemExit(1)\nos.posix_spawn = no\n"
    if sys.platform == "win32":
        refusing = "import subprocess\nsubprocess.Popen = None\n"
    assert install.says(refusing + SHOWN) == "5 11 1 1"
    (install.root / "src/demo/note.txt").write_text("nobody reads it")
    assert install.says(refusing + SHOWN) == "5 11 1 1"
    os.utime(install.root / "inc/deep.h")
    assert "ImportError: `demo._demo` cannot be rebuilt" in install.runs(refusing + SHOWN).output
    assert install.says() == "5 11 1 1"
    assert install.says(refusing + SHOWN) == "5 11 1 1"
    assert runs(install.count) == before


def test_without_setup_py_entries_are_read_anew(of, tmp_path):
    project = f'{SYSTEM}{PROJECT}\n{SETTINGS}cffi_modules = ["build_demo.py:ffi"]\n'
    # The module lies in no package.
    package = "from _demo import lib\n"
    files = {"setup.py": None, "pyproject.toml": project, "words.py": "SIZE = 1\n", "src/demo/__init__.py": package}
    install = Install(of("newest"), tmp_path, files)
    install.edit("pyproject.toml", '["EXTRA=10"]', '["EXTRA=10", "MORE=1"]\ninclude-dirs = ["inc"]')
    install.install()
    shown = "import demo; print(demo.lib.add(2, 3), demo.lib.more())"
    assert install.says(shown) == "5 11"
    (install.root / "other.py").write_text((install.root / "build_demo.py").read_text().replace("a + b", "a"))
    install.edit("pyproject.toml", "build_demo.py:ffi", "other.py:ffi")
    install.edit("pyproject.toml", "MORE=1", "MORE=5")
    assert install.says(shown) == "5 15"
    install.edit("pyproject.toml", '"other.py:ffi"', '"other.py:ffi", "other.py:bare"')
    outcome = install.runs(shown)
    assert outcome.code == 1
    assert "error: the project makes other modules than those that were installed" in outcome.output
    assert "note: new: `_bare." in outcome.output


def test_an_error_of_a_compiler_is_an_import_error_and_the_next_import_tries_again(install):
    install.edit("csrc/add.c", "a + b", "a + ;")
    outcome = install.runs()
    why = "compiling `csrc/add.c` for `demo._demo` failed"
    assert "csrc/add.c:2:" in outcome.output and f"error: {why}" in outcome.output
    last = outcome.output.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: `demo._demo` cannot be rebuilt: {why}")
    assert f"python -m pip install -e '{install.root}'" in last
    assert install.runs().code == 1
    install.edit("csrc/add.c", "a + ;", "a;")
    assert install.says() == "2 11 1 1"


def test_what_setup_py_says_is_of_the_install(install):
    install.edit("setup.py", '"MORE"', '"MORE,OTHER"')
    outcome = install.runs()
    assert outcome.stdout == "5 11 1 1\n", outcome.output
    assert "warning: setup.py or setup.cfg of `demo` is not what it was when this was installed" in outcome.output
    assert install.runs().output == "5 11 1 1\n"
    install.edit("setup.py", '"MORE,OTHER"', '"MORE"')
    assert install.runs().output == "5 11 1 1\n"
    install.edit("setup.py", "demo.py:bare", "gone.py:bare")
    assert install.runs().stdout == "5 11 1 1\n"


def test_no_rebuild_unless_it_is_wanted(of, tmp_path):
    install = Install(of("newest"), tmp_path)
    install.edit("pyproject.toml", "editable.rebuild = true\n", "")
    install.install()
    install.edit("csrc/add.c", "a + b", "a - b")
    assert install.says() == "5 11 1 1"
    assert not list(install.site.packages.glob("_officina_rebuild_demo"))


def test_static_libraries_of_setuptools_are_as_they_were_at_the_install(of, tmp_path):
    install = Install(of("newest"), tmp_path, {"half.c": "int half(int a) { return a / 2; }\n"})
    install.edit("setup.py", "setup(", 'setup(libraries=[("half", {"sources": ["half.c"]})], ')
    install.edit("csrc/add.c", "int add", "int half(int);\nint add")
    install.edit("csrc/add.c", "a + b", "half(a) + b")
    install.install()
    assert install.says() == "4 11 1 1"
    install.edit("half.c", "a / 2", "a / 1")
    install.edit("csrc/add.c", "+ b", "+ b + b")
    assert install.says() == "7 11 1 1"

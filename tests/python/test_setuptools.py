"""Projects that setuptools packs and Officina builds the modules of: wheels, installs, tags and refusals."""

from __future__ import annotations

import shutil
import sys
from importlib.machinery import EXTENSION_SUFFIXES

import pytest
import wheelhouse
from building import names_in, run, tag_of, try_wheel, unpack_sdist
from interpreters import each
from refusals import assert_message
from setuptools_projects import (
    BUILDER,
    FILES,
    SETUP,
    SHOWN,
    SYSTEM,
    VERSIONS,
    built,
    classic,
    env,
    modern,
    module_files,
    pip_wheel,
    runs,
    setup_py,
)
from sites import Site

PLATFORM = "linux_x86_64" if sys.platform == "linux" else "*"
OWN = "cp{0}{1}-cp{0}{1}".format(*sys.version_info)


@pytest.fixture(scope="module")
def of(officina_wheel):
    """`of(version)`: an interpreter with that setuptools."""
    return lambda version, *more: env(version, officina_wheel, *more)


@pytest.fixture(scope="module")
def newest(of):
    return of("newest")


def unlimited(name: str = "demo._demo") -> str:
    """The builder, for a module of this Python alone."""
    return BUILDER.replace('include_dirs=["csrc"]', 'include_dirs=["csrc"], py_limited_api=False').replace(
        "demo._demo", name
    )


# Wheels


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("make", [modern, classic])
def test_a_wheel_is_built_with_one_run_of_the_builder(make, version, of, tmp_path):
    project, count = make(tmp_path / "demo"), tmp_path / "runs"
    wheel, _ = built(of(version), project, tmp_path / "out", {"RUNS": str(count)})
    assert names_in(wheel) == ["demo/__init__.py", "demo/_demo.abi3.so"]
    assert tag_of(wheel) == f"cp39-abi3-{PLATFORM}"
    assert runs(count) == 1
    assert try_wheel(of(version), wheel, tmp_path, SHOWN) == "5\n"


@pytest.mark.interpreters
@pytest.mark.parametrize("interpreter", each())
def test_every_interpreter_builds_a_wheel_and_installs_as_editable(interpreter, officina_wheel, tmp_path):
    oldest = wheelhouse.facts(interpreter)[0].endswith("-3-9")
    python = env("64.0.3" if oldest else "newest", officina_wheel, python=interpreter)
    project = classic(tmp_path / "demo")
    wheel, _ = built(python, project, tmp_path / "out")
    assert try_wheel(python, wheel, tmp_path, SHOWN) == "5\n"
    site = Site(tmp_path / "site", interpreter)
    shutil.rmtree(site.packages)
    shutil.copytree(python.parent.parent / site.packages.relative_to(tmp_path / "site"), site.packages)
    site.pip("install", "--no-build-isolation", "--no-deps", "-e", project)
    assert site.says(SHOWN) == "5"
    assert module_files(project) == []


def test_an_isolated_build_makes_an_sdist_and_a_wheel_from_it(newest, tmp_path):
    project, out = modern(tmp_path / "demo"), tmp_path / "out"
    done = run([newest, "-m", "build", "--outdir", out, project], tmp_path)
    assert done.code == 0, done.output
    [wheel] = out.glob("*.whl")
    assert try_wheel(newest, wheel, tmp_path, SHOWN) == "5\n"
    assert len(list(out.glob("*.tar.gz"))) == 1


def test_a_second_build_runs_what_an_edit_made_stale(newest, tmp_path):
    project, count = classic(tmp_path / "demo"), tmp_path / "runs"
    built(newest, project, tmp_path / "one", {"RUNS": str(count)})
    (project / "csrc/add.c").write_text('#include "add.h"\nint add(int a, int b) { return a - b; }\n')
    wheel, said = built(newest, project, tmp_path / "two", {"RUNS": str(count)})
    assert runs(count) == 1
    assert "Unchanged" in said
    assert try_wheel(newest, wheel, tmp_path, SHOWN) == "-1\n"


@pytest.mark.parametrize("version", ["61.3.1", "newest"])
def test_metadata_hooks_run_no_builder(version, of, tmp_path):
    project, count = classic(tmp_path / "demo"), tmp_path / "runs"
    code = (
        "import setuptools.build_meta as backend\n"
        "backend.get_requires_for_build_wheel(), backend.get_requires_for_build_sdist()\n"
        f"print(backend.prepare_metadata_for_build_wheel({str(tmp_path)!r}))\n"
    )
    done = run([of(version), "-c", code], project, {"RUNS": str(count)})
    assert done.code == 0, done.output
    assert list(tmp_path.glob("demo*.dist-info/METADATA"))
    assert runs(count) == 0


# Tags


@pytest.mark.parametrize("version", ["61.3.1", "70.1.1", "newest"])
def test_a_module_of_one_python_makes_a_wheel_of_one_python(version, of, tmp_path):
    project = modern(tmp_path / "demo", files={"build_demo.py": unlimited()})
    wheel, _ = built(of(version), project, tmp_path / "out")
    assert tag_of(wheel) == f"{OWN}-{PLATFORM}"


@pytest.mark.parametrize("version", ["61.3.1", "newest"])
def test_a_wheel_of_abi_mode_is_for_every_platform(version, of, tmp_path):
    builder = 'from cffi import FFI\nffi = FFI()\nffi.cdef("int abs(int);")\nffi.set_source("demo._demo", None)\n'
    package = "from demo._demo import ffi\nlib = ffi.dlopen(None)\n"
    # What an earlier `ffi.compile()` left: it is not what is packed.
    stale = {"src/demo/_demo.py": "raise SystemExit('stale')\n"}
    project = modern(tmp_path / "demo", files={"build_demo.py": builder, "src/demo/__init__.py": package, **stale})
    wheel, _ = built(of(version), project, tmp_path / "out")
    assert tag_of(wheel) == "py3-none-any"
    assert try_wheel(of(version), wheel, tmp_path, "import demo; print(demo.lib.abs(-4))") == "4\n"


def test_beside_another_extension_setuptools_says_the_tag(newest, tmp_path):
    setup = SETUP.replace(
        "setup(", 'from setuptools import Extension\nsetup(ext_modules=[Extension("demo.x", ["x.c"])], '
    )
    source = '#include <Python.h>\nstatic struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "x"};\n'
    source += "PyMODINIT_FUNC PyInit_x(void) { return PyModule_Create(&d); }\n"
    project = classic(tmp_path / "demo", setup, {"x.c": source})
    wheel, _ = built(newest, project, tmp_path / "out")
    assert tag_of(wheel) == f"{OWN}-{PLATFORM}"
    assert len(names_in(wheel)) == 3
    assert try_wheel(newest, wheel, tmp_path, f"{SHOWN}; import demo.x") == "5\n"


def test_a_compiled_file_of_others_counts(newest, tmp_path):
    setup = SETUP.replace("setup(", 'setup(package_data={"demo": ["*.so"]}, ')
    project = classic(tmp_path / "demo", setup, {"src/demo/other.so": "not compiled, but it looks so"})
    wheel, _ = built(newest, project, tmp_path / "out")
    assert tag_of(wheel) == f"{OWN}-{PLATFORM}"


@pytest.mark.parametrize(
    ("asked", "builder", "tag"),
    [
        ("cp38", BUILDER, "cp39-abi3"),
        ("cp310", BUILDER, "cp310-abi3"),
        ("cp39", unlimited(), OWN),
    ],
)
def test_a_tag_that_setup_cfg_asks_for_is_not_below_what_was_built(asked, builder, tag, newest, tmp_path):
    files = {"setup.cfg": f"[bdist_wheel]\npy_limited_api = {asked}\n", "build_demo.py": builder}
    wheel, _ = built(newest, classic(tmp_path / "demo", files=files), tmp_path / "out")
    assert tag_of(wheel) == f"{tag}-{PLATFORM}"


# Installs


@pytest.mark.parametrize("mode", ["lenient", "strict", "compat"])
@pytest.mark.parametrize("version", ["64.0.3", "newest"])
def test_an_editable_install_keeps_the_tree_clean_and_leaves_nothing(mode, version, of, officina_wheel, tmp_path):
    project, count = modern(tmp_path / "demo"), tmp_path / "runs"
    site = Site(tmp_path / "site")
    shutil.rmtree(site.packages)  # all that is in the environment of that setuptools
    kept = of(version).parent.parent / site.packages.relative_to(tmp_path / "site")
    shutil.copytree(kept, site.packages)
    before = {path for path in site.packages.rglob("*") if "__pycache__" not in str(path)}
    options = ["--no-build-isolation", "--no-deps", "--config-settings", f"editable_mode={mode}"]
    site.pip("install", *options, "-e", project, env={"RUNS": str(count)})
    assert site.says(SHOWN) == "5"
    assert runs(count) == 1
    assert module_files(project) == []
    (project / "src/demo/more.py").write_text("x = 1\n")
    if mode != "strict":  # which installs the files that there were
        assert site.says("import demo.more; print(demo.more.x)") == "1"
    site.pip("uninstall", "-y", "demo")
    after = {path for path in site.packages.rglob("*") if "__pycache__" not in str(path)}
    assert after == before


@pytest.mark.parametrize("version", VERSIONS)
def test_build_ext_puts_modules_beside_their_sources(version, of, tmp_path):
    project = classic(tmp_path / "demo")
    # Python would import this one sooner.
    stale = project / "src/demo/_demo.{}.so".format("cpython-{}{}-x86_64-linux-gnu".format(*sys.version_info))
    stale.write_text("stale")
    done = setup_py(of(version), project, "build_ext", "-i")
    assert done.code == 0, done.output
    assert module_files(project) == ["src/demo/_demo.abi3.so"]
    assert run([of(version), "-c", SHOWN], project / "src").stdout == "5\n"


def test_develop_of_an_old_setuptools_builds_in_place(of, tmp_path):
    project = classic(tmp_path / "demo")
    done = setup_py(
        of("61.3.1"),
        project,
        "develop",
        "--no-deps",
        "--install-dir",
        tmp_path,
        "--script-dir",
        tmp_path,
        variables={"PYTHONPATH": str(tmp_path)},
    )
    assert done.code == 0, done.output
    assert module_files(project) == ["src/demo/_demo.abi3.so"]


@pytest.mark.parametrize("version", ["61.3.1", "newest"])
def test_an_install_in_a_second_process_records_the_modules(version, of, tmp_path):
    project, count, record = classic(tmp_path / "demo"), tmp_path / "runs", tmp_path / "record"
    done = setup_py(of(version), project, "build", variables={"RUNS": str(count)})
    assert done.code == 0, done.output
    words = ["install", "--skip-build", "--single-version-externally-managed", "--root", tmp_path / "root"]
    done = setup_py(of(version), project, *words, "--record", record, variables={"RUNS": str(count)})
    assert done.code == 0, done.output
    assert runs(count) == 1
    listed = [line for line in record.read_text().splitlines() if line.endswith(".abi3.so")]
    assert len(listed) == 1
    assert (tmp_path / "root" / listed[0].lstrip("/")).is_file()


# Refusals


def test_an_error_of_a_compiler_is_shown_whole_and_without_a_traceback(newest, tmp_path):
    project = modern(tmp_path / "demo", files={"csrc/add.c": "int add(int a, int b) { return a +; }\n"})
    done = pip_wheel(newest, project, tmp_path / "out")
    assert done.code != 0
    assert_message(
        done.output,
        ("csrc/add.c:1:", "error: expected expression", "error: compiling `csrc/add.c` for `demo._demo` failed"),
    )


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ('packages = ["demo"]', "[tool.setuptools]"),
        ('py-modules = ["x"]', "[tool.setuptools]"),
        ('python-source = "src"', "package-dir"),
        ('include = ["x"]', "package-data"),
        ('exclude = ["x"]', "exclude-package-data"),
        ('platform-tag = "auto"', "plat_name"),
        ('build-tag = "1"', "build_number"),
        ('data = { scripts = ["x"] }', "data-files"),
        ('files = { "a" = "b" }', "package-dir"),
        ('dynamic = { version = { file = "x" } }', "[tool.setuptools.dynamic]"),
        ('sdist = { include = ["x"] }', "MANIFEST.in"),
        ('[[tool.officina.overrides]]\nif.platform = "linux"\npackages = ["demo"]', "[tool.setuptools]"),
    ],
)
def test_keys_about_packing_are_refused(setting, hint, newest, tmp_path):
    done = pip_wheel(newest, modern(tmp_path / "demo", setting), tmp_path / "out")
    assert done.code != 0
    key = setting.split("\n")[-1].split(" ")[0]
    assert_message(done.output, (f"error: `tool.officina.{key}` has no effect here", "pyproject.toml:", hint))


@pytest.mark.parametrize(
    ("setup", "phrases"),
    [
        (
            SETUP.replace("build_demo.py:", "bild_demo.py:"),
            ("no builder script `bild_demo.py`", "setup.py:3:", "did you mean `build_demo.py:ffi`?"),
        ),
        (SETUP.replace("py:ffi", "py:fi"), ("no object `fi` in `build_demo.py`", "setup.py:3:")),
        (SETUP.replace("py:ffi", "py"), ("`build_demo.py` names no object", "setup.py:3:")),
        (
            SETUP.replace("['build", "[1, 'build").replace('["build', '[1, "build'),
            ("`cffi_modules` of `setup()` is not a list of text",),
        ),
    ],
)
def test_a_wrong_entry_is_shown_where_it_stands(setup, phrases, newest, tmp_path):
    done = pip_wheel(newest, classic(tmp_path / "demo", setup), tmp_path / "out")
    assert done.code != 0
    assert_message(done.output, phrases)


def test_two_lists_of_entries_that_differ_are_refused(newest, tmp_path):
    pyproject = f'{SYSTEM}\n[tool.officina]\ncffi_modules = ["other.py:ffi"]\n'
    done = pip_wheel(newest, classic(tmp_path / "demo", files={"pyproject.toml": pyproject}), tmp_path / "out")
    assert done.code != 0
    assert_message(done.output, ("`cffi_modules` of setup.py and of `[tool.officina]` are not the same",))


def test_pre_run_is_refused(newest, tmp_path):
    setup = (
        "from setuptools import setup\nfrom setuptools.command.build_ext import build_ext\n"
        "class Own(build_ext):\n    def pre_run(self, ext, ffi):\n        pass\n"
        'setup(name="demo", version="1.0", packages=["demo"], package_dir={"": "src"}, cmdclass={"build_ext": Own},\n'
        '      cffi_modules=["build_demo.py:ffi"])\n'
    )
    done = pip_wheel(newest, classic(tmp_path / "demo", setup), tmp_path / "out")
    assert done.code != 0
    assert_message(done.output, ("has a method `pre_run`, which Officina cannot call", "do its work in the builder"))


# Off


@pytest.mark.parametrize(
    "pyproject",
    [
        None,
        '[build-system]\nrequires = ["setuptools", "cffi"]\nbuild-backend = "setuptools.build_meta"\n',
        '[build-system]\nrequires = ["setuptools", "officina-build", "cffi"]\n',
        '# officina\n[build-system]\nrequires = ["setuptools"]\n[tool.other]\nofficina = 1\n',
    ],
)
def test_a_project_that_does_not_name_officina_is_left_to_cffi(pyproject, newest, tmp_path):
    project, count = classic(tmp_path / "demo", files={"pyproject.toml": pyproject}), tmp_path / "runs"
    done = setup_py(newest, project, "bdist_wheel", variables={"RUNS": str(count)})
    assert done.code == 0, done.output
    [wheel] = (project / "dist").glob("*.whl")
    assert tag_of(wheel) == f"{OWN}-{PLATFORM}"
    assert "build_officina" not in done.output
    assert not (project / "build/officina").exists()
    assert runs(count) == 1


def test_off_it_imports_next_to_nothing(newest, tmp_path):
    code = (
        "import sys, setuptools\n"
        "from setuptools.dist import Distribution\n"
        "Distribution({'script_name': 'setup.py'})\n"
        "print(sorted(name for name in sys.modules if name.startswith('officina')))\n"
    )
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    done = run([newest, "-c", code], tmp_path)
    assert done.stdout == "['officina', 'officina._setuptools']\n", done.output


def test_a_distribution_that_is_no_call_of_setup_is_left_alone(newest, tmp_path):
    """A builder, or a tool, may compile something of its own in the project."""
    project = modern(tmp_path / "demo")
    code = "from setuptools.dist import Distribution; print('build_officina' in Distribution().cmdclass)"
    assert run([newest, "-c", code], project).stdout == "False\n"


# Sdists


def sdist_of(python, project, out, variables=None):
    done = run([python, "-m", "build", "--no-isolation", "--sdist", "--outdir", out, project], project, variables)
    assert done.code == 0, done.output
    [sdist] = out.glob("*.tar.gz")
    return unpack_sdist(sdist, out / "unpacked")


@pytest.mark.parametrize("version", ["61.3.1", "64.0.3", "newest"])
@pytest.mark.parametrize("make", [modern, classic])
def test_an_sdist_holds_what_a_build_reads_and_no_builder_runs_for_it(make, version, of, tmp_path):
    builder = "import glob, os\nimport tools.words\n" + BUILDER.replace(
        '"int add(int, int);"', 'open(os.path.join("cdef", "add.cdef")).read()'
    ).replace('sources=["csrc/add.c"]', 'sources=sorted(glob.glob("csrc/*.c"))').replace(
        'include_dirs=["csrc"]', 'include_dirs=["csrc", "inc"]'
    )
    files = {
        "build_demo.py": builder,
        "tools/words.py": "",
        "cdef/add.cdef": "int add(int, int);",
        "csrc/add.c": '#include "add.h"\n#include "deep/sum.inc"\nint add(int a, int b) { return SUM; }\n',
        "inc/deep/sum.inc": "#define SUM a + b\n",
        "csrc/notes.txt": "not for a build",
    }
    project, count = make(tmp_path / "demo", files=files), tmp_path / "runs"
    tree = sdist_of(of(version), project, tmp_path / "out", {"RUNS": str(count)})
    assert runs(count) == 0
    for name in (*files, "csrc/add.h"):
        assert (tree / name).is_file() == (name != "csrc/notes.txt"), name
    wheel, _ = built(of(version), tree, tmp_path / "wheels")
    assert try_wheel(of(version), wheel, tmp_path, SHOWN) == "5\n"


@pytest.mark.parametrize(("more", "held"), [("", 4), ("\n[tool.setuptools]\ninclude-package-data = false\n", 2)])
def test_a_wheel_from_an_sdist_holds_what_one_from_the_tree_holds(more, held, newest, tmp_path):
    builder = BUILDER.replace("csrc", "src/demo/csrc")
    moved = {f"src/demo/{name}": text for name, text in FILES.items() if name.startswith("csrc/")}
    project = modern(tmp_path / "demo", files={"build_demo.py": builder, **moved}, more=more)
    tree = sdist_of(newest, project, tmp_path / "out")
    assert (tree / "src/demo/csrc/add.h").is_file()
    shutil.rmtree(project / "src/demo.egg-info")
    [from_tree, from_sdist] = [built(newest, one, tmp_path / f"wheels-{one.name}")[0] for one in (project, tree)]
    assert names_in(from_tree) == names_in(from_sdist)
    assert len(names_in(from_tree)) == held


def test_manifest_in_and_a_plugin_for_git_are_heeded(of, tmp_path):
    python = of("newest", "setuptools-scm")
    project = modern(
        tmp_path / "demo",
        files={"MANIFEST.in": "exclude csrc/add.h\n", ".gitignore": "build/\n*.egg-info\ncsrc/ignored.c\n"},
    )
    (project / "csrc/ignored.c").write_text("made by somebody")
    (project / "tracked.txt").write_text("git knows it")
    for words in (["init", "-q"], ["add", "."]):
        done = run(["git", *words], project)
        assert done.code == 0, done.output
    text = (project / "pyproject.toml").read_text()
    scm = text.replace('version = "1.0"', 'dynamic = ["version"]').replace(
        '"setuptools", ', '"setuptools", "setuptools-scm", '
    )
    (project / "pyproject.toml").write_text(f'{scm}[tool.setuptools_scm]\nfallback_version = "1.0"\n')
    tree = sdist_of(python, project, tmp_path / "out", {"SETUPTOOLS_SCM_PRETEND_VERSION": "2.5"})
    assert tree.name == "demo-2.5"
    held = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert {"build_demo.py", "csrc/add.c", "tracked.txt"} <= held
    assert not {"csrc/add.h", "csrc/ignored.c"} & held


# Beside others


def everything(folder):
    """A project with all that a setup.py of today may have beside its CFFI modules."""
    setup = """\
from setuptools_rust import Binding, RustExtension
from setuptools import Distribution, Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

class Own(Distribution):
    def is_ours(self):
        return True

class OwnExt(build_ext):
    def run(self):
        print("own build_ext", self.distribution.is_ours())
        super().run()

class OwnPy(build_py):
    def run(self):
        super().run()

setup(
    distclass=Own, cmdclass={"build_ext": OwnExt, "build_py": OwnPy},
    name="demo", packages=["demo", "space.inner"], package_dir={"": "src", "space.inner": "elsewhere"},
    python_requires=">=3.9", ext_package="demo", libraries=[("half", {"sources": ["half.c"]})],
    ext_modules=[Extension("plain", ["plain.c"]), Extension("fast", ["fast.pyx"])],
    rust_extensions=[RustExtension("librusty", "rust/Cargo.toml", binding=Binding.NoBinding)],
    cffi_modules=["build_demo.py:ffi", "build_inner.py:ffi"],
)
"""
    module = '#include <Python.h>\nstatic struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "plain"};\n'
    module += "PyMODINIT_FUNC PyInit_plain(void) { return PyModule_Create(&d); }\n"
    inner = 'from cffi import FFI\nffi = FFI()\nffi.cdef("int half(int);")\n'
    inner += 'ffi.set_source("space.inner._inner", "int half(int a);")\n'
    files = {
        "pyproject.toml": SYSTEM.replace('"setuptools"', '"setuptools", "setuptools-scm", "cython"')
        + "\n[tool.setuptools_scm]\n",
        "build_demo.py": BUILDER.replace("demo._demo", "_demo"),
        "build_inner.py": inner,
        "half.c": "int half(int a) { return a / 2; }\n",
        "plain.c": module,
        "fast.pyx": "def twice(int a):\n    return 2 * a\n",
        "elsewhere/__init__.py": "",
        "rust/Cargo.toml": '[package]\nname = "rusty"\nversion = "0.1.0"\nedition = "2021"\n'
        '[lib]\ncrate-type = ["cdylib"]\n',
        "rust/src/lib.rs": '#[no_mangle]\npub extern "C" fn three() -> i32 {\n    3\n}\n',
    }
    return classic(folder, setup, files)


EVERYTHING = (
    "import demo, demo.plain, demo.fast, space.inner._inner as inner; "
    "print(demo.lib.add(2, 3), demo.fast.twice(4), inner.lib.half(8))"
)
RUSTY = "import ctypes, importlib.util; print(ctypes.CDLL(importlib.util.find_spec('demo.librusty').origin).three())"
VERSION = {"SETUPTOOLS_SCM_PRETEND_VERSION": "2.5"}


@pytest.fixture(scope="module")
def full(of):
    return of("newest", "setuptools-scm", "cython", "setuptools-rust")


def test_beside_everything_a_wheel_holds_everything(full, tmp_path):
    count = tmp_path / "runs"
    wheel, said = built(full, everything(tmp_path / "demo"), tmp_path / "out", {"RUNS": str(count), **VERSION})
    assert wheel.name == f"demo-2.5-{OWN}-{PLATFORM}.whl"
    assert "own build_ext True" in said
    assert runs(count) == 1
    suffix = EXTENSION_SUFFIXES[0]
    assert names_in(wheel) == [
        "demo/__init__.py",
        "demo/_demo.abi3.so",
        f"demo/fast{suffix}",
        f"demo/librusty{suffix}",
        f"demo/plain{suffix}",
        "space/inner/__init__.py",
        "space/inner/_inner.abi3.so",
    ]
    assert try_wheel(full, wheel, tmp_path, f"{EVERYTHING}; {RUSTY}") == "5 8 4\n3\n"


@pytest.mark.parametrize("mode", ["lenient", "strict"])
def test_beside_everything_an_editable_install_works_and_leaves_nothing(mode, full, tmp_path):
    project = everything(tmp_path / "demo")
    site = Site(tmp_path / "site")
    shutil.rmtree(site.packages)
    shutil.copytree(full.parent.parent / site.packages.relative_to(tmp_path / "site"), site.packages)
    before = {path for path in site.packages.rglob("*") if "__pycache__" not in str(path)}
    options = ["--no-build-isolation", "--no-deps", "--config-settings", f"editable_mode={mode}"]
    site.pip("install", *options, "-e", project, env=VERSION)
    assert site.says(EVERYTHING) == "5 8 4"
    if mode == "lenient":  # with setuptools-rust alone, strict mode does not find it either
        assert site.says(RUSTY) == "3"
    ours = [name for name in module_files(project) if ".abi3." in name]
    assert ours == []
    site.pip("uninstall", "-y", "demo")
    assert {path for path in site.packages.rglob("*") if "__pycache__" not in str(path)} == before

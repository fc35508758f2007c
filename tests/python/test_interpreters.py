"""Every interpreter at hand builds the example project, and the wheel works there."""

from __future__ import annotations

import shutil
import sys

import pytest
import wheelhouse
from building import build, call_hook, names_in, run, run_tests_of, tag_of, unpack
from environments import REPOSITORY, environment
from interpreters import ALL, INTERPRETERS, THIS, cpython, each
from projects import ADD, PROJECT, demo
from servers import need
from sites import Site

pytestmark = pytest.mark.interpreters
EACH = each()
FOUND = {name: path for name, path in INTERPRETERS.items() if path}
NAMES = {path: name for name, path in FOUND.items()}
# Those with the stable ABI that there has always been.
CPYTHONS = [path for name, path in FOUND.items() if name.startswith("CPython") and name[-1] != "t"]


@pytest.fixture
def example_from(build_env, example_project, once):
    """`example_from(interpreter)`: the example's wheel as that interpreter builds it, made once."""

    def example_from(interpreter):
        python = build_env(interpreter)
        name = f"example of {python.parents[1].name}"
        folder = once(name, lambda folder: build(python, example_project, folder / "out"))
        [wheel] = folder.glob("out/*.whl")
        return wheel

    return example_from


def test_the_interpreter_of_this_run_is_covered():
    version = "{}.{}".format(*sys.version_info)
    assert f"CPython {version}" in INTERPRETERS or sys.implementation.name == "pypy"


@pytest.mark.parametrize(
    ("version", "name"),
    [("3.9", "3.9.18"), ("3.13", "3.13.10"), ("3.13t", "3.13.2t"), ("3.14t", "3.14t-dev"), ("3.15", "3.15-dev")],
)
def test_pyenvs_newest_one_of_a_kind_is_found(version, name, tmp_path, monkeypatch):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    there = ["3.9.9", "3.9.18", "3.13.2", "3.13.10", "3.13.11t-debug", "3.13.2t", "3.14t-dev", "3.15-dev", "pypy3.13"]
    for one in there:
        (tmp_path / "versions" / one / "bin").mkdir(parents=True)
        (tmp_path / "versions" / one / "bin" / "python").touch()
    assert cpython(version) == str(tmp_path / "versions" / name / "bin/python")


@pytest.mark.parametrize("interpreter", EACH)
def test_the_example_builds_and_runs(interpreter, build_env, example_from, tmp_path):
    path = unpack(example_from(interpreter), tmp_path / "installed")
    python = build_env(interpreter)
    done = run([python, "-m", "officina_example"], tmp_path, {"PYTHONPATH": str(path)})
    assert done.code == 0, done.output
    assert "add(2, 3)" in done.stdout and "5" in done.stdout


@pytest.mark.parametrize("interpreter", EACH)
def test_the_tag_says_who_can_load_it(interpreter, example_from, tmp_path):
    tag = tag_of(example_from(interpreter))
    if "pypy" in interpreter:
        facts = "import sys; print(*sys.version_info[:2], *sys.pypy_version_info[:2])"
        major, minor, *own = run([interpreter, "-c", facts], example_from(interpreter).parent).stdout.split()
        assert tag.startswith(f"pp{major}{minor}-pypy{major}{minor}_pp{own[0]}{own[1]}-")
        return
    version = run([interpreter, "-c", "import sys; print(*sys.version_info[:2], sep='')"], tmp_path).stdout.strip()
    if NAMES[interpreter].startswith("debug"):  # cffi's modules for it are for it alone
        assert tag.startswith(f"cp{version}-cp{version}d-")
    elif NAMES[interpreter] in ("CPython 3.13t", "CPython 3.14t"):  # without a stable ABI
        assert tag.startswith(f"cp{version}-cp{version}t-")
    elif NAMES[interpreter].endswith("t"):
        assert tag.startswith(f"cp{version}-abi3.abi3t-")
    else:
        assert tag.startswith("cp39-abi3-")


@pytest.mark.parametrize("interpreter", EACH)
def test_a_version_specific_module_is_tagged_for_it_alone(interpreter, build_env, tmp_path):
    builder = ADD.replace('b; }")', 'b; }", py_limited_api=False)')
    assert builder != ADD
    project = demo(tmp_path / "project", files={"build_demo.py": builder})
    python = build_env(interpreter)
    wheel, _ = build(python, project, tmp_path / "out")
    suffix = run([python, "-c", "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"], tmp_path)
    assert f"demo/_demo{suffix.stdout.strip()}" in names_in(wheel)
    assert "abi3" not in tag_of(wheel)
    path = unpack(wheel, tmp_path / "installed")
    done = run(
        [python, "-c", "import demo; print(demo.lib.add(2, 3))"],
        tmp_path,
        {"PYTHONPATH": str(path)},
    )
    assert done.stdout == "5\n", done.output


@pytest.mark.skipif(len(CPYTHONS) < 2, reason="needs two versions of CPython")
@pytest.mark.parametrize(("builder", "user"), [(0, -1), (-1, 0)], ids=["upwards", "downwards"])
def test_a_stable_abi_wheel_runs_on_the_oldest_and_the_newest(builder, user, build_env, example_from, tmp_path):
    path = unpack(example_from(CPYTHONS[builder]), tmp_path / "installed")
    python = build_env(CPYTHONS[user])
    done = run([python, "-m", "officina_example"], tmp_path, {"PYTHONPATH": str(path)})
    assert done.code == 0, done.output


def with_pytest(interpreter):
    """An environment of that interpreter that can run an example's tests."""
    if interpreter == sys.executable:
        return interpreter
    wheelhouse.fill(interpreter)
    wheelhouse.fill(interpreter, "pytest")
    name, _ = wheelhouse.facts(interpreter)
    cffi = [] if name.startswith("pypy") else ["cffi"]
    return environment(wheelhouse.ENVIRONMENTS / f"{name}-pytest", [*cffi, "pytest"], interpreter)


@pytest.mark.parametrize("interpreter", EACH if ALL else [sys.executable])
def test_the_examples_own_tests_pass(interpreter, build_env, example_from, example_project, tmp_path):
    path = unpack(example_from(interpreter), tmp_path / "installed")
    done = run_tests_of(example_project, path, tmp_path, with_pytest(interpreter))
    assert done.code == 0, done.output


@pytest.mark.parametrize("interpreter", EACH)
def test_the_example_with_native_parts_builds_and_agrees_with_zlib(interpreter, build_env, tmp_path):
    python = build_env(interpreter)
    tree = tmp_path / "example-native"
    shutil.copytree(REPOSITORY / "example-native", tree)
    wheel, output = build(python, tree, tmp_path / "out")
    assert "Ran table" in output
    is_cpython = "pypy" not in interpreter
    assert any(name.startswith("officina_crc/_fast.") for name in names_in(wheel)) == is_cpython
    path = unpack(wheel, tmp_path / "installed")
    code = "import officina_crc, zlib; d = bytes(range(256)); s = officina_crc.Stream(); s.add(d); "
    code += "assert officina_crc.crc32(d) == s.checksum == zlib.crc32(d); print('agrees')"
    done = run([python, "-c", code], tmp_path, {"PYTHONPATH": str(path)})
    assert done.stdout == "agrees\n", done.output
    if interpreter == INTERPRETERS.get(THIS):
        tests = [str(tree / "tests"), f"--rootdir={tree / 'tests'}"]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        done = run(command, tmp_path, {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"})
        assert done.code == 0, done.output


@pytest.mark.parametrize("interpreter", EACH)
def test_the_example_with_a_crate_passes_its_own_tests(interpreter, build_env, tmp_path):
    need("cargo")
    python = build_env(interpreter)
    tree = tmp_path / "example-crate"
    shutil.copytree(REPOSITORY / "example-crate", tree)
    wheel, output = build(python, tree, tmp_path / "out")
    assert "Built crate words" in output
    path = unpack(wheel, tmp_path / "installed")
    code = "import officina_words as w; print(*w.count('one two'), w.title('hi'), list(w.words('a b c', 2)))"
    done = run([python, "-c", code], tmp_path, {"PYTHONPATH": str(path)})
    assert done.stdout == "2 1 6 Hi ['a', 'b']\n", done.output
    code = "import officina_words as w\ntry: w.panic()\nexcept w.WordsError as error: print(error)"
    done = run([python, "-c", code], tmp_path, {"PYTHONPATH": str(path)})
    assert (done.code, done.stdout) == (0, "the code in Rust panicked\n"), done.output
    if interpreter == INTERPRETERS.get(THIS):
        tests = [str(tree / "tests"), f"--rootdir={tree / 'tests'}"]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        done = run(command, tmp_path, {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"})
        assert done.code == 0, done.output


@pytest.mark.parametrize("interpreter", EACH)
def test_the_sdist_is_the_same_from_every_interpreter(interpreter, build_env, example_project, tmp_path):
    made = {}
    for python in (interpreter, sys.executable):
        out = tmp_path / str(len(made))
        name = call_hook(build_env(python), example_project, tmp_path, "build_sdist", sdist_directory=str(out))
        made[python] = (out / name).read_bytes()
    assert len(set(made.values())) == 1


@pytest.mark.parametrize("interpreter", [EACH[0], EACH[-1]])
def test_an_editable_install_works_on_the_extremes(interpreter, tmp_path):
    site = Site(tmp_path / "site", interpreter)
    builders = ADD + "\nabi = FFI()\nabi.cdef('int abs(int);')\nabi.set_source('demo._abi', None)\n"
    modules = ["build_demo.py:ffi", "build_demo.py:abi"]
    # PyPy has a cffi of its own.
    lines = PROJECT.replace('"cffi"', "\"cffi; platform_python_implementation != 'PyPy'\"")
    project = demo(tmp_path / "project", files={"build_demo.py": builders}, modules=modules, project=lines)
    site.pip("install", "-e", project)
    code = "import demo; from demo._abi import ffi; print(demo.lib.add(2, 3), ffi.dlopen(None).abs(-4), demo.__file__)"
    assert site.says(code) == f"5 4 {project}/demo/__init__.py"
    site.pip("uninstall", "-y", "demo")
    assert not [path for path in site.packages.iterdir() if "demo" in path.name]

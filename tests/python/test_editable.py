"""Editable installs (PEP 660) by pip and uv: the sources stay where they are, the modules are found."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from building import build
from projects import ADD, demo, make_project, snapshot
from sites import Site

SHOWN = "import demo; print(demo.lib.add(2, 3), demo.__file__)"


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "site")


@pytest.mark.parametrize("installer", ["pip", "pip --no-build-isolation", "uv"])
def test_edits_are_seen_and_an_uninstall_leaves_nothing(installer, site, tmp_path, officina_wheel):
    project = demo(tmp_path / "a project")
    if installer == "pip --no-build-isolation":
        site.pip("install", "cffi", officina_wheel)
        install = ["install", "--no-build-isolation", "-e", project]
    else:
        install = ["install", "-e", project]
    before_tree, before_site = snapshot(project), set(site.packages.iterdir())
    (site.uv if installer == "uv" else site.pip)(*install)
    assert site.says(SHOWN) == f"5 {project}/demo/__init__.py"
    assert snapshot_without_bytecode(project) == before_tree
    with (project / "demo/__init__.py").open("a") as file:
        file.write("answer = 42\n")
    assert site.says("import demo; print(demo.answer)") == "42"
    (project / "build_demo.py").write_text(ADD.replace("a + b", "a * b"))
    (site.uv if installer == "uv" else site.pip)(*install)
    assert site.says("import demo; print(demo.lib.add(2, 3))") == "6"
    if installer == "uv":
        site.uv("uninstall", "demo", "cffi", "pycparser")
    else:
        site.pip("uninstall", "-y", "demo")
    left = {path.name for path in set(site.packages.iterdir()) - before_site}
    assert not [name for name in left if "demo" in name or "officina_editable" in name], left


def snapshot_without_bytecode(folder: Path) -> dict:
    return {path: entry for path, entry in snapshot(folder).items() if "__pycache__" not in path}


def test_abi_mode_namespaces_bare_modules_and_data(site, tmp_path):
    builders = """\
from cffi import FFI

def made(name, source):
    ffi = FFI()
    ffi.cdef("int abs(int);")
    ffi.set_source(name, source)
    return ffi

api = made("space.one._api", "#include <stdlib.h>")
abi = made("space.one._abi", None)
bare = made("_bare_api", "#include <stdlib.h>")
bare_abi = made("_bare_abi", None)
"""
    project = make_project(
        tmp_path / "project",
        {"make.py": builders, "src/space/one/__init__.py": "", "src/space/one/data.txt": "data", "extra.txt": "extra"},
        modules=[f"make.py:{name}" for name in ("api", "abi", "bare", "bare_abi")],
        settings='include = ["extra.txt"]\n',
    )
    other = demo(tmp_path / "other", files={"space/two/__init__.py": "two = 2\n"}, settings='packages = ["space"]\n')
    (other / "build_demo.py").write_text(ADD.replace("demo._demo", "space.two._demo"))
    site.pip("install", "-e", project)
    pyproject = other / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('name = "demo"', 'name = "other"'))
    site.pip("install", "-e", other)
    code = (
        "import _bare_api, _bare_abi, space.one._api as api, space.one._abi as abi, space.two._demo as two\n"
        "import importlib.resources as resources\n"
        "print(api.lib.abs(-1), _bare_api.lib.abs(-2), two.lib.add(1, 2), abi.ffi.dlopen(None).abs(-4))\n"
        "print(resources.files('space.one').joinpath('data.txt').read_text())"
    )
    assert site.says(code) == "1 2 3 4\ndata"
    assert (site.packages / "extra.txt").read_text() == "extra"


def test_type_checkers_can_follow_the_path(site, tmp_path):
    project = demo(tmp_path / "project")
    site.pip("install", "-e", project)
    [pth] = site.packages.glob("_officina_editable_demo.pth")
    assert pth.read_text().splitlines() == [str(project), "import _officina_editable_demo"]


def test_a_stale_module_beside_the_sources_does_not_win(site, tmp_path):
    project = demo(tmp_path / "project", files={"demo/_demo.abi3.so": "stale"})
    site.pip("install", "-e", project)
    assert site.says("import demo; print(demo.lib.add(2, 3))") == "5"


def test_the_metadata_is_that_of_the_wheel(site, python, tmp_path):
    project = demo(
        tmp_path / "project",
        project='name = "demo"\nversion = "1.0"\ndependencies = ["cffi"]\nscripts = { x = "demo:y" }\n',
    )
    wheel, _ = build(python, project, tmp_path / "out")
    site.pip("install", "-e", project)
    [installed] = site.packages.glob("demo-1.0.dist-info")
    assert (installed / "METADATA").read_bytes() == zipfile.Path(wheel, "demo-1.0.dist-info/METADATA").read_bytes()
    assert (installed / "entry_points.txt").read_text() == "[console_scripts]\nx = demo:y\n"


def test_built_modules_are_seen_with_their_packages(site, tmp_path):
    made = """
def made(name, source):
    ffi = FFI()
    ffi.cdef("int abs(int);")
    ffi.set_source(name, source)
    return ffi
"""
    names = {"api": "demo._api", "abi": "demo.sub._abi", "space": "space.part._api", "top": "_top"}
    lines = (
        f'{name} = made("{module}", {None if name == "abi" else "#include <stdlib.h>"!r})\n'
        for name, module in names.items()
    )
    files = {
        "make.py": f"from cffi import FFI\n{made}{''.join(lines)}",
        **dict.fromkeys(["src/demo/__init__.py", "src/demo/sub/__init__.py", "src/demo/sub/own.py"], ""),
        "src/demo/data.txt": "data",
        "src/space/part/own.py": "",
    }
    settings = "editable.rebuild = true\n"
    project = make_project(
        tmp_path / "project", files, modules=[f"make.py:{name}" for name in names], settings=settings
    )
    before = set(site.packages.iterdir())
    site.pip("install", "-e", project)
    code = """
import importlib.resources as resources, os, pathlib, pkgutil, sys
import demo, space.part, demo.sub._abi, demo._api
names = lambda path, prefix="": sorted(module.name for module in pkgutil.walk_packages(path, prefix))
top = [module.name for module in pkgutil.iter_modules()]
print(names(demo.__path__, "demo."), names(space.part.__path__), "_top" in top)
if sys.version_info >= (3, 10):
    for package in ("demo", "demo.sub", "space.part"):
        listed = [path.name.partition(".")[0] for path in resources.files(package).iterdir() if path.is_file()]
        assert [name for name in listed if name in ("_api", "_abi")], listed
    files = resources.files("demo")
    assert (files / "data.txt").read_text() == "data" and isinstance(files, pathlib.Path)
    module = pathlib.Path(demo._api.__file__)
    assert (files / module.name).read_bytes() == module.read_bytes()
    assert not (files / "gone.txt").exists() and os.listdir(files) and files.joinpath("sub", "own.py").is_file()
"""
    walked = "['demo._api', 'demo.sub', 'demo.sub._abi', 'demo.sub.own'] ['_api', 'own'] True"
    assert site.says(code) == walked
    site.pip("uninstall", "-y", "demo")
    left = {path.name for path in set(site.packages.iterdir()) - before}
    assert not [name for name in left if "officina" in name or "demo" in name], left

"""What an import of an editable install looks at is what a build looks at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from building import run
from projects import make_project, snapshot
from sites import Site

VALUE = "int value(void);"
SHOWN = "from demo._demo import lib; print(lib.value())"


def builder(source: str, **arguments: object) -> str:
    return f"""\
from cffi import FFI

ffi = FFI()
ffi.cdef({VALUE!r})
ffi.set_source("demo._demo", {source!r}, **{arguments!r})
"""


def installed(folder: Path, make: str, files: dict[str, str], env: dict[str, str] | None = None) -> tuple[Path, Site]:
    """A project of flat layout that rebuilds on import, and the environment that it is installed into."""
    files = {"demo/__init__.py": "", "make.py": make, **files}
    project = make_project(folder / "project", files, modules=["make.py:ffi"], settings="editable.rebuild = true\n")
    if "lib" in make:
        archive(project, 1)
    site = Site(folder / "site")
    site.uv("install", "-e", project, env=env)
    return project, site


def says(site: Site) -> str:
    outcome = run([site.python, "-c", SHOWN], site.packages)
    assert outcome.code == 0, outcome.output
    return outcome.stdout.strip()


def archive(project: Path, value: int) -> None:
    """Makes `lib/libvalue.a`, as somebody's Makefile does."""
    folder = project / "lib"
    folder.mkdir(exist_ok=True)
    (folder / "value.c").write_text(f"int value(void) {{ return {value}; }}\n")
    for command in (["cc", "-fPIC", "-c", "value.c"], ["ar", "rcs", "libvalue.a", "value.o"]):
        subprocess.run(command, cwd=folder, check=True)


def test_a_header_that_shadows_another_is_seen(tmp_path):
    make = builder(f'#include "value.h"\n{VALUE[:-1]} {{ return VALUE; }}', include_dirs=["first", "second"])
    headers = {"first/other.h": "", "second/value.h": "#define VALUE 1\n"}
    project, site = installed(tmp_path, make, headers)
    assert says(site) == "1"
    (project / "first/value.h").write_text("#define VALUE 2\n")
    assert says(site) == "2"
    (project / "first/value.h").unlink()
    assert says(site) == "1"


@pytest.mark.parametrize(
    "arguments",
    [
        {"library_dirs": ["lib"], "libraries": ["value"]},
        {"extra_link_args": ["-Llib", "-lvalue"]},
        {"extra_link_args": ["-L", "lib", "-l:libvalue.a"]},
        {"extra_objects": ["lib/libvalue.a"]},
    ],
    ids=["library_dirs", "-L", "-l:", "extra_objects"],
)
def test_a_library_that_changed_is_seen(arguments, tmp_path):
    project, site = installed(tmp_path, builder(VALUE, **arguments), {})
    assert says(site) == "1"
    archive(project, 2)
    assert says(site) == "2"


def test_a_rebuild_links_with_the_variables_of_the_install(tmp_path):
    make = builder(f'#include "value.h"\n{VALUE[:-1]} {{ return VALUE; }}', include_dirs=["inc"])
    folder = tmp_path / "where libraries lie"
    env = {"LD_RUN_PATH": str(folder)}
    project, site = installed(tmp_path, make, {"inc/value.h": "#define VALUE 1\n"}, env)
    [module] = site.packages.rglob("demo/_demo.*so")
    before = str(folder).encode() in module.read_bytes()
    assert before, "the linker took no notice of LD_RUN_PATH"
    (project / "inc/value.h").write_text("#define VALUE 2\n")
    assert says(site) == "2"
    assert str(folder).encode() in module.read_bytes()


def test_the_headers_of_a_flat_project_are_its_own(officina_wheel, tmp_path):
    """The project root is on `sys.path` there, where the working directory is."""
    make = builder(f'#include "value.h"\n{VALUE[:-1]} {{ return VALUE; }}', include_dirs=["inc"])
    project = make_project(
        tmp_path / "project",
        {"demo/__init__.py": "", "make.py": make, "inc/value.h": "#define VALUE 1\n"},
        modules=["make.py:ffi"],
    )
    site = Site(tmp_path / "site")
    site.pip("install", "cffi", officina_wheel)
    env = {"PYTHONPATH": str(project)}
    install = ("install", "-v", "--no-build-isolation", "-e", project)
    assert "Compiled" in site.pip(*install, env=env)
    again = site.pip(*install, env=env)
    assert "Compiled" not in again and "Unchanged 4 of 4 steps" in again


def test_a_wheel_and_an_editable_install_in_turn_build_nothing_again(officina_wheel, tmp_path):
    project = make_project(
        tmp_path / "project",
        {"demo/__init__.py": "", "make.py": builder(f"{VALUE[:-1]} {{ return 1; }}")},
        modules=["make.py:ffi"],
    )
    site = Site(tmp_path / "site")
    site.pip("install", "cffi", officina_wheel)
    wheel = ("wheel", "-v", "--no-build-isolation", "--no-deps", "-w", tmp_path / "out", project)
    editable = ("install", "-v", "--no-build-isolation", "-e", project)
    for arguments in (wheel, editable):
        assert "Compiled" in site.pip(*arguments)
    before = snapshot(project)
    for arguments in (wheel, editable, wheel):
        assert "Unchanged 4 of 4 steps" in site.pip(*arguments)
    assert {path for path in before if path.startswith("demo/")} == {"demo/__init__.py"}


ASKING = (
    builder(f"{VALUE[:-1]} {{ return VALUE + 0; }}")
    .replace(
        "ffi = FFI()",
        "import os\nlevel = os.environ.get('DEMO_LEVEL', '0') if os.environ.get('API_KEY') else '0'\nffi = FFI()",
    )
    .replace("**{}", "define_macros=[('VALUE', level)], depends=['more.h']")
)


def test_no_value_that_a_builder_asked_for_is_kept(tmp_path):
    env = {
        "DEMO_LEVEL": "7",
        "API_KEY": "TOPSECRET",
        "DATABASE_URL": "postgres://TOPSECRET@x",
        "my_password": "TOPSECRET",
    }
    make = (
        ASKING + "os.getenv('DATABASE_URL'), 'my_password' in os.environ, os.environ['my_password'], dict(os.environ)\n"
    )
    project, site = installed(tmp_path, make, {"more.h": ""}, env)
    assert says(site) == "7"
    kept = [*project.rglob("*"), *site.packages.rglob("*")]
    assert not [path for path in kept if path.is_file() and b"TOPSECRET" in path.read_bytes()]


def test_a_rebuild_goes_without_a_variable_as_long_as_no_builder_runs(tmp_path):
    env = {"DEMO_LEVEL": "7", "API_KEY": "x"}
    project, site = installed(tmp_path, ASKING, {"more.h": ""}, env)
    (project / "more.h").write_text("// other\n")
    assert says(site) == "7", "what the compilers read does not need the variables"
    (project / "make.py").write_text((project / "make.py").read_text().replace("VALUE + 0", "VALUE + 1"))
    outcome = run([site.python, "-c", SHOWN], site.packages)
    assert outcome.code == 1
    assert "builder `make.py` has to run again" in outcome.output and "API_KEY and others" in outcome.output
    assert (
        "hint: set API_KEY, DEMO_LEVEL and import again, or install again: python -m pip install -e" in outcome.output
    )
    assert run([site.python, "-c", SHOWN], site.packages, env).stdout == "8\n"
    other = {**env, "DEMO_LEVEL": "9"}
    (project / "make.py").write_text((project / "make.py").read_text().replace("VALUE + 1", "VALUE + 2"))
    assert run([site.python, "-c", SHOWN], site.packages, other).stdout == "11\n", "what is said today counts"


def test_a_variable_that_was_not_set_is_not_set_for_a_rebuild(tmp_path):
    project, site = installed(tmp_path, ASKING, {"more.h": ""}, {"API_KEY": "x"})
    assert says(site) == "0"
    (project / "make.py").write_text((project / "make.py").read_text().replace("VALUE + 0", "VALUE + 1"))
    assert run([site.python, "-c", SHOWN], site.packages, {"API_KEY": "y", "DEMO_LEVEL": "9"}).stdout == "1\n"

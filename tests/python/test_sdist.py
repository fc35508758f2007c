"""Source distributions: what they hold, that they are the same everywhere, and that they can build."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from building import build, call_hook, hook_command, run, unpack_sdist
from projects import demo, make_project, snapshot


def sdist(python: Path, project: Path, scratch: Path, env: dict | None = None) -> Path:
    """Builds an sdist by the hook itself."""
    out = scratch / "out"
    name = call_hook(python, project, scratch, "build_sdist", env, sdist_directory=str(out))
    return out / name


def members(archive: Path) -> list[str]:
    """The files of an sdist below its one folder, sorted as they stand there."""
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    folder = archive.name.removesuffix(".tar.gz")
    assert all(name.startswith(f"{folder}/") for name in names), names
    return [name[len(folder) + 1 :] for name in names]


def git(project: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", project, "-c", "init.defaultBranch=main", *arguments], check=True, capture_output=True)


def test_sdist_then_wheel_equals_wheel(python, tmp_path, example_project):
    direct, _ = build(python, example_project, tmp_path / "direct")
    tree = unpack_sdist(sdist(python, example_project, tmp_path), tmp_path / "unpacked")
    from_sdist, _ = build(python, tree, tmp_path / "from-sdist")
    assert from_sdist.read_bytes() == direct.read_bytes()
    again = tmp_path / "again"
    again.mkdir()
    assert sdist(python, tree, again).read_bytes() == (tmp_path / "out" / f"{tree.name}.tar.gz").read_bytes()


def test_it_runs_no_builder_and_no_compiler_and_leaves_the_tree_alone(python, tmp_path):
    project = demo(tmp_path / "project", files={"build_demo.py": "raise SystemExit('the builder ran')\n"})
    before = snapshot(project)
    held = members(sdist(python, project, tmp_path, {"CC": "officina-no-such-compiler"}))
    assert held == ["PKG-INFO", "build_demo.py", "demo/__init__.py", "pyproject.toml"]
    assert snapshot(project) == before


def test_two_folders_and_two_times_give_the_same_bytes(python, tmp_path):
    archives = []
    for number, umask in enumerate([0o022, 0o077]):
        scratch = tmp_path / f"try {number}"
        old = os.umask(umask)
        try:
            project = demo(scratch / "tree", files={"demo/data.txt": "x"})
        finally:
            os.umask(old)
        os.utime(project / "demo/data.txt", (number * 1000, number * 1000))
        archives.append(sdist(python, project, scratch).read_bytes())
    assert archives[0] == archives[1]


def test_source_date_epoch_is_the_time_of_every_file(python, tmp_path):
    archive = sdist(python, demo(tmp_path / "project"), tmp_path, {"SOURCE_DATE_EPOCH": "1700000000"})
    with tarfile.open(archive) as tar:
        assert {member.mtime for member in tar} == {1700000000}


@pytest.mark.parametrize("checkout", ["a checkout", "a folder below a checkout", "no checkout"])
def test_ignore_files_count_but_for_what_the_wheel_needs(checkout, python, tmp_path):
    top = tmp_path / "top"
    top.mkdir()
    project = top if checkout == "a checkout" else top / "project"
    demo(
        project,
        files={
            ".gitignore": "*.log\n/notes/\n_version.py\n",
            "demo/_version.py": "version = '1'\n",
            "demo/_demo.abi3.so": "stale",
            "demo.log": "",
            "notes/idea.txt": "",
            "docs/index.md": "",
            "build/lib/x.py": "",
            "demo.egg-info/PKG-INFO": "",
        },
    )
    if checkout != "no checkout":
        git(top, "init")
    # What lies above has a say only in the same repository.
    (top / ".gitignore").open("a").write("docs/\n")
    held = set(members(sdist(python, project, tmp_path)))
    expected = {".gitignore", "PKG-INFO", "build_demo.py", "demo/__init__.py", "demo/_version.py", "pyproject.toml"}
    assert held == expected | ({"docs/index.md"} if checkout == "no checkout" else set())


def test_secrets_are_left_out_with_a_warning_unless_they_are_asked_for(python, tmp_path):
    files = {".env": "PASSWORD=1", "deploy/id_rsa": "key", "tests/server.key": "key", ".env.example": ""}
    project = demo(tmp_path / "project", files=files, more='[tool.officina.sdist]\ninclude = ["tests/server.key"]\n')
    command = hook_command(python, tmp_path / "answer", "build_sdist", sdist_directory=str(tmp_path / "out"))
    done = run(command, project)
    assert done.code == 0, done.output
    held = members(tmp_path / "out" / "demo-1.0.tar.gz")
    assert ".env" not in held and "deploy/id_rsa" not in held
    assert ".env.example" in held and "tests/server.key" in held
    for name in (".env", "deploy/id_rsa"):
        assert f"warning: `{name}` looks like a secret" in done.output


def test_links_to_secrets_are_secrets(python, tmp_path):
    files = {"demo/.aws/credentials": "key", "demo/login.txt": "", "demo/data.txt": "", "demo/plain/a.txt": ""}
    project = demo(tmp_path / "project", files=files)
    (project / ".env").write_text("PASSWORD=1")
    (tmp_path / "id_rsa").write_text("key")
    (project / "demo/login.txt").unlink()
    (project / "demo/login.txt").symlink_to("../.env")
    (project / "demo/outside.txt").symlink_to("../../id_rsa")
    (project / "demo/cloud").symlink_to(".aws")
    (project / "demo/other.txt").symlink_to("data.txt")
    wheel, said = build(python, project, tmp_path)
    held, packed = zipfile.ZipFile(wheel).namelist(), members(sdist(python, project, tmp_path))
    for name in ("demo/login.txt", "demo/outside.txt", "demo/cloud/credentials", "demo/.aws/credentials"):
        assert name not in held and name not in packed, name
    assert "warning: `demo/login.txt` looks like a secret and is left out of the wheel" in said
    for name in ("demo/other.txt", "demo/data.txt", "demo/plain/a.txt"):
        assert name in held and name in packed, name


@pytest.mark.parametrize("where", ["", "demo/"])
def test_what_builds_and_editors_leave_in_the_tree_is_in_no_product(where, python, tmp_path):
    kept = ["data.bin", "model.obj"]
    left = ["other-1.0-py3-none-any.whl", "a.o", ".idea/x.xml", ".vscode/settings.json", ".a.py.swp", "a.py~"]
    left += [] if where else ["wheelhouse/notes.txt"]
    project = demo(tmp_path / "project", files={where + name: "" for name in kept + left})
    held, packed = (
        zipfile.ZipFile(build(python, project, tmp_path)[0]).namelist(),
        members(sdist(python, project, tmp_path)),
    )
    for name in left:
        assert where + name not in held and where + name not in packed, name
    for name in kept:
        assert where + name in packed and (where + name in held) is bool(where)


def test_modules_that_were_found_beside_pyproject_are_told_and_tests_are_none(python, tmp_path):
    files = {"one.py": "", "two.py": "", "test_one.py": "", "conftest.py": "", "one_test.py": ""}
    project = demo(tmp_path / "project", files=files)
    shutil.rmtree(project / "demo")
    wheel, said = build(python, project, tmp_path)
    top = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    assert top == {"one.py", "two.py"}
    assert "the wheel holds 2 modules that lie beside pyproject.toml, `one`, `two`" in said
    assert 'py-modules = ["one", "two"]' in said


@pytest.mark.parametrize(("asked", "held"), [("", False), ('include = ["demo/server.key"]\n', True)])
def test_a_secret_in_a_package_is_in_both_products_or_in_none(asked, held, python, tmp_path):
    files = {"demo/server.key": "key", "demo/public.txt": ""}
    project = demo(tmp_path / "project", files=files, settings=asked)
    direct, said = build(python, project, tmp_path / "direct")
    assert ("demo/server.key" in zipfile.ZipFile(direct).namelist()) is held
    expected = "warning: `demo/server.key` looks like a secret and is left out of the wheel: name it in `include`"
    assert (expected in said) is not held
    tree = unpack_sdist(sdist(python, project, tmp_path), tmp_path / "unpacked")
    assert (tree / "demo/server.key").exists() is held
    from_sdist, _ = build(python, tree, tmp_path / "from-sdist")
    assert from_sdist.read_bytes() == direct.read_bytes()


def test_what_the_wheel_includes_from_a_build_folder_is_in_the_sdist_too(python, tmp_path):
    files = {".gitignore": "/build/\n", "build/docs/guide.html": "guide", "build/x.o": "", "dist/a.txt": ""}
    project = demo(tmp_path / "project", files=files, settings='include = ["build/docs", "dist/a.txt"]\n')
    direct, _ = build(python, project, tmp_path / "direct")
    tree = unpack_sdist(sdist(python, project, tmp_path), tmp_path / "unpacked")
    assert (tree / "build/docs/guide.html").read_text() == "guide"
    assert not (tree / "build/x.o").exists()
    from_sdist, _ = build(python, tree, tmp_path / "from-sdist")
    assert from_sdist.read_bytes() == direct.read_bytes()


def made(python, project, tmp_path):
    """What is said while an sdist is made."""
    done = run(hook_command(python, tmp_path / "answer", "build_sdist", sdist_directory=str(tmp_path / "out")), project)
    assert done.code == 0, done.output
    return done.output


def test_headers_and_sources_that_are_left_out_are_pointed_out_before_anything_runs(python, tmp_path):
    builder = "ffi.set_source('_x', '', sources=['gen/table.c'], include_dirs=['inc'])\nraise SystemExit\n"
    files = {
        ".gitignore": "gen/\n",
        "build_demo.py": builder,
        "gen/table.c": "",
        "gen/deep.h": "",
        "inc/made.h": "",
        "src/a.c": '#include "../gen/deep.h"\n#include <stdio.h>\n#include <made.h>\n',
    }
    more = '[tool.officina.sdist]\nexclude = ["inc/made.h"]\n'
    project = demo(tmp_path / "project", files=files, more=more)
    said = made(python, project, tmp_path)
    for expected in (
        "warning: `gen/deep.h` is left out of the sdist (ignored by .gitignore:1 `gen/`), but `src/a.c:1` includes it: "
        'write `include = ["gen/deep.h"]` into `[tool.officina.sdist]`',
        "warning: `gen/table.c` is left out of the sdist (ignored by .gitignore:1 `gen/`), but `build_demo.py:1` "
        "names it",
        "warning: `inc/made.h` is left out of the sdist (`sdist.exclude` has `inc/made.h`), but `src/a.c:3` includes "
        "it: narrow `inc/made.h` in `exclude`",
    ):
        assert expected in said
    mended = '[tool.officina.sdist]\ninclude = ["gen/deep.h", "gen/table.c"]\n'
    project = demo(tmp_path / "project", files=files, more=mended)
    assert "warning" not in made(python, project, tmp_path)


def test_many_headers_that_are_left_out_are_counted(python, tmp_path):
    names = [f"{n:02}.h" for n in range(12)]
    files = {".gitignore": "*.h\n", "src/a.c": "".join(f'#include "{name}"\n' for name in names)}
    files.update({f"src/{name}": "" for name in names})
    said = made(python, demo(tmp_path / "project", files=files), tmp_path)
    assert [name for name in names if f"`src/{name}` is left out" in said] == names[:10]
    assert "warning: 2 more files are left out of the sdist and spoken of in it" in said


def test_a_pipe_and_a_socket_in_a_package_are_left_out_with_a_warning(python, tmp_path):
    project = demo(tmp_path / "project", files={"other/x.txt": ""})
    os.mkfifo(project / "demo/pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(project / "demo/socket"))
        said = made(python, project, tmp_path)
        wheel, said_by_wheel = build(python, project, tmp_path / "wheel")
    for product, words in (("sdist", said), ("wheel", said_by_wheel)):
        assert f"warning: `demo/pipe` is a named pipe and is left out of the {product}" in words
        assert f"warning: `demo/socket` is a socket and is left out of the {product}" in words
    assert not {"demo/pipe", "demo/socket"} & set(members(tmp_path / "out/demo-1.0.tar.gz"))
    assert not {"demo/pipe", "demo/socket"} & set(zipfile.ZipFile(wheel).namelist())


def test_include_adds_what_is_ignored_and_exclude_takes_away(python, tmp_path):
    files = {".gitignore": "generated/\n", "generated/table.h": "", "docs/a.md": "", "docs/b.md": ""}
    more = '[tool.officina.sdist]\ninclude = ["generated/*.h"]\nexclude = ["docs"]\n'
    held = members(sdist(python, demo(tmp_path / "project", files=files, more=more), tmp_path))
    assert "generated/table.h" in held
    assert not [name for name in held if name.startswith("docs/")]


def refused(python, project, tmp_path):
    out = tmp_path / "out"
    done = run(hook_command(python, tmp_path / "answer", "build_sdist", sdist_directory=str(out)), project)
    assert done.code == 1, done.output
    assert "Traceback" not in done.output
    assert not out.exists() or not list(out.iterdir())
    return done.output


def test_a_builder_cannot_be_excluded(python, tmp_path):
    more = '[tool.officina.sdist]\nexclude = ["build_*.py"]\n'
    said = refused(python, demo(tmp_path / "project", more=more), tmp_path)
    assert "`build_demo.py`" in said and "pyproject.toml:" in said and "hint: " in said


def test_a_builder_outside_the_project_is_refused_however_it_is_spelled(python, tmp_path):
    (tmp_path / "build_demo.py").write_text("")
    project = demo(tmp_path / "project", modules=["../build_demo.py:ffi"])
    said = refused(python, project, tmp_path)
    assert "`../build_demo.py` lies outside the project" in said
    assert "pyproject.toml:" in said and "hint: " in said
    project = demo(tmp_path / "inside", files={"tools/x.txt": ""}, modules=["tools/../build_demo.py:ffi"])
    assert "build_demo.py" in members(sdist(python, project, tmp_path))


def test_a_link_out_of_the_tree_is_refused_unless_it_is_excluded(python, tmp_path):
    project = demo(tmp_path / "project", files={"docs/a.md": ""})
    (tmp_path / "private").write_text("private")
    (project / "docs/link").symlink_to("../../private")
    assert "`docs/link` is outside the project" in refused(python, project, tmp_path)
    project = demo(project, more='[tool.officina.sdist]\nexclude = ["docs/link"]\n')
    assert "docs/link" not in members(sdist(python, project, tmp_path))


def test_a_loop_of_links_ends_and_links_inside_are_followed(python, tmp_path):
    project = demo(tmp_path / "project", files={"c/x.h": "content"})
    (project / "c/loop").symlink_to("..")
    (project / "c/y.h").symlink_to("x.h")
    tree = unpack_sdist(sdist(python, project, tmp_path), tmp_path / "unpacked")
    assert (tree / "c/y.h").read_text() == "content"
    assert not (tree / "c/y.h").is_symlink()


def test_names_of_every_kind_come_back(python, tmp_path):
    names = ["données/ä ö.txt", "d" * 90 + "/" + "e" * 120 + "/" + "f" * 60 + ".txt", "x'\"#%.txt", "日本語" * 25]
    names += ["new\nline.txt", "back\\slash.txt"]
    project = demo(tmp_path / "project", files={name: name for name in names})
    tree = unpack_sdist(sdist(python, project, tmp_path), tmp_path / "unpacked")
    for name in names:
        assert (tree / name).read_text(encoding="utf-8") == name


def test_two_unicode_forms_of_a_name_are_refused(python, tmp_path):
    project = demo(tmp_path / "project", files={"data/\u00e9.txt": "1", "data/e\u0301.txt": "2"})
    if len(list((project / "data").iterdir())) < 2:
        pytest.skip("this file system takes both names for one")
    assert "two files for the path" in refused(python, project, tmp_path)


def test_two_sdists_of_one_tree_at_the_same_time_are_the_same(python, tmp_path):
    project = demo(tmp_path / "project", files={f"data/{n}.txt": str(n) * 5000 for n in range(300)})
    shared = project / "out"  # in the tree: neither holds what the other is writing
    commands = [
        hook_command(python, tmp_path / f"answer-{n}", "build_sdist", sdist_directory=str(folder))
        for n, folder in enumerate([shared, shared, tmp_path / "alone"])
    ]
    shared.mkdir()
    started = [subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE) for command in commands]
    for process in started:
        said = process.communicate()[1].decode()
        assert process.returncode == 0, said
    assert [file.name for file in shared.iterdir()] == ["demo-1.0.tar.gz"]
    for folder in (shared, tmp_path / "alone"):
        held = members(folder / "demo-1.0.tar.gz")
        assert len([name for name in held if name.startswith("data/")]) == 300
        assert not [name for name in held if ".officina-" in name]


def test_modes_are_normal(python, tmp_path):
    project = demo(tmp_path / "project", files={"run.sh": "", "plain.txt": ""})
    (project / "run.sh").chmod(0o700)
    (project / "plain.txt").chmod(0o600)
    with tarfile.open(sdist(python, project, tmp_path)) as tar:
        modes = {member.name.partition("/")[2]: member.mode for member in tar}
    assert modes["run.sh"] == 0o755 and modes["plain.txt"] == 0o644


def test_newer_toml_is_said_for_older_readers(python, tmp_path):
    tomllib = pytest.importorskip("tomllib")
    project = demo(tmp_path / "project")
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + "[tool.other]\na = {\n  b = 1, # one\n}\n")
    tree = unpack_sdist(sdist(python, project, tmp_path), tmp_path / "unpacked")
    text = (tree / "pyproject.toml").read_text()
    assert "a = { b = 1 }\n" in text
    assert tomllib.loads(text)["tool"]["other"] == {"a": {"b": 1}}


def test_readme_licences_and_version_files_come_even_when_ignored(python, tmp_path):
    project = make_project(
        tmp_path / "project",
        {
            ".gitignore": "*\n",
            "README.md": "# Demo\n",
            "LICENSE": "free\n",
            "VERSION": "2.5\n",
            "demo/__init__.py": "",
        },
        project='name = "demo"\ndynamic = ["version"]\nreadme = "README.md"\nlicense = "MIT"\n',
        settings='dynamic = { version = { file = "VERSION" } }\n',
    )
    shutil.rmtree(project / ".git", ignore_errors=True)
    archive = sdist(python, project, tmp_path)
    assert archive.name == "demo-2.5.tar.gz"
    assert members(archive) == ["LICENSE", "PKG-INFO", "README.md", "VERSION", "demo/__init__.py", "pyproject.toml"]


def test_what_git_tracks_is_in_the_sdist_whatever_the_ignore_files_say(python, tmp_path):
    files = {".gitignore": "gen/\n*.log\n", "gen/h.h": "", "gen/i.h": "", "lib/libx.a": "", "lib/x.o": "", "liby.a": ""}
    project = demo(tmp_path / "project", files=files)
    git(project, "init")
    git(project, "add", ".")
    git(project, "add", "-f", "gen/h.h", "lib/libx.a", "lib/x.o")
    git(project, "rm", "-q", "--cached", "liby.a")
    (project / "lib/y.o").write_text("")
    held = members(sdist(python, project, tmp_path))
    assert {"gen/h.h", "lib/libx.a", "lib/x.o"} <= set(held)
    assert not {"gen/i.h", "liby.a", "lib/y.o"} & set(held)


def test_sources_outside_the_project_are_told_when_the_sdist_is_made(python, tmp_path):
    (tmp_path / "common").mkdir()
    (tmp_path / "common/g.c").write_text("")
    builder = "ffi.set_source('_x', '', sources=['../common/g.c', '../common/absent.c'], include_dirs=['../common'])\n"
    said = made(python, demo(tmp_path / "project", files={"build_demo.py": builder}), tmp_path)
    assert "warning: `../common/g.c` lies outside the project" in said and "`build_demo.py:1` names it" in said
    assert "warning: `../common` lies outside the project" in said
    assert "absent.c" not in said


def test_readme_and_licence_may_be_links_out_of_the_project(python, tmp_path):
    for name in ("README.md", "LICENSE"):
        (tmp_path / name).write_text(f"shared {name}\n")
    project = make_project(
        tmp_path / "project",
        {"demo/__init__.py": ""},
        project='name = "demo"\nversion = "1.0"\nreadme = "README.md"\nlicense-files = ["**/LICENSE"]\n',
    )
    for name in ("README.md", "LICENSE"):
        (project / name).symlink_to(f"../{name}")
    direct, _ = build(python, project, tmp_path / "direct")
    tree = unpack_sdist(sdist(python, project, tmp_path), tmp_path / "unpacked")
    assert (tree / "LICENSE").read_text() == "shared LICENSE\n" and not (tree / "README.md").is_symlink()
    from_sdist, _ = build(python, tree, tmp_path / "from-sdist")
    assert from_sdist.read_bytes() == direct.read_bytes()


def test_a_licence_that_is_not_utf8_is_refused(python, tmp_path):
    project = demo(tmp_path / "project", files={"LICENSE": ""})
    (project / "LICENSE").write_bytes("free\n\xe9\n".encode("latin-1"))
    said = refused(python, project, tmp_path)
    assert "`LICENSE` is not valid UTF-8 (line 2)" in said and "hint: " in said


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("__import__('pkg_resources').declare_namespace(__name__)\n", "pkg_resources"),
        ("__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n", "pkgutil"),
        ("from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n", "pkgutil"),
        ("import pkgutil\n", None),
    ],
)
def test_an_init_that_declares_a_namespace_is_pointed_out(text, way, python, tmp_path):
    project = demo(tmp_path / "project", files={"demo/sub/__init__.py": text})
    said = build(python, project, tmp_path)[1]
    assert (f"`demo/sub/__init__.py` declares a namespace with `{way}`" in said) is bool(way)
    assert ("declares a namespace" in said) is bool(way)


def test_large_files_that_only_discovery_brought_are_pointed_out(python, tmp_path):
    files = {"demo/a.bin": "x" * 5_000_001, "demo/b.bin": "x" * 5_000_001, "demo/c.bin": "x" * 4_999_999}
    project = demo(tmp_path / "project", files=files, settings='include = ["demo/b.bin"]\n')
    said = build(python, project, tmp_path)[1]
    assert "warning: `demo/a.bin` of 5 MB goes into the wheel" in said
    assert "`demo/b.bin`" not in said and "`demo/c.bin`" not in said

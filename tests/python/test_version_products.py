"""What a version from git makes: wheels, sdists and editable installs, and what is said where there is none."""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from building import build, call_hook, names_in, run, unpack_sdist
from histories import git
from projects import demo, snapshot
from refusals import refused
from sites import Site

DYNAMIC = 'name = "demo"\ndynamic = ["version"]\nrequires-python = ">=3.9"\ndependencies = ["cffi"]\n'
WRITTEN = 'vcs = "git", write-to = "demo/_version.py"'


def project(folder: Path, keys: str = 'vcs = "git"', tag: str | None = "v1.2", **changes: object) -> Path:
    """A project with a module in a repository of its own, one commit after the tag."""
    changes.setdefault("more", f"[tool.officina.dynamic]\nversion = {{ {keys} }}\n")
    root = demo(folder, project=DYNAMIC, **changes)
    (root / ".gitignore").write_text("_version.py\nbuild\n")
    git(root, "init", "-q", "-b", "main")
    commit(root, "first")
    if tag:
        git(root, "tag", tag)
    commit(root, "second")
    return root


def commit(root: Path, message: str) -> str:
    """Commits all; returns the commit as versions name it."""
    git(root, "add", "-A")
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    git(root, *who, "commit", "-q", "--allow-empty", "-m", message)
    return "g" + git(root, "rev-parse", "HEAD")[:9]


def module_in(wheel: Path) -> dict:
    with zipfile.ZipFile(wheel) as archive:
        names: dict = {}
        exec(archive.read("demo/_version.py"), names)
    return names


def test_an_sdist_carries_the_version_and_its_wheel_has_the_same_bytes(python, tmp_path):
    root = project(tmp_path / "tree", WRITTEN)
    node = "g" + git(root, "rev-parse", "HEAD")[:9]
    before = snapshot(root)
    wheel, _ = build(python, root, tmp_path / "wheels")
    version = f"1.3.dev1+{node}"
    assert wheel.name.startswith(f"demo-{version}-")
    assert module_in(wheel)["version_tuple"] == (1, 3, "dev1", node)
    assert module_in(wheel)["__commit_id__"] == node
    name = call_hook(python, root, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    assert name == f"demo-{version}.tar.gz"
    assert snapshot(root) == before, "nothing is written into the tree"
    assert git(root, "status", "--porcelain") == ""
    unpacked = unpack_sdist(tmp_path / name, tmp_path / "unpacked")
    assert (unpacked / "demo" / "_version.py").is_file()
    assert f"\nVersion: {version}\n" in (unpacked / "PKG-INFO").read_text()
    again, _ = build(python, unpacked, tmp_path / "again", {"PATH": "/nowhere:/usr/bin:/bin"})
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize(
    "keys, tag, made_up",
    [
        ('vcs = "git"', None, True),
        ('vcs = "git"', "latest", True),
        ('vcs = "git"', "v1.2", False),
        ('vcs = "git", fallback = "0.9"', None, False),
    ],
)
def test_a_version_without_a_tag_is_said_to_be_made_up(keys, tag, made_up, python, tmp_path):
    root = project(tmp_path / "tree", keys, tag)
    wheel, said = build(python, root, tmp_path / "wheels")
    version = wheel.name.split("-")[1]
    warning = f"warning: git has no tag of a version here, so that the version `{version}` is made up"
    assert (warning in said) == made_up and ("git fetch --tags" in said) == made_up, said


def test_a_file_of_the_tree_gives_way_to_the_one_that_is_made(python, tmp_path):
    root = project(tmp_path / "tree", WRITTEN)
    (root / "demo" / "_version.py").write_text("__version__ = 'stale'\n")
    wheel, _ = build(python, root, tmp_path / "wheels")
    assert module_in(wheel)["__version__"].startswith("1.3.dev1+g")
    assert names_in(wheel).count("demo/_version.py") == 1
    call_hook(python, root, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert names.count("demo/_version.py") == 1


def test_another_version_compiles_nothing(python, tmp_path):
    root = project(tmp_path / "tree", WRITTEN)
    build(python, root, tmp_path / "one")
    commit(root, "third")
    wheel, said = build(python, root, tmp_path / "two")
    assert wheel.name.startswith("demo-1.3.dev2+g")
    assert "Compiled" not in said and "Unchanged" in said, said
    kept, of = said.partition("Unchanged ")[2].split(" steps")[0].split(" of ")
    assert kept == of, said


@pytest.mark.parametrize("rebuilds", ["false", "true"])
def test_an_editable_install_has_the_version_of_its_time(tmp_path, rebuilds):
    root = project(tmp_path / "tree", WRITTEN, settings=f"editable.rebuild = {rebuilds}\n")
    site = Site(tmp_path / "site")
    site.uv("install", "-e", root)
    shown = "import demo, demo._version as v, importlib.metadata as m; print(v.__version__, m.version('demo'))"
    first = site.says(shown)
    assert len(set(first.split())) == 1 and first.startswith("1.3.dev1+g"), first
    assert not (root / "demo" / "_version.py").exists()
    commit(root, "third")
    builder = root / "build_demo.py"
    builder.write_text(builder.read_text().replace("a + b", "a + b + 1"))
    marker = fake_git(tmp_path / "bin", tmp_path / "asked")
    env = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = run([site.python, "-c", f"{shown}; print(demo.lib.add(1, 2))"], site.packages, env)
    assert done.code == 0, done.output
    assert done.stdout.splitlines() == [first, "4" if rebuilds == "true" else "3"], done.output
    assert "install -e" not in done.output, "the install is what an install of its time would be"
    assert not marker.exists(), "no import asks git"
    site.uv("install", "-e", root)
    assert site.says(shown).startswith("1.3.dev2+g")
    site.uv("uninstall", "demo")
    assert not (site.packages / "demo").exists()
    assert not list(site.packages.glob("_officina_*"))


def fake_git(folder: Path, marker: Path) -> Path:
    """A `git` that says that it was asked."""
    folder.mkdir()
    program = folder / "git"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\nexit 1\n")
    program.chmod(0o755)
    return marker


def test_metadata_asks_git_a_few_questions_and_nothing_else(python, tmp_path):
    root = project(tmp_path / "tree", WRITTEN)
    log, real = tmp_path / "log", run(["sh", "-c", "command -v git"], tmp_path).stdout.strip()
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "git").write_text(f'#!/bin/sh\necho "$@" >> \'{log}\'\nexec {real} "$@"\n')
    (bin_ / "git").chmod(0o755)
    env = {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    folder = tmp_path / "metadata"
    folder.mkdir()
    call_hook(python, root, tmp_path, "prepare_metadata_for_build_wheel", env, metadata_directory=str(folder))
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["rev-parse", "describe"]
    assert not (root / "build").exists()


def prepared(python: Path, root: Path, tmp_path: Path, env: dict[str, str] | None = None) -> str:
    folder = tmp_path / f"metadata-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    name = call_hook(python, root, tmp_path, "prepare_metadata_for_build_wheel", env, metadata_directory=str(folder))
    return name.removeprefix("demo-").removesuffix(".dist-info")


def test_whoever_builds_may_say_the_version(python, tmp_path):
    root = project(tmp_path / "tree")
    for env, expected in [
        ({"OFFICINA_PRETEND_VERSION": "3.0-RC1"}, "3.0rc1"),
        ({"SETUPTOOLS_SCM_PRETEND_VERSION": "4"}, "4"),
        ({"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_DEMO": "5", "SETUPTOOLS_SCM_PRETEND_VERSION": "4"}, "5"),
        ({"OFFICINA_PRETEND_VERSION_FOR_DEMO": "6", "OFFICINA_PRETEND_VERSION": "7"}, "6"),
        ({"OFFICINA_PRETEND_VERSION": "8", "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_DEMO": "9"}, "8"),
    ]:
        assert prepared(python, root, tmp_path, env) == expected, env
    (root / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: demo\nVersion: 2.5\n\nVersion: 1\n")
    assert prepared(python, root, tmp_path) == "2.5"
    assert prepared(python, root, tmp_path, {"OFFICINA_PRETEND_VERSION": "8"}) == "8"
    (root / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: other\nVersion: 2.5\n")
    assert prepared(python, root, tmp_path).startswith("1.3.dev1+g")
    refused(python, root, tmp_path, "`one` is not a valid version", "OFFICINA_PRETEND_VERSION says so",
            env={"OFFICINA_PRETEND_VERSION": "one"})  # fmt: skip


def test_changed_files_have_the_date_of_the_commit(python, tmp_path):
    root = project(tmp_path / "tree")
    (root / "demo" / "__init__.py").write_text("x = 1\n")
    date = git(root, "log", "-n1", "--format=%cd", "--date=format-local:%Y%m%d")
    assert prepared(python, root, tmp_path, {"TZ": "UTC"}).endswith(f".d{date}")
    assert prepared(python, root, tmp_path, {"SOURCE_DATE_EPOCH": "1000000000"}).endswith(".d20010909")
    hooked = {"GIT_DIR": str(tmp_path / "elsewhere"), "GIT_INDEX_FILE": "/nowhere"}
    assert prepared(python, root, tmp_path, hooked).endswith(f".d{date}"), "as in a hook of git"


def test_where_git_knows_nothing_the_next_steps_are_named(python, tmp_path):
    root = project(tmp_path / "tree")
    plain = demo(tmp_path / "plain", project=DYNAMIC, more='[tool.officina.dynamic]\nversion = { vcs = "git" }\n')
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-tags", f"file://{root}", str(shallow))
    odd = project(tmp_path / "odd", tag="a1b")
    missing = project(tmp_path / "missing", 'vcs = "git", write-to = "demmo/_version.py"')
    untracked = demo(root / "sub", project=DYNAMIC, more='[tool.officina.dynamic]\nversion = { vcs = "git" }\n')
    for tree, phrases, env in [
        (plain, ("this is no checkout of git", "pyproject.toml:", "OFFICINA_PRETEND_VERSION=1.2.3", "`fallback`"), {}),
        (shallow, ("this clone is shallow", "fetch-depth: 0", "git fetch --unshallow"), {}),
        (odd, ("the tag `a1b` is no version", "tag-pattern"), {}),
        (missing, ("there is no folder `demmo`",), {}),
        (untracked, ("does not hold this project",), {}),
        (root, ("detected dubious ownership", "safe.directory", "do what git says"),
         {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}),
        (root, ("the program `git` is not in PATH",), {"PATH": str(tmp_path / "nowhere")}),
    ]:  # fmt: skip
        refused(python, tree, tmp_path / tree.name, *phrases, env=env)


def test_without_git_there_is_the_fallback(python, tmp_path):
    keys = 'vcs = "git", fallback = "0.9"'
    plain = demo(tmp_path / "plain", project=DYNAMIC, more=f"[tool.officina.dynamic]\nversion = {{ {keys} }}\n")
    assert prepared(python, plain, tmp_path) == "0.9"
    root = project(tmp_path / "tree", keys, tag=None)
    assert prepared(python, root, tmp_path).startswith("0.10.dev2+g"), "git counts from it"
    assert prepared(python, root, tmp_path, {"PATH": str(tmp_path / "nowhere")}) == "0.9"


SCM = '[tool.setuptools_scm]\nversion_scheme = "no-guess-dev"\nlocal_scheme = "no-local-version"\n'
CARRIED = [
    (SCM + 'write_to = "demo/_version.py"\nroot = ".."\nparse = "x:y"\n',
     'version = { vcs = "git", scheme = "no-guess-dev", local = "none", write-to = "demo/_version.py" }', "`parse`"),
    ('[tool.setuptools_scm]\ntag_regex = \'^v(?P<version>\\d.*)$\'\nfallback_version = "0.1"\n',
     'version = { vcs = "git", tag-pattern = \'^v(?P<version>\\d.*)$\', fallback = "0.1" }', "`setuptools-scm`"),
    ('[tool.setuptools_scm.tag]\nprefix = "foo-v"\n',
     'version = { vcs = "git", tag-pattern = \'^foo\\-v(?P<version>\\d.*)$\' }', "`setuptools-scm`"),
    ('[tool.hatch.version]\nsource = "vcs"\ntag-pattern = "v(.*)"\n[tool.hatch.version.raw-options]\n'
     'local_scheme = "dirty-tag"\n[tool.hatch.build.hooks.vcs]\nversion-file = "demo/_v.py"\n',
     'version = { vcs = "git", tag-pattern = "v(.*)", local = "dirty-tag", write-to = "demo/_v.py" }', "`hatch-vcs`"),
    ('[tool.pdm.version]\nsource = "scm"\nwrite_to = "demo/_version.py"\ntag_filter = "v*"\n',
     'version = { vcs = "git", write-to = "demo/_version.py" }', "`tag_filter`"),
    ('[tool.versioningit]\ndefault-version = "0.1"\n[tool.versioningit.write]\nfile = "demo/_version.py"\n',
     'version = { vcs = "git", fallback = "0.1", write-to = "demo/_version.py" }', "`versioningit`"),
    ('[tool.poetry-dynamic-versioning]\nenable = true\nvcs = "git"\nstyle = "semver"\n', 'version = { vcs = "git" }',
     "`style`"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "line", "named"), CARRIED)
def test_projects_of_other_tools_are_told_what_to_write(python, tmp_path, table, line, named):
    root = project(tmp_path / "tree", more=table)
    said = refused(python, root, tmp_path, "`version` is dynamic", "[tool.officina.dynamic]\n" + line + "\n", named)
    assert "build nothing" not in said
    toml = root / "pyproject.toml"
    toml.write_text(toml.read_text() + f"\n[tool.officina.dynamic]\n{line}\n")
    git(root, "tag", "--force", "foo-v1.2" if "foo" in line else "v1.2")
    prepared(python, root, tmp_path)


def test_a_tool_that_is_only_required_is_seen_too(python, tmp_path):
    root = project(tmp_path / "tree", more="")
    toml = root / "pyproject.toml"
    for name in ("setuptools_scm[toml]>=8", "hatch-vcs", "dunamai", "uv-dynamic-versioning"):
        toml.write_text(toml.read_text().replace('"officina"]', f'"officina", "{name}"]', 1))
        refused(python, root, tmp_path, 'version = { vcs = "git" }')
        toml.write_text(toml.read_text().replace(f', "{name}"', ""))


def test_an_archive_of_git_says_its_version(python, tmp_path):
    archival = "node: $Format:%H$\ndescribe-name: $Format:%(describe:tags=true,match=*[0-9]*)$\n"
    files = {".git_archival.txt": archival, ".gitattributes": ".git_archival.txt export-subst\n"}
    root = project(tmp_path / "tree", WRITTEN, files=files)
    node = "g" + git(root, "rev-parse", "HEAD")[:9]
    git(root, "archive", "--output", str(tmp_path / "made.tar"), "--prefix", "made/", "HEAD")
    with tarfile.open(tmp_path / "made.tar") as archive:
        archive.extractall(tmp_path)
    wheel, _ = build(python, tmp_path / "made", tmp_path / "wheels")
    found = module_in(wheel)["__version__"]
    assert found.startswith("1.3.dev1+g") and node.startswith(found.rpartition("+")[2])


def test_frontends_and_commands_agree_on_one_version(python, tmp_path):
    root = project(tmp_path / "tree", WRITTEN)
    expected = f"demo-1.3.dev1+g{git(root, 'rev-parse', 'HEAD')[:9]}"
    done = run([python, "-m", "build", "--no-isolation", "--outdir", tmp_path / "build", root], tmp_path)
    assert done.code == 0, done.output
    done = run(
        [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w", tmp_path / "pip", root], tmp_path
    )
    assert done.code == 0, done.output
    (wheel,) = (tmp_path / "build").glob("*.whl")
    assert (tmp_path / "build" / f"{expected}.tar.gz").is_file()
    assert wheel.name.startswith(f"{expected}-")
    assert (tmp_path / "pip" / wheel.name).read_bytes() == wheel.read_bytes()
    command = python.parent / "officina"
    checked = run([command, "check", root], tmp_path)
    assert checked.code == 0, checked.output
    listed = run([command, "list", root], tmp_path)
    assert listed.code == 0 and listed.stdout.count("demo/_version.py") == 2, listed.output


def test_a_project_in_a_folder_has_tags_of_its_own(python, tmp_path):
    root = project(tmp_path / "tree", tag="bar-v7")
    keys = "vcs = \"git\", tag-pattern = '^foo-v(?P<version>\\d.*)$'"
    inside = demo(root / "packages" / "foo", project=DYNAMIC, more=f"[tool.officina.dynamic]\nversion = {{ {keys} }}\n")
    commit(root, "third")
    git(root, "tag", "foo-v0.4")
    assert prepared(python, inside, tmp_path) == "0.4"
    git(root, "tag", "bar-v8")
    assert prepared(python, inside, tmp_path) == "0.4"
    node = commit(root, "fourth")
    assert prepared(python, inside, tmp_path) == f"0.5.dev1+{node}"
    assert prepared(python, root, tmp_path).startswith("9.dev1+g")


def test_clones_without_old_commits_have_the_version_if_they_reach_the_tag(python, tmp_path):
    root = project(tmp_path / "tree")
    commit(root, "third")
    git(root, "tag", "v2.2")
    commit(root, "fourth")
    expected = prepared(python, root, tmp_path)
    for depth, is_enough in [(1, False), (2, True)]:
        clone = tmp_path / f"depth {depth}"
        git(tmp_path, "clone", "-q", "--depth", str(depth), f"file://{root}", str(clone))
        git(clone, "fetch", "-q", "--depth", str(depth), "origin", "tag", "v2.2")
        if is_enough:
            assert prepared(python, clone, tmp_path) == expected
        else:
            refused(python, clone, tmp_path / f"scratch {depth}", "shallow", "fetch-depth: 0")

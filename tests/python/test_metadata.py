"""`[project]` through the hook of the installed backend, judged by `packaging` and pyproject-metadata."""

import json
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import NamedTuple

import pytest

packaging_metadata = pytest.importorskip("packaging.metadata")

HOOK = """
import sys, officina
officina.prepare_metadata_for_build_wheel(sys.argv[1])
"""

LEAST = "[project]\nname = 'a'\nversion = '1'\n"


class Tree(NamedTuple):
    """A source tree, and the interpreter that holds the backend."""

    root: Path
    python: Path


@pytest.fixture
def tree(tmp_path, python):
    """A source tree with everything that the tables below name, but no pyproject.toml."""
    root = tmp_path / "tree"
    (root / "src" / "pkg").mkdir(parents=True)
    (root / "README.md").write_text("# Title ü\n\nText: with a colon\n", encoding="utf-8")
    (root / "LICENSE").write_text("First\n\nName: forged\n", encoding="utf-8")
    (root / "VERSION").write_text("2.0rc1\n", encoding="utf-8")
    (root / "src" / "pkg" / "__init__.py").write_text(
        "raise SystemExit('imported')\n__version__ = '3.1'\n", encoding="utf-8"
    )
    return Tree(root, python)


def prepare(tree, pyproject):
    """Calls the hook as a frontend does: in a process of its own, from the source tree."""
    (tree.root / "pyproject.toml").write_text(textwrap.dedent(pyproject), encoding="utf-8")
    folder = tree.root.parent / "prepared"
    folder.mkdir()
    command = [str(tree.python), "-c", HOOK, str(folder)]
    done = subprocess.run(command, cwd=tree.root, capture_output=True, encoding="utf-8", errors="replace", check=False)
    return done, folder


def accepted(tree, pyproject):
    done, folder = prepare(tree, pyproject)
    assert done.returncode == 0, done.stderr
    (dist_info,) = folder.iterdir()
    text = (dist_info / "METADATA").read_bytes()
    return dist_info, packaging_metadata.Metadata.from_email(text, validate=True)


def refused(tree, pyproject):
    done, folder = prepare(tree, pyproject)
    assert done.returncode != 0
    assert list(folder.iterdir()) == []
    return done.stderr


def test_a_full_project_is_valid_metadata(tree):
    dist_info, metadata = accepted(
        tree,
        """
        [project]
        name = "Full_Example.pkg"
        version = "1.2-RC1"
        description = "One line, ünïcode"
        readme = "README.md"
        requires-python = "<4, >= 3.9"
        license = "mit or apache-2.0"
        authors = [{ name = 'Hopper, "Grace"', email = "grace@example.org" }, { name = "Ada" }]
        keywords = ["ffi", "c library"]
        classifiers = ["Programming Language :: C"]
        dependencies = ["CFFI >= 1.17"]
        import-names = ["pkg", "pkg._native; private"]
        [project.optional-dependencies]
        Dev_Tools = ["mypy; os_name=='nt' or os.name=='posix'"]
        [project.urls]
        Source = "https://example.org/src"
        [project.scripts]
        full = "pkg.cli:main"
        [project.entry-points."my.plugins"]
        one = "pkg"
        """,
    )
    assert dist_info.name == "full_example_pkg-1.2rc1.dist-info"
    assert metadata.name == "Full_Example.pkg"
    assert metadata.summary == "One line, ünïcode"
    assert metadata.description == "# Title ü\n\nText: with a colon\n"
    assert metadata.description_content_type == "text/markdown"
    assert str(metadata.requires_python) in ("<4,>=3.9", ">=3.9,<4")
    assert metadata.license_expression == "MIT OR Apache-2.0"
    assert metadata.license_files == ["LICENSE"]
    assert metadata.author == "Ada"
    assert metadata.author_email == '"Hopper, \\"Grace\\"" <grace@example.org>'
    assert metadata.keywords == ["ffi", "c library"]
    assert metadata.project_urls == {"Source": "https://example.org/src"}
    assert metadata.provides_extra == ["dev-tools"]
    assert metadata.import_names == ["pkg", "pkg._native; private"]
    plain, extra = metadata.requires_dist
    assert str(plain) == "cffi>=1.17"
    for os_name, wanted, expected in [
        ("nt", "dev-tools", True),
        ("posix", "dev-tools", True),
        ("nt", "", False),
        ("java", "dev-tools", False),
    ]:
        assert extra.marker.evaluate({"os_name": os_name, "extra": wanted}) is expected
    entry_points = (dist_info / "entry_points.txt").read_text(encoding="utf-8")
    assert entry_points == ("[console_scripts]\nfull = pkg.cli:main\n\n[my.plugins]\none = pkg\n")


@pytest.mark.parametrize(
    ("value", "version"),
    [('{ attr = "pkg:__version__" }', "3.1"), ('{ file = "VERSION" }', "2.0rc1")],
)
def test_a_dynamic_version_is_read_and_not_run(tree, value, version):
    pyproject = f"""
        [project]
        name = "a"
        dynamic = ["version"]
        [tool.officina.dynamic]
        version = {value}
    """
    assert str(accepted(tree, pyproject)[1].version) == version


def test_an_old_licence_text_cannot_forge_a_header(tree):
    _, metadata = accepted(tree, LEAST + "license = { file = 'LICENSE' }\n")
    assert metadata.name == "a"
    assert "Name: forged" in metadata.license


def test_without_a_project_table_the_least_one_is_shown(tree):
    assert 'name = "my-package"' in refused(tree, "[build-system]\nrequires = []\n")


# Lines of [project]; pyproject-metadata and `packaging` together are the judge of each.
LINES = [
    *(
        f"requires-python = {json.dumps(text)}"
        for text in [">=3.9", ">=3.9.*", "3.9", "~=3", "~=3.9", "==3.*", ">=3.9,", "=>3", ""]
    ),
    *(
        f"dependencies = [{json.dumps(text)}]"
        for text in [
            "cffi",
            "cffi>=1",
            "cffi (>=1)",
            "cffi[]",
            "cffi[x,]",
            "cffi=1",
            "cffi 1",
            "cffi>=1,",
            "cffi>=1.*",
            "cffi @ https://a.b/c ; os_name=='nt'",
            "cffi; os_name",
            "cffi;",
            "cffi; os.name=='nt' and (extra=='A' or os_name=='x')",
            "cffi; nope=='x'",
            "-e .",
            "cffi; 'x' in platform_version",
            "cffi; os_name not in 'x'",
            "cffi- >=1",
            "",
        ]
    ),
    *(
        f"license = {json.dumps(text)}"
        for text in [
            "MIT",
            "mit",
            "mit and(isc)",
            "MIT License",
            "GPL-2.0+",
            "MIT OR",
            "(MIT",
            "()",
            "",
            "LicenseRef-x",
            "LicenseRef-a_b",
            "MIT WITH MIT",
            "NOASSERTION",
            "MIT MIT",
            "gpl-3.0-or-later with classpath-exception-2.0",
        ]
    ),
    "license = { text = 'x' }",
    "license = {}",
    "license = { file = 'nope' }",
    "license = { text = 'x' }\nlicense-files = ['LICENSE']",
    "license = 'MIT'\nclassifiers = ['License :: OSI Approved']",
    "license-files = ['LIC*']",
    "license-files = ['nope']",
    "license-files = ['../tree/LICENSE']",
    "readme = 'README'",
    "readme = 'nope.md'",
    "readme = { file = 'README.md' }",
    "readme = { text = 'x', content-type = 'text/html' }",
    "readme = { text = 'x', content-type = 'text/plain; charset=latin-1' }",
    "readme = { text = 'x', content-type = 'text/markdown; variant=CommonMark' }",
    "authors = [{}]",
    "authors = [{ nme = 'x' }]",
    "urls = { '" + "a" * 33 + "' = 'x' }",
    "optional-dependencies = { '-a' = [] }",
    "optional-dependencies = { A_b = ['x>=1'] }",
    "entry-points = { 'a-b' = { c = 'd' } }",
    "import-names = ['a.b']",
    "import-names = ['class']",
    "import-names = []",
    "dynamic = ['version']",
    "unknown = 1",
]


@pytest.mark.parametrize("line", LINES)
def test_it_refuses_what_the_reference_refuses(tree, line):
    reference = pytest.importorskip("pyproject_metadata", minversion="0.10")
    toml = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    pyproject = f"{LEAST}{line}\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = reference.StandardMetadata.from_pyproject(toml.loads(pyproject), tree.root, allow_extra_keys=False)
        packaging_metadata.Metadata.from_email(read.as_rfc822().as_bytes(), validate=True)
    except Exception:
        shown = refused(tree, pyproject)
        assert "pyproject.toml:4:" in shown or "pyproject.toml:5:" in shown, shown
    else:
        accepted(tree, pyproject)

"""`officina migrate`: projects of setuptools, each moved and built by pip before and after."""

from __future__ import annotations

import pytest
from building import run
from moving import BUILDER, FILES, PACKAGE, SYSTEM, contents, migrate, wheel
from projects import snapshot
from setuptools_projects import env, write

ENTRY = ["build_demo.py:ffi"]


def setup(arguments: str, before: str = "") -> str:
    """A setup.py that says these arguments besides the usual ones."""
    usual = "name='demo', version='1.0', python_requires='>=3.9', cffi_modules=['build_demo.py:ffi'],"
    return f"from setuptools import *\n{before}\nsetup(\n    {usual}\n    {arguments}\n)\n"


# A name: files, what `[project]` says, what `[tool.officina]` says, and parts of lines of the report.
ROWS = {
    "packages": (
        {"setup.py": setup("packages=['demo'], zip_safe=False"), **PACKAGE},
        {"name": "demo", "version": "1.0", "requires-python": ">=3.9"},
        {"cffi_modules": ENTRY},
        ["setup.py:4: name -> project.name", "setup.py:5: zip_safe: eggs are a thing of the past"],
    ),
    "src": (
        {
            "setup.py": setup("packages=find_packages('src'), package_dir={'': 'src'}"),
            **{f"src/{name}": text for name, text in PACKAGE.items()},
        },
        {},
        {"cffi_modules": ENTRY},
        [],
    ),
    "found, but tests": (
        {
            "setup.py": setup("packages=find_packages(exclude=['extra*'])"),
            **PACKAGE,
            "demo/sub/__init__.py": "",
            "extra/__init__.py": "",
        },
        {},
        {"packages": ["demo"], "py-modules": []},
        [],
    ),
    "setup.cfg": (
        {
            "setup.py": "from setuptools import setup\nsetup(cffi_modules='build_demo.py:ffi')\n",
            "setup.cfg": (
                "[metadata]\nname = demo\nversion = attr: demo.about.__version__\nauthor = Ann\n"
                "author_email = ann@example.org\nlong_description = file: README.md\nlicense = MIT License\n"
                "long_description_content_type = text/markdown\nurl = https://example.org\n"
                "classifiers =\n    Programming Language :: Python\n    License :: OSI Approved :: MIT License\n"
                "[options]\npackages = find:\npython_requires = >=3.9\ninstall_requires =\n    cffi>=1\n"
                "[options.extras_require]\ntest =\n    pytest; python_version > '3.9'\n"
                "[options.entry_points]\nconsole_scripts =\n    demo = demo.about:main\n[flake8]\nmax = 9\n"
            ),
            **PACKAGE,
            "demo/about.py": "__version__ = '2.5'\ndef main(): pass\n",
        },
        {
            "dynamic": ["version"],
            "license": "MIT",
            "readme": "README.md",
            "authors": [{"name": "Ann", "email": "ann@example.org"}],
            "urls": {"Homepage": "https://example.org"},
            "scripts": {"demo": "demo.about:main"},
            "classifiers": ["Programming Language :: Python"],
        },
        {"dynamic": {"version": {"attr": "demo.about:__version__"}}},
        ["setup.cfg:2: name -> project.name", "setup.cfg:7: license `MIT License` -> the SPDX expression `MIT`"],
    ),
    "pyproject.toml": (
        {
            "pyproject.toml": (
                f"# mine\n{SYSTEM}\n[project]\nname = 'demo'  # a name\ndynamic = ['version', 'dependencies']\n"
                "[tool.setuptools.dynamic]\nversion = {attr = 'demo.__version__'}\n"
                "dependencies = {file = 'needs.txt'}\n"
                "[tool.setuptools.packages.find]\nwhere = ['lib']\n[tool.other]\nkey = 1  # stays\n"
            ),
            "setup.py": "import setuptools\nsetuptools.setup(cffi_modules=['build_demo.py:ffi'])\n",
            "needs.txt": "cffi>=1\n",
            "lib/demo/__init__.py": "__version__ = '3.0'\n",
        },
        {"dynamic": ["version"], "dependencies": ["cffi>=1"]},
        {"python-source": "lib", "dynamic": {"version": {"attr": "demo:__version__"}}},
        ["pyproject.toml: version -> tool.officina.dynamic.version"],
    ),
    "generated module": (
        {
            "setup.py": setup("py_modules=['demo', '_gen']"),
            "build_demo.py": (
                "from cffi import FFI\nffi = FFI()\nffi.set_source('_gen', None)\nffi.cdef('int abs(int);')\n"
            ),
            "demo.py": "",
        },
        {},
        {"cffi_modules": ENTRY},
        [],
    ),
    "ext_package": (
        {
            "setup.py": setup("packages=['demo'], ext_package='demo'"),
            "build_demo.py": BUILDER.replace("demo._demo", "_demo"),
            **PACKAGE,
        },
        {},
        {"ext-package": "demo"},
        ["setup.py:5: ext_package -> tool.officina.ext-package"],
    ),
    "computed": (
        {
            "setup.py": (
                "import re\nfrom setuptools import setup\n"
                "version = re.search(\"'(.*)'\", open('demo/about.py').read()).group(1)\n"
                "needs = open('needs.txt').read().split()\n"
                "setup(name='demo', version=version, packages=['demo'], install_requires=needs,\n"
                "      long_description=open('README.md').read(), long_description_content_type='text/markdown',\n"
                "      cffi_modules=['build_demo.py:ffi'])\n"
            ),
            "needs.txt": "cffi>=1\n",
            "demo/about.py": "__version__ = '4.0'\n",
            **PACKAGE,
        },
        {"dependencies": ["cffi>=1"], "readme": "README.md"},
        {"dynamic": {"version": {"attr": "demo.about:__version__"}}},
        ["setup.py:4: `install_requires` is computed", "setup.py:3: version, which setup.py reads"],
    ),
    "package data": (
        {
            "setup.py": setup("packages=['demo'], package_data={'demo': ['*.h', 'data/*.txt']}"),
            **PACKAGE,
            "demo/a.h": "",
            "demo/data/a.txt": "",
            "demo/data/b.bin": "",
            "demo/notes.md": "",
        },
        {},
        {"include": ["demo/a.h"], "exclude": ["demo/data/b.bin", "demo/notes.md"]},
        ["setup.py:5: tool.officina.include: C and the like that the wheel held"],
    ),
    "MANIFEST.in": (
        {
            "setup.py": setup("packages=['demo'], include_package_data=True"),
            "MANIFEST.in": "graft csrc\nrecursive-include demo *.json\nprune docs\n",
            **PACKAGE,
            "demo/a.json": "{}",
            "demo/b.toml": "",
            "docs/index.md": "",
        },
        {},
        {"exclude": ["demo/b.toml"], "sdist": {"exclude": ["docs/**"]}},
        ["MANIFEST.in: an sdist holds what git tracks"],
    ),
    "data": (
        {
            "setup.py": setup(
                "packages=['demo'], scripts=['bin/run'], data_files=[('share/demo', ['a.txt']), ('etc', ['b.txt'])]"
            ),
            **PACKAGE,
            "bin/run": "#!python\n",
            "a.txt": "a",
            "b.txt": "b",
        },
        {},
        {"data": {"scripts": ["bin/run"], "data": {"etc": ["b.txt"], "share/demo": ["a.txt"]}}},
        ["setup.py:5: data_files -> tool.officina.data.data"],
    ),
    "native": (
        {
            "setup.py": setup(
                "packages=['demo'], libraries=[('twice', {'sources': ['csrc/twice.c'], 'macros': [('N', '2')]})],\n"
                "    ext_modules=[Extension('demo._plain', ['csrc/plain.c'], libraries=['twice'],\n"
                "                           define_macros=[('A', None), ('B', '7')], extra_compile_args=['-DC=1'])]"
            ),
            **PACKAGE,
            "csrc/twice.c": "int twice(int i) { return i * N; }\n",
            "csrc/plain.c": (
                "#include <Python.h>\n#if !defined A || B != 7 || C != 1\n#error no\n#endif\nint twice(int);\n"
                'static struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "_plain", 0, -1, 0};\n'
                "PyMODINIT_FUNC PyInit__plain(void) { return twice(1) == 2 ? PyModule_Create(&d) : 0; }\n"
            ),
        },
        {},
        {
            "extensions": [
                {
                    "name": "demo._plain",
                    "sources": ["csrc/plain.c"],
                    "define-macros": ["A", "B=7", "C=1"],
                    "libraries": ["twice"],
                }
            ],
            "libraries": [{"name": "twice", "sources": ["csrc/twice.c"], "define-macros": ["N=2"]}],
        },
        ["ext_modules: `demo._plain` -> tool.officina.extensions"],
    ),
    "namespace": (
        {"setup.py": setup("packages=['space.demo']"), "space/demo/__init__.py": "", "other/x.py": ""},
        {},
        {"packages": None},
        [],
    ),
    "elsewhere": (
        {
            "setup.py": setup("packages=['demo'], package_dir={'demo': 'code/impl'}"),
            "code/impl/__init__.py": "",
            "code/impl/a.py": "",
        },
        {},
        {"files": {"demo/__init__.py": "code/impl/__init__.py", "demo/a.py": "code/impl/a.py"}},
        ["tool.officina.files: files with another path in the wheel"],
    ),
    "an FFI's extension": (
        {
            "setup.py": (
                "from setuptools import setup\nimport build_demo\n"
                "setup(name='demo', version='1.0', packages=['demo'],\n"
                "      ext_modules=[build_demo.ffi.distutils_extension()])\n"
            ),
            **PACKAGE,
        },
        {},
        {"cffi_modules": ENTRY, "limited-api": False},
        ["ext_modules: the extension that an FFI makes -> the entry `build_demo.py:ffi`"],
    ),
    "a builder with setuptools": (
        {"setup.py": setup("packages=['demo']"), "build_demo.py": f"import setuptools\n{BUILDER}", **PACKAGE},
        {},
        {},
        ["build_demo.py:1: setuptools stays in build-system.requires"],
    ),
    "people and groups": (
        {
            "setup.py": setup(
                "packages=['demo'], author='Ann, Bob', author_email='ann@example.org, bob@example.org',\n"
                "    entry_points='''[demo.plugins]\\none = demo:lib\\n''', keywords='a, b', license='Odd 1',\n"
                "    extras_require={'x': ['cffi'], ':python_version>\"3.8\"': ['six']}"
            ),
            **PACKAGE,
        },
        {
            "authors": [
                {"name": "Ann", "email": "ann@example.org"},
                {"name": "Bob", "email": "bob@example.org"},
            ],
            "entry-points": {"demo.plugins": {"one": "demo:lib"}},
            "keywords": ["a", "b"],
            "license": {"text": "Odd 1"},
            "optional-dependencies": {"x": ["cffi"]},
        },
        {},
        ["license -> project.license.text"],
    ),
    "a tag": (
        {
            "setup.py": setup(
                "packages=['demo'], cmdclass={'bdist_wheel': Tagged}",
                before=(
                    "from setuptools.command.bdist_wheel import bdist_wheel\n"
                    "class Tagged(bdist_wheel):\n    def get_tag(self):\n        return super().get_tag()\n"
                ),
            ),
            **PACKAGE,
        },
        {},
        {},
        ["setup.py:3: cmdclass: `Tagged` of `bdist_wheel`: the tag follows from what was built"],
    ),
}


@pytest.fixture(scope="module")
def newest(officina_wheel):
    return env("newest", officina_wheel)


@pytest.mark.parametrize("name", ROWS)
def test_a_moved_project_has_the_wheel_that_it_had(name, newest, tmp_path):
    files, project, settings, lines = ROWS[name]
    old, new = (write(tmp_path / folder / "demo", {**FILES, **files}) for folder in ("old", "new"))
    moved = migrate(newest, new, "--write")
    assert moved.outcome.code == 0, moved.outcome.output
    assert {key: moved.new["project"].get(key) for key in project} == project
    assert {key: moved.settings.get(key) for key in settings} == settings
    report = "\n".join(": ".join(filter(None, [one["place"], one["text"]])) for one in moved.report)
    for line in lines:
        assert line in report, report
    assert not moved.lines("not possible") and "refuses" not in report, report
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert contents(wheel(newest, new, tmp_path / "b")) == contents(wheel(newest, old, tmp_path / "a"))
    again = migrate(newest, new)
    assert again.new == {} and again.lines("same") == [
        "pyproject.toml: build-backend is `officina`: this project has moved already"
    ]


def test_old_files_are_kept_and_comments_stay(newest, tmp_path):
    project = write(tmp_path / "demo", {**FILES, **ROWS["pyproject.toml"][0]})
    before = snapshot(project)
    shown = run([newest.parent / "officina", "migrate", project], tmp_path)
    assert shown.code == 0 and snapshot(project) == before, "nothing is written without `--write`"
    assert "--- a/setup.py\n+++ /dev/null\n" in shown.stdout and '+build-backend = "officina"\n' in shown.stdout
    assert migrate(newest, project, "--write").outcome.code == 0
    text = (project / "pyproject.toml").read_text()
    assert text.startswith("# mine\n[build-system]\n") and "name = 'demo'  # a name\n" in text
    assert "key = 1  # stays\n" in text and "setuptools" not in text
    assert (project / "setup.py.orig").exists() and not (project / "setup.py").exists()
    assert (project / "pyproject.toml.orig").read_text().startswith('# mine\n[build-system]\nrequires = ["setup')


def test_line_breaks_of_windows_stay(newest, tmp_path):
    project = write(tmp_path / "demo", {**FILES, **PACKAGE, "setup.py": setup("packages=['demo']")})
    (project / "pyproject.toml").write_bytes(SYSTEM.replace("\n", "\r\n").encode())
    assert migrate(newest, project, "--write").outcome.code == 0
    data = (project / "pyproject.toml").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") > 5


def test_setup_cfg_keeps_what_other_programs_read(newest, tmp_path):
    project = write(tmp_path / "demo", {**FILES, **ROWS["setup.cfg"][0]})
    assert migrate(newest, project, "--write").outcome.code == 0
    assert (project / "setup.cfg").read_text() == "[flake8]\nmax = 9\n"


NO_CFFI = "cffi is no dependency, and whoever installs the wheel needs it: add it, and remove `require-cffi`"


def test_a_version_that_git_knows_stays_one(newest, tmp_path):
    table = "\n[tool.setuptools_scm]\nlocal_scheme = 'no-local-version'\nwrite_to = 'demo/_version.py'\nroot = '..'\n"
    table += "version_file = 'demo/version.h'\n"
    files = {
        "pyproject.toml": SYSTEM.replace('"cffi"', '"cffi", "setuptools__scm"') + table,
        "setup.py": (
            "from setuptools import setup\nsetup(name='demo', packages=['demo'], cffi_modules=['build_demo.py:ffi'])\n"
        ),
    }
    project = write(tmp_path / "demo", {**FILES, **PACKAGE, **files})
    moved = migrate(newest, project)
    assert moved.settings["dynamic"]["version"] == {"vcs": "git", "local": "none", "write-to": "demo/_version.py"}
    assert moved.new["project"]["dynamic"] == ["version"] and moved.new["build-system"]["requires"] == ["officina"]
    decide = ["pyproject.toml: setuptools_scm: `version_file = demo/version.h` is not known here"]
    assert moved.lines("you decide") == [*decide, NO_CFFI] and moved.new["tool"]["officina"]["require-cffi"] is False


# What depends on the machine: setup.py's lines, the line of the report, and what it proposes.
QUESTIONS = {
    "variable": (
        "import os\nmodules = []\nif 'NO_C' not in os.environ:\n    modules.append('build_demo.py:ffi')",
        "cffi_modules=modules",
        "setup.py:4: `'NO_C' not in os.environ` decides cffi_modules",
        "if.env = { NO_C = false }",
    ),
    "platform": (
        "import sys\nif sys.platform == 'win32':\n    needs = ['x']\nelse:\n    needs = ['cffi']",
        "install_requires=needs",
        "setup.py:3: `sys.platform == 'win32'` decides install_requires",
        "sys_platform == 'win32'",
    ),
    "a variable of an answer": (
        "import platform\nsystem = platform.system()\nnames = ['demo']\nif system == 'Darwin':\n    names += ['mac']",
        "packages=names",
        "setup.py:5: `system == 'Darwin'` decides packages",
        'if.platform = "macos"',
    ),
    "optional": (
        "modules = {}\ntry:\n    import cffi\n    modules = dict(cffi_modules=['build_demo.py:ffi'])\n"
        "except Exception:\n    pass",
        "**modules",
        "setup.py:3: `try` around cffi_modules",
        "optional = true",
    ),
    "a command": (
        "from setuptools.command.build_py import build_py\nclass Make(build_py):\n    def run(self): super().run()",
        "cmdclass={'build_py': Make}",
        "setup.py:3: cmdclass: `Make` of `build_py`",
        "[[tool.officina.steps]]",
    ),
    "a folder of this machine": (
        "",
        "ext_modules=[Extension('demo._p', ['csrc/add.c'], include_dirs=['/opt/include', 'csrc'])]",
        "`include-dirs` of `demo._p` has folders of this machine (`/opt/include`)",
        "pkg-config",
    ),
    "an extension in a builder": (
        "",
        "packages=['demo']",
        "build_demo.py:4: the `Extension` `own` in a builder is a static library",
        'define-macros = ["A=1"]',
    ),
    "a keyword of a plugin": ("", "vcversioner={}", "setup.py:3: vcversioner: a plugin of setuptools reads it", None),
    "a computed version": (
        "version = '.'.join(['7', '1'])",
        "version=version",
        "setup.py:2: version is computed (`'.'.join(['7', '1'])`)",
        "dynamic",
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_a_person_has_to_decide_has_a_place_and_a_proposal(name, newest, tmp_path):
    before, arguments, line, proposal = QUESTIONS[name]
    modules = "" if "modules" in arguments else "cffi_modules=['build_demo.py:ffi'], "
    version = "" if "version" in arguments else "version='1.0', "
    text = f"from setuptools import *\n{before}\nsetup(name='demo', {modules}{version}{arguments})\n"
    builder = BUILDER.replace(
        "\n\nffi",
        "\nfrom setuptools import Extension\n\nown = Extension('own', ['csrc/add.c'], define_macros=[('A', 1)])\nffi",
    )
    files = {"build_demo.py": builder} if name == "an extension in a builder" else {}
    project = write(tmp_path / "demo", {**FILES, **PACKAGE, "mac/__init__.py": "", "setup.py": text, **files})
    moved = migrate(newest, project)
    assert moved.outcome.code == 0, moved.outcome.output
    found = [one for one in moved.report if one["verdict"] == "you decide"]
    told = [one for one in found if line in ": ".join(filter(None, [one["place"], one["text"]]))]
    assert len(told) == 1, found
    assert proposal is None or proposal in told[0]["proposal"]


@pytest.mark.parametrize(
    ("arguments", "files", "line"),
    [
        ("ext_modules=[Extension('demo.c', ['demo/c.pyx'])]", {"demo/c.pyx": ""}, "ext_modules: `demo.c` is Cython's"),
        ("rust_extensions=[object()]", {}, "rust_extensions: setuptools-rust builds these"),
        ("data_files=[('/etc/demo', ['README.md'])]", {}, "a wheel cannot hold files of `/etc/demo`"),
    ],
)
def test_what_cannot_be_moved_is_said_and_nothing_is_written(arguments, files, line, newest, tmp_path):
    text = setup(f"packages=['demo'], {arguments}")
    project = write(tmp_path / "demo", {**FILES, **PACKAGE, "setup.py": text, **files})
    before = snapshot(project)
    moved = migrate(newest, project, "--write")
    assert moved.outcome.code == 1 and snapshot(project) == before
    assert [one for one in moved.lines("not possible") if line in one], moved.report
    assert "error: a part of this project cannot be moved: nothing is written" in moved.outcome.output

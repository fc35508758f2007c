//! A project of each origin, as little as shows what is read.

use super::*;
use crate::migrate::{Migration, MoveVerdict};

const BUILDER: &str = "from cffi import FFI\nffi = FFI()\nffi.set_source('demo._demo', '')\n";

fn moved(origin: Origin, pyproject: &str, files: &[(&str, &str)]) -> Migration {
    let all = std::iter::once(&("demo_build.py", BUILDER)).chain(files);
    let all = all.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let (python, build_files) = all.partition(|(path, _)| path.ends_with(".py"));
    migrate(origin, &OriginTree { pyproject: pyproject.to_owned(), python, build_files }).unwrap()
}

fn text(migration: &Migration) -> &str {
    migration.changes[0].after.as_deref().unwrap()
}

/// Whether the report has a line with these words, of this kind.
fn says(migration: &Migration, verdict: MoveVerdict, words: &str) -> bool {
    migration.findings.iter().any(|found| found.verdict == verdict && found.text.contains(words))
}

const SYSTEM: &str = "[build-system]\nrequires = [\"poetry-core\", \"cffi\", \"numpy>=2\"]\n";

#[test]
fn a_backend_has_its_origin() {
    let table = [
        ("poetry.core.masonry.api", Some(Origin::Poetry)),
        ("hatchling.build", Some(Origin::Hatch)),
        ("flit_core.buildapi", Some(Origin::Flit)),
        ("mesonpy", Some(Origin::Meson)),
        ("scikit_build_core.build", Some(Origin::ScikitBuild)),
        ("setuptools.build_meta:__legacy__", None),
        ("maturin", None),
    ];
    for (backend, origin) in table {
        assert_eq!(Origin::of_backend(backend), origin, "{backend}");
    }
}

#[test]
fn tables_of_poetry_become_keys_of_project() {
    let table = [
        ("version = \"1.0\"", "version = \"1.0\""),
        ("license = \"MIT\"", "license = \"MIT\""),
        ("readme = [\"A.md\", \"B.md\"]", "readme = { file = [\"A.md\", \"B.md\"] }"),
        ("authors = [\"Ann <a@x>\"]", "authors = [{ name = \"Ann\", email = \"a@x\" }]"),
        ("repository = \"https://x\"", "[project.urls]\nRepository = \"https://x\""),
        ("[tool.poetry.urls]\nBugs = \"https://x\"", "[project.urls]\nBugs = \"https://x\""),
        ("[tool.poetry.dependencies]\npython = \">=3.9\"", "requires-python = \">=3.9\""),
        ("[tool.poetry.dependencies]\na = \"^1.2\"", "dependencies = [\"a>=1.2,<2\"]"),
        ("[tool.poetry.dependencies]\na = \"*\"", "dependencies = [\"a\"]"),
        (
            "[tool.poetry.dependencies]\na = { version = \"~1.2\", extras = [\"x\"], platform = \"darwin\" }",
            "['a[x]>=1.2,<1.3; sys_platform == \"darwin\"']",
        ),
        (
            "[tool.poetry.dependencies]\na = [{ version = \"^1\", python = \"<3.10\" }, { version = \"^2\", python = \">=3.10\" }]",
            "'a>=1,<2; python_version < \"3.10\"', 'a>=2,<3; python_version >= \"3.10\"'",
        ),
        (
            "[tool.poetry.dependencies]\na = { version = \"1\", markers = \"os_name == 'nt' or os_name == 'a'\", python = \"3.9.*\" }",
            "python_version == \"3.9.*\" and (os_name == 'nt' or os_name == 'a')",
        ),
        (
            "[tool.poetry.dependencies]\na = { git = \"https://x/a\", tag = \"v1\" }",
            "\"a @ git+https://x/a@v1\"",
        ),
        (
            "[tool.poetry.dependencies]\nA_b = { version = \"^1\", optional = true }\n[tool.poetry.extras]\nx = [\"a-b\"]",
            "[project.optional-dependencies]\nx = [\"A_b>=1,<2\"]",
        ),
        ("[tool.poetry.scripts]\nrun = \"demo:main\"", "[project.scripts]\nrun = \"demo:main\""),
        (
            "[tool.poetry.scripts]\nrun = { reference = \"demo:main\", type = \"console\" }",
            "[project.scripts]\nrun = \"demo:main\"",
        ),
        (
            "[tool.poetry.plugins.\"a.b\"]\nx = \"demo:X\"",
            "[project.entry-points.\"a.b\"]\nx = \"demo:X\"",
        ),
        (
            "packages = [{ include = \"demo\", from = \"lib\" }]",
            "python-source = \"lib\"\npackages = [\"demo\"]",
        ),
        ("include = [\"docs\"]", "[tool.officina.sdist]\ninclude = [\"docs\"]"),
    ];
    for (lines, expected) in table {
        let pyproject = format!("{SYSTEM}[tool.poetry]\nname = \"demo\"\n{lines}\n");
        let migration = moved(Origin::Poetry, &pyproject, &[]);
        let text = text(&migration);
        assert!(text.contains(expected), "{lines}\n{text}");
        assert!(
            text.starts_with("[build-system]\nrequires = [\"officina\", \"numpy>=2\"]\n"),
            "{text}"
        );
        assert!(text.contains("cffi_modules = [\"demo_build.py:ffi\"]"), "{text}");
        assert!(!text.contains("poetry"), "{text}");
    }
}

#[test]
fn licences_and_people_of_poetry_are_what_a_build_accepts() {
    let table = [
        ("license = \"gpl-2.0+\"", "license = \"GPL-2.0+\""),
        ("license = \"A B\"", "license = { text = \"A B\" }"),
        ("license = \"NOASSERTION\"", "license = { text = \"NOASSERTION\" }"),
        (
            "authors = [\"Lee, Ann <a@x>\", \"Bob\"]",
            "authors = [{ name = \"Lee, Ann\", email = \"a@x\" }, { name = \"Bob\" }]",
        ),
    ];
    for (line, expected) in table {
        let pyproject = format!("{SYSTEM}[tool.poetry]\nname = \"demo\"\n{line}\n");
        let migration = moved(Origin::Poetry, &pyproject, &[]);
        assert!(text(&migration).contains(expected), "{line}\n{}", text(&migration));
    }
}

#[test]
fn what_poetry_alone_can_say_is_for_a_person() {
    let table = [
        ("license = \"Proprietary\"", "LicenseRef-Proprietary"),
        ("license = \"My own\"", "LicenseRef-My-own"),
        ("[tool.poetry.dependencies]\npython = \"^3.9\"", "an upper bound"),
        ("[tool.poetry.dependencies]\npython = \"^2.7 || ^3.9\"", "no form in PEP 440"),
        ("[tool.poetry.dependencies]\na = \"^1 || ^3\"", "no form in PEP 440"),
        ("[tool.poetry.dependencies]\na = { path = \"../a\" }", "a path in the tree"),
        ("[tool.poetry.dependencies]\na = { version = \"1\", optional = true }", "in no extra"),
        ("[tool.poetry.group.dev.dependencies]\npytest = \"*\"", "PEP 735"),
        ("packages = [{ include = \"a\", from = \"x\" }, { include = \"b\" }]", "several folders"),
        ("build = \"build.py\"", "does not run any more"),
        ("[tool.poetry.build]\nscript = \"build.py\"", "does not run any more"),
        (
            "[tool.poetry.scripts]\nrun = { reference = \"bin/run\", type = \"file\" }",
            "a script that is a file",
        ),
    ];
    for (lines, words) in table {
        let pyproject = format!("{SYSTEM}[tool.poetry]\nname = \"demo\"\n{lines}\n");
        let migration = moved(Origin::Poetry, &pyproject, &[("build.py", "import demo_build\n")]);
        assert!(
            says(&migration, MoveVerdict::YouDecide, words),
            "{lines}: {:#?}",
            migration.findings
        );
    }
    let own =
        format!("{SYSTEM}[project]\nname = \"demo\"\n[tool.poetry]\nbuild = \"demo_build.py\"\n");
    let migration = moved(Origin::Poetry, &own, &[]);
    assert!(
        says(&migration, MoveVerdict::Same, "is a builder itself"),
        "{:#?}",
        migration.findings
    );
}

#[test]
fn what_hatch_says_becomes_settings() {
    let version = ("src/demo/about.py", "VERSION = '1'\n");
    let table = [
        ("version.path = \"src/demo/about.py\"", "version = { attr = \"demo.about:VERSION\" }"),
        ("version.path = \"demo/__init__.py\"", "version = { attr = \"demo:__version__\" }"),
        (
            "build.targets.wheel.packages = [\"src/demo\"]",
            "python-source = \"src\"\npackages = [\"demo\"]",
        ),
        (
            "build.targets.wheel.force-include = { \"a/x.txt\" = \"demo/x.txt\" }",
            "[tool.officina.files]\n\"demo/x.txt\" = \"a/x.txt\"",
        ),
    ];
    for (line, expected) in table {
        let pyproject =
            format!("[project]\nname = \"demo\"\n[tool.hatch]\n{line}\n[tool.other]\na = 1\n");
        let migration = moved(Origin::Hatch, &pyproject, &[version]);
        let text = text(&migration);
        assert!(text.contains(expected), "{line}\n{text}");
        assert!(text.contains("[tool.other]\na = 1") && !text.contains("hatch"), "{text}");
    }
    let table = [
        ("build.hooks.custom = {}", "the hook `hatch_build.py` does not run"),
        ("build.targets.wheel.hooks.custom = { path = \"b.py\" }", "the hook `b.py` does not run"),
        ("build.hooks.vcs.version-file = \"demo/_v.py\"", "the hook `vcs`"),
        ("version.source = \"regex\"", "the version comes from a plugin"),
        (
            "build.targets.sdist.exclude = [\"/docs\"]",
            "`exclude` of `[tool.hatch.build.targets.sdist]`",
        ),
        ("build.targets.wheel.shared-data = { \"a\" = \"share/a\" }", "`shared-data`"),
        ("build.targets.wheel.packages = [\"a/x\", \"b/y\"]", "several folders"),
    ];
    for (line, words) in table {
        let pyproject = format!("[project]\nname = \"demo\"\n[tool.hatch]\n{line}\n");
        let migration = moved(Origin::Hatch, &pyproject, &[]);
        assert!(
            says(&migration, MoveVerdict::YouDecide, words),
            "{line}: {:#?}",
            migration.findings
        );
    }
}

#[test]
fn flit_reads_the_module_and_so_do_we() {
    let module = ("src/demo/__init__.py", "\"\"\"Adds.\n\"\"\"\n__version__ = '1'\n");
    let pyproject = "[project]\nname = \"Demo\"\ndynamic = [\"version\", \"description\"]\n\
                     [tool.flit.module]\nname = \"demo\"\n[tool.flit.sdist]\ninclude = [\"docs/\"]\n";
    let migration = moved(Origin::Flit, pyproject, &[module, ("setup.py", "")]);
    let text = text(&migration);
    for expected in [
        "description = \"Adds.\"",
        "dynamic = [\"version\"]",
        "version = { attr = \"demo:__version__\" }",
        "[tool.officina.sdist]\ninclude = [\"docs/\"]",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(says(&migration, MoveVerdict::YouDecide, "`setup.py` does not run any more"));
    let old = moved(Origin::Flit, "[tool.flit.metadata]\nmodule = \"demo\"\n", &[]);
    assert!(says(&old, MoveVerdict::YouDecide, "form from before `[project]`"));
}

#[test]
fn calls_of_meson_and_cmake_are_listed_with_their_lines() {
    let meson = "project('demo', 'c', version: '1')\nz = dependency('zlib')\n# dependency('no')\n\
                 c = custom_target('c', command: ['cffi-gen-src', 'exec-python', '--ffi-var', 'ffi', '@INPUT@'])\n\
                 py.extension_module('_demo', c)\nmy_dependency('no')\n";
    let cmake = "find_package(ZLIB REQUIRED)\nadd_custom_command(OUTPUT a.c COMMAND python b.py)\n\
                 python_add_library (_demo MODULE a.c)\n";
    let table = [
        (Origin::Meson, "meson.build", meson, "`dependency`", "meson.build:2"),
        (Origin::Meson, "meson.build", meson, "whose FFI is `ffi`", "meson.build:4"),
        (Origin::Meson, "sub/meson.build", meson, "`extension_module`", "sub/meson.build:5"),
        (Origin::ScikitBuild, "CMakeLists.txt", cmake, "`find_package`", "CMakeLists.txt:1"),
        (Origin::ScikitBuild, "CMakeLists.txt", cmake, "a command", "CMakeLists.txt:2"),
        (Origin::ScikitBuild, "CMakeLists.txt", cmake, "`python_add_library`", "CMakeLists.txt:3"),
    ];
    for (origin, path, text, words, place) in table {
        let pyproject = "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n";
        let migration = moved(origin, pyproject, &[(path, text)]);
        let found: Vec<_> =
            migration.findings.iter().filter(|found| found.text.contains(words)).collect();
        assert_eq!(found.len(), 1, "{words}: {:#?}", migration.findings);
        assert_eq!(found[0].place.as_deref(), Some(place), "{words}");
        assert!(says(&migration, MoveVerdict::YouDecide, "the version stood in"), "{origin:?}");
    }
}

#[test]
fn a_version_that_git_knows_stays_one() {
    let project = "[project]\nname = \"demo\"\ndynamic = [\"version\"]\n";
    let vcs = "version = { vcs = \"git\"";
    let table = [
        (Origin::Hatch, "[tool.hatch.version]\nsource = \"vcs\"\n", vcs.to_owned() + " }"),
        (
            Origin::Hatch,
            "[tool.hatch]\nversion.source = \"vcs\"\nversion.raw-options.local_scheme = \"no-local-version\"\n\
             build.hooks.vcs.version-file = \"demo/_v.py\"\n",
            vcs.to_owned() + ", local = \"none\", write-to = \"demo/_v.py\" }",
        ),
        (
            Origin::Flit,
            "[tool.setuptools_scm]\nfallback_version = \"1\"\n",
            vcs.to_owned() + ", fallback = \"1\" }",
        ),
        (
            Origin::ScikitBuild,
            "[tool.setuptools_scm]\n[tool.scikit-build]\n",
            vcs.to_owned() + " }",
        ),
        (
            Origin::Poetry,
            "[tool.poetry-dynamic-versioning]\nenable = true\n[tool.poetry]\nname = \"demo\"\nversion = \"0.0.0\"\n",
            vcs.to_owned() + " }",
        ),
    ];
    for (origin, tool, expected) in table {
        let project = if origin == Origin::Poetry { "" } else { project };
        let migration = moved(origin, &format!("{project}{tool}"), &[]);
        let text = text(&migration);
        assert!(text.contains(&expected), "{tool}\n{text}");
        assert!(text.contains("dynamic = [\"version\"]") && !text.contains("0.0.0"), "{text}");
        assert!(!text.contains("_scm") && !text.contains("poetry"), "{text}");
        assert!(!says(&migration, MoveVerdict::YouDecide, "version"), "{:#?}", migration.findings);
    }
    let off =
        "[tool.poetry-dynamic-versioning]\n[tool.poetry]\nname = \"demo\"\nversion = \"1.0\"\n";
    let fixed = "[project]\nname = \"demo\"\nversion = \"1.0\"\n[tool.setuptools_scm]\n";
    for (origin, pyproject) in [(Origin::Poetry, off), (Origin::Hatch, fixed)] {
        let migration = moved(origin, pyproject, &[]);
        assert!(text(&migration).contains("version = \"1.0\"\n"), "{}", text(&migration));
        assert!(!text(&migration).contains("vcs ="));
    }
    let custom = format!(
        "{project}[tool.hatch.version]\nsource = \"vcs\"\nraw-options.git_describe_command = \"x\"\n"
    );
    let migration = moved(Origin::Hatch, &custom, &[]);
    assert!(says(&migration, MoveVerdict::YouDecide, "`git_describe_command` of `hatch-vcs`"));
}

#[test]
fn a_project_that_does_not_name_cffi_stays_so() {
    let table = [
        ("dependencies = [\"numpy\"]", true),
        ("", true),
        ("dependencies = [\"cffi-tools\"]", true),
        ("dependencies = [\"CFFI>=1; os_name == 'nt'\"]", false),
        ("dynamic = [\"dependencies\"]", false),
    ];
    let all = [Origin::Hatch, Origin::Flit, Origin::Meson, Origin::ScikitBuild];
    for (line, expected) in table {
        for origin in all {
            let pyproject = format!("[project]\nname = \"demo\"\nversion = \"1\"\n{line}\n");
            let migration = moved(origin, &pyproject, &[]);
            let is_kept = text(&migration).contains("require-cffi = false");
            assert_eq!(is_kept, expected, "{line}");
            assert_eq!(says(&migration, MoveVerdict::YouDecide, "cffi is no dependency"), expected);
        }
    }
}

#[test]
fn line_breaks_of_windows_stay() {
    for origin in [Origin::Hatch, Origin::Poetry, Origin::Flit, Origin::Meson] {
        let pyproject =
            "[project]\r\nname = \"demo\"\r\nversion = \"1\"\r\n[tool.other]\r\na = 1\r\n";
        let migration = moved(origin, pyproject, &[]);
        let text = text(&migration);
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{text:?}");
        assert!(!text.contains("\r\r"), "{text:?}");
    }
}

#[test]
fn a_project_without_a_builder_is_told_so() {
    let tree = OriginTree { pyproject: "[tool.flit]\n".to_owned(), ..OriginTree::default() };
    let migration = migrate(Origin::Flit, &tree).unwrap();
    assert!(says(&migration, MoveVerdict::YouDecide, "no call of `set_source()` was found"));
    let broken = OriginTree { pyproject: "[".to_owned(), ..OriginTree::default() };
    assert!(migrate(Origin::Flit, &broken).is_err());
}

#[test]
fn setuptools_stays_for_a_builder_that_imports_it() {
    let builder = format!("import setuptools\n{BUILDER}");
    let migration = moved(Origin::Flit, "[tool.flit]\n", &[("b.py", &builder)]);
    assert!(text(&migration).contains("requires = [\"officina\", \"setuptools\"]"));
}

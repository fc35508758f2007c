//! What `[tool.officina]` may say, and every way to say it wrong.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::settings::condition::Surroundings;
use crate::config::settings::keys::{self, KEYS};
use crate::config::settings::{overrides, read};
use crate::config::toml::{self, TomlTable};
use crate::error::Result;
use crate::model::{
    AppliedOverride, DeclaredSettings, Environment, Interpreter, LimitedApi, Macro, ProductKind,
    Profile, PythonVersion, Sanitizer, SettingKind, SettingOrigin, SettingValue, Settings,
    SourceText, Spanned, TimingsPlace, VariableCondition,
};

fn settings(text: &str) -> Result<Settings> {
    declared(text).map(|declared| declared.base)
}

fn declared(text: &str) -> Result<DeclaredSettings> {
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
    let document = toml::parse(&source)?;
    read(&TomlTable::root(&source, &document))
}

fn under_tool(line: &str) -> Result<Settings> {
    settings(&format!("[tool.officina]\n{line}\n"))
}

fn shown(line: &str) -> String {
    match under_tool(line) {
        Ok(settings) => format!("accepted: {settings:?}"),
        Err(e) => anstream::adapter::strip_str(&crate::report::render(&e)).to_string(),
    }
}

fn values<T: Clone>(list: &[Spanned<T>]) -> Vec<T> {
    list.iter().map(|item| item.value.clone()).collect()
}

#[test]
fn no_table_means_defaults() {
    for text in ["", "[tool]\n", "[tool.other]\na = 1\n", "[tool.officina]\n"] {
        assert_eq!(settings(text).unwrap(), Settings::default(), "{text}");
    }
}

#[test]
fn every_value_is_read() {
    let read = under_tool(
        "cffi_modules = [\"b.py:x\", \"pkg.c:y\"]\next-package = \"pkg._lib\"\n\
         python-source = \"./lib/\"\npackages = [\"foo\", \"foo.*\", \"foo-stubs\"]\n\
         py-modules = [\"bar\"]\ninclude = [\"foo/**/*.h\"]\nexclude = [\"foo/x\"]\n\
         limited-api = \"cp310\"\n[tool.officina.dynamic]\nversion = 1",
    )
    .unwrap();
    let entries: Vec<String> = read.cffi_modules.iter().map(|e| e.value.to_string()).collect();
    assert_eq!(entries, ["b.py:x", "pkg.c:y"]);
    assert_eq!(read.ext_package.unwrap().value, "pkg._lib");
    assert_eq!(read.python_source.unwrap().value, PathBuf::from("lib"));
    assert_eq!(values(&read.packages.unwrap()), ["foo", "foo.*", "foo-stubs"]);
    assert_eq!(values(&read.py_modules.unwrap()), ["bar"]);
    assert_eq!(values(&read.include), ["foo/**/*.h"]);
    assert_eq!(values(&read.exclude), ["foo/x"]);
    assert_eq!(read.build.limited_api, Some(LimitedApi::Minimum(PythonVersion(3, 10))));
}

#[test]
fn spellings_of_one_value() {
    for line in ["cffi_modules = \"b:ffi\"", "cffi-modules = [\"b:ffi\"]"] {
        assert_eq!(under_tool(line).unwrap().cffi_modules.len(), 1, "{line}");
    }
    assert_eq!(under_tool("packages = []").unwrap().packages, Some(vec![]));
    let source = |line| under_tool(line).unwrap().python_source.unwrap().value;
    assert_eq!(source("python-source = \".\""), PathBuf::from("."));
    assert_eq!(source("python-source = 'a\\b'"), PathBuf::from("a/b"));
    let api = |line| under_tool(line).unwrap().build.limited_api;
    assert_eq!(api("limited-api = false"), Some(LimitedApi::Off));
    assert_eq!(api("limited-api = \"3.9\""), Some(LimitedApi::Minimum(PythonVersion(3, 9))));
}

#[test]
fn every_defined_key_is_read_and_checked() {
    for key in KEYS {
        for name in [Some(key.name), key.alias].into_iter().flatten() {
            let wrong = shown(&format!("{name} = 3.5"));
            assert!(wrong.contains(&format!("`tool.officina.{name}` ")), "{wrong}");
        }
        assert!(key.about.ends_with('.'));
    }
}

#[test]
fn refused_values_show_their_line_and_the_reason() {
    let table = [
        ("cffi_module = []", "unknown key `tool.officina.cffi_module`"),
        ("cffi_module = []", "did you mean `cffi_modules`?"),
        ("python_source = \"x\"", "did you mean `python-source`?"),
        ("cffi_modules = 1", "`tool.officina.cffi_modules` must be a list of strings"),
        ("cffi_modules = [\"b\"]", "`b` names no object"),
        ("cffi_modules = \"b\"", "cffi_modules entries are `script:object`"),
        ("cffi_modules = [\"b:x\", \"b:x\"]", "`b:x` is listed twice in `cffi_modules`"),
        ("cffi_modules = [1]", "must hold strings and tables only, not an integer"),
        ("cffi_modules = [{ optional = true }]", "`tool.officina.cffi_modules[0]` has no `entry`"),
        ("cffi_modules = [{ entry = \"b.py\" }]", "`b.py` names no object"),
        ("cffi_modules = [{ entry = \"b.py:f\", optonal = true }]", "did you mean `optional`?"),
        (
            "cffi_modules = [{ entry = \"b.py:f\", optional = 1 }]",
            "optional` must be true or false",
        ),
        ("cffi_modules = [{ entry = \"b.py:f\", platform = \"x\" }]", "write `if.platform`"),
        (
            "cffi_modules = [{ entry = \"b.py:f\", if = {} }]",
            "cffi_modules[0].if` asks for nothing",
        ),
        ("cffi_modules = [\"b.py:f\", { entry = \"b.py:f\" }]", "`b.py:f` is listed twice"),
        ("ext-modules = []", "others: write a `[[tool.officina.extensions]]` for each"),
        ("packages.find.where = [\"src\"]", "remove it: packages are discovered"),
        ("package_data = {}", "a package comes with all that lies in it"),
        ("zip-safe = false", "unknown key `tool.officina.zip-safe`"),
        ("zip-safe = false", "remove it"),
        ("ext-package = \"a-b\"", "`ext-package` must be a dotted Python name, not `a-b`"),
        ("ext-package = []", "`tool.officina.ext-package` must be a string, not a list"),
        ("python-source = \"../x\"", "`../x` in `python-source` is outside the project"),
        ("python-source = \"/x\"", "`/x` in `python-source` is outside the project"),
        ("python-source = \"\"", "`python-source` holds an empty string"),
        ("python-source = 'C:\\x'", "`C:/x` in `python-source` is outside the project"),
        ("packages = \"foo\"", "`tool.officina.packages` must be a list of strings"),
        ("packages = [\"../foo\"]", "`../foo` in `packages` is outside the project"),
        ("packages = [\"/foo\"]", "`/foo` in `packages` is outside the project"),
        ("packages = [\"src/foo\"]", "`src/foo` in `packages` is a path"),
        ("packages = [\"src/foo\"]", "write the dotted name: `foo`"),
        ("packages = [\"a-b\"]", "`a-b` in `packages` is not a dotted Python name"),
        ("packages = [\"a-b\"]", "write `a_b`"),
        ("packages = [\"..foo\"]", "`..foo` in `packages` is not a dotted Python name"),
        ("packages = [\"a\", \"a\"]", "`a` is listed twice in `packages`"),
        ("py-modules = [\"a.py\"]", "`a.py` in `py-modules` is a file name"),
        ("py-modules = [\"a*\"]", "`a*` in `py-modules` holds a `*`"),
        ("include = [\"../x\"]", "`../x` in `include` is outside the project"),
        ("include = [\"a/../../x\"]", "is outside the project: it holds `..`"),
        ("exclude = [\"/etc/*\"]", "`/etc/*` in `exclude` is outside the project"),
        ("exclude = [\"\"]", "`exclude` holds an empty string"),
        ("data.script = []", "did you mean `scripts`?"),
        ("data.scripts = \"a\"", "`tool.officina.data.scripts` must be a list of strings"),
        ("data.data = [\"a\"]", "`tool.officina.data.data` must be a table, not a list"),
        ("data.data.share = \"a\"", "`tool.officina.data.data.share` must be a list of strings"),
        ("data.data = { \"../x\" = [] }", "`../x` in `tool.officina.data.data` leads out"),
        (
            "data.data = { \"/usr\" = [] }",
            "`/usr` in `tool.officina.data.data` is an absolute path",
        ),
        ("data.data = { \"/etc/x\" = [] }", "write `etc/x`: it is relative to `sys.prefix`"),
        ("data.data = { 'C:\\x' = [] }", "hint: it is relative to `sys.prefix`"),
        ("data.headers = { \"/x\" = [] }", "write `x`: it is relative to the project's folder for"),
        ("files = { \"/a/b\" = \"a\" }", "write `a/b`: it is relative to the top of the wheel"),
        ("data.headers = [\"../x.h\"]", "`../x.h` in `headers` is outside the project"),
        ("files = [\"a\"]", "`tool.officina.files` must be a table, not a list"),
        ("files = { a = 1 }", "`tool.officina.files.a` must be a string"),
        ("files = { a = \"../a\" }", "`../a` in `files` is outside the project"),
        ("files = { \"../a\" = \"a\" }", "`../a` in `tool.officina.files` leads out"),
        ("files = { \"a-1.data/scripts/x\" = \"x\" }", "set `[tool.officina.data]`"),
        ("files = { \"./a.dist-info/x\" = \"x\" }", "that folder is for the metadata"),
        ("limited-api = true", "`tool.officina.limited-api` cannot be true"),
        ("limited-api = 3.10", "`tool.officina.limited-api` cannot be 3.10"),
        ("limited-api = \"2.7\"", "`tool.officina.limited-api` cannot be \"2.7\""),
        ("limited-api = \"x\"", "such as \"3.10\" or \"cp310\", or false"),
        ("profile = \"fast\"", "`tool.officina.profile` cannot be \"fast\""),
        ("profile = \"fast\"", "it is `release` or `debug`"),
        ("glue-optimization = 1", "`tool.officina.glue-optimization` cannot be 1"),
        ("glue-optimization = \"none\"", "it is `low` or `full`"),
        ("platform-tag = \"any\"", "`tool.officina.platform-tag` cannot be \"any\""),
        ("platform-tag = \"manylinux_2\"", "it is `linux`, `auto`, or a tag without its machine"),
        ("build-tag = \"a1\"", "`tool.officina.build-tag` cannot be \"a1\""),
        ("build-tag = \"1-2\"", "it begins with a digit; letters, digits, `_` and `.` may follow"),
        ("build-tag = -1", "`tool.officina.build-tag` cannot be -1"),
        ("build-tag = \"\"", "`tool.officina.build-tag` cannot be \"\""),
        ("jobs = 0", "`tool.officina.jobs` cannot be 0"),
        ("jobs = \"4\"", "it is how many programs may run at once: 1 or more"),
        ("verbose = 1", "`tool.officina.verbose` must be true or false, not an integer"),
        ("compiler-launcher = [\"a\"]", "`tool.officina.compiler-launcher` must be a string"),
        ("build-dir = \".\"", "`build-dir` cannot be `.`"),
        ("build-dir = \"./\"", "name a folder of its own: `build-dir = \"build\"`"),
        ("timings = 1", "`tool.officina.timings` cannot be 1"),
        ("timings = \"\"", "it is `true`, `false` or a folder to write them into"),
        ("build-dir = []", "`tool.officina.build-dir` must be a string, not a list"),
        ("define-macros = \"A\"", "`tool.officina.define-macros` must be a list of strings"),
        ("define-macros = [\"A B\"]", "`A B` in `define-macros` is not a C identifier"),
        ("define-macros = [\"-DA=1\"]", "write `A=1`"),
        ("define-macros = [\"=1\"]", "`` in `define-macros` is not a C identifier"),
        ("define-macros = [\"A\", \"A\"]", "`A` is listed twice in `define-macros`"),
        ("define-macros = [\"Py_LIMITED_API\"]", "set `limited-api`, which also decides"),
        ("include-dirs = [\"\"]", "an empty string is not a folder"),
        ("library-dirs = [1]", "`tool.officina.library-dirs` must hold strings only"),
        ("allow-undefined = [\"a b\"]", "`a b` in `allow-undefined` is not the name of a symbol"),
        ("allow-undefined = [\"\"]", "write a name as the linker sees it"),
        ("sanitize = [\"adress\"]", "`adress` in `sanitize` is not a sanitizer"),
        ("sanitize = [\"adress\"]", "did you mean `address`?"),
        ("libraries = \"m\"", "`tool.officina.libraries` must be a list of strings"),
        ("libraries = [\"-lm\"]", "`-lm` in `libraries` is a flag"),
        ("libraries = [\"-lm\"]", "write `m`"),
        ("libraries = [\"-L/x\"]", "set `extra-link-args`"),
        ("extra-compile-args = [\"\"]", "`extra-compile-args` holds an empty string"),
        ("extra-compile-args = [\"-DPy_LIMITED_API=1\"]", "set `limited-api`, which also decides"),
        ("extra-compile-args = [\"/UPy_LIMITED_API\"]", "`Py_LIMITED_API` cannot be in"),
        ("extra-link-args = [1]", "`tool.officina.extra-link-args` must hold strings only"),
        ("editable = true", "`tool.officina.editable` must be a table, not a boolean"),
        ("editable.rebuid = true", "unknown key `tool.officina.editable.rebuid`"),
        ("editable.rebuild = 1", "`tool.officina.editable.rebuild` must be true or false"),
        ("sdist.includes = []", "unknown key `tool.officina.sdist.includes`"),
        ("overrides = 1", "`tool.officina.overrides` must be a list of tables"),
        ("dynamic = 1", "`tool.officina.dynamic` must be a table, not an integer"),
    ];
    for (line, expected) in table {
        let text = shown(line);
        assert!(text.contains(expected), "{line}: {text}");
        assert!(text.contains("pyproject.toml:2:"), "{text}");
    }
}

#[test]
fn both_spellings_at_once_are_refused() {
    let text = shown("cffi_modules = []\ncffi-modules = []");
    assert!(text.contains("`cffi_modules` and `cffi-modules` are the same setting"), "{text}");
    assert!(text.contains("pyproject.toml:3:"), "{text}");
}

#[test]
fn entries_are_texts_and_tables() {
    let text = "cffi_modules = [\"b.py:x\", { entry = \"b.py:y\", optional = true },\
                { entry = \"c.py:z\", if.platform = \"linux\" },\
                { entry = \"c.py:z\", optional = true, if.platform = \"windows\" }]";
    let declared = declared(&format!("[tool.officina]\n{text}")).unwrap();
    let shown = |settings: &Settings| -> Vec<(String, bool)> {
        let entries = settings.cffi_modules.iter();
        entries.map(|entry| (entry.value.to_string(), entry.value.optional)).collect()
    };
    let named = |name: &str, optional| (name.to_owned(), optional);
    let here = [named("b.py:x", false), named("b.py:y", true), named("c.py:z", false)];
    assert_eq!(shown(&on_linux(&declared, &[]).0), here);
    assert_eq!(shown(&declared.base).len(), 4);
    let tables = "[[tool.officina.cffi_modules]]\nentry = \"b.py:y\"\noptional = true\n";
    assert_eq!(shown(&settings(tables).unwrap()), [named("b.py:y", true)]);
}

#[test]
fn every_way_to_build_is_read() {
    let build = under_tool(
        "profile = \"debug\"\njobs = 2\nverbose = true\nbuild-dir = \"build\"\n\
         define-macros = [\"A\", \"B=1 2\"]\ninclude-dirs = [\"inc\", \"/opt/include\"]\n\
         library-dirs = [\"../lib\"]\nsanitize = [\"undefined\", \"address\"]\n\
         editable = { rebuild = true }",
    )
    .unwrap()
    .build;
    assert_eq!((build.profile, build.jobs), (Some(Profile::Debug), Some(2)));
    assert_eq!((build.verbose, build.editable_rebuild), (Some(true), Some(true)));
    assert_eq!(build.build_dir.unwrap().value, PathBuf::from("build"));
    let macros: Vec<Macro> = build.define_macros.into_iter().map(|said| said.value).collect();
    let define =
        |name: &str, value: Option<&str>| Macro::Define(name.into(), value.map(Into::into));
    assert_eq!(macros, [define("A", None), define("B", Some("1 2"))]);
    let paths = |said: Vec<SettingValue<PathBuf>>| -> Vec<PathBuf> {
        said.into_iter().map(|said| said.value).collect()
    };
    assert_eq!(paths(build.include_dirs), ["inc", "/opt/include"].map(PathBuf::from));
    assert_eq!(paths(build.library_dirs), [PathBuf::from("../lib")]);
    let sanitizers: Vec<Sanitizer> = build.sanitize.into_iter().map(|said| said.value).collect();
    assert_eq!(sanitizers, [Sanitizer::Undefined, Sanitizer::Address]);
}

#[test]
fn timings_are_a_switch_or_a_folder() {
    let timings = |line| under_tool(line).unwrap().build.timings;
    assert_eq!(timings(""), None);
    for line in ["timings = true", "timings = \"true\""] {
        assert_eq!(timings(line), Some(TimingsPlace::BuildFolder), "{line}");
    }
    assert_eq!(timings("timings = false"), Some(TimingsPlace::Nowhere));
    let Some(TimingsPlace::Folder(said)) = timings("timings = \"out\"") else {
        panic!("no folder")
    };
    assert_eq!(said.value, PathBuf::from("out"));
    assert!(matches!(said.origin, SettingOrigin::Pyproject(place) if place.span == (26..31)));
}

fn linux() -> Interpreter {
    Interpreter::cpython(PythonVersion(3, 12), "linux-x86_64")
}

/// The settings of a wheel on Linux.
fn on_linux(
    declared: &DeclaredSettings,
    variables: &[(&str, &str)],
) -> (Settings, Vec<AppliedOverride>) {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment(variables.collect());
    let (interpreter, product) = (&linux(), ProductKind::Wheel);
    overrides::apply(declared, &Surroundings { interpreter, product, environment: &environment })
}

/// A value of each kind that is not what is the case without it.
fn example(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Builders => "[\"b.py:ffi\"]",
        SettingKind::DottedName => "\"pkg\"",
        SettingKind::ProjectFolder | SettingKind::BuildFolder => "\"lib\"",
        SettingKind::Packages
        | SettingKind::Modules
        | SettingKind::Globs
        | SettingKind::Macros
        | SettingKind::Symbols
        | SettingKind::Bundle
        | SettingKind::SharedLibraries
        | SettingKind::Folders
        | SettingKind::Texts => "[\"a\"]",
        SettingKind::WheelData => "{ scripts = [\"a\"] }",
        SettingKind::Renamings | SettingKind::LicenseFiles => "{ a = \"a\" }",
        SettingKind::LimitedApi => "\"3.9\"",
        SettingKind::Profile => "\"debug\"",
        SettingKind::GlueOptimization => "\"full\"",
        SettingKind::Count | SettingKind::BuildTag => "3",
        SettingKind::PlatformTag => "\"auto\"",
        SettingKind::Switch | SettingKind::Timings | SettingKind::Sbom => "true",
        SettingKind::Sanitizers => "[\"leak\"]",
        SettingKind::Words => "[\"-g\"]",
        SettingKind::Libraries => "[\"m\"]",
        SettingKind::Launcher => "\"ccache\"",
        SettingKind::Table => "{ rebuild = true }",
        SettingKind::Text | SettingKind::Target => "\"x\"",
        SettingKind::Commands => "[[\"make\"]]",
        SettingKind::Variables => "{ A = \"1\" }",
        SettingKind::Language => "\"c++\"",
        SettingKind::CrateLink => "\"shared\"",
        SettingKind::ExtensionApi => "true",
        SettingKind::Condition => "{ python = \"cpython\" }",
        SettingKind::Tables => "[]",
        SettingKind::Dynamic | SettingKind::Overrides => "{}",
        SettingKind::DeclaredModules => "[]",
        SettingKind::PkgConfig | SettingKind::Cdef => "[\"x\"]",
        SettingKind::Alignment => "4",
    }
}

#[test]
fn every_key_of_an_override_counts() {
    for key in KEYS {
        let value = example(key.kind);
        let text =
            format!("[[tool.officina.overrides]]\nif.platform = \"*\"\n{} = {value}", key.name);
        let result = declared(&text);
        if let Some(why) = key.not_in_overrides {
            let parts = result.unwrap_err().parts().clone();
            assert_eq!(parts.message, format!("`{}` cannot be set in an override", key.name));
            assert_eq!(parts.notes, [why]);
            continue;
        }
        let (settings, applied) = on_linux(&result.unwrap(), &[]);
        assert_eq!(applied[0].keys, [key.name]);
        assert_ne!(settings, Settings::default(), "{} is forgotten", key.name);
    }
}

#[test]
fn overrides_apply_in_order_and_replace() {
    let declared = declared(
        "[tool.officina]\njobs = 1\ndefine-macros = [\"BASE\"]\n\
         [[tool.officina.overrides]]\nif.platform = \"linux\"\njobs = 2\ndefine-macros = [\"L\"]\n\
         [[tool.officina.overrides]]\nif = { python = \"<3.12\" }\njobs = 3\n\
         [[tool.officina.overrides]]\nif.env.CI = true\njobs = 4\n",
    )
    .unwrap();
    for (variables, jobs, applied) in [(&[][..], 2, &[0][..]), (&[("CI", "1")], 4, &[0, 2])] {
        let (settings, counted) = on_linux(&declared, variables);
        assert_eq!(settings.build.jobs, Some(jobs));
        let macros: Vec<&str> =
            settings.build.define_macros.iter().map(|said| said.value.name()).collect();
        assert_eq!(macros, ["L"]);
        let counted: Vec<usize> = counted.iter().map(|one| one.index).collect();
        assert_eq!(counted, applied);
    }
}

#[test]
fn every_list_of_an_override_can_join() {
    let one = "\n[[tool.officina.overrides]]\nif.platform = \"linux\"\n";
    for key in keys::lists() {
        let (name, value) = (key.name, example(key.kind));
        let other = match key.kind {
            SettingKind::Builders => "[\"c.py:ffi\"]".to_owned(),
            SettingKind::Sanitizers => "[\"address\"]".to_owned(),
            SettingKind::WheelData => "{ headers = [\"other\"] }".to_owned(),
            SettingKind::Renamings | SettingKind::LicenseFiles => {
                "{ other = \"other\" }".to_owned()
            }
            _ => "[\"other\"]".to_owned(),
        };
        for (way, first, second) in [("append", value, &*other), ("prepend", &*other, value)] {
            let joined = format!(
                "[tool.officina]\n{name} = {value}{one}{name} = {other}\ninherit.{name} = \"{way}\""
            );
            let joined = items(&on_linux(&declared(&joined).unwrap(), &[]).0, name);
            let alone = |list: &str| {
                let text = format!("[tool.officina]\n{name} = {list}");
                items(&settings(&text).unwrap(), name)
            };
            assert_eq!(joined, [alone(first), alone(second)].concat(), "{name} {way}");
            assert_eq!(joined.len(), 2, "{name}");
        }
    }
}

/// The items of a list, as text.
fn items(settings: &Settings, key: &str) -> Vec<String> {
    fn set<T: std::fmt::Debug>(list: &[SettingValue<T>]) -> Vec<String> {
        list.iter().map(|item| format!("{:?}", item.value)).collect()
    }
    let Settings { cffi_modules, packages, py_modules, include, exclude, build, .. } = settings;
    match key {
        "cffi_modules" => cffi_modules.iter().map(|entry| entry.value.to_string()).collect(),
        "packages" => values(packages.as_ref().unwrap()),
        "py-modules" => values(py_modules.as_ref().unwrap()),
        "include" => values(include),
        "exclude" => values(exclude),
        "data" => settings.data.iter().map(|rule| rule.globs[0].value.clone()).collect(),
        "files" => settings.files.iter().map(|one| one.source.value.clone()).collect(),
        "bundle" => set(&build.bundle),
        "bundle-exclude" => set(&build.bundle_exclude),
        "bundle-licenses" => {
            settings.bundle_licenses.iter().map(|one| one.file.value.clone()).collect()
        }
        "define-macros" => set(&build.define_macros),
        "include-dirs" => set(&build.include_dirs),
        "library-dirs" => set(&build.library_dirs),
        "libraries" => set(&build.libraries),
        "extra-compile-args" => set(&build.extra_compile_args),
        "extra-link-args" => set(&build.extra_link_args),
        "sanitize" => set(&build.sanitize),
        "allow-undefined" => set(&build.allow_undefined),
        _ => panic!("{key} is not compared"),
    }
}

#[test]
fn conditions_hold_where_all_they_name_is_so() {
    for (condition, holds) in [
        ("platform = \"linux\"", true),
        ("platform = \"linux-x86_64\"", true),
        ("platform = \"linux-*\"", true),
        ("platform = \"*-amd64\"", true),
        ("platform = [\"macos\", \"linux\"]", true),
        ("platform = [\"macos\", \"windows\"]", false),
        ("platform = \"linux-aarch64\"", false),
        ("python = \">=3.12\"", true),
        ("python = \"<3.12\"", false),
        ("python = [\"pypy\", \">=3.12\"]", true),
        ("platform = \"linux\", python = \"pypy\"", false),
        ("state = \"wheel\"", true),
        ("state = [\"sdist\", \"editable\"]", false),
        ("env = { SET = true }", true),
        ("env = { SET = \"x\" }", true),
        ("env = { SET = \"y\" }", false),
        ("env = { SET = false }", false),
        ("env = { GONE = false, SET = true }", true),
        ("env = { GONE = true }", false),
        ("env = { EMPTY = true }", false),
        ("env = { EMPTY = false }", true),
    ] {
        let text = format!("[[tool.officina.overrides]]\nif = {{ {condition} }}\nverbose = true\n");
        let (settings, _) = on_linux(&declared(&text).unwrap(), &[("SET", "x"), ("EMPTY", "")]);
        assert_eq!(settings.build.verbose.is_some(), holds, "{condition}");
    }
}

#[test]
fn an_override_that_cannot_count_is_refused_at_its_line() {
    let table = [
        ("verbose = true", 2, "`tool.officina.overrides[0]` has no `if`"),
        ("verbose = true", 2, "write, for example, `if.platform = \"linux\"`"),
        ("if = {}\nverbose = true", 3, "`tool.officina.overrides[0].if` asks for nothing"),
        (
            "if.platform = []\nverbose = true",
            3,
            "`tool.officina.overrides[0].if.platform` is empty",
        ),
        ("if.platform = \"linux\"", 2, "`tool.officina.overrides[0]` sets nothing"),
        ("if.platform = 1", 3, "`tool.officina.overrides[0].if.platform` must be a string"),
        ("if.platform = \"darwin\"", 3, "did you mean `macos`?"),
        ("if.platform = \"lynux\"", 3, "did you mean `linux`?"),
        ("if.platform = \"win32\"", 3, "did you mean `windows`?"),
        (
            "if.platform = \"zzz\"",
            3,
            "`zzz` in `tool.officina.overrides[0].if.platform` is no platform",
        ),
        (
            "platform = \"linux\"\nlibraries = []",
            3,
            "belongs to the condition: write `if.platform`",
        ),
        ("python = \">=3.12\"", 3, "belongs to the condition: write `if.python`"),
        ("env = { A = true }", 3, "belongs to the condition: write `if.env`"),
        ("if.plattform = \"linux\"", 3, "did you mean `platform`?"),
        ("if.python = \"3.12\"", 3, "`3.12` is no version specifier"),
        ("if.python = \"CPython\"", 3, "did you mean `cpython`?"),
        ("if.python = \"jython\"", 3, "`jython` is no implementation of Python"),
        ("if.python = \"\"", 3, "`` asks for nothing"),
        ("if.python = \">=3.12.1\"", 3, "`>=3.12.1` names a patch release"),
        (
            "if.env = { A = 1 }",
            3,
            "`tool.officina.overrides[0].if.env.A` must be a string or a boolean",
        ),
        ("if.env = {}", 3, "`tool.officina.overrides[0].if.env` is empty"),
        ("if.env = \"A\"", 3, "`tool.officina.overrides[0].if.env` must be a table"),
        ("if.platform = \"linux\"\njbos = 1", 4, "did you mean `jobs`?"),
        ("if.platform = \"linux\"\njobs = 0", 4, "`tool.officina.overrides[0].jobs` cannot be 0"),
        ("if.platform = \"linux\"\nsdist = {}", 4, "`sdist` cannot be set in an override"),
        ("if.platform = \"linux\"\noverrides = []", 4, "overrides do not nest"),
    ];
    refuses_override(&table);
}

#[test]
fn an_override_that_cannot_join_is_refused_at_its_line() {
    refuses_override(&[
        ("if.state = \"wheels\"", 3, "did you mean `wheel`?"),
        ("if.state = \"x\"", 3, "there are `sdist`, `wheel` and `editable`"),
        (
            "if.state = \"wheel\"\njobs = 1\ninherit.jobs = \"append\"",
            5,
            "unknown key `tool.officina.overrides[0].inherit.jobs`",
        ),
        (
            "if.state = \"wheel\"\ninclude = []\ninherit.include = \"apend\"",
            5,
            "did you mean `append`?",
        ),
        (
            "if.state = \"wheel\"\ninclude = []\ninherit.exclude = \"append\"",
            5,
            "joins `exclude`, and `tool.officina.overrides[0]` sets none",
        ),
        (
            "if.state = \"wheel\"\npackages = []\ninherit.packages = \"append\"",
            5,
            "`tool.officina` has no `packages` to join: they are discovered",
        ),
    ]);
}

fn refuses_override(table: &[(&str, usize, &str)]) {
    for (lines, line, expected) in table {
        let error = declared(&format!("[tool.officina]\n[[tool.officina.overrides]]\n{lines}\n"))
            .expect_err(lines);
        let text = anstream::adapter::strip_str(&crate::report::render(&error)).to_string();
        assert!(text.contains(expected), "{lines}: {text}");
        assert!(text.contains(&format!("pyproject.toml:{line}:")), "{lines}: {text}");
    }
}

#[test]
fn every_wheel_that_may_be_made_is_among_the_variants() {
    let declared = declared(
        "[tool.officina]\ninclude = [\"base\"]\n\
         [[tool.officina.overrides]]\nif.platform = \"macos\"\ninclude = [\"mac\"]\n\
         [[tool.officina.overrides]]\nif.platform = \"linux\"\njobs = 2\n\
         [[tool.officina.overrides]]\nif.python = \"pypy\"\npackages = [\"p\"]\n",
    )
    .unwrap();
    let variants: Vec<(String, bool)> = overrides::variants(&declared)
        .iter()
        .map(|settings| (settings.include[0].value.clone(), settings.packages.is_some()))
        .collect();
    let expected = [("mac", false), ("base", true), ("mac", true)];
    assert_eq!(variants, expected.map(|(include, packages)| (include.to_owned(), packages)));
}

#[test]
fn what_a_variable_must_be_is_read() {
    let text = "[[tool.officina.overrides]]\nif.env = { A = \"x\", B = true, C = false }\njobs = 1";
    let expected = [
        ("A".to_owned(), VariableCondition::Equal("x".into())),
        ("B".to_owned(), VariableCondition::Set),
        ("C".to_owned(), VariableCondition::Unset),
    ];
    assert_eq!(declared(text).unwrap().overrides[0].condition.environment, expected);
}

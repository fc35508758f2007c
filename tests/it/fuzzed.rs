//! What the fuzz targets do with their bytes: whatever these are, there is no panic, every error can
//! be shown with its line, and what comes out is safe to write. `fuzz/` feeds them what libFuzzer
//! invents, `seeds.rs` what it begins with.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use officina::binary::elf_names::{self, NameChanges};
use officina::binary::{elf, elf_needs, macho, object_symbols};
use officina::config::metadata::{self, TreeAccess};
use officina::config::settings::condition::Surroundings;
use officina::config::settings::overrides;
use officina::config::toml::{self, TomlTable};
use officina::config::vcs::{self, TagPattern};
use officina::config::{builder, discovery, options, placement, portable, settings};
use officina::error::{Error, Result};
use officina::files::sdist_files::{self, SdistParts};
use officina::model::Environment;
use officina::model::{
    BuildOptions, Builder, ExtensionSpec, Interpreter, Language, LimitedApi, Module,
    PartialBuildOptions, ProductKind, Profile, PythonVersion, Settings, SourceText, Sysconfig,
    Target, Tree, TreeFile, WheelKind,
};
use officina::model::{Metadata, Requirement, Revision};
use officina::report;
use officina::steps::builder::answer::{self, Answer, BuilderOutput, GeneratedModule};
use officina::steps::builder::spec::{self, Rules};
use officina::steps::compile_args::compile_args;
use officina::steps::compile_line::CompileLine;
use officina::steps::link_line::{self, LinkLine};
use officina::steps::path_mapping::{FolderSpellings, PathMapping};
use officina::steps::translation_unit::{TranslationUnit, object_path};
use officina::toolchain::{
    Family, LanguageCommands, OptimizationChoice, PrefixMap, ToolCommand, Toolchain,
};

/// A target's name, which is that of its folder of seeds, and what it does.
pub type FuzzTarget = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [FuzzTarget; 4] = [
    ("pyproject", pyproject),
    ("answers", answers),
    ("requirement", requirement),
    ("binary", binary),
];

/// The text of a pyproject.toml, read down to the files of an sdist. What follows a NUL, which TOML
/// cannot hold, is the content of every file that it names.
pub fn pyproject(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (text, files) = text.split_once('\0').unwrap_or((text, "x = '1.0'\n"));
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
    match read_project(&source, files) {
        Ok((metadata, paths)) => {
            check_core_metadata(&metadata::core_metadata(&metadata));
            paths.iter().for_each(|path| check_packed_path(path));
        }
        Err(error) => check_error(error),
    }
}

/// The text of a builder's `modules.json`, read down to the lines of compilers and linkers.
pub fn answers(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match answer::parse(text, "build_demo.py") {
        Ok(Answer::Done(done)) => done.modules.iter().for_each(|made| check_module(made, &done)),
        Ok(Answer::Failure(failure)) => {
            check_error(answer::error(&failure, "build_demo.py", Path::new("no-such-folder")))
        }
        Err(error) => check_error(error),
    }
}

/// The text of a requirement: its normal form is its own normal form.
pub fn requirement(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<Requirement>() {
        Ok(requirement) => {
            let written = requirement.to_string();
            let again = written.parse::<Requirement>();
            assert_eq!(again.as_ref().map(ToString::to_string), Ok(written), "{text:?}");
            let only = requirement.only_with_extra("x").to_string();
            assert!(only.parse::<Requirement>().is_ok(), "{only:?}");
        }
        Err(wrong) => assert!(text.is_char_boundary(wrong.at), "{text:?}: {wrong:?}"),
    }
}

/// The bytes of an object, an archive or a linked file, of either format.
pub fn binary(bytes: &[u8]) {
    for table in [elf::SymbolTable::Dynamic, elf::SymbolTable::Linker] {
        let _ = elf::read(&mut Cursor::new(bytes), table);
    }
    let _ = elf_needs::read_from(&mut Cursor::new(bytes));
    let changes = NameChanges {
        soname: Some("libnew.so.1".into()),
        needed: [("libc.so.6".to_owned(), "libother.so.6".to_owned())].into(),
        run_path: Some("$ORIGIN".into()),
    };
    let _ = elf_names::changed(bytes.to_vec(), &changes);
    let _ = macho::left_to_load_time(bytes);
    let symbols = object_symbols::of_bytes(bytes);
    assert!(symbols.defined.len() + symbols.undefined.len() <= bytes.len());
}

/// The files of the project that every pyproject.toml is tried on.
const FILES: [&str; 9] = [
    "LICENSE",
    "README.md",
    "VERSION",
    "build_demo.py",
    "c/demo.c",
    "demo/__init__.py",
    "demo/data.txt",
    "pyproject.toml",
    "src/other/__init__.py",
];

fn read_project(source: &Arc<SourceText>, files: &str) -> Result<(Metadata, Vec<String>)> {
    let document = toml::parse(source)?;
    let root = TomlTable::root(source, &document);
    placement::check(&root)?;
    let access = TreeAccess {
        read: &|name| Ok(Arc::new(SourceText { name: name.into(), text: files.into() })),
        files_matching: &|glob| {
            Ok(FILES.iter().filter(|file| glob.contains(**file)).map(|f| (*f).into()).collect())
        },
        version: &|_, settings| {
            let pattern = settings.tag_pattern.as_ref().map(|pattern| pattern.value.as_str());
            let pattern = TagPattern::new(pattern).map_err(Error::new)?;
            let revision = Revision { tag: Some(files.into()), distance: 1, ..Revision::default() };
            vcs::version_of(settings, &pattern, &revision, 0).map_err(Error::new)
        },
    };
    let settings = settings::read(&root)?;
    let metadata = metadata::read(&root, &access)?;
    let _ = metadata::entry_points_txt(&metadata.entry_points);
    let portable = portable::toml_1_0(source)?;
    if let Some(text) = &portable {
        let text = SourceText { name: "portable.toml".into(), text: text.clone() };
        assert_eq!(portable::toml_1_0(&Arc::new(text)), Ok(None), "{portable:?}");
    }
    let mut paths = chosen_files(source, &settings.base, &metadata, portable.clone())?;
    let environment = Environment([("FUZZ".into(), "1".into())].into());
    for interpreter in interpreters() {
        let surroundings = Surroundings {
            interpreter: &interpreter,
            product: ProductKind::Wheel,
            environment: &environment,
        };
        let (there, _) = overrides::apply(&settings, &surroundings);
        options::merged(&there.build, &PartialBuildOptions::default())?;
        paths.extend(chosen_files(source, &there, &metadata, portable.clone())?);
    }
    Ok((metadata, paths))
}

fn chosen_files(
    source: &Arc<SourceText>,
    settings: &Settings,
    metadata: &Metadata,
    portable_pyproject: Option<String>,
) -> Result<Vec<String>> {
    let exists = |path: &Path| path == Path::new("build_demo.py");
    let scripts = || vec!["build_demo.py".to_owned()];
    let builders: Vec<Builder> = builder::resolve(settings, source, &exists, &scripts)?;
    let file = |path: &str| TreeFile { path: path.into(), ..TreeFile::default() };
    let files = FILES.into_iter().map(file).collect();
    let tree = Tree { root: "/project".into(), files, ..Tree::default() };
    let layout = discovery::layout(&tree, settings, source, &metadata.dist_name(), &builders)?;
    let parts = SdistParts {
        tree: &tree,
        layout: &layout,
        settings,
        elsewhere: &[],
        pyproject: source,
        builders: &["build_demo.py".to_owned()],
        named: &[],
        outputs: &[],
        stem: "demo-1.0".to_owned(),
        pkg_info: metadata::core_metadata(metadata),
        portable_pyproject,
    };
    let entries = sdist_files::select(&parts)?.manifest.entries;
    Ok(entries.into_iter().map(|entry| entry.path).collect())
}

/// No value may begin a header of its own, nor end the headers.
fn check_core_metadata(text: &str) {
    let headers = text.split("\n\n").next().unwrap_or_default();
    for line in headers.lines() {
        let name = line.split(": ").next().unwrap_or_default();
        let is_header =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
        assert!(line.starts_with(' ') || is_header, "{line:?} in {text:?}");
    }
    let single = ["Metadata-Version: ", "Name: ", "Version: ", "Description-Content-Type: "];
    for name in single {
        let count = headers.lines().filter(|line| line.starts_with(name)).count();
        assert!(count <= 1, "{name} {count} times in {text:?}");
    }
}

fn check_packed_path(path: &str) {
    let is_plain = |part: Component| matches!(part, Component::Normal(_));
    assert!(!path.is_empty() && Path::new(path).components().all(is_plain), "{path:?}");
}

/// As a person sees it: with the key, the file and the line where it has a place.
fn check_error(error: Error) {
    let error = error.named(|place| toml::key_at(&place.source, &place.span));
    let shown = anstream::adapter::strip_str(&report::render(&error)).to_string();
    assert!(shown.contains("error: ") && !error.parts().message.is_empty(), "{shown}");
    if let Some(place) = &error.parts().location {
        let text = &place.source.text;
        assert!(text.get(place.span.clone()).is_some(), "{:?} in {text:?}", place.span);
        assert!(shown.contains(&format!("{}:", place.source.name)), "{shown}");
    }
}

fn check_module(made: &GeneratedModule, done: &BuilderOutput) {
    for interpreter in interpreters() {
        let rules = Rules {
            interpreter: &interpreter,
            limited_api: LimitedApi::FromRequiresPython,
            ext_package: Some("pkg"),
        };
        match spec::module(made, done, "build_demo.py", &rules) {
            Ok((Module::Extension(spec), _)) => check_commands(&spec, &interpreter),
            Ok((Module::Python(module), _)) => check_packed_path(&module.name.file(".py")),
            Err(error) => check_error(error),
        }
    }
}

fn check_commands(spec: &ExtensionSpec, interpreter: &Interpreter) {
    let root = Path::new("/project");
    let spellings = FolderSpellings { root: vec![root.to_owned()], build_dir: Vec::new() };
    let paths = PathMapping { root, build_dir: Path::new("/scratch"), spellings: &spellings };
    let toolchain = toolchain(interpreter);
    let options = BuildOptions { profile: Profile::Debug, ..BuildOptions::default() };
    let sources = spec.sources.iter().chain(&spec.generated_source);
    let known: BTreeSet<(PathBuf, Language)> =
        sources.filter_map(|source| Some((plain(source), Language::of_source(source)?))).collect();
    let unit = |(source, language): (PathBuf, Language)| {
        let object = object_path(&source, &spec.compile(), toolchain.family, &paths);
        TranslationUnit { source, object, language, names_folders: false }
    };
    let units: Vec<TranslationUnit> = known.into_iter().map(unit).collect();
    let mut seen = BTreeSet::new();
    for unit in &units {
        let inside = unit.object.strip_prefix("/scratch/objects").expect("an object of this build");
        check_packed_path(&inside.to_string_lossy());
        assert!(seen.insert(&unit.object), "two sources for {}", unit.object.display());
        let line = CompileLine {
            unit,
            spec: spec.compile(),
            toolchain: &toolchain,
            commands: &toolchain.c,
            python_includes: &[],
            environment: &Environment::default(),
            paths,
            options: &options,
            kind: WheelKind::Editable,
        };
        assert!(!compile_args(&line).is_empty());
    }
    let line = LinkLine {
        spec,
        units: &units,
        archives: &[],
        file: Path::new("/scratch/linked/x.so"),
        toolchain: &toolchain,
        commands: &toolchain.c,
        target: Target { interpreter, sysconfig: &Sysconfig::default() },
        paths,
        options: &options,
    };
    assert!(!link_line::link_args(&line).is_empty());
}

/// One spelling for every source that is one file: the same file is compiled once.
fn plain(source: &Path) -> PathBuf {
    Path::new("/project").join(source).components().collect()
}

fn interpreters() -> [Interpreter; 4] {
    let of = |implementation: &str, minor, free_threaded, platform: &str| Interpreter {
        implementation: implementation.into(),
        pypy_version: (implementation == "pypy").then_some(PythonVersion(7, 3)),
        free_threaded,
        ..Interpreter::cpython(PythonVersion(3, minor), platform)
    };
    [
        of("cpython", 11, false, "linux-x86_64"),
        of("cpython", 15, true, "macosx-11.0-arm64"),
        of("cpython", 13, false, "win-amd64"),
        of("pypy", 11, false, "linux-x86_64"),
    ]
}

fn toolchain(interpreter: &Interpreter) -> Toolchain {
    let command = || ToolCommand::of(vec!["cc".into()], vec!["-O2".into()]);
    let family = match interpreter.is_windows() {
        true => Family::Msvc { clang_cl: false },
        false => Family::Gcc { version: Some(12) },
    };
    Toolchain {
        family,
        c: LanguageCommands {
            compile: command(),
            link: command(),
            optimization: OptimizationChoice::Default,
        },
        cxx: None,
        archive: ToolCommand::of(vec!["ar".into()], Vec::new()),
        prefix_map: PrefixMap::Supported,
        python_search: Vec::new(),
        environment: Default::default(),
        warnings: Vec::new(),
    }
}

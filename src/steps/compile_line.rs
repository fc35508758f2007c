//! One source to one object: where the object lies, and the arguments that make it. Pure.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::model::Environment;
use crate::model::{BuildOptions, ExtensionSpec, Language, Macro, Profile, WheelKind};
use crate::steps::path_mapping::Places;
use crate::steps::{depfile, glue};
use crate::toolchain::variables::{Role, having};
use crate::toolchain::{
    Family, LanguageCommands, PrefixMap, Toolchain, may_tell_places, sanitizers,
};

/// A source and the object that is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslationUnit {
    /// The source as its builder spelled it: relative to the project root, or absolute.
    pub source: PathBuf,
    /// The object. Absolute.
    pub object: PathBuf,
    /// The language that its suffix tells.
    pub language: Language,
    /// Whether its text speaks of the folders of this build.
    pub tells_places: bool,
}

/// The object of a source, in a folder of its module. Different sources have different objects:
/// the source's path is kept, and what lies outside the project goes into folders that no path
/// inside can name, because there a leading `_` is doubled.
pub fn object_path(
    source: &Path,
    spec: &ExtensionSpec,
    family: Family,
    places: &Places,
) -> PathBuf {
    let mut object = places.objects(spec);
    // What is made may be made in the project.
    let relative = match source.strip_prefix(places.scratch) {
        Ok(made) => {
            object.push("_made");
            made
        }
        Err(_) => source.strip_prefix(places.root).unwrap_or(source),
    };
    for component in relative.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => object.push("_up"),
            Component::RootDir => object.push("_root"),
            Component::Prefix(prefix) => {
                let drive = prefix.as_os_str().to_string_lossy();
                object.push(format!("_{}", drive.replace([':', '\\', '/', '?'], "_")));
            }
            Component::Normal(name) => {
                let mut escaped = OsString::new();
                if name.to_string_lossy().starts_with('_') {
                    escaped.push("_");
                }
                escaped.push(name);
                object.push(escaped);
            }
        }
    }
    object.as_mut_os_string().push(if family.is_msvc() { ".obj" } else { ".o" });
    object
}

/// What a compile line is made of.
#[derive(Clone, Copy)]
pub struct CompileLine<'a> {
    /// The source and its object.
    pub unit: &'a TranslationUnit,
    /// The module.
    pub spec: &'a ExtensionSpec,
    /// The toolchain, and its commands for the source's language.
    pub toolchain: &'a Toolchain,
    /// See `toolchain`.
    pub commands: &'a LanguageCommands,
    /// Folders of Python's headers, after the module's own.
    pub python_includes: &'a [PathBuf],
    /// What the compiler finds in its environment.
    pub environment: &'a Environment,
    /// Folders of this build.
    pub places: Places<'a>,
    /// How the project and its builder want it.
    pub options: &'a BuildOptions,
    /// What the module is for.
    pub kind: WheelKind,
}

/// The arguments that follow the compiler's driver, in the order of setuptools: flags of the
/// toolchain, macros, folders of headers, `-c source -o object`, and the module's own arguments.
pub fn compile_args(line: &CompileLine) -> Vec<OsString> {
    let (spec, unit, places) = (line.spec, line.unit, &line.places);
    let family = line.toolchain.family;
    let base = places.said_flags(&glue::base_flags(line));
    let own = places.said_flags(&spec.extra_compile_args);
    let watched = sanitizers::compile_flags(family, &line.options.sanitizers);
    let mut middle: Vec<OsString> = watched.into_iter().map(OsString::from).collect();
    middle.extend(spec.macros.iter().map(macro_arg));
    let includes = spec.include_dirs.iter().chain(line.python_includes);
    middle.extend(includes.map(|folder| joined("-I", &places.said(folder))));
    let files = match family {
        Family::Msvc { .. } => msvc_files(line),
        Family::Gcc { .. } | Family::Clang { .. } => {
            let (source, object) = (places.said(&unit.source), places.said(&unit.object));
            vec!["-c".into(), source.into(), "-o".into(), object.into()]
        }
    };
    let maps = prefix_maps(line, base.iter().chain(&middle).chain(&own));
    [base, dependency_args(line), maps, middle, files, own].concat()
}

/// Folders are named where something would be in the object otherwise, and nowhere else: a cache of
/// compilers takes another folder for another command.
fn prefix_maps<'a>(
    line: &'a CompileLine,
    words: impl Iterator<Item = &'a OsString>,
) -> Vec<OsString> {
    if line.toolchain.prefix_map == PrefixMap::Unsupported {
        return Vec::new();
    }
    // Whoever debugs, and keeps what was made, wants a debugger that finds it.
    let option = if line.options.debugs_in_build_dir() {
        "-fmacro-prefix-map="
    } else {
        "-ffile-prefix-map="
    };
    let driver = line.commands.compile.starting();
    let variables = having(Role::InObjects).filter_map(|name| line.environment.text(name));
    let source = line.places.said(&line.unit.source).to_string_lossy().into_owned();
    let told: Vec<_> = words
        .map(|word| word.to_string_lossy())
        .chain(driver.map(Into::into))
        .chain(variables.map(Into::into))
        .chain([source.into()])
        .collect();
    let all = line.unit.tells_places || told.iter().any(|word| may_tell_places(word));
    let is_told = |folder: &str| all || told.iter().any(|word| word.contains(folder));
    line.places.prefix_maps(option, is_told)
}

/// Where the compiler says what it read; `None` where it cannot, or where flags of the user's own
/// ask it for that already.
pub fn dep_file(line: &CompileLine) -> Option<PathBuf> {
    let flags = line.commands.compile.flags.iter().chain(&line.spec.extra_compile_args);
    // Microsoft's `-MD` is about the runtime library.
    let options: &[&str] = match line.toolchain.family {
        Family::Gcc { .. } | Family::Clang { .. } => &["-M", "-Wp,-M"],
        Family::Msvc { .. } => &["/sourceDependencies", "-sourceDependencies", "/clang:-M"],
    };
    let asks = |flag: &String| options.iter().any(|option| flag.starts_with(option));
    // Assembly that no preprocessor sees includes nothing.
    let is_plain = line.unit.source.extension().is_some_and(|suffix| suffix == "s");
    if is_plain || flags.into_iter().any(asks) {
        return None;
    }
    let mut path = line.unit.object.clone();
    path.as_mut_os_string().push(".d");
    Some(path)
}

fn dependency_args(line: &CompileLine) -> Vec<OsString> {
    let Some(file) = dep_file(line).map(|file| line.places.said(&file)) else {
        return Vec::new();
    };
    match line.toolchain.family {
        Family::Gcc { .. } | Family::Clang { .. } => {
            vec!["-MD".into(), "-MT".into(), depfile::TARGET.into(), "-MF".into(), file.into()]
        }
        Family::Msvc { clang_cl: true } => ["-MD", "-MT", depfile::TARGET]
            .map(|word| joined("/clang:", Path::new(word)))
            .into_iter()
            .chain([joined("/clang:-MF", &file)])
            .collect(),
        // Visual Studio before 2019 16.7 warns that it does not know the option, and goes on.
        Family::Msvc { clang_cl: false } => vec!["/sourceDependencies".into(), file.into()],
    }
}

fn msvc_files(line: &CompileLine) -> Vec<OsString> {
    let (unit, places) = (line.unit, &line.places);
    let mut args: Vec<OsString> = vec!["/c".into()];
    if line.options.profile == Profile::Debug {
        args.push(joined("/Fd", &places.said(&unit.object.with_extension("pdb"))));
    }
    let source = places.said(&unit.source);
    match unit.language {
        Language::C => args.push(joined("/Tc", &source)),
        Language::Cxx => args.extend(["/EHsc".into(), joined("/Tp", &source)]),
    }
    args.push(joined("/Fo", &places.said(&unit.object)));
    args
}

fn macro_arg(change: &Macro) -> OsString {
    match change {
        Macro::Define(name, Some(value)) => format!("-D{name}={value}").into(),
        Macro::Define(name, None) => format!("-D{name}").into(),
        Macro::Undefine(name) => format!("-U{name}").into(),
    }
}

/// An option and the path that follows it without a space.
pub(super) fn joined(option: &str, path: &Path) -> OsString {
    let mut word = OsString::from(option);
    word.push(path);
    word
}

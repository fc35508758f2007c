//! The arguments that make one object of one source. Pure.

use std::ffi::OsString;
use std::path::Path;

use crate::model::{Language, Macro, Profile};
use crate::steps::compile_line::{CompileLine, dep_file};
use crate::steps::path_mapping::joined;
use crate::steps::{depfile, glue};
use crate::toolchain::variables::{Role, having};
use crate::toolchain::{Family, PrefixMap, may_tell_places, sanitizers};

/// The arguments that follow the compiler's driver, in the order of setuptools: flags of the
/// toolchain, macros, folders of headers, `-c source -o object`, and the module's own arguments.
pub fn compile_args(line: &CompileLine) -> Vec<OsString> {
    let (spec, unit, paths) = (line.spec, line.unit, &line.paths);
    let family = line.toolchain.family;
    let base = paths.flags_in_command(&glue::base_flags(line));
    let own = paths.flags_in_command(spec.extra_compile_args);
    let watched = sanitizers::compile_flags(family, &line.options.sanitizers);
    let mut middle: Vec<OsString> = watched.into_iter().map(OsString::from).collect();
    middle.extend(spec.macros.iter().map(macro_arg));
    let includes = spec.include_dirs.iter().chain(line.python_includes);
    middle.extend(includes.map(|folder| joined("-I", &paths.in_command(folder))));
    let files = match family {
        Family::Msvc { .. } => msvc_files(line),
        Family::Gcc { .. } | Family::Clang { .. } => {
            let (source, object) = (paths.in_command(&unit.source), paths.in_command(&unit.object));
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
    // A debugger has to find the files later, and `__FILE__` is the same everywhere all the same.
    let option =
        if line.options.names_real_places() { "-fmacro-prefix-map=" } else { "-ffile-prefix-map=" };
    let driver = line.commands.compile.starting();
    let variables = having(Role::InObjects).filter_map(|name| line.environment.text(name));
    let source = line.paths.in_command(&line.unit.source).to_string_lossy().into_owned();
    let told: Vec<_> = words
        .map(|word| word.to_string_lossy())
        .chain(driver.map(Into::into))
        .chain(variables.map(Into::into))
        .chain([source.into()])
        .collect();
    let all = line.unit.names_folders || told.iter().any(|word| may_tell_places(word));
    let is_told = |folder: &str| all || told.iter().any(|word| word.contains(folder));
    line.paths.prefix_maps(option, is_told)
}

/// The words that ask the compiler what it reads.
pub fn dependency_args(line: &CompileLine) -> Vec<OsString> {
    let file = dep_file(line).map(|file| line.paths.in_command(&file));
    file.map_or_else(Vec::new, |file| dependency_words(line.toolchain.family, &file))
}

/// The words that have a compiler write what it reads into a file.
pub fn dependency_words(family: Family, file: &Path) -> Vec<OsString> {
    match family {
        Family::Gcc { .. } | Family::Clang { .. } => {
            vec!["-MD".into(), "-MT".into(), depfile::TARGET.into(), "-MF".into(), file.into()]
        }
        Family::Msvc { clang_cl: true } => ["-MD", "-MT", depfile::TARGET]
            .map(|word| joined("/clang:", Path::new(word)))
            .into_iter()
            .chain([joined("/clang:-MF", file)])
            .collect(),
        // Visual Studio before 2019 16.7 warns that it does not know the option, and goes on.
        Family::Msvc { clang_cl: false } => vec!["/sourceDependencies".into(), file.into()],
    }
}

fn msvc_files(line: &CompileLine) -> Vec<OsString> {
    let (unit, paths) = (line.unit, &line.paths);
    let mut args: Vec<OsString> = vec!["/c".into()];
    if line.options.profile == Profile::Debug {
        args.push(joined("/Fd", &paths.in_command(&unit.object.with_extension("pdb"))));
    }
    let source = paths.in_command(&unit.source);
    match unit.language {
        Language::C => args.push(joined("/Tc", &source)),
        Language::Cxx => args.extend(["/EHsc".into(), joined("/Tp", &source)]),
    }
    args.push(joined("/Fo", &paths.in_command(&unit.object)));
    args
}

/// A macro as compilers take it.
pub fn macro_arg(change: &Macro) -> OsString {
    match change {
        Macro::Define(name, Some(value)) => format!("-D{name}={value}").into(),
        Macro::Define(name, None) => format!("-D{name}").into(),
        Macro::Undefine(name) => format!("-U{name}").into(),
    }
}

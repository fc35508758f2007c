//! Objects to one extension module: the arguments of the linker. Pure.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::{
    Abi, BuildOptions, DebugSections, ExtensionSpec, Language, Profile, Sysconfig, Target,
};
use crate::steps::path_mapping::{PathMapping, joined};
use crate::steps::translation_unit::TranslationUnit;
use crate::toolchain::{
    Family, LanguageCommands, Toolchain, command_line, sanitizers, yielding_to,
};

/// What a link line is made of.
#[derive(Clone, Copy)]
pub struct LinkLine<'a> {
    /// The module.
    pub spec: &'a ExtensionSpec,
    /// Its objects, in the order of its sources.
    pub units: &'a [TranslationUnit],
    /// The archives of the project's libraries that it links, in this order.
    pub archives: &'a [PathBuf],
    /// The file to make. Absolute.
    pub file: &'a Path,
    /// The toolchain, and its commands for the language that is linked as.
    pub toolchain: &'a Toolchain,
    /// See `toolchain`.
    pub commands: &'a LanguageCommands,
    /// The Python that the module is for.
    pub target: Target<'a>,
    /// Folders of this build.
    pub paths: PathMapping<'a>,
    /// How the project and its builder want it.
    pub options: &'a BuildOptions,
}

impl LinkLine<'_> {
    fn is_embedding(&self) -> bool {
        self.spec.abi == Abi::Embedding
    }

    fn is_mingw(&self) -> bool {
        is_mingw(self.target, self.toolchain.family)
    }

    fn python_folders(&self) -> Vec<PathBuf> {
        python_folders(self.target, self.toolchain.family)
    }

    fn python_library(&self) -> Option<String> {
        python_library(self.spec, self.target, self.toolchain.family)
    }
}

/// A module with any C++ in it is linked as C++, because of its run-time library.
pub fn link_language<'a>(
    spec: &ExtensionSpec,
    units: impl Iterator<Item = &'a TranslationUnit>,
) -> Language {
    let of_sources = units.map(|unit| unit.language).max();
    spec.language.max(of_sources).unwrap_or(Language::C)
}

/// The arguments that follow the linker's driver, in the order of setuptools.
pub fn link_args(line: &LinkLine) -> Vec<OsString> {
    if line.toolchain.family.is_msvc() { msvc_args(line) } else { gnu_args(line) }
}

/// The text of the `.def` file that tells MinGW's linker what to export, if it needs one.
pub fn export_list(line: &LinkLine) -> Option<(PathBuf, String)> {
    let exports = exports(line);
    if !line.is_mingw() || exports.is_empty() {
        return None;
    }
    let name = line.file.file_name().unwrap_or_default().to_string_lossy();
    let file = line
        .paths
        .objects_of(line.spec.name.as_str())
        .join(format!("{}.def", line.spec.name.last()));
    Some((file, format!("LIBRARY {name}\nEXPORTS\n{}\n", exports.join("\n"))))
}

fn gnu_args(line: &LinkLine) -> Vec<OsString> {
    let spec = line.spec;
    let mut args = words(yielding_to(&line.commands.link.flags, &spec.extra_link_args));
    args.extend(sanitizing(line));
    if line.target.interpreter.is_macos() && line.is_embedding() {
        make_dynamic_library(&mut args, line.file);
    }
    // The same objects make the same bytes; zig's linker does not know the option.
    if line.is_mingw() && !command_line::is_zig(&line.commands.link.driver) {
        args.push("-Wl,--no-insert-timestamp".into());
    }
    if line.is_mingw() && line.options.profile == Profile::Release {
        args.push("-s".into());
    }
    args.extend(left_out(line));
    args.extend(objects(line));
    args.extend(export_list(line).map(|(file, _)| line.paths.in_command(&file).into()));
    args.extend(library_dirs(line).map(|folder| joined("-L", &folder)));
    args.extend(line.python_folders().iter().map(|folder| joined("-L", folder)));
    if line.is_embedding() {
        args.extend(words(line.toolchain.python_search.clone()));
    }
    if !line.target.interpreter.is_windows() {
        args.extend(spec.runtime_library_dirs.iter().map(|dir| format!("-Wl,-rpath,{dir}").into()));
    }
    args.extend(spec.libraries.iter().flat_map(|library| gnu_library(library)));
    args.extend(line.python_library().map(|library| format!("-l{library}").into()));
    args.extend(["-o".into(), line.paths.in_command(line.file).into()]);
    args.extend(words(spec.extra_link_args.clone()));
    let system = line.target.sysconfig.cross.iter().flat_map(|cross| &cross.library_dirs);
    args.extend(system.map(|folder| joined("-L", folder)));
    args.extend(name_for_gold(&args, line.file));
    args.extend(own_runtime(line, &args).into_iter().flatten());
    args
}

/// What puts the compiler's own libraries (libgcc, libstdc++, winpthread) into a module for a Python that has
/// none of their DLLs beside it, as MinGW's own Python has. The last word is for what the compiler adds after
/// all others: the libraries of the project are found as ever.
fn own_runtime(line: &LinkLine, args: &[OsString]) -> Option<[OsString; 2]> {
    let is_gcc = matches!(line.toolchain.family, Family::Gcc { version } if version != Some(0));
    let is_chosen =
        ["-shared-libgcc", "-static"].iter().any(|word| args.iter().any(|it| it == word));
    let is_without = line.target.interpreter.platform.starts_with("win");
    (is_gcc && is_without && !is_chosen).then(|| ["-static-libgcc", "-Wl,-Bstatic"].map(Into::into))
}

/// Words of whoever decides himself what is exported.
const EXPORTING: [&str; 6] = [
    "exclude-libs",
    "whole-archive",
    "version-script",
    "dynamic-list",
    "export-dynamic",
    "-rdynamic",
];

/// What keeps out of a module what nobody looks for in it: the symbols of archives, which are the
/// business of this module alone, and debug information.
fn left_out(line: &LinkLine) -> Vec<OsString> {
    let platform = line.target.interpreter.platform.as_str();
    let is_elf = ["linux", "android", "freebsd", "netbsd", "openbsd", "dragonfly"]
        .iter()
        .any(|system| platform.starts_with(system));
    let driver = &line.commands.link.driver;
    let name = command_line::stem(&driver[command_line::compiler_at(driver)]);
    // A linker that is run without a compiler has other words, and so have small compilers.
    let is_plain = name == "ld" || name.starts_with("ld.") || command_line::is_zig(driver);
    let is_unknown = line.toolchain.family == Family::Gcc { version: Some(0) };
    if is_plain || is_unknown || !line.options.sanitizers.is_empty() {
        return Vec::new();
    }
    let is_said = |word: &String| EXPORTING.iter().any(|option| word.contains(option));
    let mut own = line.commands.link.flags.iter().chain(&line.spec.extra_link_args);
    let is_private = !line.is_embedding() && line.spec.export_symbols.is_empty();
    let hides = is_elf && is_private && !own.any(is_said);
    let strips = line.options.profile == Profile::Release
        && line.options.debug_sections == DebugSections::Removed;
    let strip = match line.target.interpreter.is_macos() {
        true => Some("-Wl,-S"),
        false => is_elf.then_some("-Wl,--strip-debug"),
    };
    let words = [hides.then_some("-Wl,--exclude-libs,ALL"), strip.filter(|_| strips)];
    words.into_iter().flatten().map(Into::into).collect()
}

fn objects(line: &LinkLine) -> Vec<OsString> {
    let own = line.units.iter().map(|unit| &unit.object);
    let given = line.spec.extra_objects.iter().chain(line.archives);
    own.chain(given).map(|file| line.paths.in_command(file).into()).collect()
}

fn library_dirs(line: &LinkLine) -> impl Iterator<Item = PathBuf> {
    line.spec.library_dirs.iter().map(|folder| line.paths.in_command(folder))
}

fn sanitizing(line: &LinkLine) -> Vec<OsString> {
    words(sanitizers::link_flags(line.toolchain.family, &line.options.sanitizers))
}

/// gold writes the path of the file into its symbol versions, a folder that is another one in each
/// build, unless the file has a name of its own.
fn name_for_gold(args: &[OsString], target: &Path) -> Option<OsString> {
    let chosen = |arg: &&OsString| arg.to_str().is_some_and(|arg| arg.starts_with("-fuse-ld="));
    let last = args.iter().rfind(chosen)?;
    let named = |arg: &OsString| arg.to_str().is_some_and(|arg| arg.starts_with("-Wl,-soname"));
    (last == "-fuse-ld=gold" && !args.iter().any(named))
        .then(|| joined("-Wl,-soname,", Path::new(target.file_name().unwrap_or_default())))
}

fn words(words: Vec<String>) -> Vec<OsString> {
    words.into_iter().map(Into::into).collect()
}

/// A library that programs link is no bundle. Its own name must not be the folder it is made in.
fn make_dynamic_library(args: &mut Vec<OsString>, target: &Path) {
    for arg in args.iter_mut().filter(|arg| *arg == "-bundle") {
        *arg = "-dynamiclib".into();
    }
    let name = target.file_name().unwrap_or_default();
    args.extend(["-install_name".into(), joined("@rpath/", Path::new(name))]);
}

/// A library may be named with a folder: `build/foo`.
fn gnu_library(library: &str) -> Vec<OsString> {
    match library.rsplit_once('/') {
        Some((folder, name)) => vec![format!("-L{folder}").into(), format!("-l{name}").into()],
        None => vec![format!("-l{library}").into()],
    }
}

fn msvc_args(line: &LinkLine) -> Vec<OsString> {
    let spec = line.spec;
    let mut args = words(line.commands.link.flags.clone());
    args.extend(sanitizing(line));
    let folders = library_dirs(line).chain(line.python_folders());
    args.extend(folders.map(|folder| joined("/LIBPATH:", &folder)));
    args.extend(spec.libraries.iter().map(|library| msvc_library(library).into()));
    args.extend(line.python_library().map(|library| msvc_library(&library).into()));
    args.extend(exports(line).iter().map(|symbol| format!("/EXPORT:{symbol}").into()));
    args.extend(objects(line));
    args.push(joined("/OUT:", &line.paths.in_command(line.file)));
    let import_library =
        line.paths.objects_of(spec.name.as_str()).join(format!("{}.lib", spec.name.last()));
    args.push(joined("/IMPLIB:", &line.paths.in_command(&import_library)));
    args.extend(words(spec.extra_link_args.clone()));
    args
}

fn msvc_library(library: &str) -> String {
    match library.to_ascii_lowercase().ends_with(".lib") {
        true => library.to_owned(),
        false => format!("{library}.lib"),
    }
}

/// What a DLL has to show. Elsewhere every symbol is seen unless the source hides it.
fn exports(line: &LinkLine) -> Vec<String> {
    let mut symbols = line.spec.export_symbols.clone();
    let start = format!("PyInit_{}", line.spec.name.last());
    if !line.is_embedding() && !symbols.contains(&start) {
        symbols.push(start);
    }
    symbols
}

fn is_mingw(target: Target, family: Family) -> bool {
    target.interpreter.is_windows() && !family.is_msvc()
}

/// On Windows every symbol needs a library at link time, Python's too: where those libraries are.
pub fn python_folders(target: Target, family: Family) -> Vec<PathBuf> {
    if !target.interpreter.is_windows() {
        return Vec::new();
    }
    if !target.sysconfig.import_library_dirs.is_empty() {
        return target.sysconfig.import_library_dirs.clone();
    }
    let libs = target.sysconfig.base_exec_prefix.join("libs");
    let libdir = target.sysconfig.libdir.clone().filter(|_| is_mingw(target, family));
    std::iter::once(libs).chain(libdir).collect()
}

/// The library of Python itself, where it has to be named: by MinGW, which does not read the
/// pragma of `pyconfig.h` that tells MSVC, on Android, where modules see nothing that they do not
/// name, and by everything that embeds Python.
pub fn python_library(spec: &ExtensionSpec, target: Target, family: Family) -> Option<String> {
    let named = |library: &String| library.starts_with("python") || library.starts_with("pypy");
    if spec.libraries.iter().any(named) {
        return None;
    }
    let limited = spec.abi.is_limited();
    let interpreter = target.interpreter;
    let lock = if interpreter.free_threaded { "t" } else { "" };
    let is_mingw = is_mingw(target, family);
    if is_mingw && limited {
        return Some(format!("python3{lock}"));
    }
    let is_android = interpreter.platform.starts_with("android");
    (is_mingw || is_android || spec.abi == Abi::Embedding).then(|| {
        library_of_file(target.sysconfig).unwrap_or_else(|| {
            let (version, debug) = (interpreter.version, interpreter.debug);
            match interpreter.is_windows() {
                true => {
                    let debug = if debug { "_d" } else { "" };
                    format!("python{}{}{lock}{debug}", version.0, version.1)
                }
                false => format!("python{version}{lock}{}", if debug { "d" } else { "" }),
            }
        })
    })
}

/// `libpython3.13t.so` -> `python3.13t`
fn library_of_file(sysconfig: &Sysconfig) -> Option<String> {
    let file = sysconfig.ldlibrary.as_deref()?.strip_prefix("lib")?;
    [".dll.a", ".so", ".dylib", ".a"].iter().find_map(|end| file.strip_suffix(end)).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Interpreter, ModuleName, PythonVersion};

    #[test]
    fn the_library_of_python_is_named_where_modules_need_that() {
        const LIMITED: Abi = Abi::Limited { minimum: None };
        for (platform, abi, expected) in [
            ("linux-x86_64", Abi::Version, None),
            ("android-24-arm64_v8a", Abi::Version, Some("python3.13")),
            ("android-24-arm64_v8a", LIMITED, Some("python3.13")),
            ("mingw_x86_64", LIMITED, Some("python3")),
            ("linux-x86_64", Abi::Embedding, Some("python3.13")),
        ] {
            let spec = ExtensionSpec::new(ModuleName::new("_x").unwrap(), "build.py", abi);
            let sysconfig = Sysconfig::default();
            let interpreter = Interpreter::cpython(PythonVersion(3, 13), platform);
            let target = Target { interpreter: &interpreter, sysconfig: &sysconfig };
            let found = python_library(&spec, target, Family::Gcc { version: None });
            assert_eq!(found.as_deref(), expected, "{platform} {abi:?}");
        }
    }

    #[test]
    fn import_libraries_of_another_machine_take_the_place_of_this_ones() {
        let interpreter = Interpreter::cpython(PythonVersion(3, 13), "win-arm64");
        let own = Sysconfig { base_exec_prefix: "base".into(), ..Sysconfig::default() };
        let others = Sysconfig { import_library_dirs: vec!["arm/libs".into()], ..own.clone() };
        for (sysconfig, expected) in
            [(&own, Path::new("base").join("libs")), (&others, "arm/libs".into())]
        {
            let target = Target { interpreter: &interpreter, sysconfig };
            assert_eq!(python_folders(target, Family::Msvc { clang_cl: false }), [expected]);
        }
    }

    #[test]
    fn gold_alone_gets_a_name_for_the_file() {
        let soname = Some(OsString::from("-Wl,-soname,_x.abi3.so"));
        for (args, expected) in [
            ("-shared -fuse-ld=gold a.o", soname.clone()),
            ("-fuse-ld=lld -fuse-ld=gold", soname),
            ("-fuse-ld=gold -fuse-ld=lld", None),
            ("-fuse-ld=gold -Wl,-soname,mine.so", None),
            ("-shared a.o", None),
        ] {
            let args: Vec<OsString> = args.split(' ').map(Into::into).collect();
            let found = name_for_gold(&args, Path::new("/tmp/scratch/pkg/_x.abi3.so"));
            assert_eq!(found, expected, "{args:?}");
        }
    }
}

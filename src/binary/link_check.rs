//! No broken success: a linked extension is read once more, and every symbol that it leaves
//! undefined must come from a library that it links or from Python. The linker does not say so
//! itself, because shared libraries may have undefined symbols.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::binary::evidence::{Evidence, LinkedLibrary};
use crate::binary::init_function::{self, InitFunction, is_init_function};
use crate::binary::library_cache::{self, Library, LibraryCache, LibraryReader};
use crate::binary::link_order::StaticLibraries;
use crate::binary::loader_folders::{CLibrary, musl_loader};
use crate::binary::native_file::{BinaryFormat, format_of};
use crate::binary::search::{Dependencies, SearchFolders};
use crate::binary::undefined_symbols::UndefinedSymbols;
use crate::binary::warnings::CheckedFile;
use crate::binary::{
    loaded_python, machine, macho, missing_symbols, on_purpose, search, undefined_symbols, warnings,
};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{BuildOptions, CrossTarget, Environment, ExtensionSpec, SymbolPattern, Target};
use crate::toolchain::command_line::{self, Quoting};

/// What a link check looks at.
#[derive(Debug, Clone, Copy)]
pub struct LinkCheckRequest<'a> {
    /// The linked extension.
    pub extension: &'a Path,
    /// The objects that it was linked from, each with its source, relative to `root`.
    pub objects: &'a [(PathBuf, PathBuf)],
    /// What was to be built.
    pub spec: &'a ExtensionSpec,
    /// The libraries of the project that it links, in order: the name of each, and its objects.
    pub own_libraries: &'a [(String, Vec<PathBuf>)],
    /// The folders of the crates that it links. Absolute.
    pub crates: &'a [PathBuf],
    /// The Python that the extension is for.
    pub target: Target<'a>,
    /// The linker's environment.
    pub environment: &'a Environment,
    /// The project root.
    pub root: &'a Path,
    /// Whether Python is to import it.
    pub init: InitFunction,
    /// The symbols that may be defined nowhere.
    pub allow_undefined: &'a [SymbolPattern],
    /// What says which libraries go into the wheel together with the extension; `None`: none do.
    pub bundling: Option<&'a BuildOptions>,
    /// The libraries that this build has read.
    pub libraries: &'a LibraryCache,
}

/// What a link check found, and what it depends on besides the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkCheck {
    /// What somebody should look at, a sentence each; or why nobody could import the extension.
    pub verdict: Result<Vec<String>>,
    /// The names that the extension takes from Python; none where they cannot be told.
    pub python_names: Vec<String>,
    /// The files that were opened, in order: the interpreter, libraries, and the configuration of
    /// the dynamic linker.
    pub reads: Vec<PathBuf>,
    /// The paths that were looked for in vain, in order: a file there might have been used instead.
    pub absent: Vec<PathBuf>,
}

/// Reads a linked extension and checks that whatever it needs is there.
///
/// The verdict is an error where the file cannot be read, where it is for another machine than the
/// interpreter, where it uses a symbol that neither a library that it links nor Python defines, or
/// where it lacks the function by which Python starts a module: the error names the symbol and the
/// likely cause.
pub fn check_link(request: &LinkCheckRequest) -> LinkCheck {
    let mut libraries = LibraryReader::new(request.libraries);
    let (verdict, python_names) = match findings(request, &mut libraries) {
        Ok(mut findings) => {
            let python_names = std::mem::take(&mut findings.python_names);
            (verdict(request, findings), python_names)
        }
        Err(error) => (Err(error), Vec::new()),
    };
    let LibraryReader { reads, absent, .. } = libraries;
    LinkCheck { verdict, python_names, reads, absent }
}

fn findings(request: &LinkCheckRequest, libraries: &mut LibraryReader) -> Result<LinkFindings> {
    match format_of(request.extension)? {
        BinaryFormat::Elf => findings_in_elf(request, libraries),
        BinaryFormat::MachO => findings_in_macho(request, libraries),
        // Windows has no undefined symbols in a DLL: each import names the DLL that it comes from,
        // so the linker itself refuses what no library defines.
        _ => Ok(LinkFindings::default()),
    }
}

fn verdict(request: &LinkCheckRequest, findings: LinkFindings) -> Result<Vec<String>> {
    let LinkCheckRequest { objects, spec, target, root, .. } = *request;
    let LinkFindings { mut missing, mut warnings, linked, exported, .. } = findings;
    let Some(exported) = exported else { return Ok(warnings) };
    let allowed =
        on_purpose::taken_out(&mut missing, &spec.extra_link_args, request.allow_undefined);
    warnings.extend(warnings::about_what_is_left_open(&allowed, spec));
    let is_init = |symbol: &String| is_init_function(symbol, spec, target.interpreter);
    let starts = request.init == InitFunction::Optional || exported.iter().any(is_init);
    if missing.is_empty() && starts {
        return Ok(warnings);
    }
    let folders = link_time_folders(spec, request.environment, root);
    let own = request.own_libraries;
    let evidence = Evidence {
        static_libraries: StaticLibraries::read(&spec.libraries, &folders, own, root),
        ..Evidence::gather(objects, spec, target.interpreter, root, request.crates, linked)
    };
    Err(match missing.as_slice() {
        [] => init_function::missing(&exported, spec, &evidence),
        missing => missing_symbols::explain(missing, &evidence),
    })
}

fn damaged(extension: &Path) -> Error {
    Error::new(format!("the linker left a damaged file, `{}`", extension.display()))
}

/// What a file says about itself and its libraries.
#[derive(Default)]
struct LinkFindings {
    /// Symbols that nothing defines.
    missing: Vec<String>,
    warnings: Vec<String>,
    linked: Vec<LinkedLibrary>,
    /// Functions that may start a module, in each part of the file; `None` if that is not known.
    exported: Option<Vec<String>>,
    /// The names that it takes from Python.
    python_names: Vec<String>,
}

/// Those of a file's symbols that have the name of a function that starts a module.
fn init_functions<'a>(defined: impl Iterator<Item = &'a str>) -> Vec<String> {
    let prefixes = ["PyInit", "_cffi_pypyinit_"];
    let is_one = |symbol: &&str| prefixes.iter().any(|prefix| symbol.starts_with(prefix));
    defined.filter(is_one).map(str::to_owned).collect()
}

fn findings_in_elf(
    request: &LinkCheckRequest,
    libraries: &mut LibraryReader,
) -> Result<LinkFindings> {
    let LinkCheckRequest { extension, spec, target, root, .. } = *request;
    let cross = target.sysconfig.cross.as_deref();
    let executable = loaded_python::executable(target, libraries);
    let c_library = c_library(target, executable.as_deref());
    let folders = match cross {
        Some(cross) => folders_of_target(request, cross),
        None => SearchFolders {
            musl: libraries.musl(c_library),
            ..search_folders(request, libraries.loader_folders(c_library))
        },
    };
    let library = library_cache::read_library(extension).ok_or_else(|| damaged(extension))?;
    let machine = library.elf.machine;
    let pythons = executable.map(|python| python.elf.machine);
    match cross {
        Some(cross) => machine::check_target(machine, cross, spec, target.interpreter)?,
        None => machine::check_elf(machine, pythons, spec, target.interpreter)?,
    }
    one_c_library(c_library, &library, spec, cross)?;
    let python = loaded_python::read(target, machine, &folders, libraries);
    let needs = search::dependencies(&library, &python.all, &folders, libraries);
    let undefined = undefined_symbols::sorted(&library.elf.symbols.undefined, &needs, &python);
    let checked = CheckedFile {
        extension: &library,
        needs: &needs,
        undefined: &undefined,
        spec,
        root,
        bundling: request.bundling,
        cross,
    };
    let warnings = checked.warnings();
    let linked = direct_libraries(&library, &needs);
    let exported = init_functions(library.elf.symbols.defined.iter().map(AsRef::as_ref));
    let UndefinedSymbols { missing, python: python_names, .. } = undefined;
    Ok(LinkFindings { missing, warnings, linked, exported: Some(exported), python_names })
}

fn findings_in_macho(
    request: &LinkCheckRequest,
    libraries: &mut LibraryReader,
) -> Result<LinkFindings> {
    let LinkCheckRequest { extension: path, spec, target, .. } = *request;
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, &e))?;
    let left = macho::left_to_load_time(&bytes).map_err(|_| damaged(path))?;
    let python = loaded_python::processors(target.interpreter, libraries);
    machine::check_macho(&macho::processors(&bytes), &python, spec, target.interpreter)?;
    let undefined = undefined_symbols::sorted_by_name(left);
    let warnings = warnings::about_sanitizer(&undefined, spec);
    let exported = macho::exported_everywhere(&bytes);
    let exported = init_functions(exported.iter().map(AsRef::as_ref));
    let UndefinedSymbols { missing, python: python_names, .. } = undefined;
    let linked = Vec::new();
    Ok(LinkFindings { missing, warnings, linked, exported: Some(exported), python_names })
}

/// A process has one C library: where Python has glibc, musl's is not even found. On a machine with
/// musl there may be something that stands in for glibc, but not in what is built for one.
fn one_c_library(
    pythons: Option<CLibrary>,
    library: &Library,
    spec: &ExtensionSpec,
    cross: Option<&CrossTarget>,
) -> Result<()> {
    use CLibrary::{Glibc, Musl};
    let (own, other) = match (pythons, CLibrary::of(&library.elf.needed)) {
        (Some(Glibc), Some(Musl)) => ("musl", "glibc"),
        (Some(Musl), Some(Glibc)) if cross.is_some() => ("glibc", "musl"),
        _ => return Ok(()),
    };
    let whose = if cross.is_some() { "the target's" } else { "this" };
    let error = Error::new(format!(
        "`{}` would fail to import: it is linked with {own}'s C library, and {whose} Python runs on \
         {other}",
        spec.name,
    ));
    Err(match cross {
        None => error.hint(format!(
            "build with a compiler for {other} (see CC and LDSHARED), or in a Python that runs on \
             {own}"
        )),
        Some(_) => error.hint(format!("build with a compiler for {other}: see CC and LDSHARED")),
    })
}

/// The C library of the process that will load the extension, where it is known.
fn c_library(target: Target, executable: Option<&Library>) -> Option<CLibrary> {
    match &target.sysconfig.cross {
        Some(cross) if cross.triple.is_musl() => Some(CLibrary::Musl),
        Some(_) => Some(CLibrary::Glibc),
        None => executable.and_then(|python| CLibrary::of(&python.elf.needed)),
    }
}

/// The same where the loader is that of another machine, whose system lies in a folder.
fn folders_of_target(request: &LinkCheckRequest, cross: &CrossTarget) -> SearchFolders {
    let here = search_folders(request, Vec::new());
    SearchFolders {
        environment: Vec::new(), // that of programs that run here
        system: cross.loader_folders(),
        link_time: here.link_time,
        musl: cross.root.as_deref().filter(|_| cross.triple.is_musl()).and_then(musl_loader),
        root: cross.root.clone(),
    }
}

/// Where the libraries may be, from what the linker was told and what the loader will know.
fn search_folders(request: &LinkCheckRequest, system: Vec<PathBuf>) -> SearchFolders {
    let LinkCheckRequest { spec, environment, root, .. } = *request;
    SearchFolders {
        environment: fs::listed_folders(environment, "LD_LIBRARY_PATH"),
        system,
        link_time: link_time_folders(spec, environment, root),
        musl: None,
        root: None,
    }
}

/// The folders that the link of a module searches before those of the system. Absolute.
pub fn link_time_folders(
    spec: &ExtensionSpec,
    environment: &Environment,
    root: &Path,
) -> Vec<PathBuf> {
    let flags = command_line::split(environment.text("LDFLAGS").unwrap_or_default(), Quoting::HERE);
    let flags = flags.unwrap_or_default();
    let flags: Vec<&str> = flags.iter().chain(&spec.extra_link_args).map(String::as_str).collect();
    let flagged = command_line::values_of(&flags, &["-L"]).map(PathBuf::from);
    let beside = spec.extra_objects.iter().filter_map(|object| object.parent()).map(Path::to_owned);
    let link_time = spec.library_dirs.iter().cloned().chain(flagged).chain(beside);
    link_time
        .chain(fs::listed_folders(environment, "LIBRARY_PATH"))
        .map(|dir| root.join(dir))
        .collect()
}

fn direct_libraries(extension: &Arc<Library>, needs: &Dependencies) -> Vec<LinkedLibrary> {
    let named = extension.elf.needed.iter().filter_map(|name| Some((name, needs.get(name)?)));
    named
        .map(|(name, library)| LinkedLibrary { name: name.clone(), library: Arc::clone(library) })
        .collect()
}

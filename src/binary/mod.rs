//! No broken success: a linked extension is read once more, and every symbol that it leaves
//! undefined must come from a library that it links or from Python. The linker does not say so
//! itself, because shared libraries may have undefined symbols.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::Environment;
use crate::model::{ExtensionSpec, Interpreter, Sysconfig};
use crate::python::symbols::looks_like_python;
use crate::toolchain::command_line;
use crate::toolchain::command_line::Quoting;

mod blame;
mod cxx;
pub mod elf;
pub mod macho;
mod nearby;
mod python;
mod search;
pub mod symbols;

use blame::{Evidence, LinkedLibrary};
use python::Python;
use search::{CLibrary, Closure, Folders, Library};

/// An extension that may be packed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What somebody should look at, a sentence each.
    pub warnings: Vec<String>,
}

/// Reads a linked extension and checks that whatever it needs is there. `objects` are the files it
/// was linked from, each with its source relative to `root`; `environment` is the linker's.
///
/// # Errors
/// The file cannot be read, or it uses a symbol that neither a library that it links nor Python
/// defines: the error names the symbol, the source that uses it and the likely cause.
pub fn verify(
    extension: &Path,
    objects: &[(PathBuf, PathBuf)],
    spec: &ExtensionSpec,
    interpreter: &Interpreter,
    sysconfig: &Sysconfig,
    environment: &Environment,
    root: &Path,
) -> Result<Verdict> {
    let (missing, warnings, linked) = match format_of(extension)? {
        Format::Elf => {
            let c_library = python::c_library(interpreter);
            let folders = folders(spec, environment, root, search::system_folders(c_library));
            let library = search::read_file(extension).ok_or_else(|| damaged(extension))?;
            one_c_library(c_library, &library, spec)?;
            let python = python::read(interpreter, sysconfig, library.image.machine, &folders);
            let needs = search::closure(&library, &python.all, &folders);
            let judgement = judge(&library.image.symbols.undefined, &needs, &python);
            let warnings = warnings(&judgement, &library, &needs, spec, root);
            (judgement.missing, warnings, direct_libraries(&library, &needs))
        }
        Format::MachO => {
            let bytes = std::fs::read(extension).map_err(|e| Error::io("read", extension, &e))?;
            let left = macho::left_to_load_time(&bytes).map_err(|_| damaged(extension))?;
            let judgement = judge_names(left);
            let warnings = sanitizer_warning(&judgement, spec);
            (judgement.missing, warnings, Vec::new())
        }
        // Windows has no undefined symbols in a DLL: each import names the DLL that it comes from,
        // so the linker itself refuses what no library defines.
        Format::Other => return Ok(Verdict::default()),
    };
    if missing.is_empty() {
        return Ok(Verdict { warnings });
    }
    Err(blame::explain(&missing, &Evidence::gather(objects, spec, interpreter, root, linked)))
}

enum Format {
    Elf,
    MachO,
    Other,
}

fn format_of(path: &Path) -> Result<Format> {
    let mut magic = [0; 4];
    let failed = |e| Error::io("read", path, &e);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    file.read_exact(&mut magic).map_err(failed)?;
    Ok(match &magic {
        b"\x7fELF" => Format::Elf,
        b"\xcf\xfa\xed\xfe" | b"\xce\xfa\xed\xfe" | b"\xca\xfe\xba\xbe" | b"\xca\xfe\xba\xbf" => {
            Format::MachO
        }
        _ => Format::Other,
    })
}

fn damaged(extension: &Path) -> Error {
    Error::new(format!("the linker left a damaged file, `{}`", extension.display()))
}

/// A process has one C library: where Python has glibc, musl's is not even found.
fn one_c_library(pythons: Option<CLibrary>, library: &Library, spec: &ExtensionSpec) -> Result<()> {
    let own = CLibrary::of(&library.image.needed);
    if (pythons, own) != (Some(CLibrary::Glibc), Some(CLibrary::Musl)) {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{}` would fail to import: it is linked with musl's C library, and this Python runs on \
         glibc",
        spec.name,
    ))
    .hint(
        "build with a compiler for glibc (see CC and LDSHARED), or in a Python that runs on musl",
    ))
}

/// Where the libraries may be, from what the linker was told and what the loader will know.
fn folders(
    spec: &ExtensionSpec,
    environment: &Environment,
    root: &Path,
    system: Vec<PathBuf>,
) -> Folders {
    let listed = |name: &str| -> Vec<PathBuf> {
        let list = environment.text(name).unwrap_or_default();
        std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
    };
    let flags = command_line::split(environment.text("LDFLAGS").unwrap_or_default(), Quoting::HERE);
    let flags = flags.unwrap_or_default();
    let flags: Vec<&str> = flags.iter().chain(&spec.extra_link_args).map(String::as_str).collect();
    let flagged = command_line::values_of(&flags, &["-L"]).map(PathBuf::from);
    let beside = spec.extra_objects.iter().filter_map(|object| object.parent()).map(Path::to_owned);
    let link_time = spec.library_dirs.iter().cloned().chain(flagged).chain(beside);
    Folders {
        environment: listed("LD_LIBRARY_PATH"),
        system,
        link_time: link_time.chain(listed("LIBRARY_PATH")).map(|dir| root.join(dir)).collect(),
    }
}

/// What is to be said about the undefined symbols of an extension.
#[derive(Debug, Default, PartialEq, Eq)]
struct Judgement {
    /// Defined nowhere.
    missing: Vec<String>,
    /// May be in a library that is not on this machine.
    undecided: Vec<String>,
    /// In a library that Python has loaded, and that the extension does not link.
    borrowed: BTreeMap<String, Vec<String>>,
    /// Parts of a sanitizer, which clang leaves to the executable.
    sanitizer: Vec<String>,
}

fn judge(undefined: &BTreeSet<Box<str>>, needs: &Closure, python: &Python) -> Judgement {
    let mut judgement = Judgement::default();
    let python_is_known = python.is_known();
    let defines = |library: &Library, name: &str| library.image.symbols.defined.contains(name);
    for symbol in undefined {
        let linked = needs.libraries.iter().any(|(_, library)| defines(library, symbol));
        if linked || python.defines(symbol) || (!python_is_known && looks_like_python(symbol)) {
            continue;
        }
        let borrowed = python.all.libraries.iter().find(|(_, library)| defines(library, symbol));
        let symbol = symbol.to_string();
        if let Some((library, _)) = borrowed {
            if !is_c_library(library) {
                judgement.borrowed.entry(library.clone()).or_default().push(symbol);
            }
        } else if is_sanitizer(&symbol) {
            judgement.sanitizer.push(symbol);
        } else if !needs.missing.is_empty() {
            judgement.undecided.push(symbol);
        } else {
            judgement.missing.push(symbol);
        }
    }
    judgement
}

/// The same by name only: for symbols that Mach-O says no library was found for.
fn judge_names(left: BTreeSet<Box<str>>) -> Judgement {
    let mut judgement = Judgement::default();
    for symbol in left.iter().map(|symbol| symbol.to_string()) {
        if is_sanitizer(&symbol) {
            judgement.sanitizer.push(symbol);
        } else if !looks_like_python(&symbol) {
            judgement.missing.push(symbol);
        }
    }
    judgement
}

/// The parts of the C library, mathematics and the dynamic linker included, which every Python
/// links itself: to borrow from them is common and harmless.
fn is_c_library(name: &str) -> bool {
    let parts = ["libc", "libm", "libdl", "libpthread", "librt", "libutil"];
    let is_part = |part: &&str| name.strip_prefix(*part).is_some_and(|n| n.starts_with(".so"));
    let starts = ["ld-", "ld64", "ld.so", "libc.musl-"];
    starts.iter().any(|start| name.starts_with(start)) || parts.iter().any(is_part)
}

fn is_sanitizer(symbol: &str) -> bool {
    let parts = ["asan", "ubsan", "tsan", "msan", "lsan", "hwasan", "dfsan", "sanitizer"];
    let name = symbol.strip_prefix("__").unwrap_or_default();
    parts.iter().any(|part| name.strip_prefix(part).is_some_and(|rest| rest.starts_with('_')))
}

fn warnings(
    judgement: &Judgement,
    extension: &Library,
    needs: &Closure,
    spec: &ExtensionSpec,
    root: &Path,
) -> Vec<String> {
    let module = &spec.name;
    let mut warnings = Vec::new();
    for (library, symbols) in &judgement.borrowed {
        warnings.push(format!(
            "`{module}` uses {} of `{library}` without linking it, which works only where Python \
             happens to have loaded it: add {:?} to `libraries=`",
            blame::list(symbols),
            library_name(library),
        ));
    }
    // A library may come to lie beside the module when both are installed.
    let may_be_packed = [&extension.image.rpath, &extension.image.runpath]
        .into_iter()
        .flatten()
        .any(|path| path.contains("$ORIGIN") || path.contains("${ORIGIN}"));
    for (library, path) in needs.link_time_only.iter().filter(|_| !may_be_packed) {
        let folder = path.parent().unwrap_or(path);
        let folder = folder.strip_prefix(root).unwrap_or(folder);
        warnings.push(format!(
            "`{module}` needs `{library}`, which only the linker was told to look for in `{}`: \
             importing it fails unless `runtime_library_dirs=` or LD_LIBRARY_PATH names the folder",
            folder.display(),
        ));
    }
    if !needs.missing.is_empty() {
        let names: Vec<String> = needs.missing.keys().cloned().collect();
        let doubt = match judgement.undecided.as_slice() {
            [] => String::new(),
            symbols => format!("; whether it defines {} is unknown", blame::list(symbols)),
        };
        warnings.push(format!(
            "`{module}` needs {}, which was not found on this machine{doubt}",
            blame::list(&names),
        ));
    }
    warnings.extend(sanitizer_warning(judgement, spec));
    warnings
}

fn sanitizer_warning(judgement: &Judgement, spec: &ExtensionSpec) -> Vec<String> {
    let first = judgement.sanitizer.first();
    let say = |symbol: &String| {
        format!(
            "`{}` was compiled with a sanitizer (it uses `{symbol}`): import it in a Python that \
             has loaded the sanitizer's runtime, with LD_PRELOAD for example",
            spec.name,
        )
    };
    first.map(say).into_iter().collect()
}

/// `libm.so.6`, or a path of it -> `m`
fn library_name(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name = name.split(".so").next().unwrap_or(name);
    name.strip_prefix("lib").unwrap_or(name)
}

fn direct_libraries(extension: &Arc<Library>, needs: &Closure) -> Vec<LinkedLibrary> {
    let named = extension.image.needed.iter().filter_map(|name| Some((name, needs.get(name)?)));
    named
        .map(|(name, library)| LinkedLibrary { name: name.clone(), library: Arc::clone(library) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_for_macho() {
        let left = ["PyErr_SetString", "_Py_Dealloc", "PyPyErr_SetString", "__asan_init", "gone"];
        let judgement = judge_names(left.into_iter().map(Box::from).collect());
        assert_eq!(judgement.missing, ["gone"]);
        assert_eq!(judgement.sanitizer, ["__asan_init"]);
    }

    #[test]
    fn names_that_only_an_interpreter_would_define() {
        for name in ["Py_IncRef", "PyList_New", "_PyObject_GC_New", "PyPyList_New", "_PyPy_Free"] {
            assert!(looks_like_python(name), "{name}");
        }
        for name in ["Pylon_open", "pyfoo", "__Py_x", "Pythagoras", "", "_Py"] {
            assert!(!looks_like_python(name), "{name}");
        }
    }

    #[test]
    fn parts_of_the_c_library_may_be_borrowed() {
        for name in ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libc.musl-x86_64.so.1"] {
            assert!(is_c_library(name), "{name}");
        }
        for name in ["libz.so.1", "libcrypt.so.1", "libmagic.so.1", "libdldap.so"] {
            assert!(!is_c_library(name), "{name}");
        }
    }

    #[test]
    fn sanitizers_are_known_by_their_prefix() {
        assert!(is_sanitizer("__tsan_func_entry") && is_sanitizer("__sanitizer_cov_trace_pc"));
        assert!(!is_sanitizer("__asana") && !is_sanitizer("asan_init") && !is_sanitizer("__gone"));
    }

    #[test]
    fn a_library_by_its_linker_name() {
        assert_eq!(library_name("libm.so.6"), "m");
        assert_eq!(library_name("./lib/libfoo-2.0.so"), "foo-2.0");
    }
}

//! Which interpreters may load a module, by what was built: the API that its sources were compiled
//! for, and the names that it takes from Python. Pure.

use crate::error::{Error, Result};
use crate::model::{
    Abi, BuiltAbi, ExtensionSpec, Interpreter, LimitedApi, PYPROJECT, PythonVersion,
};
use crate::python::stable_abi::StableAbiUse;
use crate::steps::compiled_api::CompiledApi;

/// A source, as it was compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledSource {
    /// How messages call it.
    pub shown: String,
    /// Whether cffi generated it.
    pub generated: bool,
    /// What it was compiled for; `None` if it does without Python, or that is not known.
    pub api: Option<CompiledApi>,
}

/// What a module was built from.
pub struct BuiltFrom<'a> {
    /// What was to be built.
    pub spec: &'a ExtensionSpec,
    /// The Python that it was built for.
    pub interpreter: &'a Interpreter,
    /// `tool.officina.limited-api`
    pub setting: LimitedApi,
    /// Its sources.
    pub sources: &'a [CompiledSource],
    /// The names that it takes from Python.
    pub used: &'a StableAbiUse,
    /// The object or source that uses a name, as messages call it.
    pub user: &'a dyn Fn(&str) -> Option<String>,
}

/// Finds out which ABI a module has.
///
/// # Errors
/// It cannot have the stable ABI, or not that of so old a Python, as somebody asks for explicitly.
pub fn built_abi(from: &BuiltFrom) -> Result<BuiltAbi> {
    let spec = from.spec;
    let generated = from.sources.iter().find(|source| source.generated);
    let glue = generated.and_then(|source| source.api);
    let is_asked_for = match spec.abi {
        Abi::Embedding => false,
        Abi::Limited { .. } | Abi::LimitedFreeThreaded => true,
        // Something that is no argument may have switched it on all the same.
        Abi::Version => {
            matches!(glue, Some(CompiledApi::Limited { .. })) && has_plain_abi3(from.interpreter)
        }
    };
    if !is_asked_for {
        return Ok(BuiltAbi { abi: spec.abi, reason: None });
    }
    let version_only = |reason| Ok(BuiltAbi { abi: Abi::Version, reason: Some(reason) });
    if glue == Some(CompiledApi::Whole) {
        return version_only(format!(
            "`{}` was compiled for all of Python's API: something like CFLAGS, an included file or \
             `pyconfig.h` switches the limited one off",
            spec.name
        ));
    }
    match (obstacle(from), demand(from)) {
        (Some((reason, hint)), Some(demand)) => Err(Error::new(reason)
            .note(format!("{} asks for the limited API", demand.what))
            .hint(hint)
            .hint(format!(
                "or give the module `{}`: then each version of Python needs a wheel of its own",
                if is_declared(spec) { "limited-api = false" } else { "py_limited_api=False" }
            ))),
        (Some((reason, hint)), None) => version_only(format!("{reason}: {hint}")),
        (None, demand) => limited(from, glue, demand),
    }
}

/// Whether modules for the stable ABI can be made with this Python by the flags of a compiler alone.
fn has_plain_abi3(interpreter: &Interpreter) -> bool {
    let is_special = interpreter.debug || interpreter.free_threaded || interpreter.is_windows();
    interpreter.is_cpython() && !is_special
}

/// What keeps a module from the stable ABI, and what would help.
fn obstacle(from: &BuiltFrom) -> Option<(String, String)> {
    let name = &from.spec.name;
    if let Some(symbol) = from.used.others.first() {
        let place = place(from, symbol);
        let reason = format!("`{name}` uses `{symbol}`{place}, which no limited API has");
        return Some((reason, "do without it".into()));
    }
    let is_whole = |source: &&CompiledSource| source.api == Some(CompiledApi::Whole);
    let source = from.sources.iter().find(is_whole)?;
    let reason = format!("`{}` of `{name}` uses more than Python's limited API", source.shown);
    Some((reason, "define `Py_LIMITED_API` before it includes `Python.h`, and do without".into()))
}

/// ` in `c/peek.c``
fn place(from: &BuiltFrom, symbol: &str) -> String {
    (from.user)(symbol).map(|user| format!(" in {user}")).unwrap_or_default()
}

/// Somebody wants the limited API of a certain Python.
struct Demand {
    what: String,
    version: PythonVersion,
}

fn demand(from: &BuiltFrom) -> Option<Demand> {
    match (from.spec.abi, from.setting) {
        (Abi::Limited { minimum: Some(version) }, _) => {
            let what = match is_declared(from.spec) {
                true => format!("`limited-api` of `{}` in `{PYPROJECT}`", from.spec.name),
                false => {
                    format!("`py_limited_api` or `Py_LIMITED_API` in `{}`", from.spec.declared_in)
                }
            };
            Some(Demand { what, version })
        }
        (_, LimitedApi::Minimum(version)) => {
            Some(Demand { what: "`limited-api` in `[tool.officina]`".into(), version })
        }
        _ => None,
    }
}

/// Whether a table of `pyproject.toml` says what it is made of, and not a builder.
fn is_declared(spec: &ExtensionSpec) -> bool {
    spec.declared_in == PYPROJECT
}

/// The API of 3.2 is the first: no module asks for less.
const FIRST: PythonVersion = PythonVersion(3, 2);

fn limited(
    from: &BuiltFrom,
    glue: Option<CompiledApi>,
    demand: Option<Demand>,
) -> Result<BuiltAbi> {
    let spec = from.spec;
    let asked = match spec.abi {
        Abi::Limited { minimum } => minimum,
        Abi::Version => None,
        abi @ (Abi::LimitedFreeThreaded | Abi::Embedding) => {
            return Ok(BuiltAbi { abi, reason: None });
        }
    };
    let compiled = match glue {
        Some(CompiledApi::Limited { since }) => since,
        _ => None,
    };
    let newest = from.used.newest.as_ref();
    let needed = newest.map(|(version, _)| *version).filter(|version| *version > FIRST);
    let reason = match newest {
        Some((version, symbol)) if needed > asked.max(compiled) => Some(format!(
            "`{}` uses `{symbol}`{}, which the limited API has since Python {version}",
            spec.name,
            place(from, symbol),
        )),
        _ => compiled.filter(|version| Some(*version) > asked).map(|version| {
            format!("`{}` was compiled for the limited API of Python {version}", spec.name)
        }),
    };
    if let (Some(demand), Some(reason), Some(needed)) = (demand, &reason, needed)
        && needed > demand.version
    {
        return Err(Error::new(reason)
            .note(format!("{} asks for that of Python {}", demand.what, demand.version))
            .hint(format!("ask for {needed} there, or do without it")));
    }
    Ok(BuiltAbi { abi: Abi::Limited { minimum: asked.max(compiled).max(needed) }, reason })
}

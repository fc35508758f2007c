//! The keyword arguments of `set_source()`, cleaned. Pure.
//!
//! What comes in is what builders really write: `None` or `''` where a list belongs, a lone string,
//! tuples, macro values that are numbers. What has one meaning is taken; the rest is refused by name.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::error::{Error, Result, nearest};
use crate::model::{Language, Macro};
use crate::python::abi::{PyLimitedApi, hexadecimal_version};
use crate::steps::sources;

/// The arguments of one module, each with its type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// `sources`
    pub sources: Vec<PathBuf>,
    /// `include_dirs`
    pub include_dirs: Vec<PathBuf>,
    /// `define_macros`; a 1-tuple in it undefines.
    pub define_macros: Vec<Macro>,
    /// `undef_macros`
    pub undef_macros: Vec<Macro>,
    /// `library_dirs`
    pub library_dirs: Vec<PathBuf>,
    /// `libraries`
    pub libraries: Vec<String>,
    /// `runtime_library_dirs`
    pub runtime_library_dirs: Vec<String>,
    /// `extra_objects`
    pub extra_objects: Vec<PathBuf>,
    /// `extra_compile_args`
    pub extra_compile_args: Vec<String>,
    /// `extra_link_args`
    pub extra_link_args: Vec<String>,
    /// `export_symbols`
    pub export_symbols: Vec<String>,
    /// `depends`
    pub depends: Vec<PathBuf>,
    /// `language`
    pub language: Option<Language>,
    /// `optional`
    pub optional: bool,
    /// `py_limited_api`
    pub py_limited_api: PyLimitedApi,
}

/// The arguments once cleaned, and what a person should hear about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CleanArguments {
    /// The arguments.
    pub arguments: Arguments,
    /// One sentence each.
    pub warnings: Vec<String>,
}

/// Whose arguments they are, for messages.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The module: `pkg._foo`.
    pub module: &'a str,
    /// The builder script, as messages call it.
    pub builder: &'a str,
}

const LISTS: [&str; 13] = [
    "sources",
    "include_dirs",
    "define_macros",
    "undef_macros",
    "library_dirs",
    "libraries",
    "runtime_library_dirs",
    "extra_objects",
    "extra_compile_args",
    "extra_link_args",
    "export_symbols",
    "swig_opts",
    "depends",
];
const OTHERS: [&str; 3] = ["language", "optional", "py_limited_api"];

/// Cleans the arguments that `set_source()` was given, in the plain form in which a builder's
/// process reports them.
///
/// # Errors
/// A value of a type that means nothing there, or a source in no language that we compile; the
/// message names argument, module and builder.
pub fn clean(raw: &Map<String, Value>, owner: Owner) -> Result<CleanArguments> {
    let mut reader = Reader { raw, owner, warnings: Vec::new() };
    let arguments = Arguments {
        sources: reader.sources()?,
        include_dirs: reader.paths("include_dirs")?,
        define_macros: reader.macros()?,
        undef_macros: reader.words("undef_macros")?.into_iter().map(Macro::Undefine).collect(),
        library_dirs: reader.paths("library_dirs")?,
        libraries: reader.words("libraries")?,
        runtime_library_dirs: reader.words("runtime_library_dirs")?,
        extra_objects: reader.paths("extra_objects")?,
        extra_compile_args: reader.words("extra_compile_args")?,
        extra_link_args: reader.words("extra_link_args")?,
        export_symbols: reader.words("export_symbols")?,
        depends: reader.paths("depends")?,
        language: reader.language()?,
        optional: reader.optional()?,
        py_limited_api: reader.py_limited_api()?,
    };
    reader.look_for_strangers();
    Ok(CleanArguments { arguments, warnings: reader.warnings })
}

/// What a person should hear about the arguments of a module without C (ABI mode). cffi takes them all, and none of
/// them has an effect.
pub fn without_c(raw: &Map<String, Value>, owner: Owner) -> Option<String> {
    let is_given = |name: &str| raw.get(name).is_some_and(|value| !is_void(value));
    let given = LISTS.into_iter().filter(|name| is_given(name)).map(|name| format!("`{name}`"));
    let given: Vec<String> = given.collect();
    let Owner { module, builder } = owner;
    (!given.is_empty()).then(|| {
        format!(
            "arguments of `set_source()` in `{builder}` are ignored: {}. The source of `{module}` is `None`, so \
             that nothing is compiled or linked (ABI mode). Remove them, or give C code in the place of `None`",
            given.join(", ")
        )
    })
}

/// Adds what cffi itself wants in some lists (`set_unicode`, `embedding_api`), where it is missing.
pub fn add(raw: &mut Map<String, Value>, additions: &Map<String, Value>) {
    for (name, wanted) in additions {
        let wanted = wanted.as_array().cloned().unwrap_or_default();
        let list = match raw.remove(name) {
            Some(Value::Array(list)) => list,
            None | Some(Value::Null) => Vec::new(),
            Some(lone) => vec![lone],
        };
        let missing: Vec<Value> = wanted.into_iter().filter(|item| !list.contains(item)).collect();
        raw.insert(name.clone(), Value::Array([list, missing].concat()));
    }
}

struct Reader<'a> {
    raw: &'a Map<String, Value>,
    owner: Owner<'a>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    /// The items of a list argument, without the empty ones.
    fn items(&mut self, name: &str) -> Result<Vec<&'a Value>> {
        match self.raw.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items.iter().filter(|i| !is_empty(i)).collect()),
            Some(lone @ Value::String(text)) => {
                self.warnings.push(format!(
                    "`{name}` of `{}` should be a list, not one string: taken as `[\"{text}\"]`",
                    self.owner.module
                ));
                Ok(vec![lone])
            }
            Some(other) => Err(self.refused(name, other, "a list")),
        }
    }

    fn words(&mut self, name: &str) -> Result<Vec<String>> {
        let items = self.items(name)?;
        let text = |item: &Value| match item {
            Value::String(text) if text.contains('\0') => Err(self.refused_nul(name)),
            Value::String(text) => Ok(text.clone()),
            other => Err(self.refused_item(name, other, "text")),
        };
        items.into_iter().map(text).collect()
    }

    fn paths(&mut self, name: &str) -> Result<Vec<PathBuf>> {
        Ok(self.words(name)?.into_iter().map(PathBuf::from).collect())
    }

    fn sources(&mut self) -> Result<Vec<PathBuf>> {
        let sources = self.paths("sources")?;
        match sources.iter().find(|path| Language::of_source(path).is_none()) {
            None => Ok(sources),
            Some(stranger) => Err(self
                .error(format!(
                    "`sources` of `{}` holds `{}`, which is not a C, C++, Objective-C or assembly file",
                    self.owner.module,
                    stranger.display()
                ))
                .hint(sources::place_of_other(stranger))),
        }
    }

    fn macros(&mut self) -> Result<Vec<Macro>> {
        let items = self.items("define_macros")?;
        items.into_iter().map(|item| self.one_macro(item)).collect()
    }

    fn one_macro(&self, item: &Value) -> Result<Macro> {
        let parts = item.as_array().map(Vec::as_slice);
        let (name, value) = match parts {
            Some([Value::String(name)]) => return Ok(Macro::Undefine(name.clone())),
            Some([Value::String(name), value]) => (name, value),
            _ => return Err(self.refused_macro(item)),
        };
        let value = match value {
            Value::Null => None,
            Value::Bool(value) => Some(u8::from(*value).to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text.clone()),
            _ => return Err(self.refused_macro(item)),
        };
        if name.contains('\0') || value.as_ref().is_some_and(|value| value.contains('\0')) {
            return Err(self.refused_nul("define_macros"));
        }
        Ok(Macro::Define(name.clone(), value))
    }

    fn language(&self) -> Result<Option<Language>> {
        let value = match self.raw.get("language") {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value,
        };
        match value.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("") => Ok(None),
            Some("c" | "objc") => Ok(Some(Language::C)),
            Some("c++") => Ok(Some(Language::Cxx)),
            _ => Err(self.refused("language", value, "\"c\" or \"c++\"")),
        }
    }

    fn optional(&self) -> Result<bool> {
        match self.raw.get("optional") {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            Some(Value::Number(number)) => Ok(number.as_f64() != Some(0.0)),
            Some(other) => Err(self.refused("optional", other, "True or False")),
        }
    }

    fn py_limited_api(&self) -> Result<PyLimitedApi> {
        let value = match self.raw.get("py_limited_api") {
            None | Some(Value::Null) => return Ok(PyLimitedApi::Unset),
            Some(value) => value,
        };
        let wish = match value {
            Value::Bool(true) => Some(PyLimitedApi::Enabled),
            Value::Bool(false) => Some(PyLimitedApi::Disabled),
            Value::String(text) if text.is_empty() => Some(PyLimitedApi::Unset),
            Value::String(text) => text.parse().ok().map(PyLimitedApi::Since),
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some(PyLimitedApi::Disabled),
                Some(1) => Some(PyLimitedApi::Enabled),
                _ => hexadecimal_version(&number.to_string()).map(PyLimitedApi::Since),
            },
            _ => None,
        };
        wish.ok_or_else(|| {
            self.refused("py_limited_api", value, "True, False, or a version like \"cp310\"")
        })
    }

    fn look_for_strangers(&mut self) {
        if self.raw.get("swig_opts").is_some_and(|value| !is_void(value)) {
            self.warnings.push(format!(
                "`swig_opts` of `{}` is ignored: SWIG is not run",
                self.owner.module
            ));
        }
        let known = || LISTS.into_iter().chain(OTHERS);
        for name in self.raw.keys().filter(|name| !known().any(|k| k == name.as_str())) {
            let guess = nearest(name, known())
                .map(|guess| format!("; did you mean `{guess}`?"))
                .unwrap_or_default();
            self.warnings.push(format!(
                "`set_source()` of `{}` in `{}` has no argument `{name}`: ignored{guess}",
                self.owner.module, self.owner.builder
            ));
        }
    }

    fn refused_macro(&self, item: &Value) -> Error {
        self.refused_item("define_macros", item, "a macro")
            .hint("write (\"NAME\", \"value\"), (\"NAME\", None), or (\"NAME\",) to undefine it")
    }

    /// No program can be given one.
    fn refused_nul(&self, name: &str) -> Error {
        self.error(format!("`{name}` of `{}` holds a NUL character", self.owner.module)).hint(
            "in Python `\\0` is that character, in a path for example: write `\\\\0` or `r\"\\0\"`",
        )
    }

    fn refused_item(&self, name: &str, item: &Value, wanted: &str) -> Error {
        let found = shown(item);
        self.error(format!("`{name}` of `{}` holds {found}, not {wanted}", self.owner.module))
    }

    fn refused(&self, name: &str, value: &Value, wanted: &str) -> Error {
        let found = shown(value);
        self.error(format!("`{name}` of `{}` is {found}, not {wanted}", self.owner.module))
    }

    fn error(&self, message: String) -> Error {
        Error::new(message)
            .note(format!("it comes from `set_source()` in `{}`", self.owner.builder))
    }
}

fn is_empty(item: &Value) -> bool {
    item.is_null() || item.as_str() == Some("")
}

fn is_void(value: &Value) -> bool {
    is_empty(value) || value.as_array().is_some_and(|items| items.iter().all(is_empty))
}

/// A value in Python's words. Objects are what had no plain form: `{"type": .., "repr": ..}`.
fn shown(value: &Value) -> String {
    let part = |name| value.get(name).and_then(Value::as_str).unwrap_or("?");
    match value {
        Value::Object(_) => format!("a `{}` (`{}`)", part("type"), part("repr")),
        Value::Null => "`None`".into(),
        Value::Bool(true) => "`True`".into(),
        Value::Bool(false) => "`False`".into(),
        other => format!("`{other}`"),
    }
}

#[cfg(test)]
mod tests;

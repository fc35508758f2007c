//! `[tool.officina]` -> [`Settings`], each value with its place in the file.

use std::path::PathBuf;

use crate::error::{Error, Result, Spanned};
use crate::model::{
    BuilderRef, LimitedApi, PythonVersion, SdistSettings, Settings, is_dotted_name,
};
use crate::project::builder;
use crate::project::paths::{self, WayOut};
use crate::project::toml::Table;

/// What a key of `[tool.officina]` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `script:object`, one or a list of them.
    Builders,
    /// A dotted Python name.
    Dotted,
    /// A folder inside the project, relative to its root.
    Folder,
    /// A list of dotted names, with `*` where the flag says so.
    Names(Wildcards),
    /// A list of globs, relative to the project root.
    Globs,
    /// A Python version, or `false`.
    LimitedApi,
    /// A table that another part reads.
    Table,
}

/// Whether names may hold `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    /// They may.
    Allowed,
    /// They may not.
    Refused,
}

/// The definition of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Another name for it.
    pub alias: Option<&'static str>,
    /// What it holds.
    pub kind: Kind,
    /// What it means, in one sentence.
    pub about: &'static str,
}

const CFFI_MODULES: Key = Key {
    name: "cffi_modules",
    alias: Some("cffi-modules"),
    kind: Kind::Builders,
    about: "The builders that make the project's CFFI modules, as `script:object`.",
};
const EXT_PACKAGE: Key = Key {
    name: "ext-package",
    alias: None,
    kind: Kind::Dotted,
    about: "The package that modules with a bare name are put into.",
};
const PYTHON_SOURCE: Key = Key {
    name: "python-source",
    alias: None,
    kind: Kind::Folder,
    about: "The folder that holds the packages; `src` if they are there, else `.`.",
};
const PACKAGES: Key = Key {
    name: "packages",
    alias: None,
    kind: Kind::Names(Wildcards::Allowed),
    about: "The packages of the wheel, each with all that lies beneath it; discovered if absent.",
};
const PY_MODULES: Key = Key {
    name: "py-modules",
    alias: None,
    kind: Kind::Names(Wildcards::Refused),
    about: "The single modules of the wheel; discovered if absent.",
};
const INCLUDE: Key = Key {
    name: "include",
    alias: None,
    kind: Kind::Globs,
    about: "Globs of further files for the wheel, C sources among them.",
};
const EXCLUDE: Key = Key {
    name: "exclude",
    alias: None,
    kind: Kind::Globs,
    about: "Globs of files that the wheel does not hold; stronger than `include`.",
};
const LIMITED_API: Key = Key {
    name: "limited-api",
    alias: None,
    kind: Kind::LimitedApi,
    about: "The least Python of stable-ABI wheels, or false to build none.",
};
const DYNAMIC: Key = Key {
    name: "dynamic",
    alias: None,
    kind: Kind::Table,
    about: "Where the fields come from that `project.dynamic` names.",
};
const SDIST: Key = Key {
    name: "sdist",
    alias: None,
    kind: Kind::Table,
    about: "What an sdist holds: `include` and `exclude`, globs relative to the project root.",
};

/// Every key of `[tool.officina]`.
pub const KEYS: [Key; 10] = [
    CFFI_MODULES,
    EXT_PACKAGE,
    PYTHON_SOURCE,
    PACKAGES,
    PY_MODULES,
    INCLUDE,
    EXCLUDE,
    LIMITED_API,
    DYNAMIC,
    SDIST,
];

/// Reads `[tool.officina]` from the root of the document. Without the table, all is default.
///
/// # Errors
/// An unknown key, a value of the wrong type or shape, a repeated entry, or a path that leads out
/// of the project; each error points at its place.
pub fn read(root: &Table) -> Result<Settings> {
    let Some(table) = root.table("tool")?.map(|tool| tool.table("officina")).transpose()?.flatten()
    else {
        return Ok(Settings::default());
    };
    let known: Vec<&str> =
        KEYS.iter().flat_map(|key| [Some(key.name), key.alias]).flatten().collect();
    table.refuse_unknown(&known)?;
    table.table(DYNAMIC.name)?;
    Ok(Settings {
        cffi_modules: builders(&table)?,
        ext_package: ext_package(&table)?,
        python_source: python_source(&table)?,
        packages: names(&table, PACKAGES)?,
        py_modules: names(&table, PY_MODULES)?,
        include: globs(&table, INCLUDE)?,
        exclude: globs(&table, EXCLUDE)?,
        limited_api: limited_api(&table)?,
        sdist: sdist(&table)?,
    })
}

/// Reads a value of `limited-api`: `3.10`, `cp310` or `false`; `None` if it is none of these.
pub fn parse_limited_api(text: &str) -> Option<LimitedApi> {
    if text == "false" {
        return Some(LimitedApi::Off);
    }
    // PEP 384 came with 3.2.
    let version: PythonVersion = text.parse().ok()?;
    (version.0 == 3 && version.1 >= 2).then_some(LimitedApi::Minimum(version))
}

/// The next step after a value of `limited-api` that is not one.
pub const LIMITED_API_HINT: &str =
    "write a Python version such as \"3.10\" or \"cp310\", or false to build no stable-ABI modules";

fn builders(table: &Table) -> Result<Vec<Spanned<BuilderRef>>> {
    let alias = CFFI_MODULES.alias.unwrap_or(CFFI_MODULES.name);
    let key = match (table.item(CFFI_MODULES.name), table.item(alias)) {
        (Some(_), Some(second)) => {
            let message = format!("`{}` and `{alias}` are the same setting", CFFI_MODULES.name);
            return Err(table.error(second.span, message).hint("keep one of them"));
        }
        (None, Some(_)) => alias,
        _ => CFFI_MODULES.name,
    };
    let text = table.item(key).and_then(|item| item.value.as_str());
    let entries = match text {
        Some(_) => table.string(key)?.map(|entry| vec![entry]),
        None => table.strings(key)?,
    }
    .unwrap_or_default();
    refuse_repeats(table, key, &entries)?;
    let parse = |entry: Spanned<String>| {
        let span = entry.span;
        match builder::parse(&entry.value) {
            Ok(reference) => Ok(Spanned::new(reference, span)),
            Err(error) => Err(error.at(table.source, span)),
        }
    };
    entries.into_iter().map(parse).collect()
}

fn sdist(table: &Table) -> Result<SdistSettings> {
    let Some(table) = table.table(SDIST.name)? else { return Ok(SdistSettings::default()) };
    table.refuse_unknown(&[INCLUDE.name, EXCLUDE.name])?;
    Ok(SdistSettings { include: globs(&table, INCLUDE)?, exclude: globs(&table, EXCLUDE)? })
}

fn ext_package(table: &Table) -> Result<Option<Spanned<String>>> {
    let package = table.string(EXT_PACKAGE.name)?;
    if let Some(Spanned { value, span }) = &package
        && !is_dotted_name(value)
    {
        let message = format!("`{}` must be a dotted Python name, not `{value}`", EXT_PACKAGE.name);
        return Err(table
            .error(span.clone(), message)
            .hint("write it as after `import`: `package`"));
    }
    Ok(package)
}

/// `python-source`: the folder in normal form, `.` for the project root.
pub(super) fn python_source(table: &Table) -> Result<Option<Spanned<PathBuf>>> {
    let Some(Spanned { value, span }) = table.string(PYTHON_SOURCE.name)? else { return Ok(None) };
    refuse_outside(table, PYTHON_SOURCE, &value.replace('\\', "/"), &span)?;
    let folder = Some(paths::normal(&value)).filter(|folder| !folder.is_empty());
    let folder = folder.unwrap_or_else(|| ".".to_owned());
    Ok(Some(Spanned::new(PathBuf::from(folder), span)))
}

fn names(table: &Table, key: Key) -> Result<Option<Vec<Spanned<String>>>> {
    let Some(names) = table.strings(key.name)? else { return Ok(None) };
    for Spanned { value, span } in &names {
        refuse_outside(table, key, value, span)?;
        if let Some(error) = name_error(key, value) {
            return Err(error.at(table.source, span.clone()));
        }
    }
    refuse_repeats(table, key.name, &names)?;
    Ok(Some(names))
}

fn name_error(key: Key, name: &str) -> Option<Error> {
    let refused = |why: &str| Error::new(format!("`{name}` in `{}` {why}", key.name));
    if name.contains(['/', '\\']) {
        let dotted = name.trim_matches(['/', '\\', '.']).replace(['/', '\\'], ".");
        let dotted = dotted.trim_end_matches(".py");
        // The wheel would hold a package `src`: what lies there is named without it.
        let dotted = dotted.strip_prefix("src.").unwrap_or(dotted);
        return Some(refused("is a path").hint(format!("write the dotted name: `{dotted}`")));
    }
    // As a dotted name this would be the module `py` of a package: never what was meant.
    if let Some(stem) = name.strip_suffix(".py").filter(|stem| !stem.is_empty()) {
        return Some(refused("is a file name").hint(format!("write `{stem}`")));
    }
    if name.contains('*') && key.kind == Kind::Names(Wildcards::Refused) {
        return Some(refused("holds a `*`").hint("list the modules one by one"));
    }
    // PEP 561: stubs of `foo` are the package `foo-stubs`.
    let checked = match name.split_once('.') {
        Some((first, rest)) => [first.strip_suffix("-stubs").unwrap_or(first), rest].join("."),
        None => name.strip_suffix("-stubs").unwrap_or(name).to_owned(),
    };
    if is_dotted_name(&checked.replace('*', "_")) {
        return None;
    }
    let error = refused("is not a dotted Python name");
    let underscored = name.replace('-', "_");
    Some(if underscored == name { error } else { error.hint(format!("write `{underscored}`")) })
}

fn globs(table: &Table, key: Key) -> Result<Vec<Spanned<String>>> {
    let globs = table.strings(key.name)?.unwrap_or_default();
    for Spanned { value, span } in &globs {
        refuse_outside(table, key, value, span)?;
    }
    refuse_repeats(table, key.name, &globs)?;
    Ok(globs)
}

fn limited_api(table: &Table) -> Result<LimitedApi> {
    let Some(Spanned { value: item, span }) = table.item(LIMITED_API.name) else {
        return Ok(LimitedApi::default());
    };
    let value = match (item.as_bool(), item.as_str()) {
        (Some(false), _) => Some(LimitedApi::Off),
        (None, Some(text)) if text != "false" => parse_limited_api(text),
        _ => None,
    };
    value.ok_or_else(|| {
        let spelled = table.source.text.get(span.clone()).unwrap_or_default();
        let message = format!("`{}` cannot be {spelled}", table.path(LIMITED_API.name));
        table.error(span, message).hint(LIMITED_API_HINT)
    })
}

/// Refuses what cannot be a place in the project.
fn refuse_outside(
    table: &Table,
    key: Key,
    path: &str,
    span: &std::ops::Range<usize>,
) -> Result<()> {
    let refused = |why: &str| {
        let message = format!("`{path}` in `{}` {why}", key.name);
        table.error(span.clone(), message)
    };
    if path.is_empty() {
        return Err(table.error(span.clone(), format!("`{}` holds an empty string", key.name)));
    }
    match paths::way_out(path) {
        None => Ok(()),
        Some(WayOut::Absolute) => Err(refused("is outside the project: it is an absolute path")
            .hint("write it relative to the folder of pyproject.toml")),
        Some(WayOut::Upwards) => Err(refused("is outside the project: it holds `..`")
            .hint("a wheel is made from files below the folder of pyproject.toml only")),
    }
}

fn refuse_repeats(table: &Table, key: &str, values: &[Spanned<String>]) -> Result<()> {
    for (index, Spanned { value, span }) in values.iter().enumerate() {
        if values[..index].iter().any(|earlier| earlier.value == *value) {
            return Err(table.error(span.clone(), format!("`{value}` is listed twice in `{key}`")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::error::SourceText;
    use crate::project::toml;

    fn settings(text: &str) -> Result<Settings> {
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
        let document = toml::parse(&source)?;
        read(&Table::root(&source, &document))
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
        assert_eq!(read.limited_api, LimitedApi::Minimum(PythonVersion(3, 10)));
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
        let api = |line| under_tool(line).unwrap().limited_api;
        assert_eq!(api("limited-api = false"), LimitedApi::Off);
        assert_eq!(api("limited-api = \"3.9\""), LimitedApi::Minimum(PythonVersion(3, 9)));
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
            ("limited-api = true", "`tool.officina.limited-api` cannot be true"),
            ("limited-api = 3.10", "`tool.officina.limited-api` cannot be 3.10"),
            ("limited-api = \"2.7\"", "`tool.officina.limited-api` cannot be \"2.7\""),
            ("limited-api = \"x\"", "such as \"3.10\" or \"cp310\", or false"),
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
}

//! The `if` of an override: how it is read, and whether it holds.

use std::ops::Range;

use pep440_rs::{Version, VersionSpecifiers};

use crate::config::toml::TomlTable;
use crate::error::{Error, Result, nearest};
use crate::model::Environment;
use crate::model::{
    Condition, Interpreter, ProductKind, PythonCondition, Spanned, VariableCondition, fits,
};

/// The key that an override's condition stands under.
pub const IF: &str = "if";

/// What an `if` may hold.
pub const PLATFORM: &str = "platform";
/// See [`PLATFORM`].
pub const PYTHON: &str = "python";
/// See [`PLATFORM`].
pub const STATE: &str = "state";
/// See [`PLATFORM`].
pub const ENV: &str = "env";
/// All of them.
pub const KEYS: [&str; 4] = [PLATFORM, PYTHON, STATE, ENV];

/// What conditions are about.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The interpreter that is built for.
    pub interpreter: &'a Interpreter,
    /// What is made.
    pub product: ProductKind,
    /// The environment.
    pub environment: &'a Environment,
}

/// Names of systems that `if.platform` may hold.
pub const SYSTEMS: [&str; 13] = [
    "linux",
    "macos",
    "windows",
    "freebsd",
    "openbsd",
    "netbsd",
    "dragonfly",
    "sunos",
    "aix",
    "cygwin",
    "android",
    "ios",
    "emscripten",
];

/// Other names for some of them, which people know from elsewhere.
const ALSO_KNOWN: [(&str, &str); 6] = [
    ("darwin", "macos"),
    ("macosx", "macos"),
    ("osx", "macos"),
    ("win32", "windows"),
    ("win", "windows"),
    ("mingw", "windows"),
];

/// The names of implementations that `if.python` may hold.
pub const IMPLEMENTATIONS: [&str; 3] = ["cpython", "pypy", "graalpy"];

const SHAPE: &str = "write, for example, `if.platform = \"linux\"`, `if.python = \">=3.12\"` or \
                     `if.env = { CI = true }`";

/// Refuses what belongs to an `if` and stands beside it, in a table that knows these keys.
///
/// # Errors
/// There is such a key.
pub fn refuse_misplaced(table: &TomlTable, known: &[&str]) -> Result<()> {
    let is_misplaced = |key: &&Spanned<String>| {
        let key = key.value.as_str();
        known.contains(&IF) && KEYS.contains(&key) && !known.contains(&key)
    };
    match table.keys().iter().find(is_misplaced) {
        None => Ok(()),
        Some(Spanned { value: key, span }) => Err(table
            .error(span.clone(), format!("unknown key `{}`", table.path(key)))
            .hint(format!("it belongs to the condition: write `{IF}.{key}`"))),
    }
}

/// Reads the `if` of an override that stands at `place`.
///
/// # Errors
/// There is none, it asks for nothing, or for what can never be.
pub fn read(table: &TomlTable, place: Range<usize>) -> Result<Condition> {
    let missing = |place| table.error(place, format!("`{}` has no `{IF}`", table.name)).hint(SHAPE);
    read_if_any(table, place.clone())?.ok_or_else(|| missing(place))
}

/// Reads the `if` of a table that stands at `place`, if it has one.
///
/// # Errors
/// It asks for nothing, or for what can never be.
pub fn read_if_any(table: &TomlTable, place: Range<usize>) -> Result<Option<Condition>> {
    let Some(asked) = table.table(IF)? else { return Ok(None) };
    asked.refuse_unknown(&KEYS)?;
    let condition = Condition {
        platform: platforms(&asked)?,
        python: pythons(&asked)?,
        state: states(&asked)?,
        environment: variables(&asked)?,
    };
    if condition == Condition::default() {
        let span = table.item(IF).map_or(place, |item| item.span);
        return Err(table.error(span, format!("`{}` asks for nothing", asked.name)).hint(SHAPE));
    }
    Ok(Some(condition))
}

/// Whether all that a condition names is so.
pub fn holds(condition: &Condition, surroundings: &Surroundings) -> bool {
    let Surroundings { interpreter, product, environment } = surroundings;
    let names = system_names(interpreter);
    let is_named = |pattern: &String| names.iter().any(|name| fits(pattern, name));
    let any = |wanted: &[PythonCondition]| wanted.iter().any(|one| is_python(one, interpreter));
    (condition.platform.is_empty() || condition.platform.iter().any(is_named))
        && (condition.python.is_empty() || any(&condition.python))
        && (condition.state.is_empty() || condition.state.contains(product))
        && condition.environment.iter().all(|(name, wanted)| {
            let value = environment.text(name);
            match wanted {
                VariableCondition::Equal(text) => value.unwrap_or_default() == text,
                VariableCondition::Set => value.is_some(),
                VariableCondition::Unset => value.is_none(),
            }
        })
}

/// One string, or a list of them.
fn one_or_more(table: &TomlTable, key: &str) -> Result<Vec<Spanned<String>>> {
    let is_list = table.item(key).is_some_and(|item| item.value.is_array());
    let found = match is_list {
        true => table.strings(key)?.unwrap_or_default(),
        false => table.string(key)?.into_iter().collect(),
    };
    if let (true, [], Some(item)) = (is_list, found.as_slice(), table.item(key)) {
        return Err(table.error(item.span, format!("`{}` is empty", table.path(key))).hint(SHAPE));
    }
    Ok(found)
}

fn platforms(table: &TomlTable) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for Spanned { value, span } in one_or_more(table, PLATFORM)? {
        let system = value.split('-').next().unwrap_or_default();
        if !system.contains('*') && !SYSTEMS.contains(&system) {
            let known = ALSO_KNOWN.iter().find(|(other, _)| *other == system.to_lowercase());
            let near = known.map(|(_, name)| *name).or_else(|| nearest(system, SYSTEMS));
            let message = format!("`{value}` in `{}` is no platform", table.path(PLATFORM));
            let error = table.error(span, message);
            return Err(match near {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!(
                    "there are {}, each also with a machine: `linux-x86_64`",
                    SYSTEMS.join(", ")
                )),
            });
        }
        names.push(value);
    }
    Ok(names)
}

fn states(table: &TomlTable) -> Result<Vec<ProductKind>> {
    let state = |Spanned { value, span }: Spanned<String>| {
        let known = ProductKind::ALL.into_iter().find(|product| product.as_str() == value);
        known.ok_or_else(|| {
            let names = ProductKind::ALL.map(ProductKind::as_str);
            let message = format!("`{value}` in `{}` is nothing to build", table.path(STATE));
            let error = table.error(span, message);
            match nearest(&value, names) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("there are `sdist`, `wheel` and `editable`"),
            }
        })
    };
    one_or_more(table, STATE)?.into_iter().map(state).collect()
}

fn pythons(table: &TomlTable) -> Result<Vec<PythonCondition>> {
    let read = |Spanned { value, span }: Spanned<String>| {
        python(&value).map_err(|error| error.at(table.source, span))
    };
    one_or_more(table, PYTHON)?.into_iter().map(read).collect()
}

/// `cpython`, `>=3.12`, `pypy >=3.10`
fn python(text: &str) -> Result<PythonCondition> {
    const HINT: &str = "write a version specifier (`>=3.12`), an implementation (`cpython`, \
                        `pypy`), or both (`cpython >=3.12`)";
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (name, versions) = text.split_at(end);
    if !name.is_empty() && !IMPLEMENTATIONS.contains(&name) {
        let error = Error::new(format!("`{name}` is no implementation of Python"));
        let near = nearest(&name.to_lowercase(), IMPLEMENTATIONS);
        return Err(match near {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(HINT),
        });
    }
    let wrong = |why: &str| Error::new(format!("`{text}` {why}")).hint(HINT);
    let versions: VersionSpecifiers =
        versions.trim().parse().map_err(|_| wrong("is no version specifier"))?;
    if text.trim().is_empty() {
        return Err(wrong("asks for nothing"));
    }
    if versions.iter().any(|one| one.version().release().len() > 2) {
        return Err(wrong("names a patch release").note(
            "versions are compared as `major.minor`: builds do not depend on patch releases",
        ));
    }
    let implementation = Some(name.to_owned()).filter(|name| !name.is_empty());
    Ok(PythonCondition { implementation, versions })
}

fn variables(table: &TomlTable) -> Result<Vec<(String, VariableCondition)>> {
    let Some(names) = table.table(ENV)? else { return Ok(Vec::new()) };
    if let (true, Some(item)) = (names.keys().is_empty(), table.item(ENV)) {
        return Err(table.error(item.span, format!("`{}` is empty", names.name)).hint(SHAPE));
    }
    let condition = |Spanned { value: name, .. }: Spanned<String>| {
        let Some(Spanned { value: item, span }) = names.item(&name) else {
            return Err(Error::new(format!("`{}` is gone", names.path(&name))));
        };
        match (item.as_bool(), item.as_str()) {
            (Some(true), _) => Ok((name, VariableCondition::Set)),
            (Some(false), _) => Ok((name, VariableCondition::Unset)),
            (None, Some(text)) => Ok((name, VariableCondition::Equal(text.to_owned()))),
            (None, None) => {
                let message = format!("`{}` must be a string or a boolean", names.path(&name));
                Err(names
                    .error(span, message)
                    .hint("true means that the variable is set, false that it is not"))
            }
        }
    };
    names.keys().into_iter().map(condition).collect()
}

fn is_python(wanted: &PythonCondition, interpreter: &Interpreter) -> bool {
    let version = [interpreter.version.0, interpreter.version.1].map(u64::from);
    wanted.implementation.as_ref().is_none_or(|name| *name == interpreter.implementation)
        && wanted.versions.contains(&Version::new(version))
}

/// What a platform may be called: `linux`, `linux-x86_64`, `linux-amd64`.
fn system_names(interpreter: &Interpreter) -> Vec<String> {
    let platform = interpreter.platform.to_lowercase();
    let first = platform.split('-').next().unwrap_or_default();
    let (system, machine) = match first {
        "macosx" => ("macos", last_part(&platform)),
        "win32" => ("windows", "x86"),
        "win" => ("windows", last_part(&platform)),
        _ => match first.strip_prefix("mingw_") {
            Some(machine) => ("windows", machine),
            None => (if first == "solaris" { "sunos" } else { first }, last_part(&platform)),
        },
    };
    // The kernel's word, while the interpreter is of the smaller kind.
    let machine = match (machine, interpreter.pointer_bits) {
        ("x86_64", 32) => "i686",
        ("aarch64", 32) => "armv7l",
        (machine, _) => machine,
    };
    let also = match machine {
        "amd64" => "x86_64",
        "x86_64" => "amd64",
        "arm64" => "aarch64",
        "aarch64" => "arm64",
        "i686" | "i386" => "x86",
        _ => machine,
    };
    let mut names = vec![system.to_owned(), format!("{system}-{machine}")];
    if also != machine {
        names.push(format!("{system}-{also}"));
    }
    names
}

fn last_part(platform: &str) -> &str {
    platform.rsplit('-').next().unwrap_or(platform)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PythonVersion;

    fn interpreter(platform: &str) -> Interpreter {
        Interpreter {
            pointer_bits: if platform == "win32" { 32 } else { 64 },
            ..Interpreter::cpython(PythonVersion(3, 12), platform)
        }
    }

    #[test]
    fn a_platform_has_the_names_that_people_know() {
        for (platform, names) in [
            ("linux-x86_64", &["linux", "linux-x86_64", "linux-amd64"][..]),
            ("linux-aarch64", &["linux", "linux-aarch64", "linux-arm64"]),
            ("macosx-11.0-arm64", &["macos", "macos-arm64", "macos-aarch64"]),
            ("macosx-10.13-universal2", &["macos", "macos-universal2"]),
            ("win-amd64", &["windows", "windows-amd64", "windows-x86_64"]),
            ("win32", &["windows", "windows-x86"]),
            ("win-arm64", &["windows", "windows-arm64", "windows-aarch64"]),
            ("mingw_x86_64", &["windows", "windows-x86_64", "windows-amd64"]),
            ("freebsd-14.1-RELEASE-amd64", &["freebsd", "freebsd-amd64", "freebsd-x86_64"]),
        ] {
            assert_eq!(system_names(&interpreter(platform)), names, "{platform}");
        }
        let small = Interpreter { pointer_bits: 32, ..interpreter("linux-x86_64") };
        assert_eq!(system_names(&small), ["linux", "linux-i686", "linux-x86"]);
    }

    #[test]
    fn pythons_are_told_apart_by_version_and_implementation() {
        let pypy = Interpreter { implementation: "pypy".into(), ..interpreter("linux-x86_64") };
        for (text, on_cpython, on_pypy) in [
            (">=3.12", true, true),
            ("<3.12", false, false),
            (">3.11,<3.13", true, true),
            ("==3.12.*", true, true),
            ("==3.12", true, true),
            ("cpython", true, false),
            ("pypy", false, true),
            ("cpython>=3.12", true, false),
            ("pypy >= 3.13", false, false),
        ] {
            let condition = python(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(is_python(&condition, &interpreter("linux-x86_64")), on_cpython, "{text}");
            assert_eq!(is_python(&condition, &pypy), on_pypy, "{text}");
        }
    }
}

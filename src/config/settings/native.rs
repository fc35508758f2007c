//! `[[tool.officina.extensions]]`, `libraries` and `steps` -> [`NativeParts`].

use std::path::PathBuf;
use std::sync::Arc;

use toml_edit::Item;

use crate::config::settings::condition;
use crate::config::settings::crates;
use crate::config::settings::inside::{
    condition_of, globs, packages, required, texts, variables, words,
};
use crate::config::settings::keys::Key;
use crate::config::settings::native_keys::{CRATE, EXTENSION, LIBRARY, STEP};
use crate::config::settings::sbom;
use crate::config::settings::table::{list, scalar};
use crate::config::settings::values;
use crate::config::toml::{TextOrTable, TomlTable};
use crate::error::{Error, Result};
use crate::model::{
    Condition, Conditional, DeclaredExtension, DeclaredLibrary, DeclaredSources, DeclaredStep,
    ExtensionApi, Macro, ModuleName, NativeParts, Provides, SettingKind, SourceText, Spanned,
    is_identifier,
};

/// Reads the native parts of `[tool.officina]`.
///
/// # Errors
/// An unknown key, one that is missing, a value that means nothing, or a name that is there twice.
pub fn read(table: &TomlTable) -> Result<NativeParts> {
    let parts = NativeParts {
        extensions: each(table, "extensions", &EXTENSION, extension)?,
        libraries: libraries(table)?,
        steps: each(table, "steps", &STEP, step)?,
        crates: each(table, "crates", &CRATE, crates::one)?,
        vendored: sbom::vendored(table)?,
    };
    // With other conditions it may be meant: one of the two counts here, the other elsewhere.
    refuse_twice(&parts, table.source, |one, other| {
        let is_everywhere = |condition: &Condition| *condition == Condition::default();
        one == other || is_everywhere(one) || is_everywhere(other)
    })?;
    Ok(parts)
}

fn each<T>(
    table: &TomlTable,
    key: &str,
    known: &[Key],
    read: impl Fn(&TomlTable, std::ops::Range<usize>) -> Result<T>,
) -> Result<Vec<T>> {
    let tables = table.tables(key)?.unwrap_or_default();
    tables.into_iter().map(|one| known_keys(one, known, &read)).collect()
}

fn known_keys<T>(
    Spanned { value: table, span }: Spanned<TomlTable>,
    known: &[Key],
    read: impl Fn(&TomlTable, std::ops::Range<usize>) -> Result<T>,
) -> Result<T> {
    let names: Vec<&str> = known.iter().flat_map(Key::names).collect();
    condition::refuse_misplaced(&table, &names)?;
    table.refuse_unknown(&names)?;
    read(&table, span)
}

/// The tables in `libraries`, which holds names of libraries for every module as well.
fn libraries(table: &TomlTable) -> Result<Vec<DeclaredLibrary>> {
    let items = table.texts_and_tables("libraries")?.unwrap_or_default();
    let tables = items.into_iter().filter_map(|item| match item.value {
        TextOrTable::Table(table) => Some(Spanned::new(table, item.span)),
        TextOrTable::Text(_) => None,
    });
    tables.map(|one| known_keys(one, &LIBRARY, library)).collect()
}

/// Refuses a name that is there twice, if the conditions of the two can `meet`.
///
/// # Errors
/// Two extensions, two libraries or two steps have the same name.
pub fn refuse_twice(
    parts: &NativeParts,
    pyproject: &Arc<SourceText>,
    meet: impl Fn(&Condition, &Condition) -> bool,
) -> Result<()> {
    for (key, names) in parts.names() {
        for (index, (name, condition)) in names.iter().enumerate() {
            let is_same = |(other, condition_of_other): &Conditional| {
                other.value == name.value && meet(condition_of_other, condition)
            };
            if names[..index].iter().any(is_same) {
                let message = format!("`{}` is there twice in `tool.officina.{key}`", name.value);
                return Err(Error::new(message)
                    .at(pyproject, name.span.clone())
                    .hint("give each a name of its own, or an `if` of which one holds"));
            }
        }
    }
    Ok(())
}

fn extension(table: &TomlTable, place: std::ops::Range<usize>) -> Result<DeclaredExtension> {
    let name = required(table, "name", &place, "the module's full name: `name = \"pkg._fast\"`")?;
    let Some(module) = ModuleName::new(&name.value) else {
        let message = format!("`{}` is not the name of a module", name.value);
        return Err(table
            .error(name.span, message)
            .hint("write it as after `import`: `package._module`"));
    };
    Ok(DeclaredExtension {
        name: Spanned::new(module, name.span),
        condition: condition_of(table, place.clone())?,
        compile: sources(table, place)?,
        library_dirs: folders(table, "library-dirs")?,
        runtime_library_dirs: words(table, "runtime-library-dirs")?,
        extra_objects: folders(table, "extra-objects")?,
        extra_link_args: words(table, "extra-link-args")?,
        export_symbols: words(table, "export-symbols")?,
        language: scalar(table, "language", SettingKind::Language, |item| {
            values::language(item.as_str()?)
        })?,
        optional: table.boolean("optional")?.unwrap_or_default(),
        api: scalar(table, "limited-api", SettingKind::ExtensionApi, extension_api)?
            .unwrap_or_default(),
    })
}

fn extension_api(item: &Item) -> Option<ExtensionApi> {
    match (item.as_bool(), item.as_str()) {
        (Some(true), _) => Some(ExtensionApi::Limited(None)),
        (Some(false), _) => Some(ExtensionApi::Full),
        (None, text) => {
            values::limited_api_version(text?).map(|version| ExtensionApi::Limited(Some(version)))
        }
    }
}

/// Libraries that compilers and builders name by habit: somebody who says `m` means that of the
/// system.
const OF_SYSTEM: [&str; 17] = [
    "System", "advapi32", "c", "c++", "dl", "gcc", "gcc_s", "kernel32", "m", "msvcrt", "pthread",
    "rt", "shell32", "stdc++", "user32", "util", "ws2_32",
];

fn library(table: &TomlTable, place: std::ops::Range<usize>) -> Result<DeclaredLibrary> {
    let hint = "its name: `name = \"fast\"` is linked as `libraries = [\"fast\"]`";
    let name = plain_name(table, &place, hint)?;
    if OF_SYSTEM.contains(&name.value.as_str()) {
        let message = format!("`{}` is a library of the system", name.value);
        return Err(table
            .error(name.span, message)
            .note("whoever links one by that name would get the project's instead")
            .hint(format!("call it `my{}`, and link it by that name", name.value)));
    }
    Ok(DeclaredLibrary {
        name,
        condition: condition_of(table, place.clone())?,
        compile: sources(table, place)?,
        public_include_dirs: folders(table, "public-include-dirs")?,
    })
}

fn sources(table: &TomlTable, place: std::ops::Range<usize>) -> Result<DeclaredSources> {
    let sources = globs(table, "sources")?;
    if sources.is_empty() {
        return Err(table
            .error(place, format!("`{}` has no `sources`", table.name))
            .hint("name its C or C++ files: `sources = [\"src/*.c\"]`"));
    }
    let defined = list(table, "define-macros", values::macro_definition)?;
    let defined = defined.into_iter().map(|one| one.value);
    let undefined = words(table, "undef-macros")?.into_iter().map(Macro::Undefine);
    Ok(DeclaredSources {
        sources,
        include_dirs: folders(table, "include-dirs")?,
        macros: defined.chain(undefined).collect(),
        extra_compile_args: texts(table, "extra-compile-args")?,
        depends: globs(table, "depends")?,
        libraries: texts(table, "libraries")?,
        pkg_config: packages(table, "pkg-config")?,
    })
}

fn step(table: &TomlTable, place: std::ops::Range<usize>) -> Result<DeclaredStep> {
    Ok(DeclaredStep {
        name: plain_name(table, &place, "the name of its folder: `name = \"sodium\"`")?,
        condition: condition_of(table, place.clone())?,
        commands: commands(table, &place)?,
        directory: table.string("directory")?,
        inputs: globs(table, "inputs")?,
        outputs: globs(table, "outputs")?,
        env: variables(table)?,
        provides: provides(table)?,
        span: place,
    })
}

fn commands(
    table: &TomlTable,
    place: &std::ops::Range<usize>,
) -> Result<Vec<Vec<Spanned<String>>>> {
    const SHAPE: &str =
        "write each command as a list of words: `commands = [[\"make\", \"-C\", \"lib\"]]`";
    let Some(Spanned { value: item, span }) = table.item("commands") else {
        let message = format!("`{}` has no `commands`", table.name);
        return Err(table.error(place.clone(), message).hint(SHAPE));
    };
    let wrong = |place: Option<std::ops::Range<usize>>| {
        let message = format!("`{}` must be a list of lists of words", table.path("commands"));
        table.error(place.unwrap_or_else(|| span.clone()), message).hint(SHAPE)
    };
    let array = item.as_array().filter(|array| !array.is_empty()).ok_or_else(|| wrong(None))?;
    let word = |value: &toml_edit::Value| match value.as_str() {
        Some(text) => {
            Ok(Spanned::new(text.to_owned(), value.span().unwrap_or_else(|| span.clone())))
        }
        None => Err(wrong(value.span())),
    };
    let command = |value: &toml_edit::Value| {
        let words = value.as_array().filter(|words| !words.is_empty());
        words.ok_or_else(|| wrong(value.span()))?.iter().map(word).collect()
    };
    array.iter().map(command).collect()
}

fn provides(table: &TomlTable) -> Result<Provides> {
    let Some(table) = table.table("provides")? else { return Ok(Provides::default()) };
    table.refuse_unknown(&["include-dirs", "library-dirs"])?;
    Ok(Provides {
        include_dirs: globs(&table, "include-dirs")?,
        library_dirs: globs(&table, "library-dirs")?,
    })
}

/// A name that is a file's or a folder's too.
fn plain_name(
    table: &TomlTable,
    place: &std::ops::Range<usize>,
    hint: &str,
) -> Result<Spanned<String>> {
    let name = required(table, "name", place, hint)?;
    let is_plain =
        is_identifier(&name.value.replace(['-', '.', '+'], "_")) && name.value.is_ascii();
    if is_plain {
        return Ok(name);
    }
    let message = format!("`{}` cannot be a `name` of `{}`", name.value, table.name);
    Err(table.error(name.span, message).hint("write letters, digits, `_`, `-`, `+` and `.`"))
}

fn folders(table: &TomlTable, key: &str) -> Result<Vec<PathBuf>> {
    Ok(list(table, key, values::folder)?.into_iter().map(|one| one.value).collect())
}

#[cfg(test)]
mod tests;

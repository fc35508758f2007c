//! `[[tool.officina.modules]]`: CFFI modules without a builder script.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::config::settings::condition;
use crate::config::settings::inside::{globs, packages, refuse_outside, refuse_repeats, texts};
use crate::config::settings::module_keys::MODULE_KEYS;
use crate::config::settings::values;
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::{
    ArgumentValue, CdefPart, DeclaredSource, HeaderImport, Language, ModuleDeclaration, Spanned,
    is_dotted_name, is_glob,
};

/// Reads the modules of `[tool.officina]`, in order.
///
/// # Errors
/// A module without a name or without declarations; an unknown key; a value that means nothing.
pub fn read(table: &TomlTable) -> Result<Vec<ModuleDeclaration>> {
    let tables = table.tables("modules")?.unwrap_or_default();
    tables.into_iter().map(|Spanned { value, span }| one(&value, span)).collect()
}

fn one(table: &TomlTable, span: Range<usize>) -> Result<ModuleDeclaration> {
    let known = MODULE_KEYS.map(|key| key.name);
    condition::refuse_misplaced(table, &known)?;
    table.refuse_unknown(&known)?;
    let name = name(table, &span)?;
    let (cdef, headers) = (cdef(table)?, headers(table)?);
    if cdef.is_empty() && headers.is_none() {
        return Err(table
            .error(name.span, format!("the module `{}` has no `cdef`", name.value))
            .hint("write what cffi is told: cdef = \"int answer(void);\"")
            .hint("or name files with it, or a header: cdef = [\"foo.cdef\"], cdef-from = [\"foo.h\"]"));
    }
    let declaration = ModuleDeclaration {
        condition: condition::read_if_any(table, span.clone())?,
        cdef_options: cdef_options(table)?,
        source: source(table, &name, headers.is_some())?,
        arguments: arguments(table)?,
        optional: table.boolean("optional")?.unwrap_or_default(),
        pkg_config: packages(table, "pkg-config")?,
        name,
        cdef,
        headers,
        span,
    };
    refuse_what_abi_mode_ignores(table, &declaration)?;
    Ok(declaration)
}

fn name(table: &TomlTable, span: &Range<usize>) -> Result<Spanned<String>> {
    let Some(name) = table.string("name")? else {
        return Err(table
            .error(span.clone(), format!("`{}` has no `name`", table.name))
            .hint("write the full name of the module: name = \"package._module\""));
    };
    if is_dotted_name(&name.value) {
        return Ok(name);
    }
    let message = format!("`{}` is not the name of a module", name.value);
    let error = table.error(name.span, message);
    let dotted = name.value.trim_end_matches(".py").replace(['/', '\\'], ".").replace('-', "_");
    Err(match is_dotted_name(&dotted) {
        true => error.hint(format!("write it as after `import`: `{dotted}`")),
        false => error.hint("write it as after `import`: `package._module`"),
    })
}

fn cdef(table: &TomlTable) -> Result<Vec<CdefPart>> {
    let is_text = table.item("cdef").is_some_and(|item| item.value.is_str());
    if !is_text {
        let files = files(table, "cdef")?;
        return Ok(files.into_iter().map(CdefPart::File).collect());
    }
    let Some(text) = table.string("cdef")? else { return Ok(Vec::new()) };
    if looks_like_file(&text.value) {
        return Err(table
            .error(text.span, format!("`cdef` is the text of declarations, not `{}`", text.value))
            .hint(format!("name files in a list: cdef = [\"{}\"]", text.value)));
    }
    Ok(vec![CdefPart::Text(text)])
}

/// No C has only such letters.
fn looks_like_file(text: &str) -> bool {
    !text.is_empty() && !text.contains([';', '#', '{', '\n', ' ', '(', '"'])
}

/// Files of the project.
fn files(table: &TomlTable, key: &str) -> Result<Vec<Spanned<String>>> {
    let files = table.strings(key)?.unwrap_or_default();
    for Spanned { value, span } in &files {
        refuse_outside(table, key, value, span)?;
    }
    refuse_repeats(table, key, &files)?;
    Ok(files)
}

fn headers(table: &TomlTable) -> Result<Option<HeaderImport>> {
    let headers = texts(table, "cdef-from")?;
    let (only, except) = (texts(table, "only")?, texts(table, "except")?);
    if headers.is_empty() {
        let idle = [("only", &only), ("except", &except)];
        let idle = idle.iter().find_map(|(key, list)| Some((key, list.first()?)));
        return match idle {
            None => Ok(None),
            Some((key, first)) => Err(table
                .error(
                    first.span.clone(),
                    format!("`{key}` is about `cdef-from`, which is not set"),
                )
                .hint("name headers: cdef-from = [\"include/foo.h\"]")),
        };
    }
    for Spanned { value, span } in &headers {
        let searched = value.strip_prefix('<').map(|name| name.strip_suffix('>'));
        match searched {
            Some(Some(name)) if !name.is_empty() => {}
            Some(_) => {
                let message = format!("`{value}` in `cdef-from` is not a header");
                return Err(table.error(span.clone(), message).hint("write `<name.h>`"));
            }
            None => refuse_outside(table, "cdef-from", value, span).map_err(|e| {
                e.hint("a header that the compiler looks for is written `<name.h>`")
            })?,
        }
    }
    if headers.iter().all(|header| is_glob(&header.value)) {
        let first = &headers[0];
        return Err(table
            .error(first.span.clone(), "`cdef-from` names no header without a wildcard")
            .hint("one with a `*` stands for headers that the others include"));
    }
    Ok(Some(HeaderImport { headers, only, except }))
}

fn source(table: &TomlTable, name: &Spanned<String>, has_headers: bool) -> Result<DeclaredSource> {
    let (text, file) = (table.string("source")?, table.string("source-file")?);
    let wants_abi = table.boolean("abi-mode")?.unwrap_or(false);
    let given = text.as_ref().or(file.as_ref()).map(|source| source.span.clone());
    match (text, file) {
        (Some(_), Some(file)) => Err(table
            .error(file.span, "`source` and `source-file` say the same")
            .hint("keep one of them")),
        _ if wants_abi && given.is_some() => Err(table
            .error(given.unwrap_or_default(), "a module in ABI mode has no source")
            .hint("drop `abi-mode`, or the source")),
        (Some(text), _) if looks_like_file(&text.value) => {
            let message = format!("`source` is the text of C, not `{}`", text.value);
            Err(table
                .error(text.span, message)
                .hint(format!("name a file so: source-file = \"{}\"", text.value)))
        }
        (Some(text), _) => Ok(DeclaredSource::Text(text.value)),
        (_, Some(file)) => {
            refuse_outside(table, "source-file", &file.value, &file.span)?;
            Ok(DeclaredSource::File(file))
        }
        _ if wants_abi => Ok(DeclaredSource::Absent),
        _ if has_headers => Ok(DeclaredSource::Headers),
        _ if table.item("sources").is_some() => Err(table
            .error(
                name.span.clone(),
                format!("the module `{}` has `sources` and no `source`", name.value),
            )
            .note("cffi's C calls the functions, so it needs their declarations")
            .hint("write what declares them: source = '#include \"foo.h\"'")),
        _ => Ok(DeclaredSource::Absent),
    }
}

/// The lists of `set_source()`: by their names here, and there.
const LISTS: [(&str, &str); 9] = [
    ("include-dirs", "include_dirs"),
    ("library-dirs", "library_dirs"),
    ("libraries", "libraries"),
    ("runtime-library-dirs", "runtime_library_dirs"),
    ("extra-objects", "extra_objects"),
    ("extra-compile-args", "extra_compile_args"),
    ("extra-link-args", "extra_link_args"),
    ("export-symbols", "export_symbols"),
    ("undef-macros", "undef_macros"),
];

/// Of these, a second mention says nothing.
const FOLDERS: [&str; 2] = ["include-dirs", "library-dirs"];

fn arguments(table: &TomlTable) -> Result<BTreeMap<&'static str, ArgumentValue>> {
    let mut found = BTreeMap::new();
    let mut add = |name, list: Vec<Spanned<String>>| {
        if !list.is_empty() {
            found.insert(name, ArgumentValue::List(list));
        }
    };
    for (key, name) in LISTS {
        let list = texts(table, key)?;
        if FOLDERS.contains(&key) {
            refuse_repeats(table, key, &list)?;
        }
        add(name, list);
    }
    add("sources", globs(table, "sources")?);
    add("depends", globs(table, "depends")?);
    let macros = texts(table, "define-macros")?;
    refuse_repeats(table, "define-macros", &macros)?;
    for Spanned { value, span } in &macros {
        values::macro_definition(value).map_err(|e| e.at(table.source, span.clone()))?;
    }
    add("define_macros", macros);
    if let Some(language) = table.string("language")? {
        if !["c", "c++", "objc"].contains(&language.value.as_str()) {
            let message = format!("`language` cannot be `{}`", language.value);
            return Err(table.error(language.span, message).hint("it is `c` or `c++`"));
        }
        found.insert("language", ArgumentValue::Text(language.value));
    }
    found.extend(limited_api(table)?.map(|value| ("py_limited_api", value)));
    found.extend(source_extension(table)?.map(|value| ("source_extension", value)));
    Ok(found)
}

fn limited_api(table: &TomlTable) -> Result<Option<ArgumentValue>> {
    let Some(Spanned { value: item, span }) = table.item("py-limited-api") else { return Ok(None) };
    let version = item
        .as_str()
        .filter(|text| *text != "false")
        .and_then(|text| values::limited_api(text).map(|_| text.to_owned()));
    match (item.as_bool(), version) {
        (Some(value), _) => Ok(Some(ArgumentValue::Switch(value))),
        (_, Some(version)) => {
            let version = version.trim_start_matches(['c', 'p', 'y']).replace('.', "");
            Ok(Some(ArgumentValue::Text(format!("cp{version}"))))
        }
        _ => Err(table
            .error(span, "`py-limited-api` is `true`, `false` or a Python version")
            .hint("write \"3.10\" or \"cp310\"")),
    }
}

fn source_extension(table: &TomlTable) -> Result<Option<ArgumentValue>> {
    let Some(Spanned { value, span }) = table.string("source-extension")? else { return Ok(None) };
    let language = Language::of_source(std::path::Path::new(&format!("x{value}")));
    if language.is_none() || !value.starts_with('.') {
        let message = format!("`source-extension` cannot be `{value}`");
        return Err(table.error(span, message).hint("it is `.c`, or `.cpp` for C++"));
    }
    Ok(Some(ArgumentValue::Text(value)))
}

/// How a `struct` may be packed.
pub const PACKS: [i64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

fn cdef_options(table: &TomlTable) -> Result<BTreeMap<&'static str, ArgumentValue>> {
    let mut found = BTreeMap::new();
    if let Some(packed) = table.boolean("packed")? {
        found.insert("packed", ArgumentValue::Switch(packed));
    }
    if let Some(Spanned { value: item, span }) = table.item("pack") {
        let number = item.as_integer().filter(|number| PACKS.contains(number));
        let Some(number) = number else {
            return Err(table.error(span, "`pack` is a power of two").hint("write `pack = 4`"));
        };
        if found.get("packed") == Some(&ArgumentValue::Switch(true)) {
            return Err(table.error(span, "`packed` means `pack = 1`").hint("keep one of them"));
        }
        found.insert("pack", ArgumentValue::Number(number));
    }
    Ok(found)
}

/// Keys that mean nothing where no compiler runs.
pub const FOR_COMPILING: [&str; 9] = [
    "sources",
    "libraries",
    "library-dirs",
    "runtime-library-dirs",
    "extra-objects",
    "extra-link-args",
    "export-symbols",
    "source-extension",
    "py-limited-api",
];

fn refuse_what_abi_mode_ignores(table: &TomlTable, module: &ModuleDeclaration) -> Result<()> {
    if !module.is_abi_mode() {
        return Ok(());
    }
    let Some((key, item)) = FOR_COMPILING.iter().find_map(|key| Some((key, table.item(key)?)))
    else {
        return Ok(());
    };
    let message =
        format!("`{key}` means nothing in ABI mode: no compiler runs for `{}`", module.name.value);
    let error = table.error(item.span, message);
    Err(match table.item("abi-mode") {
        Some(_) => error.hint(format!("drop `{key}`, or `abi-mode`")),
        None => error.hint("with `source`, the module is compiled: source = '#include \"foo.h\"'"),
    })
}

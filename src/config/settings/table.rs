//! One table of settings: `[tool.officina]` itself, or an override of it.

use std::path::PathBuf;

use toml_edit::Item;

use crate::config::paths;
use crate::config::settings::inside::{globs, refuse_outside, refuse_repeats};
use crate::config::settings::keys::KEYS;
use crate::config::settings::{bundle, entries, keys, sbom, values, wheel_data};
use crate::config::toml::{TextOrTable, TomlTable};
use crate::error::{Error, Result};
use crate::model::{
    LimitedApi, Location, NativeParts, PartialBuildOptions, PlatformTag, SdistSettings,
    SettingKind, SettingOrigin, SettingValue, Settings, Spanned, TimingsPlace, is_dotted_name,
};

/// The settings that `[tool.officina]` and an override of it both may have.
pub(super) fn settings_in(table: &TomlTable) -> Result<Settings> {
    Ok(Settings {
        cffi_modules: entries::entries(table)?,
        modules: Vec::new(),
        ext_package: ext_package(table)?,
        python_source: python_source(table)?,
        packages: names(table, "packages", SettingKind::Packages)?,
        py_modules: names(table, "py-modules", SettingKind::Modules)?,
        include: globs(table, "include")?,
        exclude: globs(table, "exclude")?,
        data: wheel_data::data(table)?,
        files: wheel_data::files(table)?,
        bundle_licenses: bundle::licenses(table)?,
        stubs: table.boolean("stubs")?.unwrap_or(false),
        sdist: SdistSettings::default(),
        native: NativeParts::default(),
        build: choices(table)?,
    })
}

/// The paths of the keys that a table sets, each with the place of its value.
pub(super) fn written(table: &TomlTable) -> Result<Vec<Spanned<String>>> {
    let mut found = Vec::new();
    for key in &KEYS {
        match key.kind {
            SettingKind::Dynamic
            | SettingKind::Overrides
            | SettingKind::Tables
            | SettingKind::DeclaredModules => {}
            SettingKind::Table => {
                let Some(table) = table.table(key.name)? else { continue };
                for inner in key.keys {
                    let path = format!("{}.{}", key.name, inner.name);
                    found.extend(table.item(inner.name).map(|item| Spanned::new(path, item.span)));
                }
            }
            kind if kind.is_open_table() => {
                let Some(table) = table.table(key.name)? else { continue };
                found.extend(written_below(key.name, &table)?);
            }
            _ => {
                let items = key.names().filter_map(|name| table.item(name));
                found.extend(items.map(|item| Spanned::new(key.name.to_owned(), item.span)));
            }
        }
    }
    Ok(found)
}

/// The keys of a table of the user's own, and those of tables with a header in it.
fn written_below(name: &str, table: &TomlTable) -> Result<Vec<Spanned<String>>> {
    let mut found = Vec::new();
    for inner in table.keys() {
        let path = format!("{name}.{}", inner.value);
        let Some(item) = table.item(&inner.value) else { continue };
        match table.table(&inner.value) {
            Ok(Some(below)) if item.value.is_table() => found.extend(written_below(&path, &below)?),
            _ => found.push(Spanned::new(path, item.span)),
        }
    }
    Ok(found)
}

fn choices(table: &TomlTable) -> Result<PartialBuildOptions> {
    let switch = |table: &TomlTable, key| table.boolean(key);
    let editable = table.table("editable")?;
    if let Some(editable) = &editable {
        editable.refuse_unknown(&["rebuild", "verbose"])?;
    }
    let of_editable = |key| editable.as_ref().map_or(Ok(None), |editable| switch(editable, key));
    let build_dir = |text: &str| values::build_folder(text);
    let launcher = |text: &str| Ok(text.to_owned());
    Ok(PartialBuildOptions {
        limited_api: scalar(table, "limited-api", SettingKind::LimitedApi, limited_api)?,
        debug_places: None,
        profile: scalar(table, "profile", SettingKind::Profile, |item| {
            values::profile(item.as_str()?)
        })?,
        glue_optimization: scalar(
            table,
            "glue-optimization",
            SettingKind::GlueOptimization,
            |item| values::glue_optimization(item.as_str()?),
        )?,
        strip: switch(table, "strip")?,
        require_cffi: switch(table, "require-cffi")?,
        cargo_offline: switch(table, "cargo-offline")?,
        build_tag: scalar(table, "build-tag", SettingKind::BuildTag, build_tag)?,
        platform_tag: platform_tag(table)?,
        bundle: bundle::bundle(table)?,
        bundle_exclude: bundle::patterns(table, "bundle-exclude")?,
        target: None, // of one build alone
        target_python: None,
        sbom: sbom::switch(table)?,
        jobs: scalar(table, "jobs", SettingKind::Count, |item| {
            usize::try_from(item.as_integer()?).ok().filter(|count| *count > 0)
        })?,
        verbose: switch(table, "verbose")?,
        timings: timings(table)?,
        compile_commands: switch(table, "compile-commands")?,
        build_dir: table
            .string("build-dir")?
            .map(|text| setting_value(table, text, build_dir))
            .transpose()?,
        define_macros: list(table, "define-macros", values::macro_definition)?,
        include_dirs: list(table, "include-dirs", values::folder)?,
        library_dirs: list(table, "library-dirs", values::folder)?,
        libraries: libraries(table)?,
        extra_compile_args: words(table, "extra-compile-args", values::compile_word)?,
        extra_link_args: words(table, "extra-link-args", values::link_word)?,
        sanitize: list(table, "sanitize", values::sanitizer)?,
        allow_undefined: list(table, "allow-undefined", values::symbols)?,
        compiler_launcher: table
            .string("compiler-launcher")?
            .map(|text| setting_value(table, text, launcher))
            .transpose()?,
        editable_rebuild: of_editable("rebuild")?,
        editable_verbose: of_editable("verbose")?,
    })
}

fn build_tag(item: &Item) -> Option<String> {
    match (item.as_str(), item.as_integer()) {
        (Some(text), _) => values::build_tag(text),
        (None, Some(number)) => values::build_tag(&number.to_string()),
        (None, None) => None,
    }
}

/// A value that `read` makes sense of.
pub(super) fn scalar<T>(
    table: &TomlTable,
    key: &str,
    kind: SettingKind,
    read: impl Fn(&Item) -> Option<T>,
) -> Result<Option<T>> {
    let Some(Spanned { value: item, span }) = table.item(key) else { return Ok(None) };
    match read(item) {
        Some(value) => Ok(Some(value)),
        None => {
            let spelled = table.source.text.get(span.clone()).unwrap_or_default();
            let message = format!("`{}` cannot be {spelled}", table.path(key));
            Err(table.error(span, message).hint(keys::hint(kind)))
        }
    }
}

pub(super) fn list<T>(
    table: &TomlTable,
    key: &str,
    read: impl Fn(&str) -> Result<T>,
) -> Result<Vec<SettingValue<T>>> {
    let texts = table.strings(key)?.unwrap_or_default();
    refuse_repeats(table, key, &texts)?;
    texts.into_iter().map(|text| setting_value(table, text, &read)).collect()
}

/// A list in which a word may come twice.
fn words(
    table: &TomlTable,
    key: &str,
    read: impl Fn(&str) -> Result<String>,
) -> Result<Vec<SettingValue<String>>> {
    let texts = table.strings(key)?.unwrap_or_default();
    texts.into_iter().map(|text| setting_value(table, text, &read)).collect()
}

/// The libraries that every module is linked with; tables among them are static libraries.
fn libraries(table: &TomlTable) -> Result<Vec<SettingValue<String>>> {
    let items = table.texts_and_tables("libraries")?.unwrap_or_default();
    let text = |item: Spanned<TextOrTable>| match item.value {
        TextOrTable::Text(text) => Some(Spanned::new(text, item.span)),
        TextOrTable::Table(_) => None,
    };
    let texts = items.into_iter().filter_map(text);
    texts.map(|text| setting_value(table, text, values::library)).collect()
}

fn setting_value<T>(
    table: &TomlTable,
    text: Spanned<String>,
    read: impl Fn(&str) -> Result<T>,
) -> Result<SettingValue<T>> {
    let place = Location { source: table.source.clone(), span: text.span, key: None };
    let origin = SettingOrigin::Pyproject(place);
    match read(&text.value) {
        Ok(value) => Ok(SettingValue { value, origin }),
        Err(error) => Err(error.set_by(&origin)),
    }
}

fn limited_api(item: &Item) -> Option<LimitedApi> {
    match (item.as_bool(), item.as_str()) {
        (Some(false), _) => Some(LimitedApi::Off),
        (None, Some(text)) if text != "false" => values::limited_api(text),
        _ => None,
    }
}

fn platform_tag(table: &TomlTable) -> Result<Option<SettingValue<PlatformTag>>> {
    let read = |item: &Item| values::platform_tag(item.as_str()?);
    let value = scalar(table, "platform-tag", SettingKind::PlatformTag, read)?;
    let span = table.item("platform-tag").map(|item| item.span).unwrap_or_default();
    let place = Location { source: table.source.clone(), span, key: None };
    let origin = SettingOrigin::Pyproject(place);
    Ok(value.map(|value| SettingValue { value, origin }))
}

fn timings(table: &TomlTable) -> Result<Option<TimingsPlace>> {
    let place = |item: &Item, span| match (item.as_bool(), item.as_str()) {
        (Some(true), _) => Some(TimingsPlace::BuildFolder),
        (Some(false), _) => Some(TimingsPlace::Nowhere),
        (None, Some(text)) if !text.is_empty() => {
            let place = Location { source: table.source.clone(), span, key: None };
            Some(values::timings(text, &SettingOrigin::Pyproject(place)))
        }
        _ => None,
    };
    let span = table.item("timings").map(|item| item.span).unwrap_or_default();
    scalar(table, "timings", SettingKind::Timings, |item| place(item, span.clone()))
}

/// `[tool.officina.sdist]`
pub(super) fn sdist(table: &TomlTable) -> Result<SdistSettings> {
    let Some(table) = table.table("sdist")? else { return Ok(SdistSettings::default()) };
    table.refuse_unknown(&["include", "exclude"])?;
    Ok(SdistSettings { include: globs(&table, "include")?, exclude: globs(&table, "exclude")? })
}

fn ext_package(table: &TomlTable) -> Result<Option<Spanned<String>>> {
    let package = table.string("ext-package")?;
    if let Some(Spanned { value, span }) = &package
        && !is_dotted_name(value)
    {
        let message = format!("`ext-package` must be a dotted Python name, not `{value}`");
        return Err(table
            .error(span.clone(), message)
            .hint("write it as after `import`: `package`"));
    }
    Ok(package)
}

/// `python-source`: the folder in normal form, `.` for the project root.
pub(in crate::config) fn python_source(table: &TomlTable) -> Result<Option<Spanned<PathBuf>>> {
    let Some(Spanned { value, span }) = table.string("python-source")? else { return Ok(None) };
    refuse_outside(table, "python-source", &value.replace('\\', "/"), &span)?;
    let folder = Some(paths::normal(&value)).filter(|folder| !folder.is_empty());
    let folder = folder.unwrap_or_else(|| ".".to_owned());
    Ok(Some(Spanned::new(PathBuf::from(folder), span)))
}

fn names(table: &TomlTable, key: &str, kind: SettingKind) -> Result<Option<Vec<Spanned<String>>>> {
    let Some(names) = table.strings(key)? else { return Ok(None) };
    for Spanned { value, span } in &names {
        refuse_outside(table, key, value, span)?;
        if let Some(error) = name_error(key, value, kind) {
            return Err(error.at(table.source, span.clone()));
        }
    }
    refuse_repeats(table, key, &names)?;
    Ok(Some(names))
}

fn name_error(key: &str, name: &str, kind: SettingKind) -> Option<Error> {
    let refused = |why: &str| Error::new(format!("`{name}` in `{key}` {why}"));
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
    if name.contains('*') && kind == SettingKind::Modules {
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

//! `[[tool.officina.overrides]]`: how they are read, which of them count, and what comes of it.

use crate::config::settings::condition::Surroundings;
use crate::config::settings::keys::{self, INHERIT, KEYS, Key};
use crate::config::settings::table::{settings_in, written};
use crate::config::settings::{condition, foreign_keys};
use crate::config::toml::{TextOrTable, TomlTable};
use crate::error::{Result, nearest};
use crate::model::{
    AppliedOverride, Condition, DeclaredSettings, Inherit, Override, Settings, Spanned,
};

/// Reads the overrides of `[tool.officina]`, in order.
///
/// # Errors
/// One of them has no condition, sets nothing, or sets what no override can; or a value is wrong.
pub fn read(table: &TomlTable) -> Result<Vec<Override>> {
    let tables = table.tables("overrides")?.unwrap_or_default();
    tables.into_iter().map(|Spanned { value, span }| one(&value, span, table)).collect()
}

fn one(table: &TomlTable, span: std::ops::Range<usize>, base: &TomlTable) -> Result<Override> {
    let mut known = vec![condition::IF, INHERIT];
    for key in &KEYS {
        match (key.not_in_overrides, table.item(key.name)) {
            (None, _) => known.extend(key.names()),
            (Some(why), Some(item)) => {
                let message = format!("`{}` cannot be set in an override", key.name);
                return Err(table.error(item.span, message).note(why));
            }
            (Some(_), None) => {}
        }
    }
    foreign_keys::refuse_unknown(table, &known)?;
    for item in table.texts_and_tables("libraries")?.unwrap_or_default() {
        if let TextOrTable::Table(_) = item.value {
            let message = "a static library cannot be set in an override";
            return Err(table.error(item.span, message).note("each has an `if` of its own"));
        }
    }
    if let Some(item) = table.item("sbom").filter(|item| item.value.as_table_like().is_some()) {
        let message = "what is vendored cannot be set in an override";
        return Err(table.error(item.span, message).note("each has an `if` of its own"));
    }
    let condition = condition::read(table, span.clone())?;
    let set = KEYS.iter().filter(|key| key.names().any(|name| table.item(name).is_some()));
    let keys: Vec<&'static str> = set.map(|key| key.name).collect();
    if keys.is_empty() {
        return Err(table
            .error(span, format!("`{}` sets nothing", table.name))
            .hint("write the settings that are different there beside its `if`"));
    }
    let inherit = inherit(table, base)?;
    let (settings, written) = (settings_in(table)?, written(table)?);
    Ok(Override { condition, keys, inherit, settings, written, span })
}

/// The lists of an override that join those before.
fn inherit(table: &TomlTable, base: &TomlTable) -> Result<Vec<(&'static str, Inherit)>> {
    let Some(said) = table.table(INHERIT)? else { return Ok(Vec::new()) };
    let known: Vec<&str> = keys::lists().flat_map(Key::names).collect();
    said.refuse_unknown(&known)?;
    let mut found = Vec::new();
    for key in keys::lists() {
        for name in key.names() {
            let Some(text) = said.string(name)? else { continue };
            let (way, span) = (way(&said, name, &text)?, text.span);
            if key.names().all(|name| table.item(name).is_none()) {
                let message =
                    format!("`{}` joins `{name}`, and `{}` sets none", said.name, table.name);
                return Err(said
                    .error(span, message)
                    .hint(format!("write `{name} = [...]` beside it")));
            }
            if key.is_discovered() && base.item(key.name).is_none() {
                let message =
                    format!("`{}` has no `{name}` to join: they are discovered", base.name);
                return Err(said.error(span, message).hint(format!("list them: `{name} = [...]`")));
            }
            found.push((key.name, way));
        }
    }
    Ok(found)
}

fn way(said: &TomlTable, name: &str, text: &Spanned<String>) -> Result<Inherit> {
    let way = Inherit::ALL.into_iter().find(|way| way.as_str() == text.value);
    way.ok_or_else(|| {
        let message = format!("`{}` cannot be `{}`", said.path(name), text.value);
        let error = said.error(text.span.clone(), message);
        match nearest(&text.value, Inherit::ALL.map(Inherit::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("it is `append` or `prepend`"),
        }
    })
}

/// The settings where a build finds itself, and the overrides that made them what they are: a value
/// replaces the one before it, unless it inherits from it.
pub fn apply(
    declared: &DeclaredSettings,
    surroundings: &Surroundings,
) -> (Settings, Vec<AppliedOverride>) {
    let mut settings = declared.base.clone();
    let holds = |one: &Condition| condition::holds(one, surroundings);
    settings.native = settings.native.where_holds(holds);
    let mut applied = Vec::new();
    for (index, one) in declared.overrides.iter().enumerate() {
        if holds(&one.condition) {
            replace(&mut settings, one);
            applied.push(AppliedOverride { index, keys: one.keys.clone() });
        }
    }
    let counts = |asked: &Option<Condition>| asked.as_ref().is_none_or(holds);
    settings.cffi_modules.retain(|entry| counts(&entry.value.condition));
    for entry in &mut settings.cffi_modules {
        entry.value.condition = None;
    }
    settings.modules.retain(|module| counts(&module.condition));
    (settings, applied)
}

/// Keys that decide which files of the tree a wheel holds, and what it is built from.
const ABOUT_FILES: [&str; 9] = [
    "cffi_modules",
    "ext-package",
    "python-source",
    "packages",
    "py-modules",
    "include",
    "exclude",
    "data",
    "files",
];

/// With more variants than this, an override is only joined to none and to all of those before it.
const MANY: usize = 64;

/// The settings of every wheel that overrides may make of this project somewhere, as far as files
/// are concerned. For what must be the same everywhere: an sdist.
pub fn variants(declared: &DeclaredSettings) -> Vec<Settings> {
    let is_about_files = |one: &&Override| one.keys.iter().any(|key| ABOUT_FILES.contains(key));
    let mut variants = vec![declared.base.clone()];
    for one in declared.overrides.iter().filter(is_about_files) {
        let count = variants.len();
        let is_joined = |index: usize| count <= MANY || index == 0 || index + 1 == count;
        for index in (0..count).filter(|index| is_joined(*index)) {
            let mut settings = variants[index].clone();
            replace(&mut settings, one);
            if !variants.contains(&settings) {
                variants.push(settings);
            }
        }
    }
    variants.split_off(1)
}

fn replace(settings: &mut Settings, by: &Override) {
    let new = &by.settings;
    for key in &by.keys {
        let inherit = by.inherit.iter().find(|(name, _)| name == key).map(|(_, inherit)| *inherit);
        match *key {
            "cffi_modules" => join(&mut settings.cffi_modules, &new.cffi_modules, inherit),
            "ext-package" => settings.ext_package.clone_from(&new.ext_package),
            "python-source" => settings.python_source.clone_from(&new.python_source),
            "packages" => join_names(&mut settings.packages, new.packages.as_ref(), inherit),
            "py-modules" => join_names(&mut settings.py_modules, new.py_modules.as_ref(), inherit),
            "include" => join(&mut settings.include, &new.include, inherit),
            "exclude" => join(&mut settings.exclude, &new.exclude, inherit),
            "data" => join(&mut settings.data, &new.data, inherit),
            "bundle-licenses" => {
                join(&mut settings.bundle_licenses, &new.bundle_licenses, inherit);
            }
            "stubs" => settings.stubs = new.stubs,
            "files" => join(&mut settings.files, &new.files, inherit),
            _ => {
                replace_choice(settings, new, key);
                join_choice(settings, new, key, inherit);
            }
        }
    }
}

fn replace_choice(settings: &mut Settings, new: &Settings, key: &str) {
    let (old, new) = (&mut settings.build, &new.build);
    match key {
        "limited-api" => old.limited_api = new.limited_api,
        "profile" => old.profile = new.profile,
        "glue-optimization" => old.glue_optimization = new.glue_optimization,
        "compiler-launcher" => old.compiler_launcher.clone_from(&new.compiler_launcher),
        "build-dir" => old.build_dir.clone_from(&new.build_dir),
        "strip" => old.strip = new.strip,
        "require-cffi" => old.require_cffi = new.require_cffi,
        "cargo-offline" => old.cargo_offline = new.cargo_offline,
        "build-tag" => old.build_tag.clone_from(&new.build_tag),
        "platform-tag" => old.platform_tag.clone_from(&new.platform_tag),
        "sbom" => old.sbom = new.sbom,
        "jobs" => old.jobs = new.jobs,
        "verbose" => old.verbose = new.verbose,
        "timings" => old.timings.clone_from(&new.timings),
        "compile-commands" => old.compile_commands = new.compile_commands,
        "editable" => {
            old.editable_rebuild = new.editable_rebuild.or(old.editable_rebuild);
            old.editable_verbose = new.editable_verbose.or(old.editable_verbose);
        }
        // `every_key_of_an_override_counts` fails for a key that is forgotten here.
        _ => {}
    }
}

fn join_choice(settings: &mut Settings, new: &Settings, key: &str, inherit: Option<Inherit>) {
    let (old, new) = (&mut settings.build, &new.build);
    match key {
        "define-macros" => join(&mut old.define_macros, &new.define_macros, inherit),
        "include-dirs" => join(&mut old.include_dirs, &new.include_dirs, inherit),
        "library-dirs" => join(&mut old.library_dirs, &new.library_dirs, inherit),
        "libraries" => join(&mut old.libraries, &new.libraries, inherit),
        "extra-compile-args" => join(&mut old.extra_compile_args, &new.extra_compile_args, inherit),
        "extra-link-args" => join(&mut old.extra_link_args, &new.extra_link_args, inherit),
        "sanitize" => join(&mut old.sanitize, &new.sanitize, inherit),
        "bundle" => join(&mut old.bundle, &new.bundle, inherit),
        "bundle-exclude" => join(&mut old.bundle_exclude, &new.bundle_exclude, inherit),
        "allow-undefined" => join(&mut old.allow_undefined, &new.allow_undefined, inherit),
        // `every_list_of_an_override_can_join` fails for a key that is forgotten here.
        _ => {}
    }
}

fn join<T: Clone>(old: &mut Vec<T>, new: &[T], inherit: Option<Inherit>) {
    match inherit {
        None => *old = new.to_vec(),
        Some(Inherit::Append) => old.extend_from_slice(new),
        Some(Inherit::Prepend) => *old = [new, old.as_slice()].concat(),
    }
}

fn join_names(
    old: &mut Option<Vec<Spanned<String>>>,
    new: Option<&Vec<Spanned<String>>>,
    inherit: Option<Inherit>,
) {
    let mut names = old.take().unwrap_or_default();
    *old = new.map(|new| {
        join(&mut names, new, inherit);
        names
    });
}

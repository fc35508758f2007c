//! `[[tool.officina.overrides]]`: how they are read, which of them count, and what comes of it.

use crate::config::settings::condition;
use crate::config::settings::keys::KEYS;
use crate::config::settings::table::{settings_in, written};
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::Environment;
use crate::model::{AppliedOverride, DeclaredSettings, Interpreter, Override, Settings, Spanned};

/// Reads the overrides of `[tool.officina]`, in order.
///
/// # Errors
/// One of them has no condition, sets nothing, or sets what no override can; or a value is wrong.
pub fn read(table: &TomlTable) -> Result<Vec<Override>> {
    let tables = table.tables("overrides")?.unwrap_or_default();
    tables.into_iter().map(|Spanned { value, span }| one(&value, span)).collect()
}

fn one(table: &TomlTable, span: std::ops::Range<usize>) -> Result<Override> {
    let mut known = vec![condition::IF];
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
    table.refuse_unknown(&known)?;
    let condition = condition::read(table, span.clone())?;
    let set = KEYS.iter().filter(|key| key.names().any(|name| table.item(name).is_some()));
    let keys: Vec<&'static str> = set.map(|key| key.name).collect();
    if keys.is_empty() {
        return Err(table
            .error(span, format!("`{}` sets nothing", table.name))
            .hint("write the settings that are different there beside its `if`"));
    }
    Ok(Override { condition, keys, settings: settings_in(table)?, written: written(table)?, span })
}

/// The settings for an interpreter in an environment, and the overrides that made them what they
/// are: a value replaces the one before it.
pub fn apply(
    declared: &DeclaredSettings,
    interpreter: &Interpreter,
    environment: &Environment,
) -> (Settings, Vec<AppliedOverride>) {
    let mut settings = declared.base.clone();
    let mut applied = Vec::new();
    for (index, one) in declared.overrides.iter().enumerate() {
        if condition::holds(&one.condition, interpreter, environment) {
            replace(&mut settings, one);
            applied.push(AppliedOverride { index, keys: one.keys.clone() });
        }
    }
    settings.modules.retain(|module| {
        let condition = module.condition.as_ref();
        condition.is_none_or(|asked| condition::holds(asked, interpreter, environment))
    });
    (settings, applied)
}

/// Keys that decide which files of the tree a wheel holds, and what it is built from.
const ABOUT_FILES: [&str; 7] = [
    "cffi_modules",
    "ext-package",
    "python-source",
    "packages",
    "py-modules",
    "include",
    "exclude",
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
        match *key {
            "cffi_modules" => settings.cffi_modules.clone_from(&new.cffi_modules),
            "ext-package" => settings.ext_package.clone_from(&new.ext_package),
            "python-source" => settings.python_source.clone_from(&new.python_source),
            "packages" => settings.packages.clone_from(&new.packages),
            "py-modules" => settings.py_modules.clone_from(&new.py_modules),
            "include" => settings.include.clone_from(&new.include),
            "exclude" => settings.exclude.clone_from(&new.exclude),
            _ => replace_choice(settings, new, key),
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
        "define-macros" => old.define_macros.clone_from(&new.define_macros),
        "include-dirs" => old.include_dirs.clone_from(&new.include_dirs),
        "library-dirs" => old.library_dirs.clone_from(&new.library_dirs),
        "sanitize" => old.sanitize.clone_from(&new.sanitize),
        "allow-undefined" => old.allow_undefined.clone_from(&new.allow_undefined),
        "build-dir" => old.build_dir.clone_from(&new.build_dir),
        "jobs" => old.jobs = new.jobs,
        "verbose" => old.verbose = new.verbose,
        "timings" => old.timings.clone_from(&new.timings),
        "editable" => old.editable_rebuild = new.editable_rebuild,
        // `every_key_of_an_override_counts` fails for a key that is forgotten here.
        _ => {}
    }
}

//! `--config-settings` and `OFFICINA_*` variables -> [`ConfigSettings`].

use std::ffi::OsStr;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::config::settings::keys::{self, BuildTimeKey, PREFIX};
use crate::config::settings::values;
use crate::error::{Error, Result, nearest};
use crate::model::{
    ConfigSettings, Environment, GivenSetting, PartialBuildOptions, Sbom, SettingKind,
    SettingOrigin, SettingValue,
};

/// Reads what a frontend hands to a hook (PEP 517: any JSON that its user wrote) and the
/// environment. A setting takes the place of its variable. Where one value is wanted, the last of
/// a list counts; `null` is the same as absent.
///
/// # Errors
/// An unknown setting, or a value that is none of its setting's.
pub fn parse(
    settings: Option<&Map<String, Value>>,
    environment: &Environment,
) -> Result<ConfigSettings> {
    let empty = Map::new();
    let settings = settings.unwrap_or(&empty);
    let known = keys::build_time_keys();
    for name in settings.keys() {
        refuse_unknown(name, &known)?;
    }
    let (mut choices, mut all) = (PartialBuildOptions::default(), Vec::new());
    for key in &known {
        let given = match settings.get(&key.setting) {
            Some(value) => Some(by_setting(key, value)?).filter(|given| !given.texts.is_empty()),
            None => None,
        };
        if let Some(given) = given.or_else(|| by_variable(key, environment)) {
            choose(&mut choices, &given)?;
            all.push(given);
        }
    }
    Ok(ConfigSettings { choices, given: all, warnings: unknown_variables(&known, environment) })
}

/// The settings of a command line, `name=value` each, as a frontend would hand them to a hook: a
/// name that comes more than once has a list.
///
/// # Errors
/// A word without `=` or without a name.
pub fn from_words(words: &[String]) -> Result<Map<String, Value>> {
    let mut settings = Map::new();
    for word in words {
        let (name, value) =
            word.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
                Error::new(format!("`{word}` is not a setting")).hint("write `-C name=value`")
            })?;
        let value = Value::from(value);
        match settings.get_mut(name) {
            None => drop(settings.insert(name.to_owned(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(settings)
}

fn by_setting(key: &BuildTimeKey, value: &Value) -> Result<GivenSetting> {
    let name = &key.setting;
    let origin = SettingOrigin::ConfigSetting(name.clone());
    Ok(GivenSetting { path: key.path.clone(), kind: key.kind, origin, texts: texts(name, value)? })
}

fn by_variable(key: &BuildTimeKey, environment: &Environment) -> Option<GivenSetting> {
    // An empty variable is an unset one, but where nothing is a value.
    let is_set = || environment.0.contains_key(OsStr::new(&key.variable));
    let empty = || (key.kind == SettingKind::Launcher && is_set()).then_some("");
    let text = environment.text(&key.variable).or_else(empty)?;
    let origin = SettingOrigin::Variable(key.variable.clone());
    let texts = match key.kind {
        SettingKind::Folders => text.split(LIST_SEPARATOR).map(str::to_owned).collect(),
        _ => vec![text.to_owned()],
    };
    Some(GivenSetting { path: key.path.clone(), kind: key.kind, origin, texts })
}

/// What stands between folders in a variable, as in `PATH`.
const LIST_SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

fn texts(name: &str, value: &Value) -> Result<Vec<String>> {
    Ok(match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(value) => vec![value.to_string()],
        Value::Number(value) => vec![value.to_string()],
        Value::Array(values) => {
            let texts: Result<Vec<_>> = values.iter().map(|value| texts(name, value)).collect();
            texts?.concat()
        }
        Value::Object(_) => {
            return Err(Error::new(format!("`{name}` cannot be a mapping"))
                .hint(format!("give it one value: `-C {name}=...`")));
        }
    })
}

fn choose(choices: &mut PartialBuildOptions, given: &GivenSetting) -> Result<()> {
    let macros = values::macro_definition;
    match given.path.as_str() {
        "limited-api" => choices.limited_api = last(given, values::limited_api)?,
        "profile" => choices.profile = last(given, values::profile)?,
        "glue-optimization" => {
            choices.glue_optimization = last(given, values::glue_optimization)?;
        }
        "strip" => choices.strip = last(given, values::switch)?,
        "require-cffi" => choices.require_cffi = last(given, values::switch)?,
        "cargo-offline" => choices.cargo_offline = last(given, values::switch)?,
        "build-tag" => choices.build_tag = last(given, values::build_tag)?,
        "platform-tag" => {
            let value = last(given, values::platform_tag)?;
            let origin = given.origin.clone();
            choices.platform_tag = value.map(|value| SettingValue { value, origin });
        }
        "bundle" => choices.bundle = items(given, on_or_names, values::bundle)?,
        "bundle-exclude" => {
            let read = |text: &str| values::library_pattern("bundle-exclude", text);
            choices.bundle_exclude = items(given, commas, read)?;
        }
        "target" => {
            let value = values::target(last_text(given)).map_err(|e| e.set_by(&given.origin))?;
            choices.target = Some(SettingValue { value, origin: given.origin.clone() });
        }
        "target-python" => {
            let (value, origin) = (PathBuf::from(last_text(given)), given.origin.clone());
            choices.target_python = Some(SettingValue { value, origin });
        }
        "sbom" => choices.sbom = last(given, values::switch)?.map(Sbom::of),
        "jobs" => choices.jobs = last(given, values::count)?,
        "verbose" => choices.verbose = last(given, values::switch)?,
        "timings" => choices.timings = Some(values::timings(last_text(given), &given.origin)),
        "compile-commands" => choices.compile_commands = last(given, values::switch)?,
        "editable.rebuild" => choices.editable_rebuild = last(given, values::switch)?,
        "editable.verbose" => choices.editable_verbose = last(given, values::switch)?,
        "build-dir" => choices.build_dir = Some(build_dir(given)?),
        "compiler-launcher" => {
            let (value, origin) = (last_text(given).to_owned(), given.origin.clone());
            choices.compiler_launcher = Some(SettingValue { value, origin });
        }
        "define-macros" => choices.define_macros = items(given, shell, macros)?,
        "include-dirs" => choices.include_dirs = items(given, whole, values::folder)?,
        "library-dirs" => choices.library_dirs = items(given, whole, values::folder)?,
        "libraries" => choices.libraries = items(given, commas, values::library)?,
        "extra-compile-args" => {
            choices.extra_compile_args = items(given, shell, values::compile_word)?;
        }
        "extra-link-args" => choices.extra_link_args = items(given, shell, values::link_word)?,
        "sanitize" => choices.sanitize = items(given, commas, values::sanitizer)?,
        "allow-undefined" => choices.allow_undefined = items(given, commas, values::symbols)?,
        // `every_setting_is_read_in_both_ways` fails for a key that is forgotten here.
        _ => {}
    }
    Ok(())
}

fn last<T>(given: &GivenSetting, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    let text = last_text(given);
    let value = read(text).ok_or_else(|| refused(given, text))?;
    Ok(Some(value))
}

fn last_text(given: &GivenSetting) -> &str {
    given.texts.last().map_or("", String::as_str)
}

fn build_dir(given: &GivenSetting) -> Result<SettingValue<PathBuf>> {
    let value =
        values::build_folder(last_text(given)).map_err(|error| error.set_by(&given.origin))?;
    Ok(SettingValue { value, origin: given.origin.clone() })
}

fn items<T>(
    given: &GivenSetting,
    split: impl Fn(&str) -> Option<Vec<String>>,
    read: impl Fn(&str) -> Result<T>,
) -> Result<Vec<SettingValue<T>>> {
    let mut items = Vec::new();
    for text in &given.texts {
        for item in split(text).ok_or_else(|| refused(given, text))? {
            let value = read(&item).map_err(|error| error.set_by(&given.origin))?;
            items.push(SettingValue { value, origin: given.origin.clone() });
        }
    }
    Ok(items)
}

fn refused(given: &GivenSetting, text: &str) -> Error {
    let (SettingOrigin::ConfigSetting(name) | SettingOrigin::Variable(name)) = &given.origin else {
        return Error::new(format!("`{text}` is no value")).set_by(&given.origin);
    };
    Error::new(format!("`{name}` cannot be `{text}`")).hint(keys::hint(given.kind))
}

/// As a POSIX shell splits words: `A "B=x y"`.
fn shell(text: &str) -> Option<Vec<String>> {
    shlex::split(text)
}

fn commas(text: &str) -> Option<Vec<String>> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    Some(words.map(str::to_owned).collect())
}

/// Nothing at all means on, as for a switch.
fn on_or_names(text: &str) -> Option<Vec<String>> {
    if text.is_empty() { Some(vec![String::new()]) } else { commas(text) }
}

/// A folder may hold any letter; nothing at all is no folder.
fn whole(text: &str) -> Option<Vec<String>> {
    Some(Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect())
}

fn refuse_unknown(name: &str, known: &[BuildTimeKey]) -> Result<()> {
    let known: Vec<&str> = known.iter().map(|key| key.setting.as_str()).collect();
    if known.contains(&name) {
        return Ok(());
    }
    if matches!(name, "--global-option" | "--build-option") {
        return Err(Error::new(format!("`{name}` is for projects that setuptools builds"))
            .note("this project has no setup.py commands that could take such options")
            .hint(format!("settings of this build are: {}", known.join(", "))));
    }
    let error = Error::new(format!("unknown config setting `{name}`"));
    Err(match nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("known settings: {}", known.join(", "))),
    })
}

/// Variables that begin as ours do and are none of a build's settings: those of our own tests, what a
/// builder is told, which another build may have been started by, and the version.
const OTHERS: [&str; 6] = [
    "OFFICINA_BUILDER_DIR",
    "OFFICINA_CONFORMANCE_CALLS",
    "OFFICINA_CORPUS",
    "OFFICINA_PRETEND_VERSION",
    "OFFICINA_PYTHON",
    "OFFICINA_WHEEL",
];

/// The beginnings of the same: for whatever a test may want, the folders of steps, and versions of
/// projects.
const OTHER_PREFIXES: [&str; 3] =
    ["OFFICINA_PRETEND_VERSION_FOR_", "OFFICINA_STEP_", "OFFICINA_TEST_"];

/// A warning only, unlike an unknown config setting: whoever set the variable may have meant
/// another project of ours.
fn unknown_variables(known: &[BuildTimeKey], environment: &Environment) -> Vec<String> {
    let known: Vec<&str> = known.iter().map(|key| key.variable.as_str()).collect();
    let names = environment.0.keys().filter_map(|name| name.to_str());
    let unknown = names.filter(|name| {
        name.starts_with(PREFIX)
            && !OTHER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            && !OTHERS.contains(name)
            && !known.contains(name)
    });
    let warning = |name: &str| {
        // What all have in common makes none of them likelier.
        let rests = known.iter().filter_map(|known| known.strip_prefix(PREFIX));
        let next = match nearest(name.trim_start_matches(PREFIX), rests) {
            Some(near) => format!("did you mean `{PREFIX}{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        format!("the environment variable `{name}` is no setting: {next}")
    };
    unknown.map(warning).collect()
}

#[cfg(test)]
mod tests;

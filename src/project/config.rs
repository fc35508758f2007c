//! `--config-settings` and `OFFICINA_*` variables -> [`ConfigSettings`].

use serde_json::{Map, Value};

use crate::error::{Error, Result, nearest};
use crate::model::{ConfigSettings, LimitedApi, Profile};
use crate::process::Environment;
use crate::project::settings::{LIMITED_API_HINT, parse_limited_api};

/// Each setting with the variable that says the same; the setting wins.
const SETTINGS: [(&str, &str); 4] = [
    ("profile", "OFFICINA_PROFILE"),
    ("jobs", "OFFICINA_JOBS"),
    ("verbose", "OFFICINA_VERBOSE"),
    ("limited-api", "OFFICINA_LIMITED_API"),
];

/// Reads what a frontend hands to a hook (PEP 517: any JSON that its user wrote) and the
/// environment. Of a list the last value counts; `null` is the same as absent.
///
/// # Errors
/// An unknown setting, or a value that is none of its setting's.
pub fn parse(
    settings: Option<&Map<String, Value>>,
    environment: &Environment,
) -> Result<ConfigSettings> {
    let empty = Map::new();
    let settings = settings.unwrap_or(&empty);
    for name in settings.keys() {
        refuse_unknown(name)?;
    }
    let mut config = ConfigSettings::default();
    for (name, variable) in SETTINGS {
        let said = match settings.get(name) {
            Some(value) => text(name, value)?,
            None => None,
        };
        let given = match said {
            Some(value) => Some(Given { name, value }),
            None => environment
                .text(variable)
                .map(|value| Given { name: variable, value: value.to_owned() }),
        };
        let Some(given) = given else { continue };
        match name {
            "profile" => config.profile = profile(&given)?,
            "jobs" => config.jobs = Some(jobs(&given)?),
            "verbose" => config.verbose = verbose(&given)?,
            _ => config.limited_api = Some(limited_api(&given)?),
        }
    }
    Ok(config)
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

/// A value with the name that its user gave it under.
struct Given<'a> {
    name: &'a str,
    value: String,
}

impl Given<'_> {
    fn refused(&self, hint: &str) -> Error {
        Error::new(format!("`{}` cannot be `{}`", self.name, self.value)).hint(hint)
    }
}

fn refuse_unknown(name: &str) -> Result<()> {
    let known = SETTINGS.map(|(name, _)| name);
    if known.contains(&name) {
        return Ok(());
    }
    if matches!(name, "--global-option" | "--build-option") {
        return Err(Error::new(format!("`{name}` is for projects that setuptools builds"))
            .note("this project has no setup.py commands that could take such options")
            .hint(format!("settings of this build are: {}", known.join(", "))));
    }
    let error = Error::new(format!("unknown config setting `{name}`"));
    Err(match nearest(name, known) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("known settings: {}", known.join(", "))),
    })
}

fn text(name: &str, value: &Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(value) => Ok(Some(value.to_string())),
        Value::Number(value) => Ok(Some(value.to_string())),
        Value::Array(values) => values.last().map_or(Ok(None), |last| text(name, last)),
        Value::Object(_) => Err(Error::new(format!("`{name}` cannot be a mapping"))
            .hint(format!("give it one value: `-C {name}=...`"))),
    }
}

fn profile(given: &Given) -> Result<Profile> {
    match given.value.as_str() {
        "release" => Ok(Profile::Release),
        "debug" => Ok(Profile::Debug),
        _ => Err(given.refused("it is `release` or `debug`")),
    }
}

fn jobs(given: &Given) -> Result<usize> {
    let count = given.value.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| given.refused("it is how many programs may run at once: 1 or more"))
}

fn verbose(given: &Given) -> Result<bool> {
    match given.value.as_str() {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(given.refused("it is `true` or `false`")),
    }
}

fn limited_api(given: &Given) -> Result<LimitedApi> {
    parse_limited_api(&given.value).ok_or_else(|| given.refused(LIMITED_API_HINT))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::PythonVersion;

    fn read(settings: &Value, variables: &[(&str, &str)]) -> Result<ConfigSettings> {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        parse(settings.as_object(), &Environment(variables.collect()))
    }

    fn shown(settings: &Value, variables: &[(&str, &str)]) -> String {
        let error = read(settings, variables).unwrap_err();
        anstream::adapter::strip_str(&crate::report::render(&error)).to_string()
    }

    #[test]
    fn nothing_said_means_defaults() {
        for settings in [Value::Null, json!({}), json!({"jobs": null, "verbose": []})] {
            assert_eq!(read(&settings, &[]).unwrap(), ConfigSettings::default(), "{settings}");
        }
    }

    #[test]
    fn values_come_in_many_json_shapes() {
        let all = json!({"profile": ["release", "debug"], "jobs": "4", "limited-api": "cp310"});
        let config = read(&all, &[]).unwrap();
        assert_eq!(config.profile, Profile::Debug);
        assert_eq!(config.jobs, Some(4));
        assert_eq!(config.limited_api, Some(LimitedApi::Minimum(PythonVersion(3, 10))));
        assert_eq!(read(&json!({"jobs": 2}), &[]).unwrap().jobs, Some(2));
        let off = read(&json!({"limited-api": false}), &[]).unwrap();
        assert_eq!(off.limited_api, Some(LimitedApi::Off));
        for (value, expected) in [
            (json!("true"), true),
            (json!("1"), true),
            (json!(""), true),
            (json!(true), true),
            (json!("false"), false),
            (json!("0"), false),
            (json!(false), false),
        ] {
            let config = read(&json!({"verbose": value}), &[]).unwrap();
            assert_eq!(config.verbose, expected, "{value}");
        }
    }

    #[test]
    fn a_setting_wins_over_its_variable() {
        let variables = [("OFFICINA_JOBS", "3"), ("OFFICINA_PROFILE", "debug")];
        let config = read(&json!({"jobs": "5"}), &variables).unwrap();
        assert_eq!((config.jobs, config.profile), (Some(5), Profile::Debug));
        let config = read(&Value::Null, &[("OFFICINA_VERBOSE", "1")]).unwrap();
        assert!(config.verbose);
        let config = read(&Value::Null, &[("OFFICINA_VERBOSE", "")]).unwrap();
        assert!(!config.verbose, "an empty variable is an unset one");
        let config = read(&Value::Null, &[("OFFICINA_LIMITED_API", "3.9")]).unwrap();
        assert_eq!(config.limited_api, Some(LimitedApi::Minimum(PythonVersion(3, 9))));
    }

    #[test]
    fn refused_values_name_the_setting_and_what_it_takes() {
        let table = [
            (json!({"proflie": "debug"}), "unknown config setting `proflie`"),
            (json!({"proflie": "debug"}), "did you mean `profile`?"),
            (json!({"zzz": ""}), "known settings: profile, jobs, verbose, limited-api"),
            (json!({"profile": "fast"}), "`profile` cannot be `fast`"),
            (json!({"profile": "fast"}), "it is `release` or `debug`"),
            (json!({"jobs": "0"}), "`jobs` cannot be `0`"),
            (json!({"jobs": "-1"}), "1 or more"),
            (json!({"jobs": true}), "`jobs` cannot be `true`"),
            (json!({"jobs": {}}), "`jobs` cannot be a mapping"),
            (json!({"verbose": "yes"}), "`verbose` cannot be `yes`"),
            (json!({"limited-api": "true"}), "`limited-api` cannot be `true`"),
            (json!({"--global-option": "-q"}), "`--global-option` is for projects that setuptools"),
            (json!({"--build-option": ["-q"]}), "no setup.py commands"),
        ];
        for (settings, expected) in table {
            let text = shown(&settings, &[]);
            assert!(text.contains(expected), "{settings}: {text}");
        }
        let text = shown(&Value::Null, &[("OFFICINA_JOBS", "many")]);
        assert!(text.contains("`OFFICINA_JOBS` cannot be `many`"), "{text}");
    }
}

//! Tests of `config_settings.rs`.

use serde_json::json;

use super::*;
use crate::model::{LimitedApi, Macro, Profile, PythonVersion, Sanitizer};

fn read(settings: &Value, variables: &[(&str, &str)]) -> Result<PartialBuildOptions> {
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    parse(settings.as_object(), &Environment(variables.collect())).map(|config| config.choices)
}

fn shown(settings: &Value, variables: &[(&str, &str)]) -> String {
    let error = read(settings, variables).unwrap_err();
    anstream::adapter::strip_str(&crate::report::render(&error)).to_string()
}

fn values<T: Clone>(said: &[SettingValue<T>]) -> Vec<T> {
    said.iter().map(|said| said.value.clone()).collect()
}

#[test]
fn nothing_said_means_nothing() {
    for settings in [Value::Null, json!({}), json!({"jobs": null, "verbose": []})] {
        assert_eq!(read(&settings, &[]).unwrap(), PartialBuildOptions::default(), "{settings}");
    }
}

#[test]
fn every_setting_is_read_in_both_ways() {
    for key in keys::build_time_keys() {
        let value = match key.kind {
            SettingKind::LimitedApi => "3.9",
            SettingKind::Profile => "debug",
            SettingKind::GlueOptimization => "full",
            SettingKind::Count | SettingKind::BuildTag => "3",
            SettingKind::PlatformTag => "manylinux_2_28",
            SettingKind::Switch | SettingKind::Timings | SettingKind::Sbom => "true",
            SettingKind::BuildFolder | SettingKind::Folders => "made",
            SettingKind::Macros => "A=1",
            SettingKind::Words => "-g",
            SettingKind::Libraries => "m",
            SettingKind::Sanitizers => "undefined",
            SettingKind::Symbols => "host_*",
            SettingKind::Bundle | SettingKind::SharedLibraries => "libonig.so.*",
            SettingKind::Launcher => "ccache",
            SettingKind::Target => "aarch64-unknown-linux-gnu",
            _ => panic!("{key:?} cannot be said in one text"),
        };
        let setting = read(&json!({ key.setting.clone(): value }), &[]).unwrap();
        let variable = read(&Value::Null, &[(&key.variable, value)]).unwrap();
        for choices in [&setting, &variable] {
            assert_ne!(*choices, PartialBuildOptions::default(), "{key:?} is not read");
        }
    }
}

#[test]
fn values_come_in_many_json_shapes() {
    let all = json!({"profile": ["release", "debug"], "jobs": "4", "limited-api": "cp310"});
    let choices = read(&all, &[]).unwrap();
    assert_eq!(choices.profile, Some(Profile::Debug));
    assert_eq!(choices.jobs, Some(4));
    assert_eq!(choices.limited_api, Some(LimitedApi::Minimum(PythonVersion(3, 10))));
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
        let choices = read(&json!({"verbose": value}), &[]).unwrap();
        assert_eq!(choices.verbose, Some(expected), "{value}");
    }
}

#[test]
fn lists_come_as_lists_or_as_one_text() {
    let define =
        |name: &str, value: Option<&str>| Macro::Define(name.into(), value.map(str::to_owned));
    for (value, expected) in [
        (json!("A"), vec![define("A", None)]),
        (json!(["A", "B=2"]), vec![define("A", None), define("B", Some("2"))]),
        (
            json!("A B='x y' C=f(1,2)"),
            vec![define("A", None), define("B", Some("x y")), define("C", Some("f(1,2)"))],
        ),
        (json!("S='\"text\"'"), vec![define("S", Some("\"text\""))]),
        (json!(""), vec![]),
    ] {
        let choices = read(&json!({"define-macros": value}), &[]).unwrap();
        assert_eq!(values(&choices.define_macros), expected, "{value}");
    }
    let both = [Sanitizer::Address, Sanitizer::Undefined];
    for value in
        [json!("address,undefined"), json!("address undefined"), json!(both.map(Sanitizer::as_str))]
    {
        let choices = read(&json!({"sanitize": value}), &[]).unwrap();
        assert_eq!(values(&choices.sanitize), both, "{value}");
    }
    let folders = |settings: Value, variables: &[(&str, &str)]| {
        values(&read(&settings, variables).unwrap().include_dirs)
    };
    assert_eq!(folders(json!({"include-dirs": "a b"}), &[]), [PathBuf::from("a b")]);
    assert_eq!(folders(json!({"include-dirs": ["a", "/b"]}), &[]), ["a", "/b"].map(PathBuf::from));
    let two = std::env::join_paths(["a b", "c"]).unwrap();
    let variable = [("OFFICINA_INCLUDE_DIRS", two.to_str().unwrap())];
    assert_eq!(folders(Value::Null, &variable), ["a b", "c"].map(PathBuf::from));
}

#[test]
fn a_setting_wins_over_its_variable() {
    let variables = [("OFFICINA_JOBS", "3"), ("OFFICINA_PROFILE", "debug")];
    let choices = read(&json!({"jobs": "5"}), &variables).unwrap();
    assert_eq!((choices.jobs, choices.profile), (Some(5), Some(Profile::Debug)));
    let choices = read(&Value::Null, &[("OFFICINA_VERBOSE", "1")]).unwrap();
    assert_eq!(choices.verbose, Some(true));
    let choices = read(&Value::Null, &[("OFFICINA_VERBOSE", "")]).unwrap();
    assert_eq!(choices.verbose, None, "an empty variable is an unset one");
    let launcher = |settings: Value, variables: &[(&str, &str)]| {
        read(&settings, variables).unwrap().compiler_launcher.map(|said| said.value)
    };
    let ccache = [("OFFICINA_COMPILER_LAUNCHER", "ccache")];
    let nothing = [("OFFICINA_COMPILER_LAUNCHER", "")];
    assert_eq!(launcher(Value::Null, &[]), None);
    assert_eq!(launcher(Value::Null, &nothing), Some(String::new()), "it turns one off");
    assert_eq!(launcher(json!({"compiler-launcher": ""}), &ccache), Some(String::new()));
    assert_eq!(launcher(Value::Null, &ccache), Some("ccache".into()));
    let choices = read(&Value::Null, &[("OFFICINA_LIMITED_API", "3.9")]).unwrap();
    assert_eq!(choices.limited_api, Some(LimitedApi::Minimum(PythonVersion(3, 9))));
    let variables = [("OFFICINA_DEFINE_MACROS", "A")];
    let choices = read(&json!({"define-macros": "B"}), &variables).unwrap();
    assert_eq!(values(&choices.define_macros), [Macro::Define("B".into(), None)]);
}

#[test]
fn refused_values_name_the_setting_and_what_it_takes() {
    let table = [
        (json!({"proflie": "debug"}), "unknown config setting `proflie`"),
        (json!({"proflie": "debug"}), "did you mean `profile`?"),
        (json!({"define_macros": "A"}), "did you mean `define-macros`?"),
        (json!({"editable.rebuild": "1"}), "did you mean `editable-rebuild`?"),
        (json!({"zzz": ""}), "known settings: limited-api, profile, glue-optimization, "),
        (json!({"profile": "fast"}), "`profile` cannot be `fast`"),
        (json!({"profile": "fast"}), "it is `release` or `debug`"),
        (json!({"glue-optimization": "1"}), "`glue-optimization` cannot be `1`"),
        (json!({"glue-optimization": "1"}), "it is `low` or `full`"),
        (json!({"jobs": "0"}), "`jobs` cannot be `0`"),
        (json!({"jobs": "-1"}), "1 or more"),
        (json!({"jobs": true}), "`jobs` cannot be `true`"),
        (json!({"jobs": {}}), "`jobs` cannot be a mapping"),
        (json!({"verbose": "yes"}), "`verbose` cannot be `yes`"),
        (json!({"editable-rebuild": "yes"}), "it is `true` or `false`"),
        (json!({"limited-api": "true"}), "`limited-api` cannot be `true`"),
        (json!({"build-dir": "."}), "`build-dir` cannot be `.`"),
        (json!({"build-dir": ""}), "`build-dir` cannot be ``"),
        (json!({"define-macros": "1A"}), "`1A` in `define-macros` is not a C identifier"),
        (json!({"define-macros": "1A"}), "the config setting `define-macros` says so"),
        (json!({"define-macros": "-DA=1"}), "write `A=1`"),
        (json!({"define-macros": "A='1"}), "`define-macros` cannot be `A='1`"),
        (json!({"define-macros": "Py_LIMITED_API"}), "set `limited-api`"),
        (json!({"sanitize": "adress"}), "did you mean `address`?"),
        (json!({"sanitize": "zzz"}), "there are: address, leak, memory, thread, undefined"),
        (json!({"--global-option": "-q"}), "`--global-option` is for projects that setuptools"),
        (json!({"--build-option": ["-q"]}), "no setup.py commands"),
    ];
    for (settings, expected) in table {
        let text = shown(&settings, &[]);
        assert!(text.contains(expected), "{settings}: {text}");
    }
    for (name, value, expected) in [
        ("OFFICINA_JOBS", "many", "`OFFICINA_JOBS` cannot be `many`"),
        ("OFFICINA_SANITIZE", "x", "the environment variable `OFFICINA_SANITIZE` says so"),
    ] {
        let text = shown(&Value::Null, &[(name, value)]);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn an_unknown_variable_is_a_warning() {
    let warnings = |name: &str| {
        let environment = Environment([(name.into(), "1".into())].into());
        parse(None, &environment).unwrap().warnings
    };
    let expected = "the environment variable `OFFICINA_PROFIL` is no setting: \
                        did you mean `OFFICINA_PROFILE`?";
    assert_eq!(warnings("OFFICINA_PROFIL"), [expected]);
    assert!(warnings("OFFICINA_X")[0].contains("known are OFFICINA_LIMITED_API, "));
    for name in [
        "OFFICINA_PROFILE",
        "OFFICINA_PYTHON",
        "OFFICINA_TEST_X",
        "OFFICINAE",
        "OFFICINA_BUILDER_DIR",
        "OFFICINA_STEP_MADE",
    ] {
        let environment = Environment([(name.into(), "debug".into())].into());
        assert_eq!(parse(None, &environment).unwrap().warnings, [""; 0], "{name}");
    }
}

//! The JSON Schema of `[tool.officina]`, made of the definitions that the parser reads. Pure.
//!
//! Draft 7, as validate-pyproject takes it. What needs the tree (a glob that matches nothing) is
//! beyond it; everything else that the parser refuses, it refuses too.

mod values;

use serde_json::{Map, Value, json};

use crate::config::settings::condition::IF;
use crate::config::settings::keys::{self, INHERIT, KEYS, Key};
use crate::config::settings::module_keys::{MODULE_KEYS, MODULES};
use crate::config::settings::modules::{FOR_COMPILING, PACKS};
use crate::model::{GlueOptimization, Inherit, Profile, SettingKind};
use values::{
    IDENTIFIER, INSIDE, LIBRARY, PATTERN, PURL, TEXT, command_words, commands, condition,
    described, dotted_name, dynamic, entries, license_files, list, macros, matching, renamings,
    sanitizers, switch_or, table, version_or, wheel_data, words,
};

/// The schema.
pub fn schema() -> Value {
    let mut properties = properties(&KEYS);
    properties.insert("modules".into(), modules());
    properties.insert("overrides".into(), overrides());
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:officina:pyproject:tool.officina",
        "title": "`[tool.officina]`",
        "description": "How Officina builds a project with CFFI modules.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "not": one_spelling(&KEYS),
        "allOf": joined_is_listed(),
    })
}

fn properties<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Map<String, Value> {
    let mut found = Map::new();
    for key in keys {
        for name in key.names() {
            found.insert(name.into(), described(name, key.about, value(key)));
        }
    }
    found
}

/// Both names of a key at once are refused.
fn one_spelling<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Value {
    let both =
        keys.into_iter().filter_map(|key| Some(json!({ "required": [key.name, key.alias?] })));
    json!({ "anyOf": both.collect::<Vec<_>>() })
}

fn value(key: &Key) -> Value {
    match key.kind {
        SettingKind::Builders => entries(),
        SettingKind::DottedName => matching(&format!(r"^{IDENTIFIER}(\.{IDENTIFIER})*$")),
        SettingKind::ProjectFolder => matching(INSIDE),
        SettingKind::Packages => list(dotted_name(PATTERN)),
        SettingKind::Modules => list(dotted_name(IDENTIFIER)),
        SettingKind::Globs => list(matching(INSIDE)),
        SettingKind::WheelData => wheel_data(),
        SettingKind::Renamings => renamings(),
        SettingKind::LimitedApi => version_or(json!({ "const": false })),
        SettingKind::Profile => {
            json!({ "enum": ([Profile::Release, Profile::Debug].map(Profile::as_str)) })
        }
        SettingKind::GlueOptimization => {
            json!({ "enum": GlueOptimization::ALL.map(GlueOptimization::as_str) })
        }
        SettingKind::BuildTag => json!({
            "anyOf": [matching("^[0-9][0-9A-Za-z_.]*$"), { "type": "integer", "minimum": 0 }],
        }),
        SettingKind::PlatformTag => {
            matching(r"^(linux|auto|manylinux(1|2010|2014)|(manylinux|musllinux)_[0-9]+_[0-9]+)$")
        }
        SettingKind::Count => json!({ "type": "integer", "minimum": 1 }),
        SettingKind::Switch => json!({ "type": "boolean" }),
        SettingKind::Timings => switch_or(json!({ "type": "string", "minLength": 1 })),
        // Everything but the project's own folder.
        SettingKind::BuildFolder => matching(r"^(?!\.?([/\\]+\.?)*$).+"),
        SettingKind::Macros => macros(),
        SettingKind::Folders => list(json!({ "type": "string", "minLength": 1 })),
        SettingKind::Words => command_words(),
        SettingKind::Libraries => libraries(key.keys),
        SettingKind::Sanitizers => sanitizers(),
        SettingKind::Symbols => list(matching(r"^[A-Za-z0-9_.*\x24]+$")),
        SettingKind::Bundle => switch_or(list(matching(LIBRARY))),
        SettingKind::SharedLibraries => list(matching(LIBRARY)),
        SettingKind::LicenseFiles => license_files(),
        SettingKind::Sbom => switch_or(table(sbom(key.keys))),
        SettingKind::Launcher => json!({ "type": "string" }),
        SettingKind::Texts => words("^[^\\x00]+$"),
        SettingKind::PkgConfig => words("^[^-\\x00][^\\x00]*$"),
        SettingKind::Text | SettingKind::Target => json!({ "type": "string", "minLength": 1 }),
        SettingKind::Cdef => json!({ "anyOf": [matching(TEXT), list(matching(INSIDE))] }),
        SettingKind::Alignment => json!({ "type": "integer", "minimum": 1 }),
        SettingKind::Commands => commands(),
        SettingKind::Variables => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        SettingKind::Language => json!({ "enum": ["c", "c++"] }),
        SettingKind::CrateLink => json!({ "enum": ["static", "shared"] }),
        SettingKind::ExtensionApi => version_or(json!({ "type": "boolean" })),
        SettingKind::Condition => condition(),
        SettingKind::Table => table(properties(key.keys)),
        SettingKind::Tables => tables(key.keys),
        SettingKind::Dynamic => dynamic(),
        SettingKind::DeclaredModules | SettingKind::Overrides => json!({ "type": "array" }),
    }
}

/// Names of libraries, and tables that declare some.
fn libraries(keys: &[Key]) -> Value {
    let one = json!({ "anyOf": [matching("^(?!-).+$"), one_table(keys)] });
    json!({ "type": "array", "items": one })
}

/// A list of tables with these keys.
fn tables(keys: &[Key]) -> Value {
    json!({ "type": "array", "items": one_table(keys) })
}

/// A table with these keys; those that none can do without are named here.
fn one_table(keys: &[Key]) -> Value {
    let needed = ["name", "sources", "commands", "version", "paths"];
    let is_there = |name: &&str| keys.iter().any(|key| key.name == *name);
    let needed: Vec<&str> = needed.into_iter().filter(is_there).collect();
    let mut one = table(properties(keys));
    one["required"] = json!(needed);
    one
}

/// What is vendored.
fn sbom(keys: &[Key]) -> Map<String, Value> {
    let mut vendored = tables(keys);
    let one = &mut vendored["items"];
    one["properties"]["paths"]["minItems"] = json!(1);
    one["properties"]["purl"]["pattern"] = PURL.into();
    let about = "C of others that lies in the project, a table for each.";
    Map::from_iter([("vendored".to_owned(), described("vendored", about, vendored))])
}

fn modules() -> Value {
    let mut all = properties(&MODULE_KEYS);
    let about = |key: &str| all[key]["description"].as_str().unwrap_or_default().to_owned();
    let source = described("source", &about("source"), matching(TEXT));
    let pack = described("pack", &about("pack"), json!({ "enum": PACKS }));
    all["source"] = source;
    all["pack"] = pack;
    all["language"]["enum"] = json!(["c", "c++", "objc"]);
    all["source-extension"]["pattern"] = r"^\.(c|cc|cpp|cxx|c\+\+|C|CPP|m|mm|S|s)$".into();
    all["cdef-from"]["items"] = matching(&format!("^<.+>$|^(?!<){}", &INSIDE[1..]));
    let required = |keys: &[&str]| json!({ "required": keys });
    let any = |keys: &[&str]| json!({ "anyOf": keys.iter().map(|key| required(&[*key])).collect::<Vec<_>>() });
    let in_abi_mode = json!({
        "properties": { "abi-mode": { "const": true } },
        "required": ["abi-mode"],
    });
    let has_source = any(&["source", "source-file", "cdef-from"]);
    let one = json!({
        "type": "object",
        "properties": all,
        "required": ["name"],
        "allOf": [
            any(&["cdef", "cdef-from"]),
            { "if": in_abi_mode, "then": { "not": any(&["source", "source-file"]) } },
            {
                "if": { "anyOf": [in_abi_mode, { "not": has_source }] },
                "then": { "not": any(&FOR_COMPILING) },
            },
            {
                "not": { "properties": { "packed": { "const": true } }, "required": ["packed", "pack"] },
            },
        ],
        "not": required(&["source", "source-file"]),
        "dependencies": { "only": ["cdef-from"], "except": ["cdef-from"] },
        "additionalProperties": false,
    });
    described("modules", MODULES.about, json!({ "type": "array", "items": one }))
}

fn overrides() -> Value {
    let is_allowed = |key: &&Key| key.not_in_overrides.is_none();
    let mut all = Map::new();
    all.insert(IF.into(), condition());
    all.insert(INHERIT.into(), inherit());
    all.extend(properties(KEYS.iter().filter(is_allowed)));
    all["sbom"] = described("sbom", "Whether there is one.", json!({ "type": "boolean" }));
    let about =
        KEYS.iter().find(|key| key.kind == SettingKind::Overrides).map_or("", |key| key.about);
    let one = json!({
        "type": "object",
        "properties": all,
        "required": [IF],
        // A condition alone says nothing.
        "minProperties": 2,
        "additionalProperties": false,
        "not": one_spelling(KEYS.iter().filter(is_allowed)),
        "dependencies": { INHERIT: inherited_is_set() },
    });
    described("overrides", about, json!({ "type": "array", "items": one }))
}

/// Which lists join those before.
fn inherit() -> Value {
    let ways = json!({ "enum": Inherit::ALL.map(Inherit::as_str) });
    let names = keys::lists().flat_map(Key::names);
    let all: Map<String, Value> = names.map(|name| (name.to_owned(), ways.clone())).collect();
    described(
        INHERIT,
        "Keys whose lists are added to the earlier ones, and do not replace them.",
        table(all),
    )
}

/// What joins must be there.
fn inherited_is_set() -> Value {
    let is_set = |key: &Key| {
        let mut ways: Vec<Value> = key.names().map(|name| json!({ "required": [name] })).collect();
        ways.push(json!({ "not": inherits(key) }));
        json!({ "anyOf": ways })
    };
    json!({ "allOf": keys::lists().map(is_set).collect::<Vec<_>>() })
}

/// An override that joins a list.
fn inherits(key: &Key) -> Value {
    let says: Vec<Value> = key.names().map(|name| json!({ "required": [name] })).collect();
    json!({ "properties": { INHERIT: { "anyOf": says } }, "required": [INHERIT] })
}

/// What is discovered cannot be joined.
fn joined_is_listed() -> Value {
    let listed = keys::lists().filter(|key| key.is_discovered()).map(|key| {
        let joins = json!({ "properties": { "overrides": { "contains": inherits(key) } } });
        let joins = json!({ "allOf": [{ "required": ["overrides"] }, joins] });
        json!({ "anyOf": [{ "required": [key.name] }, { "not": joins }] })
    });
    listed.collect()
}

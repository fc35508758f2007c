//! The JSON Schema of `[tool.officina]`, made of the definitions that the parser reads. Pure.
//!
//! Draft 7, as validate-pyproject takes it. What needs the tree (a glob that matches nothing) is
//! beyond it; everything else that the parser refuses, it refuses too.

use serde_json::{Map, Value, json};

use crate::config::settings::condition::{
    ENV, IF, IMPLEMENTATIONS, PLATFORM, PYTHON, STATE, SYSTEMS,
};
use crate::config::settings::entries::{ENTRY, OPTIONAL};
use crate::config::settings::keys::{self, INHERIT, KEYS, Key};
use crate::config::settings::values::DECIDED_ELSEWHERE;
use crate::model::{
    GlueOptimization, Inherit, ProductKind, Profile, Sanitizer, Scheme, SettingKind,
};

/// The schema.
pub fn schema() -> Value {
    let mut properties = properties(&KEYS);
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

fn described(title: &str, about: &str, value: Value) -> Value {
    let mut described = Map::new();
    described.insert("title".into(), title.into());
    described.insert("description".into(), about.into());
    if let Value::Object(value) = value {
        described.extend(value);
    }
    Value::Object(described)
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
        SettingKind::LimitedApi => json!({
            "anyOf": [{ "const": false }, matching(VERSION)],
        }),
        SettingKind::Profile => {
            let profiles = [Profile::Release, Profile::Debug].map(Profile::as_str);
            json!({ "enum": profiles })
        }
        SettingKind::GlueOptimization => {
            json!({ "enum": GlueOptimization::ALL.map(GlueOptimization::as_str) })
        }
        SettingKind::BuildTag => json!({
            "anyOf": [matching("^[0-9][0-9A-Za-z_.]*$"), { "type": "integer", "minimum": 0 }],
        }),
        SettingKind::Count => json!({ "type": "integer", "minimum": 1 }),
        SettingKind::Switch => json!({ "type": "boolean" }),
        SettingKind::Timings => {
            json!({ "anyOf": [{ "type": "boolean" }, { "type": "string", "minLength": 1 }] })
        }
        // Everything but the project's own folder.
        SettingKind::BuildFolder => matching(r"^(?!\.?([/\\]+\.?)*$).+"),
        SettingKind::Macros => {
            let others = DECIDED_ELSEWHERE.join("|");
            list(matching(&format!(r"^(?!({others})(=|$))[A-Za-z_][A-Za-z0-9_]*(=[\s\S]*)?$")))
        }
        SettingKind::Folders => list(json!({ "type": "string", "minLength": 1 })),
        SettingKind::Words => command_words(),
        SettingKind::Libraries => {
            let one = json!({ "anyOf": [matching("^(?!-).+$"), one_table(key.keys)] });
            json!({ "type": "array", "items": one })
        }
        SettingKind::Sanitizers => sanitizers(),
        SettingKind::Symbols => list(matching(r"^[A-Za-z0-9_.*\x24]+$")),
        SettingKind::Launcher => json!({ "type": "string" }),
        SettingKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        SettingKind::Text => json!({ "type": "string", "minLength": 1 }),
        SettingKind::Commands => {
            let words = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
            json!({ "type": "array", "items": words, "minItems": 1 })
        }
        SettingKind::Variables => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        SettingKind::Language => json!({ "enum": ["c", "c++"] }),
        SettingKind::ExtensionApi => json!({
            "anyOf": [{ "type": "boolean" }, matching(VERSION)],
        }),
        SettingKind::Condition => condition(),
        SettingKind::Table => table(properties(key.keys)),
        SettingKind::Tables => tables(key.keys),
        SettingKind::Dynamic => dynamic(),
        SettingKind::Overrides => json!({ "type": "array" }),
    }
}

/// `script:object`, or a list of such texts and of tables with conditions.
fn entries() -> Value {
    let entry =
        matching(&format!(r"^(.*[/\\].*|.+\.py|{IDENTIFIER}(\.{IDENTIFIER})*):{IDENTIFIER}$"));
    let mut properties = Map::new();
    properties.insert(ENTRY.into(), entry.clone());
    properties.insert(OPTIONAL.into(), json!({ "type": "boolean" }));
    properties.insert(IF.into(), condition());
    let mut one = table(properties);
    one["required"] = json!([ENTRY]);
    json!({ "anyOf": [entry, list(json!({ "anyOf": [entry, one] }))] })
}

fn wheel_data() -> Value {
    let globs = list(matching(INSIDE));
    let folders = json!({
        "type": "object",
        "propertyNames": matching(INSIDE),
        "additionalProperties": globs,
    });
    let mut schemes = Map::new();
    schemes.insert(Scheme::Scripts.as_str().into(), globs.clone());
    schemes.insert(Scheme::Headers.as_str().into(), json!({ "anyOf": [globs, folders] }));
    schemes.insert(Scheme::Data.as_str().into(), folders);
    table(schemes)
}

fn renamings() -> Value {
    // The folders of an installer: see `[tool.officina.data]`.
    let elsewhere = r"^(?!([/\\]|\.[/\\])*[^/\\]*\.(data|dist-info)([/\\]|$))";
    json!({
        "type": "object",
        "propertyNames": { "allOf": [matching(INSIDE), matching(elsewhere)] },
        "additionalProperties": matching(INSIDE),
    })
}

fn command_words() -> Value {
    let names = DECIDED_ELSEWHERE.join("|");
    words(&format!(r"^(?!([-/][DU])?\s*({names})\s*(=|$))[\s\S]+$"))
}

/// A Python name. What is beyond ASCII is left to the parser: `\w` means too little to some.
const IDENTIFIER: &str =
    r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f][^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*";

/// The same with `*` in it.
const PATTERN: &str = concat!(
    r"[^\x00-\x29\x2b-\x40\x5b-\x5e\x60\x7b-\x7f]",
    r"[^\x00-\x29\x2b-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*"
);

/// A Python that has the limited API.
const VERSION: &str = r"^(3\.|cp3|py3)([2-9]|[1-9][0-9]{1,2})$";

/// A path below the project root.
const INSIDE: &str = r"^(?![/\\])(?![A-Za-z]:)(?!(.*[/\\])?\.\.([/\\]|$)).+$";

fn matching(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item, "uniqueItems": true })
}

/// A list in which a word may come twice.
fn words(pattern: &str) -> Value {
    json!({ "type": "array", "items": matching(pattern) })
}

fn table(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A list of tables with these keys.
fn tables(keys: &[Key]) -> Value {
    json!({ "type": "array", "items": one_table(keys) })
}

/// A table with these keys; those that none can do without are named here.
fn one_table(keys: &[Key]) -> Value {
    let needed = ["name", "sources", "commands"];
    let is_there = |name: &&str| keys.iter().any(|key| key.name == *name);
    let needed: Vec<&str> = needed.into_iter().filter(is_there).collect();
    let mut one = table(properties(keys));
    one["required"] = json!(needed);
    one
}

/// PEP 561: stubs of `foo` are the package `foo-stubs`. `foo.py` is a file, and no name.
fn dotted_name(part: &str) -> Value {
    matching(&format!(r"^(?!.+\.py$){part}(-stubs)?(\.{part})*$"))
}

fn sanitizers() -> Value {
    let all = Sanitizer::ALL;
    let pairs = all.iter().flat_map(|one| all.iter().map(move |other| (one, other)));
    let excluded = pairs.filter(|(one, other)| one < other && one.excludes(**other));
    let both = excluded.map(|(one, other)| {
        let holds = |sanitizer: &Sanitizer| json!({ "contains": { "const": sanitizer.as_str() } });
        json!({ "allOf": [holds(one), holds(other)] })
    });
    let names = all.map(Sanitizer::as_str);
    let mut value = list(json!({ "enum": names }));
    value["not"] = json!({ "anyOf": both.collect::<Vec<_>>() });
    value
}

fn dynamic() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let one_of = |name: &str| {
        json!({
            "type": "object",
            "properties": { name: text },
            "required": [name],
            "additionalProperties": false,
        })
    };
    let files = json!({ "anyOf": [text, { "type": "array", "items": text, "minItems": 1 }] });
    json!({
        "type": "object",
        "properties": {
            "version": { "anyOf": [one_of("attr"), one_of("file")] },
            "description": one_of("file"),
            "readme": {
                "type": "object",
                "properties": { "file": files, "content-type": text },
                "required": ["file"],
                "additionalProperties": false,
            },
        },
        "additionalProperties": false,
    })
}

fn overrides() -> Value {
    let is_allowed = |key: &&Key| key.not_in_overrides.is_none();
    let mut all = Map::new();
    all.insert(IF.into(), condition());
    all.insert(INHERIT.into(), inherit());
    all.extend(properties(KEYS.iter().filter(is_allowed)));
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
    described(INHERIT, "Lists that join those before, and do not replace them.", table(all))
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

fn condition() -> Value {
    let one_or_more = |pattern: &str| {
        let one = matching(pattern);
        json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    };
    let platform = format!(r"^([^-]*\*[^-]*|{})(-|$)", SYSTEMS.join("|"));
    let version = r"\s*(~=|===?|!=|<=?|>=?)\s*[0-9]+(\.[0-9]+)?(\.\*|[a-z]+[0-9]*)?\s*";
    let text_or_switch = json!({ "anyOf": [{ "type": "string" }, { "type": "boolean" }] });
    let implementations = IMPLEMENTATIONS.join("|");
    let python = format!(r"^(?=.)({implementations})?\s*({version}(,{version})*)?$");
    json!({
        "title": IF,
        "description": "Where the override counts: all that is named here must hold.",
        "type": "object",
        "properties": {
            PLATFORM: described(
                PLATFORM,
                "Systems (`linux`), also with a machine (`linux-x86_64`); one must fit.",
                one_or_more(&platform),
            ),
            PYTHON: described(
                PYTHON,
                "Versions (`>=3.12`), implementations (`cpython`, `pypy`) or both; one must fit.",
                one_or_more(&python),
            ),
            STATE: described(
                STATE,
                "What is made: `sdist`, `wheel` or `editable`; one must fit.",
                one_or_more(&format!("^({})$", ProductKind::ALL.map(ProductKind::as_str).join("|"))),
            ),
            ENV: described(
                ENV,
                "Variables of the environment: their text, or whether they are set.",
                json!({
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": text_or_switch,
                }),
            ),
        },
        "minProperties": 1,
        "additionalProperties": false,
    })
}

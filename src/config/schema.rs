//! The JSON Schema of `[tool.officina]`, made of the definitions that the parser reads. Pure.
//!
//! Draft 7, as validate-pyproject takes it. What needs the tree (a glob that matches nothing) is
//! beyond it; everything else that the parser refuses, it refuses too.

use serde_json::{Map, Value, json};

use crate::config::settings::condition::{ENV, IF, IMPLEMENTATIONS, PLATFORM, PYTHON, SYSTEMS};
use crate::config::settings::keys::{KEYS, Key};
use crate::config::settings::module_keys::{MODULE_KEYS, MODULES};
use crate::config::settings::modules::{FOR_COMPILING, PACKS};
use crate::config::settings::values::DECIDED_ELSEWHERE;
use crate::model::{GlueOptimization, Profile, Sanitizer, SettingKind};

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
        SettingKind::Builders => {
            let entry = matching(&format!(
                r"^(.*[/\\].*|.+\.py|{IDENTIFIER}(\.{IDENTIFIER})*):{IDENTIFIER}$"
            ));
            json!({ "anyOf": [entry, list(entry.clone())] })
        }
        SettingKind::DottedName => matching(&format!(r"^{IDENTIFIER}(\.{IDENTIFIER})*$")),
        SettingKind::ProjectFolder => matching(INSIDE),
        SettingKind::Packages => list(dotted_name(PATTERN)),
        SettingKind::Modules => list(dotted_name(IDENTIFIER)),
        SettingKind::Globs => list(matching(INSIDE)),
        SettingKind::LimitedApi => json!({
            "anyOf": [{ "const": false }, matching(PYTHON_VERSION)],
        }),
        SettingKind::Profile => {
            let profiles = [Profile::Release, Profile::Debug].map(Profile::as_str);
            json!({ "enum": profiles })
        }
        SettingKind::GlueOptimization => {
            json!({ "enum": GlueOptimization::ALL.map(GlueOptimization::as_str) })
        }
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
        SettingKind::Sanitizers => sanitizers(),
        SettingKind::Symbols => list(matching(r"^[A-Za-z0-9_.*\x24]+$")),
        SettingKind::Launcher => json!({ "type": "string" }),
        SettingKind::Words => json!({ "type": "array", "items": matching("^[^\\x00]+$") }),
        SettingKind::Text => json!({ "type": "string" }),
        SettingKind::Cdef => json!({ "anyOf": [matching(TEXT), list(matching(INSIDE))] }),
        SettingKind::ModuleLimitedApi => json!({
            "anyOf": [{ "type": "boolean" }, matching(PYTHON_VERSION)],
        }),
        SettingKind::Alignment => json!({ "type": "integer", "minimum": 1 }),
        SettingKind::Table => table(properties(key.keys)),
        SettingKind::Dynamic => dynamic(),
        SettingKind::DeclaredModules | SettingKind::Overrides => json!({ "type": "array" }),
    }
}

/// A Python name. What is beyond ASCII is left to the parser: `\w` means too little to some.
const IDENTIFIER: &str =
    r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f][^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*";

/// The same with `*` in it.
const PATTERN: &str = concat!(
    r"[^\x00-\x29\x2b-\x40\x5b-\x5e\x60\x7b-\x7f]",
    r"[^\x00-\x29\x2b-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*"
);

/// A version of Python that has a limited API.
const PYTHON_VERSION: &str = r"^(3\.|cp3|py3)([2-9]|[1-9][0-9]{1,2})$";

/// A text, and no name of a file.
const TEXT: &str = r#"^$|[;#{\n ("]"#;

/// A path below the project root.
const INSIDE: &str = r"^(?![/\\])(?![A-Za-z]:)(?!(.*[/\\])?\.\.([/\\]|$)).+$";

fn matching(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item, "uniqueItems": true })
}

fn table(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
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

fn modules() -> Value {
    let mut all = properties(&MODULE_KEYS);
    all.insert(IF.into(), condition());
    all["source"]["pattern"] = TEXT.into();
    all["language"]["enum"] = json!(["c", "c++", "objc"]);
    all["source-extension"]["pattern"] = r"^\.(c|cc|cpp|cxx|c\+\+|C|CPP|m|mm|S|s)$".into();
    all["pack"] = described(
        "pack",
        all["pack"]["description"].as_str().unwrap_or(""),
        json!({ "enum": PACKS }),
    );
    all["pkg-config"]["items"] = matching("^[^-]");
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
    });
    described("overrides", about, json!({ "type": "array", "items": one }))
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
        "description": "Where it counts: all that is named here must hold.",
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

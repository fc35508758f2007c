//! What single values may be, in the words of JSON Schema. Pure.

use serde_json::{Map, Value, json};

use crate::config::metadata::VERSION_FILES;
use crate::config::settings::condition::{
    ENV, IF, IMPLEMENTATIONS, PLATFORM, PYTHON, STATE, SYSTEMS,
};
use crate::config::settings::entries::{ENTRY, OPTIONAL};
use crate::config::settings::values::DECIDED_ELSEWHERE;
use crate::model::{LocalScheme, ProductKind, Sanitizer, Scheme, VersionScheme};

pub fn described(title: &str, about: &str, value: Value) -> Value {
    let mut described = Map::new();
    described.insert("title".into(), title.into());
    described.insert("description".into(), about.into());
    if let Value::Object(value) = value {
        described.extend(value);
    }
    Value::Object(described)
}

/// `script:object`, or a list of such texts and of tables with conditions.
pub fn entries() -> Value {
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

pub fn wheel_data() -> Value {
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

pub fn renamings() -> Value {
    // The folders of an installer: see `[tool.officina.data]`.
    let elsewhere = r"^(?!([/\\]|\.[/\\])*[^/\\]*\.(data|dist-info)([/\\]|$))";
    json!({
        "type": "object",
        "propertyNames": { "allOf": [matching(INSIDE), matching(elsewhere)] },
        "additionalProperties": matching(INSIDE),
    })
}

/// The files of licences, by the names of shared libraries.
pub fn license_files() -> Value {
    json!({
        "type": "object",
        "propertyNames": matching(LIBRARY),
        "additionalProperties": matching(INSIDE),
    })
}

pub fn command_words() -> Value {
    let names = DECIDED_ELSEWHERE.join("|");
    words(&format!(r"^(?!([-/][DU])?\s*({names})\s*(=|$))[\s\S]+$"))
}

/// A Python name. What is beyond ASCII is left to the parser: `\w` means too little to some.
pub const IDENTIFIER: &str =
    r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f][^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*";

/// The same with `*` in it.
pub const PATTERN: &str = concat!(
    r"[^\x00-\x29\x2b-\x40\x5b-\x5e\x60\x7b-\x7f]",
    r"[^\x00-\x29\x2b-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]*"
);

/// A Python that has the limited API.
pub const VERSION: &str = r"^(3\.|cp3|py3)([2-9]|[1-9][0-9]{1,2})$";

/// A text, and no name of a file.
pub const TEXT: &str = r#"^$|[;#{\n ("]"#;

/// A name of shared libraries, perhaps with `*`.
pub const LIBRARY: &str = r"^[^\s/\\,]+$";

/// A package URL.
pub const PURL: &str = r"^pkg:[A-Za-z][A-Za-z0-9.+-]*(/[!-.0->A-~]+)+([@?#][!-~]*)?$";

/// A path below the project root.
pub const INSIDE: &str = r"^(?![/\\])(?![A-Za-z]:)(?!(.*[/\\])?\.\.([/\\]|$)).+$";

pub fn matching(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

pub fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item, "uniqueItems": true })
}

/// A list in which a word may come twice.
pub fn words(pattern: &str) -> Value {
    json!({ "type": "array", "items": matching(pattern) })
}

pub fn table(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// PEP 561: stubs of `foo` are the package `foo-stubs`. `foo.py` is a file, and no name.
pub fn dotted_name(part: &str) -> Value {
    matching(&format!(r"^(?!.+\.py$){part}(-stubs)?(\.{part})*$"))
}

pub fn sanitizers() -> Value {
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

pub fn dynamic() -> Value {
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
            "version": { "anyOf": [one_of("attr"), one_of("file"), of_git()] },
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

fn of_git() -> Value {
    let text = |about: &str, more: Value| {
        let mut text = json!({ "type": "string", "minLength": 1, "description": about });
        if let (Some(text), Value::Object(more)) = (text.as_object_mut(), more) {
            text.extend(more);
        }
        text
    };
    let schemes: Vec<&str> = VersionScheme::NAMES.iter().map(|(name, _)| *name).collect();
    let locals: Vec<&str> = LocalScheme::NAMES.iter().map(|(name, _)| *name).collect();
    let endings = VERSION_FILES.join("|").replace('.', r"\.");
    let file = format!(r"^(?=.*[^/\\]({endings})$){}", &INSIDE[1..]);
    json!({
        "type": "object",
        "properties": {
            "vcs": { "const": "git", "description": "Who knows the version." },
            "tag-pattern": text(
                "A regular expression for tags; its group `version` is the version.",
                json!({ "format": "regex", "pattern": r"\(" }),
            ),
            "scheme": { "description": "Which version a commit after a tag has.", "enum": schemes },
            "local": { "description": "What stands behind the `+`.", "enum": locals },
            "fallback":
                text("The version where nothing else is known.", json!({ "format": "pep440" })),
            "write-to": text(
                "The file of wheels and sdists that says the version.",
                json!({ "pattern": file }),
            ),
        },
        "required": ["vcs"],
        "additionalProperties": false,
    })
}

pub fn condition() -> Value {
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
        "description": "When this table applies: every condition here must be true.",
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

/// `true`, `false`, or another value.
pub fn switch_or(other: Value) -> Value {
    json!({ "anyOf": [{ "type": "boolean" }, other] })
}

/// `3.10`, `cp310`, or one of these instead.
pub fn version_or(other: Value) -> Value {
    json!({ "anyOf": [other, matching(VERSION)] })
}

pub fn macros() -> Value {
    let others = DECIDED_ELSEWHERE.join("|");
    list(matching(&format!(r"^(?!({others})(=|$))[A-Za-z_][A-Za-z0-9_]*(=[\s\S]*)?$")))
}

pub fn commands() -> Value {
    let words = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
    json!({ "type": "array", "items": words, "minItems": 1 })
}

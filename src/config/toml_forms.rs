//! What to write where a key of `pyproject.toml` holds a value of another type. Pure.

use toml_edit::{InlineTable, Item, Value};

/// The keys whose values have a form that nobody guesses, with an example.
const EXAMPLES: [(&str, &str); 9] = [
    ("project.authors", "[{ name = \"...\", email = \"...\" }]"),
    ("project.maintainers", "[{ name = \"...\", email = \"...\" }]"),
    ("project.urls", "{ Homepage = \"https://example.org\" }"),
    ("project.dependencies", "[\"name>=1.0\"]"),
    ("project.optional-dependencies", "{ test = [\"pytest\"] }"),
    ("project.scripts", "{ command = \"package.module:function\" }"),
    ("project.gui-scripts", "{ command = \"package.module:function\" }"),
    ("project.entry-points", "{ group = { name = \"package.module:object\" } }"),
    ("tool.officina.files", "{ \"package/file.txt\" = \"other/file.txt\" }"),
];

/// What a key wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantedType {
    /// A table.
    Table,
    /// A string.
    Text,
    /// `true` or `false`
    Switch,
    /// A list of strings.
    Texts,
    /// A list of tables.
    Tables,
    /// A list of both.
    TextsAndTables,
}

impl WantedType {
    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            WantedType::Table => "a table",
            WantedType::Text => "a string",
            WantedType::Switch => "true or false",
            WantedType::Texts => "a list of strings",
            WantedType::Tables => "a list of tables",
            WantedType::TextsAndTables => "a list of strings and tables",
        }
    }
}

/// The hint for a key of this path, the last part of which is `key`. `spelled`: how its value stands in the file.
pub(super) fn form(
    wanted: WantedType,
    path: &str,
    key: &str,
    item: &Item,
    spelled: &str,
) -> Option<String> {
    let value = item.as_value();
    let is_list = value.is_some_and(Value::is_array);
    let text = value.and_then(Value::as_str);
    let written = |form: &str| Some(format!("write `{} = {form}`", quoted_key(key)));
    let made = match wanted {
        WantedType::Text if is_list && key == "source" => Some(
            "did you mean `sources`? `source` is one text of C: source = '#include \"foo.h\"'"
                .into(),
        ),
        WantedType::Text => match value? {
            Value::Array(list) if list.len() == 1 && list.get(0)?.is_str() => {
                written(without_brackets(spelled)?)
            }
            Value::Array(_) | Value::InlineTable(_) => None,
            _ => Some(in_quotes(key, spelled)),
        },
        WantedType::Switch => match text.map(str::to_lowercase).as_deref() {
            Some(word @ ("true" | "false")) => written(word),
            _ => Some(format!("write `{0} = true` or `{0} = false`", quoted_key(key))),
        },
        WantedType::Texts | WantedType::TextsAndTables if text.is_some() => {
            written(&format!("[{spelled}]"))
        }
        WantedType::Texts if key == "define-macros" => {
            written(&macros(value?.as_inline_table()?).unwrap_or_else(|| "[\"NAME=value\"]".into()))
        }
        WantedType::Tables if value.is_none() && !path.contains('[') => {
            Some(format!("a list of tables has two brackets: `[[{path}]]`"))
        }
        WantedType::Tables if value.is_some_and(Value::is_inline_table) => {
            written(&format!("[{spelled}]"))
        }
        WantedType::Table if is_list && in_folders(path) => {
            written(&format!("{{ \"share/NAME\" = {spelled} }}"))
        }
        WantedType::Table if text.is_some() && path.ends_with("scripts") => {
            written(&format!("{{ command = {spelled} }}"))
        }
        _ => None,
    };
    let example = || EXAMPLES.iter().find(|(known, _)| *known == path);
    let general = || match wanted {
        WantedType::Texts => written("[\"...\", \"...\"]"),
        WantedType::Tables if !path.contains('[') => {
            Some(format!("write each as a table `[[{path}]]`"))
        }
        WantedType::Table if !path.contains('[') => Some(format!("write it as a table `[{path}]`")),
        _ => None,
    };
    made.or_else(|| written(example()?.1)).or_else(general)
}

/// The hint for an item of a list. `spelled`: how it stands in the file.
pub(super) fn item_form(
    wanted: WantedType,
    path: &str,
    key: &str,
    value: &Value,
    spelled: &str,
) -> Option<String> {
    match (wanted, value) {
        (WantedType::Texts, Value::Integer(_) | Value::Float(_) | Value::Boolean(_)) => {
            Some(format!("text stands in quotes: \"{spelled}\""))
        }
        (WantedType::Texts, Value::InlineTable(table)) if key == "define-macros" => {
            Some(format!("write `{key} = {}`", macros(table)?))
        }
        (WantedType::Texts, Value::Array(pair)) if key == "define-macros" => {
            let words: Option<Vec<&str>> = pair.iter().map(Value::as_str).collect();
            Some(format!("write `\"{}\"`", words?.join("=")))
        }
        (WantedType::Texts, _) => Some(format!("write `{} = [\"...\", \"...\"]`", quoted_key(key))),
        (WantedType::Tables, Value::String(text)) if ["authors", "maintainers"].contains(&key) => {
            Some(format!("write `{}`", person(text.value())))
        }
        (WantedType::Tables, _) if !path.contains('[') => {
            Some(format!("write each as a table `[[{path}]]`"))
        }
        _ => None,
    }
}

/// `text stands in quotes: version = "0.3"`
pub(super) fn in_quotes(key: &str, value: &str) -> String {
    format!("text stands in quotes: {} = \"{value}\"", quoted_key(key))
}

fn in_folders(path: &str) -> bool {
    ["data.data", "data.headers"].iter().any(|end| path.ends_with(end))
}

fn quoted_key(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { format!("{key:?}") }
}

fn without_brackets(spelled: &str) -> Option<&str> {
    Some(spelled.strip_prefix('[')?.strip_suffix(']')?.trim().trim_end_matches(',').trim())
}

/// `{ A = "1", B = 2 }` -> `["A=1", "B=2"]`
fn macros(table: &InlineTable) -> Option<String> {
    let one = |(name, value): (&str, &Value)| match value {
        Value::String(text) => Some(format!("{:?}", format!("{name}={}", text.value()))),
        Value::Integer(number) => Some(format!("\"{name}={}\"", number.value())),
        _ => None,
    };
    let all: Option<Vec<String>> = table.iter().map(one).collect();
    all.filter(|all| !all.is_empty()).map(|all| format!("[{}]", all.join(", ")))
}

/// `Jo <jo@example.org>` -> `{ name = "Jo", email = "jo@example.org" }`
fn person(text: &str) -> String {
    let text = text.trim();
    match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, email)) if !name.trim().is_empty() => {
            format!("{{ name = {:?}, email = {:?} }}", name.trim(), email.trim())
        }
        Some((_, email)) => format!("{{ email = {:?} }}", email.trim()),
        None if text.contains('@') && !text.contains(' ') => format!("{{ email = {text:?} }}"),
        None => format!("{{ name = {text:?} }}"),
    }
}

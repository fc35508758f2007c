//! The content types that a readme may have.

use crate::config::metadata::text;
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::Spanned;

/// The `content-type` of a table, checked; `None` if absent.
///
/// # Errors
/// It is none of the three types that core metadata knows, or not UTF-8.
pub(super) fn read(table: &TomlTable<'_>) -> Result<Option<String>> {
    let Some(Spanned { value, span }) = text::string(table, "content-type")? else {
        return Ok(None);
    };
    if let Some(complaint) = complaint_about(&value) {
        let message = format!("`{value}` is not a content type of a readme: {complaint}");
        return Err(table
            .error(span, message)
            .hint("use `text/markdown`, `text/x-rst` or `text/plain`, in UTF-8"));
    }
    Ok(Some(value.trim().to_owned()))
}

fn complaint_about(content_type: &str) -> Option<String> {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    if !["text/markdown", "text/x-rst", "text/plain"].contains(&kind.as_str()) {
        return Some(format!("`{kind}` is not known"));
    }
    for parameter in parts.filter(|parameter| !parameter.is_empty()) {
        let Some((name, value)) = parameter.split_once('=') else {
            return Some(format!("`{parameter}` is not `name=value`"));
        };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "charset" if !value.eq_ignore_ascii_case("utf-8") => {
                return Some(format!("the charset must be UTF-8, not {value}"));
            }
            "variant" if kind == "text/markdown" && !["GFM", "CommonMark"].contains(&value) => {
                return Some(format!("the variant must be GFM or CommonMark, not {value}"));
            }
            _ => {}
        }
    }
    None
}

/// The content type that a file's suffix stands for.
///
/// # Errors
/// It stands for none.
pub(super) fn of_suffix(table: &TomlTable<'_>, name: &Spanned<String>) -> Result<String> {
    let suffix = name.value.rsplit_once('.').map(|(_, suffix)| suffix.to_ascii_lowercase());
    match suffix.as_deref() {
        Some("md") => Ok("text/markdown".to_owned()),
        Some("rst") => Ok("text/x-rst".to_owned()),
        Some("txt") => Ok("text/plain".to_owned()),
        _ => {
            let message =
                format!("the content type of `{}` cannot be told from its name", name.value);
            let error = table.error(name.span.clone(), message).hint(format!(
                "write `readme = {{ file = \"{}\", content-type = \"text/markdown\" }}`, or \
                 `text/x-rst`, or `text/plain`",
                name.value
            ));
            let may_be_folder = suffix.is_none();
            let file = format!("if it is a folder, name a file in it: `{}/README.md`", name.value);
            Err(if may_be_folder { error.hint(file) } else { error })
        }
    }
}

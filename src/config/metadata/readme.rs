//! `readme`: a file by its suffix, or a file or text with its content type.

use std::ops::Range;

use crate::config::metadata::dynamic::Dynamic;
use crate::config::metadata::named_files::{normal_lines, source};
use crate::config::metadata::{TreeAccess, text};
use crate::config::toml::Table;
use crate::error::Result;
use crate::model::Spanned;

/// The long description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readme {
    /// The text, with `\n` line ends.
    pub text: String,
    /// Its content type: `text/markdown`, perhaps with a charset and a variant.
    pub content_type: String,
}

/// `project.readme`, or what `[tool.officina.dynamic]` puts together.
///
/// # Errors
/// The file cannot be read, or its content type is not known or not allowed.
pub(super) fn read(
    project: &Table<'_>,
    dynamic: &Dynamic<'_>,
    tree: &TreeAccess<'_>,
) -> Result<Option<Readme>> {
    if let Some(readme) = dynamic.readme(tree)? {
        return Ok(Some(readme));
    }
    let Some(item) = project.item("readme") else { return Ok(None) };
    if item.value.as_table_like().is_none() {
        let Some(name) = text::string(project, "readme")? else { return Ok(None) };
        let content_type = type_by_suffix(project, &name)?;
        return Ok(Some(Readme { text: file(project, &name, tree)?, content_type }));
    }
    let Some(table) = project.table("readme")? else { return Ok(None) };
    from_table(&table, item.span, tree).map(Some)
}

fn from_table(table: &Table<'_>, span: Range<usize>, tree: &TreeAccess<'_>) -> Result<Readme> {
    table.refuse_unknown(&["file", "text", "content-type"])?;
    let content_type = content_type(table)?;
    let text = match (text::string(table, "file")?, table.string("text")?) {
        (Some(name), None) => file(table, &name, tree)?,
        (None, Some(text)) => normal_lines(&text.value),
        _ => {
            return Err(table
                .error(span, "`project.readme` must have either `file` or `text`")
                .hint(
                    "write `readme = { file = \"README.md\", content-type = \"text/markdown\" }`",
                ));
        }
    };
    let Some(content_type) = content_type else {
        return Err(table
            .error(span, "`project.readme` has no `content-type`")
            .hint("add one of `text/markdown`, `text/x-rst`, `text/plain`"));
    };
    Ok(Readme { text, content_type })
}

/// The `content-type` of a table, checked; `None` if absent.
///
/// # Errors
/// It is none of the three types that core metadata knows, or not UTF-8.
pub(super) fn content_type(table: &Table<'_>) -> Result<Option<String>> {
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
pub(super) fn type_by_suffix(table: &Table<'_>, name: &Spanned<String>) -> Result<String> {
    let suffix = name.value.rsplit_once('.').map(|(_, suffix)| suffix.to_ascii_lowercase());
    match suffix.as_deref() {
        Some("md") => Ok("text/markdown".to_owned()),
        Some("rst") => Ok("text/x-rst".to_owned()),
        Some("txt") => Ok("text/plain".to_owned()),
        _ => Err(table
            .error(
                name.span.clone(),
                format!("the content type of `{}` cannot be told from its name", name.value),
            )
            .hint(format!(
                "write `readme = {{ file = \"{}\", content-type = \"text/markdown\" }}`, or \
                 `text/x-rst`, or `text/plain`",
                name.value
            ))),
    }
}

/// The text of a readme's file.
///
/// # Errors
/// It lies outside of the project, or cannot be read.
pub(super) fn file(
    table: &Table<'_>,
    name: &Spanned<String>,
    tree: &TreeAccess<'_>,
) -> Result<String> {
    Ok(normal_lines(&source(table, name, tree)?.text))
}

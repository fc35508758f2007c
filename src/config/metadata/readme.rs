//! `readme`: a file by its suffix, or a file or text with its content type.

use std::ops::Range;

use crate::config::metadata::dynamic::Dynamic;
use crate::config::metadata::named_files::normal_lines;
use crate::config::metadata::tree_access::TreeAccess;
use crate::config::metadata::{content_type, named_files, text};
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::Readme;

/// `project.readme`, or what `[tool.officina.dynamic]` puts together.
///
/// # Errors
/// The file cannot be read, or its content type is not known or not allowed.
pub(super) fn read(
    project: &TomlTable<'_>,
    dynamic: &Dynamic<'_>,
    tree: &TreeAccess<'_>,
) -> Result<Option<Readme>> {
    if let Some(readme) = dynamic.readme(tree)? {
        return Ok(Some(readme));
    }
    let Some(item) = project.item("readme") else { return Ok(None) };
    if item.value.as_table_like().is_none() {
        let Some(name) = text::string(project, "readme")? else { return Ok(None) };
        let content_type = content_type::of_suffix(project, &name)?;
        return Ok(Some(Readme { text: named_files::text(project, &name, tree)?, content_type }));
    }
    let Some(table) = project.table("readme")? else { return Ok(None) };
    from_table(&table, item.span, tree).map(Some)
}

fn from_table(table: &TomlTable<'_>, span: Range<usize>, tree: &TreeAccess<'_>) -> Result<Readme> {
    table.refuse_unknown(&["file", "text", "content-type"])?;
    let content_type = content_type::read(table)?;
    let text = match (text::string(table, "file")?, table.string("text")?) {
        (Some(name), None) => named_files::text(table, &name, tree)?,
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

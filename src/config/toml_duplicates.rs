//! A key of a TOML file that is there twice: which, where it is first, and what to do. Pure.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

/// A key that is there twice.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DuplicateKey {
    /// Its name, as it is spelled.
    pub name: String,
    /// The line that has it first, counted from one, where that is known.
    pub first: Option<usize>,
    /// The next step.
    pub hint: String,
}

/// What is known of a key that the parser calls a duplicate.
pub(super) fn find(text: &str, span: &Range<usize>) -> Option<DuplicateKey> {
    let name = text.get(span.clone())?.trim().to_owned();
    let begin = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[begin..].lines().next()?.trim();
    let before = &text[..begin];
    let own = header(line);
    let parents = match own.clone() {
        Some(path) => Some(path),
        None if text[begin..span.start].contains(['=', '{']) => None,
        None => Some(before.lines().rev().find_map(header).unwrap_or_default()),
    };
    let path = parents.and_then(|path| match own {
        Some(_) => upto(&path, &name),
        None => Some(path.into_iter().chain([name.as_str()]).collect()),
    });
    let document = Document::parse(before).ok();
    let first = path
        .as_ref()
        .and_then(|path| place(document.as_ref()?.as_table(), path))
        .map(|(at, item)| (before[..at].matches('\n').count() + 1, item));
    let is_list = line.starts_with("[[");
    let hint = match &first {
        Some((_, Item::Value(value))) if is_list && value.is_array() => {
            let spelled = value.span().and_then(|span| before.get(span)).unwrap_or_default();
            let inner = spelled.trim_start_matches('[').trim_end_matches(']').trim();
            let comma = if inner.is_empty() || inner.ends_with(',') { "" } else { "," };
            format!("write all of it as one list: `{name} = [{inner}{comma} {{ name = \"...\" }}]`")
        }
        _ if line.starts_with('[') && !is_list => {
            format!("put the keys of both under one `{line}`")
        }
        _ => "keep one of the two".to_owned(),
    };
    Some(DuplicateKey { name, first: first.map(|(line, _)| line), hint })
}

/// The path of a line that begins a table; none with quotes in it.
fn header(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('[')?;
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    let path = inner.split(']').next()?;
    let is_plain = |part: &&str| part.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    let parts: Vec<&str> = path.split('.').map(str::trim).collect();
    parts.iter().all(is_plain).then_some(parts)
}

fn upto<'a>(path: &[&'a str], name: &str) -> Option<Vec<&'a str>> {
    let end = path.iter().rposition(|part| *part == name)?;
    Some(path[..=end].to_vec())
}

/// Where a key stands, and what it holds; of a list of tables, the last one counts.
fn place<'a>(table: &'a dyn TableLike, path: &[&str]) -> Option<(usize, &'a Item)> {
    let (name, below) = path.split_first()?;
    let (key, item) = table.get_key_value(name)?;
    if below.is_empty() {
        return Some((item.span().or_else(|| key.span())?.start, item));
    }
    match item.as_array_of_tables() {
        Some(list) => place(list.iter().last()?, below),
        None => place(item.as_table_like()?, below),
    }
}

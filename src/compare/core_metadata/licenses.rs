//! The licence of a project, in words, as an expression, and its files (PEP 639).

use std::collections::BTreeSet;

use crate::compare::core_metadata::fields::Fields;
use crate::compare::core_metadata::normal;
use crate::compare::difference::Difference;

/// The differences in what two texts say of the licence.
pub fn compare(old: &Fields, new: &Fields) -> Vec<Difference> {
    terms(old, new).into_iter().chain(files(old, new)).collect()
}

fn terms(old: &Fields, new: &Fields) -> Option<Difference> {
    const FIELD: &str = "License";
    let said = |fields: &Fields, field: &str| {
        fields.one(field).map(normal::blanks).filter(|text| !text.is_empty())
    };
    let (before, words) = (said(old, "License-Expression"), said(old, FIELD));
    let (after, new_words) = (said(new, "License-Expression"), said(new, FIELD));
    let next = "write `license = \"MIT\"` in `[project]`, an SPDX expression";
    match (before, words, after, new_words) {
        (Some(before), _, Some(after), _) if before.eq_ignore_ascii_case(&after) => None,
        (Some(before), _, Some(after), _) => {
            Some(Difference::lost(FIELD, format!("`{before}` -> `{after}`")).hint(next))
        }
        (None, Some(words), Some(after), _) => {
            let words = format!("`{}` -> the expression `{after}`", start(&words));
            Some(Difference::better(FIELD, words))
        }
        (None, Some(words), None, Some(new_words)) if words == new_words => None,
        (Some(before), _, None, Some(after)) if before == after => Some(
            Difference::lost(FIELD, format!("`{before}` is no expression any more")).hint(next),
        ),
        (Some(words), _, None, Some(after)) | (None, Some(words), None, Some(after)) => {
            let words = format!("`{}` -> `{}`", start(&words), start(&after));
            Some(Difference::lost(FIELD, words).hint(next))
        }
        (Some(words), ..) | (None, Some(words), None, None) => {
            Some(Difference::lost(FIELD, format!("`{}` is gone", start(&words))).hint(next))
        }
        (None, None, Some(after), _) => {
            Some(Difference::better(FIELD, format!("the expression `{after}` is said")))
        }
        (None, None, None, after) => {
            after.map(|after| Difference::benign(FIELD, format!("`{}` is new", start(&after))))
        }
    }
}

/// A licence may be a text of many lines.
fn start(text: &str) -> String {
    const LETTERS: usize = 40;
    match text.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn files(old: &Fields, new: &Fields) -> Vec<Difference> {
    const FIELD: &str = "License-File";
    let of = |fields: &Fields| -> BTreeSet<String> {
        fields.all(FIELD).map(|path| path.trim().to_owned()).collect()
    };
    let (before, after) = (of(old), of(new));
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let names: BTreeSet<String> = after.iter().map(|path| name(path)).collect();
    let gone = before.difference(&after).filter(|path| !names.contains(&name(path)));
    let gone = gone.map(|path| {
        Difference::lost(FIELD, format!("`{path}` is gone"))
            .hint(format!("name it in `license-files` of `[project]`: `{path}`"))
    });
    let old_names: BTreeSet<String> = before.iter().map(|path| name(path)).collect();
    let added = after.difference(&before).filter(|path| !old_names.contains(&name(path)));
    let added = added.map(|path| Difference::better(FIELD, format!("`{path}` is named")));
    gone.chain(added).collect()
}

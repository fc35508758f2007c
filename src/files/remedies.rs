//! What somebody can do so that an sdist holds a file. Pure.

use std::collections::BTreeSet;

use crate::model::{OmitReason, SdistSettings};

/// What to write into `pyproject.toml`, or to do, so that an sdist holds these files: a line each.
pub(super) fn remedies(omitted: &[(&str, &OmitReason)], settings: &SdistSettings) -> Vec<String> {
    let (mut paths, mut globs, mut others) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for (path, why) in omitted {
        match why {
            OmitReason::Exclude(rule) => {
                globs.insert(rule.glob.as_str());
            }
            OmitReason::Unpackable(_) => {
                others.insert(format!("put a file in the place of `{path}`"));
            }
            OmitReason::Secret => {
                paths.push(*path);
                others
                    .insert(format!("should `{path}` be secret, let the build read it elsewhere"));
            }
            _ => paths.push(*path),
        }
    }
    let mut remedies: Vec<String> = globs
        .into_iter()
        .map(|glob| format!("narrow `{glob}` in `exclude` of `[tool.officina.sdist]`"))
        .collect();
    if !paths.is_empty() {
        let line = include_line(&paths, settings);
        remedies.push(format!("write `{line}` into `[tool.officina.sdist]`"));
    }
    remedies.extend(others);
    remedies
}

/// So many files are included one by one, more of them by the kind.
const MOST_PATHS: usize = 10;

/// The line of `[tool.officina.sdist]` that adds these files to what is included already.
fn include_line(paths: &[&str], settings: &SdistSettings) -> String {
    let added: BTreeSet<String> = if paths.len() > MOST_PATHS {
        paths.iter().map(|path| of_its_kind(path)).collect()
    } else {
        paths.iter().map(|path| literal(path)).collect()
    };
    let present = settings.include.iter().map(|glob| glob.value.clone());
    let all: Vec<String> =
        present.chain(added).map(|glob| toml_edit::Value::from(glob).to_string()).collect();
    format!("include = [{}]", all.join(", "))
}

/// A glob for all files of the folder with the same suffix.
fn of_its_kind(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.rsplit_once('.') {
        Some((stem, suffix)) if !stem.is_empty() && folder.is_empty() => {
            format!("*.{}", literal(suffix))
        }
        Some((stem, suffix)) if !stem.is_empty() => {
            format!("{}/*.{}", literal(folder), literal(suffix))
        }
        _ => literal(path),
    }
}

/// A glob that matches one path only.
fn literal(path: &str) -> String {
    let mut glob = String::with_capacity(path.len());
    for letter in path.chars() {
        if "*?[]{}\\".contains(letter) {
            glob.push('\\');
        }
        glob.push(letter);
    }
    glob
}

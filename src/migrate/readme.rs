//! `project.readme`: the file, the files, or the text.

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::toml_text::{inline, strings};

/// Writes where the long description comes from.
pub fn write(draft: &mut Draft) {
    let old = draft.old;
    let Some(text) = old.metadata.long_description.clone() else { return };
    let content_type = old.metadata.content_type.clone();
    let place = draft.place("long_description");
    let found = &old.readme_files;
    let finding = match found.files.as_slice() {
        [file] if found.is_all => {
            one_file(draft, file, content_type.as_deref());
            MoveFinding::new(MoveVerdict::Same, "long_description -> project.readme")
        }
        [first, ..] if found.is_all => {
            let mut from = inline(&[("file", strings(&found.files))]);
            if let Some(kind) = content_type.filter(|kind| Some(kind.as_str()) != usual(first)) {
                from.insert("content-type", kind.into());
            }
            draft.dynamic("readme", from);
            MoveFinding::new(MoveVerdict::Same, "long_description -> tool.officina.dynamic.readme")
        }
        files => {
            let kind = content_type.unwrap_or_else(|| "text/plain".to_owned());
            let value = inline(&[("text", text.into()), ("content-type", kind.into())]);
            draft.project().insert("readme", toml_edit::value(value));
            let text = "long_description is computed: `project.readme` holds the text as it is now";
            let finding = MoveFinding::new(MoveVerdict::YouDecide, text);
            match files.first() {
                Some(file) => finding.propose(format!("readme = \"{file}\"")),
                None => finding,
            }
        }
    };
    let place = place.or_else(|| {
        draft.table(&["tool", "setuptools", "dynamic"])?.get("readme")?;
        Some("pyproject.toml".to_owned())
    });
    draft.find(MoveFinding { place, ..finding });
    if draft.place("long_description_content_type").is_some() {
        let text = "long_description_content_type -> the suffix of the readme, or its content-type";
        draft.tell(MoveVerdict::Same, "long_description_content_type", text);
    }
}

fn one_file(draft: &mut Draft, file: &str, content_type: Option<&str>) {
    let value = match content_type {
        Some(kind) if Some(kind) != usual(file) => {
            toml_edit::value(inline(&[("file", file.into()), ("content-type", kind.into())]))
        }
        // Nobody knows what a file without a suffix is.
        None if usual(file).is_none() => toml_edit::value(inline(&[
            ("file", file.into()),
            ("content-type", "text/plain".into()),
        ])),
        _ => toml_edit::value(file),
    };
    draft.project().insert("readme", value);
}

/// What a suffix says.
fn usual(file: &str) -> Option<&'static str> {
    let (_, suffix) = file.rsplit_once('.')?;
    match suffix.to_lowercase().as_str() {
        "md" => Some("text/markdown"),
        "rst" => Some("text/x-rst"),
        "txt" => Some("text/plain"),
        _ => None,
    }
}

//! `project.license`: an SPDX expression where the old text is one, else the text.

use crate::config::license_expression::license_expression;
use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::toml_text::inline;

/// Writes the licence.
pub fn write(draft: &mut Draft) {
    let metadata = &draft.old.metadata;
    let place = draft.place("license").or_else(|| draft.place("license_expression"));
    let Some(text) = metadata.license_expression.as_ref().or(metadata.license.as_ref()) else {
        return;
    };
    let finding = match expression(draft) {
        Some(expression) => {
            let is_other = expression != *text;
            let dropped = metadata.classifiers.len() > classifiers(draft).len();
            draft.project().insert("license", toml_edit::value(expression.as_str()));
            let mut line = match is_other {
                true => format!("license `{text}` -> the SPDX expression `{expression}`"),
                false => "license -> project.license, an SPDX expression".to_owned(),
            };
            if dropped {
                line.push_str("; it takes the place of the `License ::` classifiers");
            }
            let is_better = is_other || dropped;
            MoveFinding::new(if is_better { MoveVerdict::Better } else { MoveVerdict::Same }, line)
        }
        None => {
            let value = inline(&[("text", text.as_str().into())]);
            draft.project().insert("license", toml_edit::value(value));
            let line = "license -> project.license.text: it is no SPDX expression";
            MoveFinding::new(MoveVerdict::Same, line)
        }
    };
    draft.find(MoveFinding { place, ..finding });
}

/// The classifiers that stay: those about the licence may not stand beside an expression (PEP 639).
pub fn classifiers(draft: &Draft) -> Vec<String> {
    let is_expression = expression(draft).is_some();
    let all = draft.old.metadata.classifiers.iter();
    all.filter(|one| !(is_expression && one.starts_with("License ::"))).cloned().collect()
}

/// Names that mean one licence and no other, in lower case, without `the`, `license` and `version`.
const NAMES: &[(&[&str], &str)] = &[
    (&["mit", "expat"], "MIT"),
    (&["apache 2", "apache 2.0", "apache2", "apache software 2.0", "apachev2"], "Apache-2.0"),
    (&["bsd 3 clause", "3 clause bsd", "new bsd", "modified bsd", "bsd3"], "BSD-3-Clause"),
    (&["bsd 2 clause", "2 clause bsd", "simplified bsd"], "BSD-2-Clause"),
    (&["isc"], "ISC"),
    (&["mpl 2.0", "mpl2", "mplv2", "mozilla public 2.0", "mpl v2.0"], "MPL-2.0"),
    (&["zlib"], "Zlib"),
    (&["unlicense"], "Unlicense"),
    (&["psf 2.0"], "PSF-2.0"),
];

/// The SPDX expression that the old text is, or is another name of.
fn expression(draft: &Draft) -> Option<String> {
    let metadata = &draft.old.metadata;
    if let Some(expression) = &metadata.license_expression {
        return Some(license_expression(expression).unwrap_or_else(|| expression.clone()));
    }
    let text = metadata.license.as_deref()?.trim();
    if let Some(expression) = license_expression(text) {
        return Some(expression);
    }
    let plain = text.to_lowercase().replace(['-', ',', '_'], " ");
    let words = plain
        .split_whitespace()
        .filter(|word| !["the", "license", "licence", "version"].contains(word));
    let name = words.collect::<Vec<_>>().join(" ");
    let known = NAMES.iter().find(|(names, _)| names.contains(&name.as_str()));
    known.map(|(_, expression)| (*expression).to_owned())
}

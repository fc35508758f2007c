//! Whether `RECORD` says what a wheel holds (packaging.python.org, "Recording installed projects").

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::compare::contents::ArchiveContents;

/// `RECORD` itself and the signatures of it have no hash.
const UNRECORDED: [&str; 3] = ["RECORD", "RECORD.jws", "RECORD.p7s"];

/// What is wrong with the `RECORD` of a wheel, in words; installers refuse such a wheel.
pub fn faults(wheel: &ArchiveContents, dist_info: &str) -> Vec<String> {
    let Some(text) = wheel.text(&format!("{dist_info}/RECORD")) else {
        return vec!["there is no `RECORD`".to_owned()];
    };
    let rows = rows(text);
    let of_record = |path: &str| {
        path.strip_prefix(dist_info)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|name| UNRECORDED.contains(&name))
    };
    let mut faults = Vec::new();
    for (path, file) in wheel.files.iter().filter(|(path, _)| !of_record(path)) {
        let hash = format!("sha256={}", URL_SAFE_NO_PAD.encode(file.sha256));
        match rows.get(path.as_str()) {
            None => faults.push(format!("`RECORD` does not name `{path}`")),
            Some((found, _)) if found.starts_with("sha256=") && *found != hash => {
                faults.push(format!("`RECORD` has another hash for `{path}`"));
            }
            Some((_, size)) if !size.is_empty() && *size != file.size.to_string() => {
                faults.push(format!("`RECORD` has another size for `{path}`"));
            }
            Some(_) => {}
        }
    }
    let absent = rows.keys().filter(|path| !wheel.files.contains_key(*path) && !of_record(path));
    faults.extend(absent.map(|path| format!("`RECORD` names `{path}`, which is not there")));
    faults
}

/// Path -> hash and size.
fn rows(text: &str) -> BTreeMap<String, (String, String)> {
    let reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let field = |row: &csv::StringRecord, index| row.get(index).unwrap_or_default().to_owned();
    let rows = reader.into_records().filter_map(std::result::Result::ok);
    rows.map(|row| (field(&row, 0), (field(&row, 1), field(&row, 2)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::contents::ArchivedFile;

    #[test]
    fn each_file_has_its_row() {
        let row = "a.py,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,3\n";
        let table = [
            (format!("{row}d/RECORD,,\n"), vec![]),
            (row.to_owned(), vec![]),
            ("a.py,,\n".to_owned(), vec![]),
            (String::new(), vec!["does not name `a.py`"]),
            (row.replace("AAA,3", "AAA,4"), vec!["another size for `a.py`"]),
            (row.replace("=AAA", "=BAA"), vec!["another hash for `a.py`"]),
            (format!("{row}b.py,,\n"), vec!["names `b.py`, which is not there"]),
        ];
        for (text, expected) in table {
            let mut wheel = ArchiveContents::default();
            let file = ArchivedFile { size: 3, ..ArchivedFile::default() };
            wheel.files.insert("a.py".into(), file.clone());
            wheel
                .files
                .insert("d/RECORD".into(), ArchivedFile { text: Some(text.clone()), ..file });
            let faults = faults(&wheel, "d");
            assert_eq!(faults.len(), expected.len(), "{text}: {faults:?}");
            assert!(faults.iter().zip(&expected).all(|(one, two)| one.contains(two)), "{faults:?}");
        }
        assert_eq!(faults(&ArchiveContents::default(), "d"), ["there is no `RECORD`"]);
    }
}

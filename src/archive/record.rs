//! `RECORD`: which files a wheel holds, with their hashes and sizes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// A line of `RECORD`: what was packed, as it was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Path in the wheel, with `/`.
    pub path: String,
    /// SHA-256 of the uncompressed bytes.
    pub sha256: [u8; 32],
    /// How many bytes there are, uncompressed.
    pub size: u64,
}

/// The text of `RECORD` for these files, in this order, and last for itself without hash and size
/// (packaging.python.org, "Recording installed projects"). Fields are quoted as Python's `csv`
/// reads them.
///
/// # Errors
/// None that a user can cause.
pub fn text(rows: &[Row], record_path: &str) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let hash = format!("sha256={}", URL_SAFE_NO_PAD.encode(row.sha256));
        writer.write_record([row.path.as_str(), &hash, &row.size.to_string()]).map_err(failed)?;
    }
    writer.write_record([record_path, "", ""]).map_err(failed)?;
    let bytes = writer.into_inner().map_err(failed)?;
    String::from_utf8(bytes).map_err(failed)
}

fn failed(reason: impl std::fmt::Display) -> Error {
    Error::new(format!("cannot make the text of RECORD: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(path: &str) -> Row {
        let sha256 = [
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f,
            0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b,
            0x78, 0x52, 0xb8, 0x55,
        ];
        Row { path: path.into(), sha256, size: 0 }
    }

    #[test]
    fn a_line_has_path_hash_and_size_and_record_itself_has_neither() {
        let expected = "a/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\
                        a-1.dist-info/RECORD,,\n";
        assert_eq!(text(&[row("a/__init__.py")], "a-1.dist-info/RECORD").unwrap(), expected);
    }

    #[test]
    fn only_paths_that_need_quotes_have_them() {
        let table = [
            ("with space.py", "with space.py,"),
            ("comma,.py", "\"comma,.py\","),
            ("quo\"te.py", "\"quo\"\"te.py\","),
            ("new\nline.py", "\"new\nline.py\","),
            ("return\r.py", "\"return\r.py\","),
            ("süß.py", "süß.py,"),
        ];
        for (path, start) in table {
            let text = text(&[row(path)], "R").unwrap();
            assert!(text.starts_with(start), "{path:?} gave {text:?}");
        }
    }

    proptest! {
        // The reader used here skips a byte order mark at the very beginning; Python's does not.
        #[test]
        fn any_path_comes_back(paths in prop::collection::vec("[^\0\u{feff}]{1,30}", 0..8)) {
            let rows: Vec<Row> = paths.iter().map(|path| row(path)).collect();
            let text = text(&rows, "x-1.dist-info/RECORD").unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let read: Vec<String> = reader.records().map(|r| r.unwrap()[0].to_owned()).collect();
            prop_assert_eq!(&read[..read.len() - 1], &paths[..]);
            prop_assert_eq!(read.last().unwrap(), "x-1.dist-info/RECORD");
        }
    }
}

//! Tests of `dist_info.rs`.

use proptest::prelude::*;

use crate::archive::dist_info::*;

fn tag(python: &str, abi: &str, platform: &str) -> Tag {
    Tag { python: python.into(), abi: abi.into(), platform: platform.into() }
}

#[test]
fn compressed_tags_are_written_out() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        wheel_text(&tag("cp315", "abi3.abi3t", "linux_x86_64"), None),
        format!(
            "Wheel-Version: 1.0\nGenerator: officina {version}\nRoot-Is-Purelib: false\n\
             Tag: cp315-abi3-linux_x86_64\nTag: cp315-abi3t-linux_x86_64\n"
        )
    );
    let pure = wheel_text(&tag("py2.py3", "none", "any"), Some("2_x"));
    let expected = "Purelib: true\nTag: py2-none-any\nTag: py3-none-any\nBuild: 2_x\n";
    assert!(pure.ends_with(expected), "{pure}");
}

/// The `.dist-info` folder of a project in a temporary folder, as it was prepared and as a build
/// makes it.
struct PreparedCase {
    temporary: tempfile::TempDir,
    built: DistInfo,
}

impl PreparedCase {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(temporary.path().join("LICENSES")).unwrap();
        std::fs::write(temporary.path().join("LICENSES/MIT.txt"), "MIT").unwrap();
        let dist_info = |tag: &str| {
            let entry = |name: &str, content| ManifestEntry {
                path: format!("a-1.dist-info/{name}"),
                content,
                executable: false,
            };
            let license = Content::File(temporary.path().join("LICENSES/MIT.txt"));
            let entries = vec![
                entry("METADATA", Content::Text("Name: a\n".into())),
                entry(WHEEL, Content::Text(wheel_text(&self::tag("cp311", tag, "linux"), None))),
                entry("licenses/LICENSES/MIT.txt", license),
            ];
            DistInfo { folder: "a-1.dist-info".into(), entries }
        };
        dist_info("abi3").write(temporary.path()).unwrap();
        let built = dist_info("cp311");
        PreparedCase { temporary, built }
    }

    fn folder(&self) -> PathBuf {
        self.temporary.path().join("a-1.dist-info")
    }

    fn compared(&self) -> Result<Vec<String>> {
        let dist_info = self.built.clone().with_prepared(&self.folder())?;
        let added = &dist_info.entries[self.built.entries.len()..];
        Ok(added.iter().map(|entry| entry.path.clone()).collect())
    }
}

#[test]
fn what_was_prepared_is_what_the_wheel_has_but_for_the_tag_and_the_record() {
    let prepared = PreparedCase::new();
    assert_eq!(prepared.compared().unwrap(), [""; 0]);
    std::fs::write(prepared.folder().join("RECORD"), "anything").unwrap();
    assert_eq!(prepared.compared().unwrap(), [""; 0]);
}

#[test]
fn what_somebody_else_prepared_goes_into_the_wheel() {
    let prepared = PreparedCase::new();
    std::fs::create_dir(prepared.folder().join("sboms")).unwrap();
    std::fs::write(prepared.folder().join("sboms/a.json"), "{}").unwrap();
    std::fs::write(prepared.folder().join(".hidden"), "").unwrap();
    let expected = ["a-1.dist-info/.hidden", "a-1.dist-info/sboms/a.json"];
    assert_eq!(prepared.compared().unwrap(), expected);
}

#[test]
fn what_differs_from_what_was_prepared_is_named() {
    let table = [
        ("METADATA", Some("Name: b\n"), "the wheel's `METADATA` is not the one in `"),
        ("WHEEL", Some("Wheel-Version: 2.0\n"), "the wheel's `WHEEL` is not the one in `"),
        ("licenses/LICENSES/MIT.txt", Some("BSD"), "the wheel's `licenses/LICENSES/MIT.txt` is"),
        ("METADATA", None, "the wheel has a `METADATA`, and `"),
    ];
    for (name, text, expected) in table {
        let prepared = PreparedCase::new();
        let path = prepared.folder().join(name);
        match text {
            Some(text) => std::fs::write(path, text).unwrap(),
            None => std::fs::remove_file(path).unwrap(),
        }
        let error = prepared.compared().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_prepared_folder_that_is_not_there_is_named() {
    let prepared = PreparedCase::new();
    std::fs::remove_dir_all(prepared.folder()).unwrap();
    let error = prepared.compared().unwrap_err().to_string();
    assert!(error.starts_with("cannot read `") && error.contains("a-1.dist-info`"), "{error}");
}

fn row(path: &str) -> RecordRow {
    let sha256 = [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ];
    RecordRow { path: path.into(), sha256, size: 0 }
}

#[test]
fn a_line_has_path_hash_and_size_and_record_itself_has_neither() {
    let expected = "a/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\
                    a-1.dist-info/RECORD,,\n";
    assert_eq!(record_text(&[row("a/__init__.py")], "a-1.dist-info/RECORD").unwrap(), expected);
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
        let text = record_text(&[row(path)], "R").unwrap();
        assert!(text.starts_with(start), "{path:?} gave {text:?}");
    }
}

proptest! {
    // The reader used here skips a byte order mark at the very beginning; Python's does not.
    #[test]
    fn any_path_comes_back(paths in prop::collection::vec("[^\0\u{feff}]{1,30}", 0..8)) {
        let rows: Vec<RecordRow> = paths.iter().map(|path| row(path)).collect();
        let text = record_text(&rows, "x-1.dist-info/RECORD").unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let read: Vec<String> = reader.records().map(|r| r.unwrap()[0].to_owned()).collect();
        prop_assert_eq!(&read[..read.len() - 1], &paths[..]);
        prop_assert_eq!(read.last().unwrap(), "x-1.dist-info/RECORD");
    }
}

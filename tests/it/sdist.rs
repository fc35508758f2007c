//! The sdist as an archive: files of any size, read back whole.

use std::fs::File;
use std::io::{Read, Write};

use flate2::read::GzDecoder;
use officina::archive::sdist;
use officina::model::{Content, Manifest, ManifestEntry};
use tempfile::TempDir;

/// Takes minutes without optimisation: `cargo test --release --test it -- --ignored`.
#[test]
#[ignore = "packs nine gigabytes"]
fn files_beyond_eight_gigabytes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("large.bin");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"start").unwrap();
    file.set_len(9 << 30).unwrap();
    let entry =
        |path: &str, content| ManifestEntry { path: path.into(), content, executable: false };
    let entries = vec![
        entry("large.bin", Content::File(path)),
        entry("z.py", Content::Text("x = 1\n".into())),
    ];
    let archive = sdist::write(folder.path(), "a-1", &Manifest { entries }, 0).unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(archive).unwrap()));
    let mut entries = archive.entries().unwrap();
    let large = entries.next().unwrap().unwrap();
    assert_eq!((large.path_bytes().as_ref(), large.size()), (&b"a-1/large.bin"[..], 9 << 30));
    let mut after = String::new();
    entries.next().unwrap().unwrap().read_to_string(&mut after).unwrap();
    assert_eq!(after, "x = 1\n");
}

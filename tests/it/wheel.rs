//! The wheel as an archive: the same bytes everywhere, whole or not there, large where it must be.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use officina::archive::packing::Packing;
use officina::archive::wheel;
use officina::engine::jobserver::Jobs;
use officina::error::Result;
use officina::model::{Content, Environment, Manifest, ManifestEntry};
use tempfile::TempDir;
use zip::{DateTime, ZipArchive};

const NAME: &str = "a-1-py3-none-any.whl";
const DIST_INFO: &str = "a-1.dist-info";

fn jobs(number: usize) -> Jobs {
    Jobs::new(Some(number), &Environment::default())
}

fn entry(path: &str, content: Content) -> ManifestEntry {
    ManifestEntry { path: path.into(), content, executable: false }
}

fn text(path: &str, text: &str) -> ManifestEntry {
    entry(path, Content::Text(text.into()))
}

fn pack(folder: &Path, entries: Vec<ManifestEntry>, jobs: Jobs) -> Result<PathBuf> {
    pack_at(folder, entries, DateTime::DEFAULT, &jobs)
}

fn pack_at(
    folder: &Path,
    entries: Vec<ManifestEntry>,
    modified: DateTime,
    jobs: &Jobs,
) -> Result<PathBuf> {
    let packing = Packing { modified, jobs };
    wheel::write(&folder.join("dist"), NAME, &Manifest { entries }, DIST_INFO, &packing)
}

fn open(wheel: &Path) -> ZipArchive<File> {
    ZipArchive::new(File::open(wheel).expect("a wheel")).expect("an archive")
}

fn names(wheel: &Path) -> Vec<String> {
    let mut archive = open(wheel);
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).expect("an entry");
        names.push(file.name().expect("a name in UTF-8").into());
    }
    names
}

fn record(wheel: &Path) -> String {
    let mut text = String::new();
    let mut archive = open(wheel);
    let mut record = archive.by_name("a-1.dist-info/RECORD").expect("RECORD");
    record.read_to_string(&mut text).expect("RECORD in UTF-8");
    drop(record);
    text
}

/// A tree of files of many sizes, some compressible and some not.
fn tree(root: &Path) -> Vec<ManifestEntry> {
    let folder = root.join("a");
    std::fs::create_dir_all(&folder).expect("a new folder");
    let mut noise = 1_u64;
    let mut file = |n: usize| {
        let path = folder.join(format!("f{n:03}.bin"));
        let bytes: Vec<u8> = (0..n * n * 10)
            .map(|position| {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if n.is_multiple_of(2) { (noise >> 56) as u8 } else { position as u8 }
            })
            .collect();
        std::fs::write(&path, bytes).expect("a new file");
        ManifestEntry {
            path: format!("a/f{n:03}.bin"),
            content: Content::File(path),
            executable: n.is_multiple_of(10),
        }
    };
    let mut entries: Vec<_> = (0..120).map(&mut file).collect();
    entries.push(text("a-1.dist-info/METADATA", "Metadata-Version: 2.4\n"));
    entries.push(text("b/süß.py", "x = 1\n"));
    entries
}

#[test]
fn the_same_bytes_from_any_folder_with_any_number_of_threads() {
    let [one, two] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let first = pack(one.path(), tree(one.path()), jobs(1)).unwrap();
    let second = pack(&two.path().join("deeper"), tree(two.path()), jobs(7)).unwrap();
    assert!(std::fs::read(first).unwrap() == std::fs::read(second).unwrap());
}

#[test]
fn order_modes_and_times_are_fixed() {
    let folder = TempDir::new().unwrap();
    let modified = DateTime::from_date_and_time(2024, 2, 29, 12, 34, 56).unwrap();
    let wheel = pack_at(folder.path(), tree(folder.path()), modified, &jobs(2)).unwrap();
    let names = names(&wheel);
    assert_eq!(names[0], "a/f000.bin");
    let end = ["b/süß.py", "a-1.dist-info/METADATA", "a-1.dist-info/RECORD"];
    assert_eq!(names[names.len() - 3..], end);
    let mut archive = open(&wheel);
    for (index, name) in names.iter().enumerate() {
        let file = archive.by_index(index).unwrap();
        let executable = name.ends_with("0.bin");
        assert_eq!(file.unix_mode(), Some(if executable { 0o100755 } else { 0o100644 }), "{name}");
        assert_eq!(file.last_modified(), Some(modified), "{name}");
        assert_eq!(file.extra_data(), None, "{name}");
    }
}

#[test]
fn record_names_every_file_and_the_contents_come_back() {
    let folder = TempDir::new().unwrap();
    let wheel = pack(folder.path(), tree(folder.path()), jobs(2)).unwrap();
    let record = record(&wheel);
    let listed: Vec<&str> = record.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(listed, names(&wheel));
    assert!(record.ends_with("a-1.dist-info/RECORD,,\n"));
    let mut archive = open(&wheel);
    for index in 0..archive.len() {
        let mut packed = Vec::new();
        let mut file = archive.by_index(index).unwrap();
        let source = folder.path().join(file.name().unwrap().as_ref());
        file.read_to_end(&mut packed).unwrap(); // checks the CRC as well
        if source.exists() {
            assert!(packed == std::fs::read(&source).unwrap(), "{}", source.display());
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_nothing_is_left() {
    let folder = TempDir::new().unwrap();
    let gone = folder.path().join("gone.so");
    let table = [
        (gone, "cannot read `", "gone.so`"),
        (folder.path().to_owned(), "`", "` is not a regular file"),
    ];
    for (path, start, end) in table {
        let mut entries = tree(folder.path());
        entries.push(entry("z.so", Content::File(path)));
        let error = pack(folder.path(), entries, jobs(2)).unwrap_err().to_string();
        assert!(error.starts_with(start) && error.contains(end), "{error}");
        assert_eq!(std::fs::read_dir(folder.path().join("dist")).unwrap().count(), 0);
    }
}

#[test]
fn two_files_at_one_path_are_refused() {
    let folder = TempDir::new().unwrap();
    for path in ["a.py", "a-1.dist-info/RECORD"] {
        let entries = vec![text("a.py", "1"), text(path, "2")];
        let error = pack(folder.path(), entries, jobs(1)).unwrap_err();
        let expected = format!("two files would have the path `{path}` in the wheel");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn an_older_wheel_is_replaced() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("dist")).unwrap();
    std::fs::write(folder.path().join("dist").join(NAME), "an older wheel").unwrap();
    let wheel = pack(folder.path(), vec![text("a.py", "1")], jobs(1)).unwrap();
    assert_eq!(names(&wheel), ["a.py", "a-1.dist-info/RECORD"]);
}

#[test]
fn more_entries_than_the_old_format_counts() {
    let folder = TempDir::new().unwrap();
    let entries: Vec<_> = (0..66_000).map(|n| text(&format!("a/{n:05}.py"), "")).collect();
    let wheel = pack(folder.path(), entries, jobs(2)).unwrap();
    assert_eq!(open(&wheel).len(), 66_001);
    assert_eq!(record(&wheel).lines().count(), 66_001);
}

/// Takes minutes without optimisation: `cargo test --release --test it -- --ignored`.
#[test]
#[ignore = "packs five gigabytes"]
fn files_beyond_four_gigabytes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("large.bin");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"start").unwrap();
    file.set_len(5 << 30).unwrap();
    let entries = vec![entry("a/large.bin", Content::File(path)), text("z.py", "x = 1\n")];
    let wheel = pack(folder.path(), entries, jobs(2)).unwrap();
    assert!(record(&wheel).contains(",5368709120\n"), "{}", record(&wheel));
    let mut archive = open(&wheel);
    assert_eq!(archive.by_name("a/large.bin").unwrap().size(), 5 << 30);
    let mut after = String::new();
    archive.by_name("z.py").unwrap().read_to_string(&mut after).unwrap();
    assert_eq!(after, "x = 1\n");
}

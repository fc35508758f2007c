//! The members of thin archives (`ar rcsT`), which hold the names of objects and not their bytes.

use std::io::Read;
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"!<thin>\n";
const HEADER: usize = 60;

/// The objects that a thin archive names; none where the file is something else.
pub fn members(archive: &Path) -> Vec<PathBuf> {
    let folder = archive.parent().unwrap_or(Path::new(""));
    let mut magic = [0; MAGIC.len()];
    let Ok(mut file) = std::fs::File::open(archive) else { return Vec::new() };
    if file.read_exact(&mut magic).is_err() || magic != MAGIC {
        return Vec::new();
    }
    let mut bytes = Vec::new();
    if file.read_to_end(&mut bytes).is_err() {
        return Vec::new();
    }
    names(&bytes).into_iter().map(|name| folder.join(name)).collect()
}

/// The names in what follows the magic, up to where it makes no sense.
fn names(bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let (mut long_names, mut at) = (String::new(), 0);
    while let Some(header) = bytes.get(at..at + HEADER) {
        let text =
            |range: std::ops::Range<usize>| String::from_utf8_lossy(&header[range]).into_owned();
        let (name, size) = (text(0..16), text(48..58));
        let Ok(size) = size.trim().parse::<usize>() else { break };
        at += HEADER;
        let name = name.trim_end();
        // The tables alone have bytes here; each ends at an even place.
        if matches!(name, "/" | "//" | "/SYM64/") {
            let Some(table) = bytes.get(at..at + size) else { break };
            if name == "//" {
                long_names = String::from_utf8_lossy(table).into_owned();
            }
            at += size + size % 2;
            continue;
        }
        let long = name.strip_prefix('/').and_then(|place| place.split(':').next()?.parse().ok());
        let long = long.and_then(|place: usize| long_names.get(place..)?.split("/\n").next());
        names.push(long.unwrap_or(name.trim_end_matches('/')).to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_or_long() {
        let header = |name: &str, size: usize| format!("{name:<16}{:<32}{size:<10}`\n", "");
        let table = "a folder/some object.o/\nb/other.o/\n";
        let bytes = [
            header("/", 3),
            "abc\n".into(),
            header("//", table.len()),
            table.into(),
            "\n".repeat(table.len() % 2),
            header("/0", 1000),
            header("/24", 2),
            header("c.o/", 7),
        ];
        let found = names(bytes.concat().as_bytes());
        assert_eq!(found, ["a folder/some object.o", "b/other.o", "c.o"]);
        assert!(names(b"nonsense").is_empty());
        assert!(members(Path::new("/nowhere")).is_empty());
    }
}

//! What the inputs of a build were like, so that an editable install can see that one changed.
//!
//! A line for each: its kind, the time of its last change, its size, a digest, its path. The finder
//! of the install (`_editable.py`) reads the same lines at the first import, and compares no more
//! than times and sizes; what it cannot tell, [`compared`] can.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::model::BuildInputs;

/// An input as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// What it is.
    pub kind: Kind,
    /// When it was changed last, in nanoseconds since 1970; 0: the finder shall not trust it.
    pub modified: u128,
    /// How many bytes it has; 0 for folders.
    pub size: u64,
    /// Of its bytes, or of the names in the folder; empty: it changed while the build ran.
    pub digest: String,
    /// Where it is. Absolute, UTF-8, without line breaks.
    pub path: String,
}

/// What an input is, by the letter of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A file.
    File,
    /// A file that somebody looked for and that was not there.
    Missing,
    /// A folder of which the names count.
    Folder,
    /// A file of an installed distribution. It may vanish, with the isolated environment that the
    /// install ran in, and the modules are as good as before.
    Foreign,
}

impl Kind {
    const LETTERS: [(Kind, &str); 4] =
        [(Kind::File, "f"), (Kind::Missing, "m"), (Kind::Folder, "d"), (Kind::Foreign, "t")];

    fn letter(self) -> &'static str {
        Self::LETTERS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, letter)| letter)
    }

    fn of_letter(letter: &str) -> Option<Self> {
        Self::LETTERS.iter().find(|(_, known)| *known == letter).map(|(kind, _)| *kind)
    }
}

/// An input to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// What it ought to be; see [`Kind::Missing`].
    pub kind: Kind,
    /// Where it is.
    pub path: PathBuf,
    /// A change after this time is one that the build may have missed.
    pub since: SystemTime,
}

/// The times of a build.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// When nothing was read yet.
    pub begun: SystemTime,
    /// When the builders had ended and the compilers had not begun.
    pub generated: SystemTime,
}

/// What of a build's inputs is watched, sorted: all but what builders wrote themselves, and what
/// changes for reasons of its own. `named` are files that nobody opened and that count all the
/// same, `search_path` is where Python finds modules.
pub fn watched(
    inputs: &BuildInputs,
    named: &[PathBuf],
    root: &Path,
    search_path: &[String],
    times: Times,
) -> Vec<Watched> {
    let kind = |path: &Path| match is_foreign(path, root, search_path) {
        true => Kind::Foreign,
        false => Kind::File,
    };
    let mut found: BTreeMap<&Path, (Kind, SystemTime)> = BTreeMap::new();
    // The same headers again and again.
    let by_compilers: HashSet<&Path> =
        inputs.objects.iter().flat_map(|read| &read.files).map(AsRef::as_ref).collect();
    // A builder that lists a folder may write into it as well.
    let folders = inputs.builders.iter().flat_map(|read| &read.folders).filter(|path| {
        kind(path) == Kind::File && !has_part(path, &["__pycache__", ".git", ".hg", ".svn"])
    });
    let by_builders = inputs.builders.iter().flat_map(|read| &read.files);
    found.extend(by_compilers.into_iter().map(|path| (path, (kind(path), times.generated))));
    found.extend(folders.map(|path| (path.as_path(), (Kind::Folder, times.generated))));
    let by_builders = by_builders.chain(named).map(PathBuf::as_path);
    found.extend(by_builders.map(|path| (path, (kind(path), times.begun))));
    let is_written = |path: &Path| inputs.builders.iter().any(|read| read.written.contains(path));
    found
        .into_iter()
        .filter(|(path, _)| !is_written(path) && fits_a_line(path))
        .map(|(path, (kind, since))| Watched { kind, path: path.to_owned(), since })
        .collect()
}

fn is_foreign(path: &Path, root: &Path, search_path: &[String]) -> bool {
    let is_searched = || search_path.iter().any(|folder| path.starts_with(folder));
    has_part(path, &["site-packages", "dist-packages"]) || !path.starts_with(root) && is_searched()
}

fn has_part(path: &Path, names: &[&str]) -> bool {
    path.components().any(|part| names.iter().any(|name| part.as_os_str() == *name))
}

fn fits_a_line(path: &Path) -> bool {
    path.to_str().is_some_and(|text| !text.contains(['\n', '\r']))
}

/// Looks at every input. One that the build may have read before its last change is not trusted:
/// the next look finds it changed.
pub fn taken(watched: &[Watched]) -> Vec<Stamp> {
    let now = nanoseconds(SystemTime::now());
    let taken = |Watched { kind, path, since }: &Watched| {
        let mut stamp = stamp(*kind, path)?;
        // A time in the future says nothing about this build; it would never be trusted.
        if stamp.modified > nanoseconds(*since) && stamp.modified <= now {
            (stamp.modified, stamp.digest) = (0, String::new());
        }
        Some(stamp)
    };
    watched.iter().filter_map(taken).collect()
}

/// What the inputs are like now, beside what they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// As they were; their stamps with today's times.
    Same(Vec<Stamp>),
    /// This one is not.
    Changed(String),
}

/// Compares what the inputs hold, where their times and sizes are not those of the stamps.
pub fn compared(stamps: &[Stamp]) -> Comparison {
    let mut same = Vec::with_capacity(stamps.len());
    for stamp in stamps {
        match again(stamp) {
            Some(now) => same.push(now),
            None => return Comparison::Changed(stamp.path.clone()),
        }
    }
    Comparison::Same(same)
}

fn again(old: &Stamp) -> Option<Stamp> {
    let path = Path::new(&old.path);
    match look(old.kind, path) {
        None if old.kind == Kind::Foreign => return Some(old.clone()),
        Some((modified, size)) if (modified, size) == (old.modified, old.size) => {
            return Some(old.clone());
        }
        _ => {}
    }
    let now = match old.kind {
        Kind::Missing => stamp(Kind::File, path),
        kind => stamp(kind, path),
    }?;
    (now.kind == old.kind && now.digest == old.digest).then_some(now)
}

/// The stamp of an input; `None` for what cannot be one: a folder that was opened as a file, a
/// file of an environment that is gone.
fn stamp(kind: Kind, path: &Path) -> Option<Stamp> {
    let text = path.to_str()?.to_owned();
    let Some((modified, size)) = look(kind, path) else {
        let missing =
            Stamp { kind: Kind::Missing, modified: 0, size: 0, digest: String::new(), path: text };
        return (kind == Kind::File && !path.exists()).then_some(missing);
    };
    let digest = if kind == Kind::Folder { digest_of_names(path) } else { digest_of_file(path) };
    Some(Stamp { kind, modified, size, digest: digest?, path: text })
}

/// The time of the last change, and the size.
fn look(kind: Kind, path: &Path) -> Option<(u128, u64)> {
    let found = std::fs::metadata(path).ok()?;
    let modified = nanoseconds(found.modified().ok()?);
    match kind {
        Kind::Folder => found.is_dir().then_some((modified, 0)),
        Kind::File | Kind::Foreign => found.is_file().then_some((modified, found.len())),
        Kind::Missing => None,
    }
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

fn digest_of_file(path: &Path) -> Option<String> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(URL_SAFE_NO_PAD.encode(hasher.finalize())),
            count => hasher.update(&buffer[..count]),
        }
    }
}

fn digest_of_names(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.retain(|name| name != "__pycache__");
    names.sort();
    let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
    Some(digest(&names.join("\0")))
}

/// A digest of some text, as in the lines.
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// The lines of some stamps.
pub fn text(stamps: &[Stamp]) -> String {
    let mut text = String::new();
    for Stamp { kind, modified, size, digest, path } in stamps {
        let digest = if digest.is_empty() { "-" } else { digest };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{} {modified} {size} {digest} {path}", kind.letter());
    }
    text
}

/// The stamps of some lines; `None` if they are no such lines.
pub fn parsed(text: &str) -> Option<Vec<Stamp>> {
    text.lines().map(line).collect()
}

fn line(line: &str) -> Option<Stamp> {
    let mut words = line.splitn(5, ' ');
    let mut next = || words.next();
    Some(Stamp {
        kind: Kind::of_letter(next()?)?,
        modified: next()?.parse().ok()?,
        size: next()?.parse().ok()?,
        digest: next().map(|digest| if digest == "-" { "" } else { digest })?.to_owned(),
        path: next()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use crate::model::{BuilderInputs, ObjectInputs};
    use std::time::Duration;

    const LATER: Duration = Duration::from_secs(3600);

    fn times(begun: SystemTime) -> Times {
        Times { begun, generated: begun }
    }

    fn paths<const N: usize>(paths: [&str; N]) -> BTreeSet<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    fn headers<const N: usize>(paths: [&str; N]) -> BTreeSet<Arc<Path>> {
        paths.iter().map(|path| Path::new(path).into()).collect()
    }

    #[test]
    fn what_is_watched() {
        let builder = BuilderInputs {
            files: paths(["/p/b.py", "/p/.venv/lib/site-packages/cffi/api.py", "/iso/site/x.py"]),
            folders: paths(["/p/data", "/p/.git/refs", "/p/pkg/__pycache__", "/iso/site"]),
            written: paths(["/p/made.h"]),
            ..BuilderInputs::default()
        };
        let object = ObjectInputs {
            files: headers([
                "/p/b.py",
                "/p/made.h",
                "/p/a.h",
                "/usr/include/a.h",
                "/p/line\nbreak.h",
            ]),
            ..ObjectInputs::default()
        };
        let inputs = BuildInputs { builders: vec![builder], objects: vec![object] };
        let begun = UNIX_EPOCH + LATER;
        let times = Times { begun, generated: begun + LATER };
        let search_path = ["/iso".to_owned(), "/p".to_owned()];
        let named = [PathBuf::from("/p/pyproject.toml")];
        let found = watched(&inputs, &named, Path::new("/p"), &search_path, times);
        let found: Vec<_> = found
            .iter()
            .map(|w| (w.kind.letter(), w.path.to_str().unwrap(), w.since == begun))
            .collect();
        assert_eq!(
            found,
            [
                ("t", "/iso/site/x.py", true),
                ("t", "/p/.venv/lib/site-packages/cffi/api.py", true),
                ("f", "/p/a.h", false),
                ("f", "/p/b.py", true),
                ("d", "/p/data", false),
                ("f", "/p/pyproject.toml", true),
                ("f", "/usr/include/a.h", false),
            ]
        );
    }

    /// A folder with a file `a` in it, and stamps of both and of a file that is not there.
    fn stamps(times: Times) -> (tempfile::TempDir, Vec<Stamp>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "1").unwrap();
        let builder = BuilderInputs {
            files: [file, folder.path().join("missing")].into(),
            folders: [folder.path().to_owned()].into(),
            ..BuilderInputs::default()
        };
        let inputs = BuildInputs { builders: vec![builder], objects: vec![] };
        let stamps = taken(&watched(&inputs, &[], Path::new("/"), &[], times));
        (folder, stamps)
    }

    #[test]
    fn lines_say_all_there_is_to_say() {
        let (_folder, stamps) = stamps(times(SystemTime::now() + LATER));
        assert_eq!(stamps.len(), 3);
        assert_eq!(parsed(&text(&stamps)), Some(stamps));
        let dash = "f 1 2 -x- /a b\nm 0 0 - /c\n";
        let digests: Vec<_> = parsed(dash).unwrap().into_iter().map(|stamp| stamp.digest).collect();
        assert_eq!(digests, ["-x-", ""]);
        for wrong in ["x 1 2 - /a", "f 1 2 -", "f one 2 - /a", ""] {
            assert_eq!(parsed(&format!("{wrong}\n")), None, "{wrong}");
        }
    }

    #[test]
    fn what_holds_the_same_is_the_same() {
        let (folder, mut stamps) = stamps(times(SystemTime::now() + LATER));
        assert_eq!(compared(&stamps), Comparison::Same(stamps.clone()));
        for stamp in &mut stamps {
            stamp.modified /= 2; // as if it had been touched since
        }
        let Comparison::Same(now) = compared(&stamps) else { panic!("{stamps:?}") };
        assert!(
            now.iter()
                .zip(&stamps)
                .all(|(now, old)| now.modified > old.modified || old.kind == Kind::Missing)
        );
        std::fs::create_dir(folder.path().join("__pycache__")).unwrap();
        assert!(matches!(compared(&now), Comparison::Same(_)));
    }

    #[test]
    fn what_holds_something_else_is_found() {
        type Change = fn(&Path);
        let changes: [(&str, Change); 5] = [
            ("a", |folder| std::fs::write(folder.join("a"), "22").unwrap()),
            ("a", |folder| std::fs::remove_file(folder.join("a")).unwrap()),
            ("missing", |folder| std::fs::create_dir(folder.join("missing")).unwrap()),
            ("", |folder| std::fs::write(folder.join("b"), "").unwrap()),
            ("", |folder| std::fs::remove_dir_all(folder).unwrap()),
        ];
        for (changed, change) in changes {
            let (folder, stamps) = stamps(times(SystemTime::now() + LATER));
            change(folder.path());
            let expected = folder.path().join(changed).to_str().unwrap().to_owned();
            // A folder stands before what is in it; both may be found.
            let Comparison::Changed(path) = compared(&stamps) else { panic!("{changed}") };
            assert!(expected.starts_with(path.trim_end_matches('/')), "{path} {changed}");
        }
    }

    #[test]
    fn what_changed_while_the_build_ran_is_not_trusted() {
        let (_folder, stamps) = stamps(times(SystemTime::now() - LATER));
        let Comparison::Changed(_) = compared(&stamps) else { panic!("{stamps:?}") };
        let trusted: Vec<_> = stamps.iter().filter(|stamp| !stamp.digest.is_empty()).collect();
        assert!(trusted.is_empty(), "{trusted:?}");
    }
}

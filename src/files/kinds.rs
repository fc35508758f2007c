//! What a file is for, going by its name alone.

use crate::model::Leftover;

/// What a package folder holds for building only, by suffix: C-like sources, headers, assembler,
/// objects and static libraries. (`.obj` stays: it is a 3D model as often as an object file.)
const BUILD_INPUTS: [&str; 19] = [
    "c", "cc", "cpp", "cxx", "c++", "h", "hh", "hpp", "hxx", "h++", "inl", "ipp", "s", "asm", "m",
    "mm", "o", "a", "lib",
];

/// Files of version control, which leaves them in the folders that it looks after.
const VERSION_CONTROL: [&str; 7] =
    [".git", ".gitignore", ".gitattributes", ".gitkeep", ".gitmodules", ".hgignore", ".svnignore"];

/// Folders at the top of a project that hold what was built, by name.
const BUILT: [&str; 3] = ["build/", "dist/", "htmlcov/"];

/// Whether a file serves only to build what lies beside it.
pub(super) fn is_build_input(path: &str) -> bool {
    let suffix = suffix(path);
    // `.S` is assembler as well.
    BUILD_INPUTS.iter().any(|input| suffix.eq_ignore_ascii_case(input))
}

/// Whether a file is C or C++ to read: a source or a header.
pub(super) fn is_c(path: &str) -> bool {
    let suffix = suffix(path);
    let is_text =
        !["s", "asm", "o", "a", "lib"].iter().any(|other| suffix.eq_ignore_ascii_case(other));
    is_text && is_build_input(path)
}

/// Whether a file is of use to version control only.
pub(super) fn is_version_controls(path: &str) -> bool {
    VERSION_CONTROL.contains(&name(path))
}

/// Whether a file stands for a repository of its own: the `.git` of a submodule or a worktree.
pub(super) fn is_repository(path: &str) -> bool {
    name(path) == ".git"
}

/// What a tool left behind in a package, if it is that. A compiled extension module may be what a
/// builder wrote a moment ago.
pub(super) fn litter(path: &str) -> Option<Leftover> {
    let (name, suffix) = (name(path), suffix(path));
    let is_editors = name.ends_with('~')
        || matches!(suffix, "swp" | "swo")
        || name.starts_with(".#")
        || (name.starts_with('#') && name.ends_with('#'));
    let is_tools = matches!(name, ".coverage" | ".DS_Store" | "Thumbs.db" | "desktop.ini");
    match suffix {
        "pyc" | "pyo" => Some(Leftover::Bytecode),
        _ if is_in_metadata(path) => Some(Leftover::Metadata),
        _ if is_editors || is_tools || is_part(name) => Some(Leftover::Tool),
        _ => None,
    }
}

/// What a build or a test run left behind in the tree, if it is that: an unclean tree makes the
/// same sdist as a clean one.
pub(super) fn product(path: &str) -> Option<Leftover> {
    let (name, suffix) = (name(path), suffix(path));
    let tagged = [".abi3", ".abi3t", ".cpython-", ".pypy", ".graalpy"];
    let is_extension =
        suffix == "pyd" || (suffix == "so" && tagged.iter().any(|tag| name.contains(tag)));
    let is_tools = matches!(name, ".coverage" | ".DS_Store" | "Thumbs.db") || name.ends_with('~');
    match suffix {
        "pyc" | "pyo" => Some(Leftover::Bytecode),
        _ if is_extension => Some(Leftover::Extension),
        _ if path == "PKG-INFO" || is_in_metadata(path) => Some(Leftover::Metadata),
        _ if is_tools || is_part(name) => Some(Leftover::Tool),
        _ => BUILT.iter().any(|top| path.starts_with(top)).then_some(Leftover::BuildOutput),
    }
}

fn is_in_metadata(path: &str) -> bool {
    path.split('/').any(|part| part.ends_with(".egg-info") || part.ends_with(".dist-info"))
}

/// Whether a file is half a product, which another build is writing at this moment.
fn is_part(name: &str) -> bool {
    name.starts_with(".officina-") && name.ends_with(".part")
}

/// Whether a file is an sdist or a wheel of the version that `stem` names: `foo-1.0`. Frontends put
/// them anywhere, and the next sdist must not swallow them.
pub(super) fn is_product_of(path: &str, stem: &str) -> bool {
    let rest = name(path).strip_prefix(stem);
    rest.is_some_and(|rest| rest == ".tar.gz" || (rest.starts_with('-') && rest.ends_with(".whl")))
}

/// Whether a file has a name that keys and passwords have.
pub(super) fn is_secret(path: &str) -> bool {
    let name = name(path);
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    let starts =
        |start: &str| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    let ends = |end: &&str| {
        let start = name.len().checked_sub(end.len());
        let tail = start.and_then(|start| name.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    let samples = [".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"];
    let logins =
        [".pypirc", ".netrc", "_netrc", ".npmrc", ".htpasswd", ".git-credentials", ".pgpass"];
    let keys = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
    let key_files = [".key", ".p12", ".pfx", ".keystore", ".jks", ".kdbx", ".ppk"];
    is(&".env")
        || (starts(".env.") && !samples.iter().any(is))
        || logins.iter().any(is)
        || keys.iter().any(is)
        || key_files.iter().any(ends)
}

pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `py` of `a/b.py`; nothing for a name without a dot.
fn suffix(path: &str) -> &str {
    name(path).rsplit_once('.').map_or("", |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_product_is_no_file_of_the_project() {
        let part = "out/.officina-a1B2c3.part";
        assert_eq!((litter(part), product(part)), (Some(Leftover::Tool), Some(Leftover::Tool)));
        assert_eq!((litter("a.part"), product(".officina-notes")), (None, None));
    }

    #[test]
    fn secrets_are_known_by_name_in_any_case() {
        let secrets = ".env a/.env.local .ENV.production .pypirc x/ID_RSA server.key a.P12 é.key";
        for path in secrets.split(' ') {
            assert!(is_secret(path), "{path}");
        }
        let others = ".env.example .env.Sample env .environment id_rsa.pub key monkey.py \u{e9}";
        for path in others.split(' ') {
            assert!(!is_secret(path), "{path}");
        }
    }
}

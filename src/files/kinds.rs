//! What a file is for, going by its name alone.

use crate::model::Leftover;

/// What a package folder holds for building only, by suffix: C-like sources, headers, assembler,
/// objects and static libraries, Rust. (`.obj` stays: it is a 3D model as often as an object file.)
const BUILD_INPUTS: [&str; 20] = [
    "c", "cc", "cpp", "cxx", "c++", "h", "hh", "hpp", "hxx", "h++", "inl", "ipp", "s", "asm", "m",
    "mm", "o", "a", "lib", "rs",
];

/// Files of version control, which leaves them in the folders that it looks after.
const VERSION_CONTROL: [&str; 7] =
    [".git", ".gitignore", ".gitattributes", ".gitkeep", ".gitmodules", ".hgignore", ".svnignore"];

/// Folders at the top of a project that hold what was built, by name.
const BUILT: [&str; 4] = ["build/", "dist/", "htmlcov/", "wheelhouse/"];

/// Whether a file serves only to build what lies beside it.
pub(super) fn is_build_input(path: &str) -> bool {
    let suffix = suffix(path);
    // `.S` is assembler as well.
    BUILD_INPUTS.iter().any(|input| suffix.eq_ignore_ascii_case(input))
}

/// Whether a file is an archive of objects.
pub(super) fn is_archive(path: &str) -> bool {
    suffix(path) == "a"
}

/// Whether a file is C or C++ to read: a source or a header.
pub(super) fn is_c(path: &str) -> bool {
    let suffix = suffix(path);
    let is_text =
        !["s", "asm", "o", "a", "lib", "rs"].iter().any(|other| suffix.eq_ignore_ascii_case(other));
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
    let is_editors = is_editors_copy(name)
        || name.starts_with(".#")
        || (name.starts_with('#') && name.ends_with('#'));
    let is_tools = matches!(name, ".coverage" | ".DS_Store" | "Thumbs.db" | "desktop.ini");
    match suffix {
        "pyc" | "pyo" => Some(Leftover::Bytecode),
        "whl" => Some(Leftover::Wheel),
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
    let is_tools = matches!(name, ".coverage" | ".DS_Store" | "Thumbs.db") || is_editors_copy(name);
    match suffix {
        "pyc" | "pyo" => Some(Leftover::Bytecode),
        "whl" => Some(Leftover::Wheel),
        "o" | "lo" | "gch" | "gcno" | "gcda" => Some(Leftover::Object),
        _ if is_extension => Some(Leftover::Extension),
        _ if path == "PKG-INFO" || is_in_metadata(path) => Some(Leftover::Metadata),
        _ if is_tools || is_part(name) => Some(Leftover::Tool),
        _ => BUILT.iter().any(|top| path.starts_with(top)).then_some(Leftover::BuildOutput),
    }
}

/// Whether a file is an editor's backup, or what it swaps out.
fn is_editors_copy(name: &str) -> bool {
    name.ends_with('~') || (name.starts_with('.') && matches!(suffix(name), "swp" | "swo" | "swn"))
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

/// Whether a file has a name that keys and passwords have, or that a copy of such a file has.
pub(super) fn is_secret(path: &str) -> bool {
    let path = path.to_lowercase();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    is_secret_name(folder, copied_from(name).as_deref().unwrap_or(name))
}

/// Samples without a secret, which are there to be published.
const SAMPLES: [&str; 5] =
    [".env.example", ".env.sample", ".env.template", ".env.dist", ".env.defaults"];

/// What keys and passwords are called, in lower case. A name with a `/` is the end of a path, and
/// `*` stands for any text.
const SECRETS: [&str; 43] = [
    // what a shell or a program reads into its environment
    ".env",
    ".env.*",
    ".envrc",
    // logins
    ".pypirc",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".htpasswd",
    ".git-credentials",
    ".pgpass",
    ".my.cnf",
    ".dockercfg",
    ".s3cfg",
    ".boto",
    ".vault-token",
    ".vault_pass",
    ".aws/credentials",
    ".docker/config.json",
    ".kube/config",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".gem/credentials",
    ".config/gh/hosts.yml",
    // of cloud services
    "credentials.json",
    "*_credentials.json",
    "*-credentials.json",
    "service-account*.json",
    "service_account*.json",
    "serviceaccount*.json",
    "client_secret*.json",
    // keys
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.keystore",
    "*.jks",
    "*.kdbx",
    "*.ppk",
];

fn is_secret_name(folder: &str, name: &str) -> bool {
    let is_it = |secret: &&str| match (secret.rsplit_once('/'), secret.split_once('*')) {
        (Some((place, secret)), _) => {
            let above = folder.strip_suffix(place);
            name == secret && above.is_some_and(|above| above.is_empty() || above.ends_with('/'))
        }
        (None, Some((start, end))) => {
            name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end))
        }
        (None, None) => name == *secret,
    };
    !SAMPLES.contains(&name) && SECRETS.iter().any(is_it)
}

/// What a file is a copy of, if its name says so: an editor's backup or swap file (`.id_rsa.swp`,
/// `#id_rsa#`, `id_rsa.~1~`), or a copy that somebody kept (`id_rsa.bak`).
fn copied_from(name: &str) -> Option<String> {
    const KEPT: [&str; 8] = [".bak", ".backup", ".old", ".orig", ".save", ".rej", ".copy", ".tmp"];
    if let Some(hidden) = name.strip_prefix('.')
        && let Some((original, "swp" | "swo" | "swn")) = hidden.rsplit_once('.')
    {
        return Some(original.to_owned());
    }
    if let Some(original) = name.strip_prefix(".#") {
        return Some(original.to_owned());
    }
    if let Some(original) = name.strip_prefix('#').and_then(|rest| rest.strip_suffix('#')) {
        return Some(original.to_owned());
    }
    let original = match name.strip_suffix('~') {
        Some(original) => original.rsplit_once(".~").map_or(original, |(original, _)| original),
        None => KEPT.iter().find_map(|kept| name.strip_suffix(kept))?,
    };
    Some(original.to_owned())
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
    fn what_builds_and_editors_make_is_in_no_product() {
        for path in ["x.whl", "pkg/a.whl", "pkg/.a.py.swp", "a.c~", "pkg/__init__.pyc"] {
            assert!(litter(path).is_some() && product(path).is_some(), "{path}");
        }
        assert_eq!(product("src/a.o"), Some(Leftover::Object));
        assert_eq!(product("wheelhouse/a.txt"), Some(Leftover::BuildOutput));
        for path in ["a.obj", "x/wheelhouse.py", "pkg/whl", "a.op", "macro.swp.txt"] {
            assert_eq!((litter(path), product(path)), (None, None), "{path}");
        }
    }

    #[test]
    fn secrets_are_known_by_name_in_any_case() {
        let secrets = ".env a/.env.local .ENV.production .pypirc x/ID_RSA server.key a.P12 é.key \
             .envrc .aws/credentials x/.docker/config.json .kube/config a/Credentials.json \
             service-account.json service-account-prod.json my-credentials.json \
             id_rsa~ .id_rsa.swp #server.key# server.key.bak id_ed25519.~1~ .#.env ..env.swo \
             .env.bak credentials.json.orig .aws/credentials~";
        for path in secrets.split(' ') {
            assert!(is_secret(path), "{path}");
        }
        let others = ".env.example .env.Sample env .environment id_rsa.pub key monkey.py \u{e9} \
             config.json docker/config.json aws/credentials credentials.py kube/config x.aws/credentials \
             service.json notes.bak a.swp .env.example~ .~ ~ # ## .swp";
        for path in others.split(' ') {
            assert!(!is_secret(path), "{path}");
        }
    }
}

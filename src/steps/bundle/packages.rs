//! Asks the package manager of the system which packages files came with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::engine::input::Input;
use crate::model::Environment;
use crate::process::{self, Invocation, Output};
use crate::steps::bundle::plan::{Distribution, SystemPackage};

/// What changes whenever a package does.
const DATABASES: [&str; 3] =
    ["/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite"];

/// What says which system this is; the first one counts
/// (<https://www.freedesktop.org/software/systemd/man/latest/os-release.html>).
const RELEASES: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// What the answers depend on.
pub(super) fn inputs() -> impl Iterator<Item = Input> {
    let databases = DATABASES.iter().map(|file| Input::Stat(PathBuf::from(file)));
    databases.chain(RELEASES.iter().map(|file| Input::File(PathBuf::from(file))))
}

/// The packages of files, as far as somebody knows them.
pub(super) fn owners(
    files: &[&Path],
    environment: &Environment,
) -> BTreeMap<PathBuf, SystemPackage> {
    let manager = PackageManager { environment };
    let is_there = |file: &str| Path::new(file).exists();
    if files.is_empty() {
        BTreeMap::new()
    } else if is_there(DATABASES[0]) {
        manager.dpkg(files)
    } else if DATABASES[1..].iter().any(|file| is_there(file)) {
        files.iter().filter_map(|file| Some((file.to_path_buf(), manager.rpm(file)?))).collect()
    } else {
        BTreeMap::new()
    }
}

/// Which system this is.
fn distribution() -> Option<Distribution> {
    let text = RELEASES.iter().find_map(|file| std::fs::read_to_string(file).ok())?;
    release(&text)
}

fn release(text: &str) -> Option<Distribution> {
    let value = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let (_, value) = lines.find(|(key, _)| key.trim() == name)?;
        Some(shlex::split(value)?.concat()).filter(|value| !value.is_empty())
    };
    Some(Distribution { id: value("ID")?, version: value("VERSION_ID") })
}

struct PackageManager<'a> {
    environment: &'a Environment,
}

impl PackageManager<'_> {
    /// The lines that a program says, words in English; none if it is not there.
    fn lines(&self, program: &str, words: &[&str]) -> Vec<String> {
        let language = BTreeMap::from([("LC_ALL".to_owned(), Some("C".to_owned()))]);
        let invocation = Invocation {
            program: program.into(),
            arguments: words.iter().map(Into::into).collect(),
            directory: PathBuf::from("/"),
            environment: self.environment.with(&language),
        };
        let finished = process::run(&invocation, Output::Captured);
        finished.map(|done| done.output.lines().map(str::to_owned).collect()).unwrap_or_default()
    }

    /// `libonig5:amd64: /usr/lib/x86_64-linux-gnu/libonig.so.5.3.0`
    fn dpkg(&self, files: &[&Path]) -> BTreeMap<PathBuf, SystemPackage> {
        // Where /lib is a link to /usr/lib, packages may name a file without `/usr`.
        let short = |file: &&Path| file.strip_prefix("/usr").map(|rest| Path::new("/").join(rest));
        let shorter: Vec<PathBuf> = files.iter().filter_map(|file| short(file).ok()).collect();
        let all = files.iter().copied().chain(shorter.iter().map(PathBuf::as_path));
        let texts: Vec<&str> = all.filter_map(Path::to_str).collect();
        let lines = self.lines("dpkg-query", &[&["--search", "--"], texts.as_slice()].concat());
        let mut found = BTreeMap::new();
        for (package, path) in lines.iter().filter_map(|line| line.split_once(": ")) {
            let is_it = |file: &&Path| {
                *file == Path::new(path) || short(file).is_ok_and(|short| short == Path::new(path))
            };
            let Some(file) = files.iter().copied().find(is_it) else { continue };
            if let Some(package) = self.debian_package(package) {
                found.insert(file.to_path_buf(), package);
            }
        }
        found
    }

    fn debian_package(&self, name: &str) -> Option<SystemPackage> {
        let format = "--showformat=${Package}\\t${Version}\\t${Architecture}\\n";
        let lines = self.lines("dpkg-query", &["--show", format, "--", name]);
        let [name, version, architecture] = fields(&lines)?;
        let copyright = Path::new("/usr/share/doc").join(&name).join("copyright");
        let licenses = copyright.is_file().then_some(copyright).into_iter().collect();
        let (kind, distribution) = ("deb".into(), distribution());
        Some(SystemPackage { kind, name, version, architecture, distribution, licenses })
    }

    fn rpm(&self, file: &Path) -> Option<SystemPackage> {
        let format = "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n";
        let lines = self.lines("rpm", &["-qf", "--queryformat", format, file.to_str()?]);
        let [name, version, architecture] = fields(&lines)?;
        let licenses = self.lines("rpm", &["-q", "--licensefiles", &name]);
        let licenses = licenses.into_iter().map(PathBuf::from).filter(|file| file.is_file());
        let licenses = licenses.collect();
        let (kind, distribution) = ("rpm".into(), distribution());
        Some(SystemPackage { kind, name, version, architecture, distribution, licenses })
    }
}

/// The first line that has three fields.
fn fields(lines: &[String]) -> Option<[String; 3]> {
    lines.iter().find_map(|line| {
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        fields.try_into().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_say_what_they_are() {
        for (text, expected) in [
            (
                "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n",
                Some(("debian", Some("12"))),
            ),
            ("ID='opensuse-leap'\nVERSION_ID=\"15.6\"", Some(("opensuse-leap", Some("15.6")))),
            ("# rolling\nID=arch\nVERSION_ID=\n", Some(("arch", None))),
            ("NAME=none\n", None),
        ] {
            let found = release(text);
            let found = found.as_ref().map(|one| (one.id.as_str(), one.version.as_deref()));
            assert_eq!(found, expected, "{text}");
        }
    }
}

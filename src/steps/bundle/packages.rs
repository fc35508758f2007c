//! Asks the package manager of the system which packages files came with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::engine::input::Input;
use crate::model::Environment;
use crate::process::{self, Invocation, Output};
use crate::steps::bundle::plan::{Distribution, SystemPackage};

/// What changes whenever a package does: Debian's, and those of rpm, whose place and kind depend on
/// its version.
const DATABASES: [&str; 6] = [
    "/var/lib/dpkg/status",
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/Packages",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/Packages.db",
    "/usr/lib/sysimage/rpm/Packages",
];

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
    let is_there = |file: &str| Path::new(file).exists();
    let [debian, rpm @ ..] = DATABASES;
    if files.is_empty() {
        return BTreeMap::new();
    }
    let manager = PackageManager { environment, distribution: distribution() };
    if is_there(debian) {
        manager.dpkg(files)
    } else if rpm.into_iter().any(is_there) {
        manager.rpm(files)
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
    distribution: Option<Distribution>,
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
        let owned = lines.iter().filter_map(|line| line.split_once(": "));
        let owned: Vec<(&Path, &str)> = owned
            .filter_map(|(package, path)| {
                let is_it = |file: &&Path| {
                    *file == Path::new(path)
                        || short(file).is_ok_and(|short| short == Path::new(path))
                };
                Some((files.iter().copied().find(is_it)?, package))
            })
            .collect();
        let packages = self.debian_packages(owned.iter().map(|(_, package)| *package).collect());
        let known = |(file, package): &(&Path, &str)| {
            Some((file.to_path_buf(), packages.get(*package)?.clone()))
        };
        owned.iter().filter_map(known).collect()
    }

    /// Packages, by the names that they are asked for by: `libonig5:amd64`.
    fn debian_packages(&self, names: BTreeSet<&str>) -> BTreeMap<String, SystemPackage> {
        if names.is_empty() {
            return BTreeMap::new();
        }
        let format =
            "--showformat=${binary:Package}\\t${Package}\\t${Version}\\t${Architecture}\\n";
        let words: Vec<&str> = ["--show", format, "--"].into_iter().chain(names).collect();
        let lines = self.lines("dpkg-query", &words);
        let package = |[asked, name, version, architecture]: [&str; 4]| {
            let copyright = Path::new("/usr/share/doc").join(name).join("copyright");
            let licenses = copyright.is_file().then_some(copyright).into_iter().collect();
            (asked.to_owned(), self.package("deb", [name, version, architecture], licenses))
        };
        lines.iter().filter_map(|line| fields(line)).map(package).collect()
    }

    fn rpm(&self, files: &[&Path]) -> BTreeMap<PathBuf, SystemPackage> {
        let format = "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{EPOCHNUM}\\n";
        let mut licenses: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        let mut found = BTreeMap::new();
        for file in files {
            let Some(path) = file.to_str() else { continue };
            let lines = self.lines("rpm", &["-qf", "--queryformat", format, path]);
            let known = lines.iter().find_map(|line| fields(line));
            let Some([name, version, architecture, epoch]) = known else { continue };
            let licenses = licenses.entry(name.to_owned()).or_insert_with(|| {
                let files = self.lines("rpm", &["-q", "--licensefiles", name]);
                files.into_iter().map(PathBuf::from).filter(|file| file.is_file()).collect()
            });
            let package = self.package("rpm", [name, version, architecture], licenses.clone());
            let epoch = Some(epoch.to_owned()).filter(|epoch| epoch != "0");
            found.insert(file.to_path_buf(), SystemPackage { epoch, ..package });
        }
        found
    }

    fn package(
        &self,
        kind: &str,
        [name, version, architecture]: [&str; 3],
        licenses: Vec<PathBuf>,
    ) -> SystemPackage {
        SystemPackage {
            kind: kind.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            epoch: None,
            architecture: architecture.to_owned(),
            distribution: self.distribution.clone(),
            licenses,
        }
    }
}

/// The fields of a line that has that many.
fn fields<const COUNT: usize>(line: &str) -> Option<[&str; COUNT]> {
    line.split('\t').collect::<Vec<_>>().try_into().ok()
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

//! Asks the package manager of a system which packages files came with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::engine::input::Input;
use crate::model::Environment;
use crate::process::{self, Invocation, Output};
use crate::steps::bundle::plan::{Distribution, SystemPackage};

/// What changes whenever a package does: Debian's, and those of rpm, whose place and kind depend on
/// its version. In the folder that is `/` there.
const DATABASES: [&str; 6] = [
    "var/lib/dpkg/status",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/Packages",
];

/// What says which system this is; the first one counts
/// (<https://www.freedesktop.org/software/systemd/man/latest/os-release.html>).
const RELEASES: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// What the answers for the system in the folder `root` depend on.
pub(super) fn inputs(root: &Path) -> impl Iterator<Item = Input> {
    let databases = DATABASES.iter().map(|file| Input::Stat(root.join(file)));
    databases.chain(RELEASES.iter().map(|file| Input::File(root.join(file))))
}

/// The packages of files, as far as the system in the folder `root` knows them. A file that does not
/// lie there has none.
pub(super) fn owners(
    files: &[&Path],
    root: &Path,
    environment: &Environment,
) -> BTreeMap<PathBuf, SystemPackage> {
    // Files are named without symbolic links.
    let Ok(root) = std::fs::canonicalize(root) else { return BTreeMap::new() };
    let inside = |file: &&Path| Some(Path::new("/").join(file.strip_prefix(&root).ok()?));
    let inside: Vec<PathBuf> = files.iter().filter_map(inside).collect();
    let inside: Vec<&Path> = inside.iter().map(PathBuf::as_path).collect();
    let database = DATABASES.iter().map(|file| root.join(file)).find(|file| file.exists());
    let Some(database) = database.filter(|_| !inside.is_empty()) else { return BTreeMap::new() };
    let folder = database.parent().unwrap_or(&root);
    let distribution = distribution(&root);
    let manager = PackageManager { environment, root: &root, folder, distribution };
    let found = match database.ends_with(DATABASES[0]) {
        true => manager.dpkg(&inside),
        false => manager.rpm(&inside),
    };
    found.into_iter().map(|(file, package)| (below(&root, &file), package)).collect()
}

/// Where a file of a system lies, which is in the folder `root`.
fn below(root: &Path, file: &Path) -> PathBuf {
    root.join(file.strip_prefix("/").unwrap_or(file))
}

/// Which system it is.
fn distribution(root: &Path) -> Option<Distribution> {
    let mut files = RELEASES.iter().map(|file| root.join(file));
    release(&files.find_map(|file| std::fs::read_to_string(file).ok())?)
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
    /// The folder that is `/` in the system, without symbolic links.
    root: &'a Path,
    /// That of its database.
    folder: &'a Path,
    distribution: Option<Distribution>,
}

impl PackageManager<'_> {
    /// The lines that a program says of the database, words in English; none if it is not there.
    fn lines(&self, program: &str, words: &[&str]) -> Vec<String> {
        let option = if program == "rpm" { "--dbpath" } else { "--admindir" };
        // By itself, a program looks into that of this system.
        let other =
            (self.root != Path::new("/")).then(|| format!("{option}={}", self.folder.display()));
        let words = other.iter().map(String::as_str).chain(words.iter().copied());
        let language = BTreeMap::from([("LC_ALL".to_owned(), Some("C".to_owned()))]);
        let invocation = Invocation {
            program: program.into(),
            arguments: words.map(Into::into).collect(),
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
            let copyright = self.root.join("usr/share/doc").join(name).join("copyright");
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
                let files = files.iter().map(|file| below(self.root, Path::new(file)));
                files.filter(|file| file.is_file()).collect()
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

//! What manylinux and musllinux tags allow a wheel to use. Pure.
//!
//! The table is auditwheel's; `tests/platform_policies.py` writes it. A newer tag allows all that an
//! older one does, so the table says of each fact which tag is the first that allows it.
//! <https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/>

use std::collections::{HashMap, HashSet};

/// The lines are explained in its head.
const TABLE: &str = include_str!("platform_policies.txt");

/// The C library that a family of tags stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagFamily {
    /// `manylinux_…`, `manylinux2014`: glibc.
    Manylinux,
    /// `musllinux_…`: musl.
    Musllinux,
}

impl TagFamily {
    /// How its tags begin.
    pub fn as_str(self) -> &'static str {
        match self {
            TagFamily::Manylinux => "manylinux",
            TagFamily::Musllinux => "musllinux",
        }
    }

    /// The family of a tag; `None` if it is of neither.
    pub fn of(tag: &str) -> Option<Self> {
        [TagFamily::Manylinux, TagFamily::Musllinux]
            .into_iter()
            .find(|f| tag.starts_with(f.as_str()))
    }
}

/// The oldest tag that allows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedSince {
    /// The tag of this position, from the oldest; 0 is any.
    Policy(usize),
    /// None does.
    Never,
}

/// One tag, without its machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformPolicy {
    /// `manylinux_2_17`
    pub name: &'static str,
    /// Older names: `manylinux2014`.
    pub aliases: Vec<&'static str>,
    /// Its place among those of its family.
    position: usize,
}

impl PlatformPolicy {
    /// The platform part of a wheel's tag, with all names, as auditwheel writes it.
    pub fn platform(&self, machine: &str) -> String {
        let names = self.aliases.iter().chain([&self.name]);
        let mut names: Vec<String> = names.map(|name| format!("{name}_{machine}")).collect();
        names.sort();
        names.join(".")
    }

    /// Whether it allows what is allowed since then.
    pub fn allows(&self, since: AllowedSince) -> bool {
        since <= AllowedSince::Policy(self.position)
    }
}

/// The tags of one family for one machine.
#[derive(Debug, Clone)]
pub struct PlatformPolicies {
    /// From the oldest to the newest.
    pub policies: Vec<PlatformPolicy>,
    namespaces: HashSet<&'static str>,
    /// By namespace and version.
    versions: HashMap<(&'static str, &'static str), AllowedSince>,
    libraries: HashMap<String, AllowedSince>,
    /// By library and symbol.
    hidden: HashMap<(&'static str, &'static str), AllowedSince>,
}

impl PlatformPolicies {
    /// The tags of a family for a machine as tags call it: `x86_64`, `armv7l`; none for some.
    pub fn of(family: TagFamily, machine: &str) -> Self {
        let lines: Vec<Vec<&'static str>> = lines_of(family);
        let of_kind = |kind: &'static str| {
            lines.iter().filter(move |line| line[0] == kind).map(|line| &line[1..])
        };
        let all: Vec<_> = of_kind("policy").filter_map(|words| words.split_first()).collect();
        let since = |name: &str| match all.iter().position(|(known, _)| **known == name) {
            Some(position) => AllowedSince::Policy(position),
            None => AllowedSince::Never,
        };
        let mut found = PlatformPolicies {
            policies: Vec::new(),
            namespaces: HashSet::new(),
            versions: HashMap::new(),
            libraries: HashMap::new(),
            hidden: HashMap::new(),
        };
        for (position, (name, words)) in all.iter().enumerate() {
            let mut parts = words.split(|word| *word == ":");
            let aliases = parts.next().unwrap_or_default().to_vec();
            if parts.next().unwrap_or_default().contains(&machine) {
                found.policies.push(PlatformPolicy { name, aliases, position });
            }
        }
        for words in of_kind("versions").filter(|words| words[0] == machine) {
            let [_, namespace, policy, versions @ ..] = words else { continue };
            found.namespaces.insert(namespace);
            let allowed = versions.iter().map(|version| ((*namespace, *version), since(policy)));
            found.versions.extend(allowed);
        }
        for words in of_kind("libraries") {
            let [policy, libraries @ ..] = words else { continue };
            for name in libraries {
                let names = library_names(family, name, machine);
                found.libraries.extend(names.into_iter().map(|name| (name, since(policy))));
            }
        }
        for words in of_kind("hidden") {
            let [library, policy, symbols @ ..] = words else { continue };
            found.hidden.extend(symbols.iter().map(|symbol| ((*library, *symbol), since(policy))));
        }
        found
    }

    /// Which tags allow a version of symbols: `GLIBC_2.34`. What no tag knows at all, all allow.
    pub fn version(&self, version: &str) -> AllowedSince {
        let (namespace, number) = version.split_once('_').unwrap_or((version, ""));
        match self.namespaces.contains(namespace) {
            true => self.versions.get(&(namespace, number)).copied().unwrap_or(AllowedSince::Never),
            false => AllowedSince::Policy(0),
        }
    }

    /// Which tags allow a library of the system: `libc.so.6`.
    pub fn library(&self, name: &str) -> AllowedSince {
        self.libraries.get(name).copied().unwrap_or(AllowedSince::Never)
    }

    /// Which tags allow a symbol of a library that is needed.
    pub fn symbol(&self, library: &str, symbol: &str) -> AllowedSince {
        self.hidden.get(&(library, symbol)).copied().unwrap_or(AllowedSince::Policy(0))
    }

    /// The oldest tag that allows it; `None` if none does.
    pub fn oldest(&self, since: AllowedSince) -> Option<&PlatformPolicy> {
        self.policies.iter().find(|policy| policy.allows(since))
    }

    /// The tag with this name or alias.
    pub fn named(&self, name: &str) -> Option<&PlatformPolicy> {
        self.policies.iter().find(|policy| policy.name == name || policy.aliases.contains(&name))
    }
}

/// The words of the lines of one family, which follow each other.
fn lines_of(family: TagFamily) -> Vec<Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let begin = format!("policy {}", TagFamily::Musllinux.as_str());
    let (glibc, musl): (Vec<_>, Vec<_>) = {
        let mut is_musl = false;
        lines.partition(|line| {
            is_musl |= line.starts_with(&begin);
            !is_musl
        })
    };
    let lines = if family == TagFamily::Manylinux { glibc } else { musl };
    lines.into_iter().map(|line| line.split(' ').collect()).collect()
}

/// How a library is called on a machine. Alpine names musl after it; elsewhere musl keeps its own
/// name, as with its own compiler and zig's, and its loader takes both for itself.
fn library_names(family: TagFamily, name: &str, machine: &str) -> Vec<String> {
    if (family, name) != (TagFamily::Musllinux, "libc.so") {
        return vec![name.to_owned()];
    }
    let machine = match machine {
        "i686" => "x86",
        "armv7l" => "armv7",
        other => other,
    };
    vec![name.to_owned(), format!("libc.musl-{machine}.so.1")]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glibc(machine: &str) -> PlatformPolicies {
        PlatformPolicies::of(TagFamily::Manylinux, machine)
    }

    fn first(policies: &PlatformPolicies, since: AllowedSince) -> &'static str {
        policies.oldest(since).map_or("-", |policy| policy.name)
    }

    #[test]
    fn versions_have_a_first_tag_on_each_machine() {
        let table = [
            ("x86_64", "GLIBC_2.2.5", "manylinux_2_5"),
            ("x86_64", "GLIBC_2.14", "manylinux_2_17"),
            ("x86_64", "GLIBC_2.34", "manylinux_2_34"),
            ("x86_64", "GLIBC_ABI_DT_RELR", "manylinux_2_36"),
            ("x86_64", "GLIBC_PRIVATE", "-"),
            ("x86_64", "GLIBC_2.99", "-"),
            ("x86_64", "OPENSSL_3.0.0", "manylinux_2_5"),
            ("x86_64", "strange", "manylinux_2_5"),
            ("x86_64", "GLIBCXX_3.4.30", "manylinux_2_35"),
            ("aarch64", "GLIBC_2.17", "manylinux_2_17"),
            ("aarch64", "GLIBC_2.2.5", "-"),
            ("riscv64", "GLIBC_2.27", "manylinux_2_31"),
        ];
        for (machine, version, expected) in table {
            let policies = glibc(machine);
            assert_eq!(
                first(&policies, policies.version(version)),
                expected,
                "{machine} {version}"
            );
        }
        assert!(glibc("mips64").policies.is_empty());
    }

    #[test]
    fn libraries_and_their_symbols_have_a_first_tag() {
        let policies = glibc("x86_64");
        let table = [
            ("libc.so.6", "manylinux_2_5"),
            ("libexpat.so.1", "manylinux_2_12"),
            ("libmvec.so.1", "manylinux_2_24"),
            ("libonig.so.5", "-"),
            ("libpython3.11.so.1.0", "-"),
        ];
        for (library, expected) in table {
            assert_eq!(first(&policies, policies.library(library)), expected, "{library}");
        }
        let table = [
            ("libz.so.1", "uncompress2", "manylinux_2_34"),
            ("libz.so.1", "z_errmsg", "-"),
            ("libz.so.1", "inflate", "manylinux_2_5"),
            ("libc.so.6", "__cxa_thread_atexit_impl", "manylinux_2_24"),
            ("libm.so.6", "uncompress2", "manylinux_2_5"),
        ];
        for (library, symbol, expected) in table {
            let since = policies.symbol(library, symbol);
            assert_eq!(first(&policies, since), expected, "{library} {symbol}");
        }
    }

    #[test]
    fn the_c_library_of_musl_has_its_own_name_and_that_of_alpine() {
        let table = [("x86_64", "x86_64"), ("i686", "x86"), ("armv7l", "armv7")];
        for (machine, name) in table {
            let policies = PlatformPolicies::of(TagFamily::Musllinux, machine);
            let library = format!("libc.musl-{name}.so.1");
            for library in [library.as_str(), "libc.so"] {
                let since = policies.library(library);
                assert_eq!(first(&policies, since), "musllinux_1_1", "{library} {machine}");
            }
            for library in ["libc.so.6", "libc.musl-other.so.1", "libm.so"] {
                assert_eq!(policies.library(library), AllowedSince::Never, "{library}");
            }
            assert_eq!(glibc(machine).library("libc.so"), AllowedSince::Never);
            assert_eq!(policies.policies.last().unwrap().name, "musllinux_1_2");
        }
    }

    #[test]
    fn a_tag_has_all_its_names_in_the_order_of_auditwheel() {
        let policies = glibc("x86_64");
        let platform = |name: &str| policies.named(name).unwrap().platform("x86_64");
        let both = "manylinux2014_x86_64.manylinux_2_17_x86_64";
        assert_eq!(
            (platform("manylinux2014").as_str(), platform("manylinux_2_17").as_str()),
            (both, both)
        );
        assert_eq!(platform("manylinux_2_28"), "manylinux_2_28_x86_64");
        assert_eq!(policies.named("manylinux_2_29"), None);
    }
}

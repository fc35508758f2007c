//! Commands as people write them, `ccache gcc -m32`: into words, and which word is the compiler. Pure.

use crate::toolchain::family::Family;

/// How a command line is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// As a POSIX shell does it.
    Posix,
    /// Double quotes only; a backslash is part of a path.
    Windows,
}

impl Quoting {
    /// The rules of the system that this program runs on.
    pub const HERE: Quoting = if cfg!(windows) { Quoting::Windows } else { Quoting::Posix };
}

/// Splits a command line into words; `None` if a quote is never closed.
pub fn split(text: &str, quoting: Quoting) -> Option<Vec<String>> {
    match quoting {
        Quoting::Posix => shlex::split(text),
        Quoting::Windows => split_windows(text),
    }
}

fn split_windows(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            space if space.is_whitespace() && !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// Programs that run the compiler which follows them, and make what it makes.
const LAUNCHERS: [&str; 7] =
    ["ccache", "sccache", "distcc", "icecc", "cachepot", "buildcache", "kache"];

/// Programs that run any other; what they say counts.
const STARTERS: [&str; 2] = ["xcrun", "env"];

/// Whether a program is one that runs compilers and changes nothing in what they make.
pub fn is_launcher(path: &str) -> bool {
    LAUNCHERS.contains(&stem(path).as_str())
}

/// Where in a command the compiler itself stands, behind `env X=1`, `ccache` and the like.
pub fn compiler_at(words: &[String]) -> usize {
    let is_before = |path: &str| is_launcher(path) || STARTERS.contains(&stem(path).as_str());
    let mut at = behind(words, is_before);
    if words[at..].get(1..3).is_some_and(|module| module == ["-m", "ziglang"]) {
        at += 2;
    }
    at
}

/// How many words of a command are launchers with their options: of `ccache gcc` one.
pub fn launcher_length(words: &[String]) -> usize {
    behind(words, is_launcher)
}

fn behind(words: &[String], is_before: impl Fn(&str) -> bool) -> usize {
    let mut at = 0;
    while is_before(&words[at]) {
        let after = &words[at + 1..];
        let Some(next) = after.iter().position(|word| !is_launcher_option(word)) else { break };
        at += 1 + next;
    }
    at
}

fn is_launcher_option(word: &str) -> bool {
    word.starts_with('-') || word.contains('=')
}

/// How many words it takes to start the compiler before its first argument: `ccache gcc` are two,
/// `zig cc` as well.
pub fn driver_length(words: &[String]) -> usize {
    let compiler = compiler_at(words);
    compiler + 1 + usize::from(is_zig(words) && words.len() > compiler + 1)
}

/// Whether the compiler is zig's, whose linker has few of the options of others.
pub fn is_zig(words: &[String]) -> bool {
    matches!(stem(&words[compiler_at(words)]).as_str(), "zig" | "ziglang")
}

/// The C++ command that belongs to a C command: `ccache gcc-12` -> `ccache g++-12`.
pub fn cxx_companion(words: &[String]) -> Option<Vec<String>> {
    let mut companion = words.to_vec();
    let at = driver_length(words) - 1;
    let (folder, name) = words[at]
        .rsplit_once(['/', '\\'])
        .map_or(("", &words[at][..]), |parts| (&words[at][..=parts.0.len()], parts.1));
    if is_msvc_name(&stem(name)) {
        return Some(companion);
    }
    let renamed = [("gcc", "g++"), ("clang", "clang++"), ("cc", "c++")]
        .iter()
        .find_map(|(c, cxx)| name.rfind(c).map(|place| (place, c.len(), cxx)))
        .map(|(place, length, cxx)| {
            format!("{}{cxx}{}", &name[..place], &name[place + length..])
        })?;
    companion[at] = format!("{folder}{renamed}");
    Some(companion)
}

/// What kind of compiler a file name promises; `None` where `cc`, `c99` and the like say nothing.
pub fn family_of_name(path: &str) -> Option<Family> {
    let name = stem(path);
    let version = version_of_name(path);
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let last = base.rsplit('-').next().unwrap_or(base);
    match last {
        _ if is_msvc_name(&name) => Some(Family::Msvc { clang_cl: name != "cl" }),
        "gcc" | "g++" => Some(Family::Gcc { version }),
        "clang" | "clang++" => Some(Family::Clang { version }),
        // Every zig that ever could `cc` holds a clang newer than 10.
        "zig" | "ziglang" => Some(Family::Clang { version: Some(17) }),
        _ => None,
    }
}

fn is_msvc_name(stem: &str) -> bool {
    stem == "cl" || stem.starts_with("clang-cl")
}

/// The major version that a path tells: `gcc-12`, `/usr/lib/llvm-14/bin/clang`.
pub fn version_of_name(path: &str) -> Option<u32> {
    let name = stem(path);
    let own = name.rsplit_once('-').map(|(_, version)| version.to_owned());
    let llvm = path
        .split('/')
        .find_map(|part| part.strip_prefix("llvm-"))
        .filter(|_| name.contains("clang"))
        .map(str::to_owned);
    [own, llvm].into_iter().flatten().find_map(|version| major(&version))
}

/// The first number of a version: `12.2.0` -> 12, and 16 of MinGW's `16-posix`.
pub fn major(version: &str) -> Option<u32> {
    version.trim().split(['.', '-']).next()?.parse().ok()
}

/// A program's name without its folder and without `.exe`, in lower case.
pub fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
}

/// What flags say with one of some options, in one word (`-I/x`) or in two (`-I /x`).
pub fn values_of<'a>(flags: &'a [&str], options: &'a [&str]) -> impl Iterator<Item = &'a str> {
    flags.iter().enumerate().filter_map(|(at, flag)| {
        let value = options.iter().find_map(|option| flag.strip_prefix(option))?;
        if value.is_empty() { flags.get(at + 1).copied() } else { Some(value) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text, Quoting::Posix).unwrap()
    }

    #[test]
    fn quoted_paths_with_spaces_stay_whole_by_the_rules_of_each_system() {
        let cases = [
            (Quoting::Posix, "'/opt/my tools/gcc' -m32", Some(vec!["/opt/my tools/gcc", "-m32"])),
            (Quoting::Posix, "/opt/my\\ tools/gcc", Some(vec!["/opt/my tools/gcc"])),
            (Quoting::Posix, "'gcc", None),
            (
                Quoting::Windows,
                r#""C:\My Tools\cl.exe" /W4"#,
                Some(vec![r"C:\My Tools\cl.exe", "/W4"]),
            ),
            (Quoting::Windows, r"C:\llvm\clang.exe", Some(vec![r"C:\llvm\clang.exe"])),
            (Quoting::Windows, r#""C:\x"#, None),
            (Quoting::Windows, r#"a "" b"#, Some(vec!["a", "", "b"])),
        ];
        for (quoting, text, expected) in cases {
            let expected: Option<Vec<String>> =
                expected.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(split(text, quoting), expected, "{text}");
        }
    }

    #[test]
    fn the_compiler_is_found_behind_its_launchers() {
        let cases = [
            ("gcc", "gcc", 1, 0),
            ("ccache gcc -m32", "gcc", 2, 1),
            ("/usr/bin/sccache clang", "clang", 2, 1),
            ("env X=1 Y=2 gcc -pthread", "gcc", 4, 0),
            ("/usr/bin/env -i X=1 ccache gcc", "gcc", 5, 0),
            ("ccache max_size=1G env X=1 gcc", "gcc", 5, 2),
            ("ccache", "ccache", 1, 0),
            ("zig cc -target x", "zig", 2, 0),
            ("/usr/bin/python3 -m ziglang cc", "ziglang", 4, 0),
            ("distcc icecc x86_64-linux-gnu-gcc", "x86_64-linux-gnu-gcc", 3, 2),
        ];
        for (command, compiler, length, launcher) in cases {
            let words = words(command);
            assert_eq!(words[compiler_at(&words)], compiler, "{command}");
            assert_eq!(driver_length(&words), length, "{command}");
            assert_eq!(launcher_length(&words), launcher, "{command}");
        }
    }

    #[test]
    fn folders_are_named_in_one_word_or_two() {
        let flags = ["-I/a", "-O2", "-isystem", "/b", "-idirafter/c", "-I", "d", "/Ie", "-isystem"];
        let options = ["-isystem", "-idirafter", "-I", "/I"];
        let found: Vec<&str> = values_of(&flags, &options).collect();
        assert_eq!(found, ["/a", "/b", "/c", "d", "e"]);
    }

    #[test]
    fn cxx_companions() {
        let cases = [
            ("gcc", Some("g++")),
            (
                "ccache /opt/gcc/bin/x86_64-linux-gnu-gcc-12 -m32",
                Some("ccache /opt/gcc/bin/x86_64-linux-gnu-g++-12 -m32"),
            ),
            ("clang-14", Some("clang++-14")),
            ("zig cc -target x", Some("zig c++ -target x")),
            ("python -m ziglang cc", Some("python -m ziglang c++")),
            ("cc", Some("c++")),
            ("musl-cc", Some("musl-c++")),
            ("cl.exe", Some("cl.exe")),
            ("tcl", None),
            ("icx", None),
        ];
        for (c, cxx) in cases {
            assert_eq!(cxx_companion(&words(c)), cxx.map(words), "{c}");
        }
    }

    #[test]
    fn a_version_begins_with_its_number() {
        for (text, expected) in [
            ("12", Some(12)),
            ("12.2.0\n", Some(12)),
            ("16-posix\n", Some(16)),
            ("10-win32", Some(10)),
            ("64bit", None),
            ("posix", None),
            ("", None),
        ] {
            assert_eq!(major(text), expected, "{text:?}");
        }
    }

    #[test]
    fn names_tell_families_and_versions() {
        let cases = [
            ("gcc", Some(Family::Gcc { version: None })),
            ("/usr/bin/x86_64-linux-gnu-gcc-12", Some(Family::Gcc { version: Some(12) })),
            ("g++-9.4", Some(Family::Gcc { version: Some(9) })),
            ("/usr/lib/llvm-14/bin/clang", Some(Family::Clang { version: Some(14) })),
            ("clang++-17", Some(Family::Clang { version: Some(17) })),
            ("C:\\LLVM\\bin\\clang-cl.exe", Some(Family::Msvc { clang_cl: true })),
            ("CL.EXE", Some(Family::Msvc { clang_cl: false })),
            ("zig", Some(Family::Clang { version: Some(17) })),
            ("cc", None),
            ("c99", None),
            ("ccache", None),
        ];
        for (path, family) in cases {
            assert_eq!(family_of_name(path), family, "{path}");
        }
    }
}

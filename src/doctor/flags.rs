//! Variables whose flags do something else than most people want. Pure.

use crate::doctor::finding::{Finding, Subject};
use crate::model::Environment;
use crate::toolchain::{is_optimization, variables};

/// What is odd about the flags of the environment; a line that all is well if nothing is.
pub fn flags(environment: &Environment) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut set = Vec::new();
    for name in ["CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDSHARED", "ARCHFLAGS"]
    {
        match variables::words(environment, name) {
            Ok(None) => {}
            Ok(Some(words)) => {
                set.push(format!("{name}={}", words.join(" ")));
                found.extend(odd(name, &words));
            }
            Err(error) => found.push(
                Finding::of_error(Subject::Flags, &error)
                    .next(format!("close the quote in {name}, or unset it")),
            ),
        }
    }
    if found.is_empty() {
        let what = match set.is_empty() {
            true => "no variable sets any: those of Python count".to_owned(),
            false => format!("nothing odd in {}", set.join(", ")),
        };
        found.push(Finding::ok(Subject::Flags, what));
    }
    found
}

/// A word, or how it begins (`*` at its end); in which variables it counts; what it does; what to do.
struct Row {
    word: &'static str,
    what: &'static str,
    next: &'static str,
}

const fn row(word: &'static str, what: &'static str, next: &'static str) -> Row {
    Row { word, what, next }
}

const LTO: &str = "link-time optimisation makes links long, and what is linked need not be the same \
                   twice";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("-march=native", "a wheel would run on processors like this one only", "leave it out for wheels that others install"),
    row("-mcpu=native", "a wheel would run on processors like this one only", "leave it out for wheels that others install"),
    row("-flto*", LTO, "leave it out, or keep it for releases; static libraries need `AR=gcc-ar`"),
    row("-O0", "everything is compiled without optimisation", "leave it out, or use `-C profile=debug`"),
    row("-Ofast", "it switches off rules of floating-point numbers, in the whole process that imports the module", "use -O3"),
    row("-ffast-math", "it switches off rules of floating-point numbers, in the whole process that imports the module", "leave it out; say it for single modules in `extra-compile-args`"),
    row("-funsafe-math-optimizations", "it switches off rules of floating-point numbers, in the whole process that imports the module", "leave it out; say it for single modules in `extra-compile-args`"),
    row("-Werror", "a warning about C that cffi writes fails the build", "leave it out; say it for your own files in `extra-compile-args`"),
    row("-fsanitize=*", "a Python without the same sanitizer cannot import the modules", "use `-C sanitize=...`, which says how they are imported"),
    row("-m32", "modules would be for a Python of 32 bits", "leave it out, unless the Python has 32 bits"),
    row("-static", "a module cannot be linked like a program", "leave it out; name archives in `extra-objects` or `libraries`"),
    row("-fno-pic", "a module needs code that can lie anywhere", "leave it out"),
    row("-fno-PIC", "a module needs code that can lie anywhere", "leave it out"),
    row("-no-pie", "it is for programs, and modules are none", "leave it out"),
    row("-DPy_LIMITED_API*", "it decides which Pythons may load every module", "use `limited-api` in `[tool.officina]`"),
    row("-D_CFFI_NO_LIMITED_API*", "every module is for one version of Python", "use `-C limited-api=false`"),
    row("-D_CFFI_USE_EMBEDDING*", "every module is taken for one that embeds Python", "leave it out"),
    row("--coverage", "modules write files about what ran where they were compiled", "leave it out for wheels"),
    row("-pg", "modules write files about what ran where they were compiled", "leave it out for wheels"),
];

fn odd(name: &str, words: &[String]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for row in ROWS {
        let Some(word) = words.iter().find(|word| fits(row.word, word)) else { continue };
        let what = format!("{name} says `{word}`: {}", row.what);
        found.push(Finding::warn(Subject::Flags, what).next(row.next));
    }
    let replaces = matches!(name, "CFLAGS" | "CXXFLAGS");
    if replaces && !words.iter().any(|word| is_optimization(word)) {
        let said = if words.is_empty() { "is empty" } else { "names no level (`-O2`)" };
        let what = format!(
            "{name} {said}, and it replaces the flags of Python: nothing would be optimised"
        );
        let next = format!("add -O2 to {name}, or use CPPFLAGS, which is added to Python's flags");
        found.push(Finding::warn(Subject::Flags, what).next(next));
    }
    found
}

fn fits(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => word == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    fn found(settings: &[(&str, &str)]) -> Vec<Finding> {
        let pairs = settings.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        flags(&Environment(pairs.collect()))
    }

    #[test]
    fn usual_flags_are_fine() {
        for settings in [
            &[][..],
            &[("CFLAGS", "-O2 -g -Wall -fPIC -march=x86-64-v2")],
            &[("CFLAGS", "-O3"), ("LDFLAGS", "-Wl,-z,now -L/opt/lib"), ("CC", "gcc -pthread")],
            &[("CPPFLAGS", "-I/opt/include -D_FORTIFY_SOURCE=2")],
            &[("CC", "ccache gcc")],
        ] {
            let found = found(settings);
            assert!(found.len() == 1 && found[0].verdict == Verdict::Ok, "{found:?}");
        }
    }

    #[test]
    fn odd_flags_say_what_they_do_and_what_to_do() {
        for (name, value, part) in [
            ("CFLAGS", "-O2 -march=native", "processors like this one"),
            ("CC", "gcc -mcpu=native", "processors like this one"),
            ("CFLAGS", "-O2 -flto=auto", "link-time"),
            ("LDFLAGS", "-flto", "link-time"),
            ("CFLAGS", "-g", "nothing would be optimised"),
            ("CFLAGS", "", "is empty"),
            ("CXXFLAGS", "-Wall", "nothing would be optimised"),
            ("CFLAGS", "-O0 -g", "without optimisation"),
            ("CFLAGS", "-Ofast", "floating-point"),
            ("CPPFLAGS", "-DPy_LIMITED_API=0x030a0000", "which Pythons"),
            ("CFLAGS", "-O2 -Werror", "fails the build"),
            ("CFLAGS", "-O1 -fsanitize=address", "cannot import"),
            ("LDFLAGS", "-static", "like a program"),
            ("CFLAGS", "-O2 \"open", "never closed"),
        ] {
            let found = found(&[(name, value)]);
            let [one] = &found[..] else { panic!("{value}: {found:?}") };
            assert!(one.what.contains(part), "{value}: {}", one.what);
            assert!(one.verdict != Verdict::Ok && !one.next.is_empty(), "{one:?}");
            assert!(one.what.contains(name), "{one:?}");
        }
    }
}

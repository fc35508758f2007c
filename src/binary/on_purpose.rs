//! Symbols that an extension leaves undefined on purpose: another one, or the program that imports
//! both, defines them. Pure.

use crate::binary::cxx_names;
use crate::model::SymbolPattern;

/// Takes the symbols out of `missing` that may be defined nowhere, and returns them: those that a
/// pattern stands for, or all if a word for the linker says so.
pub fn taken_out(
    missing: &mut Vec<String>,
    link_args: &[String],
    patterns: &[SymbolPattern],
) -> Vec<String> {
    let all = says_so(link_args);
    let is_allowed = |symbol: &String| {
        let plain = cxx_names::plain_name(symbol);
        let stands_for = |pattern: &SymbolPattern| {
            pattern.matches(symbol) || plain.as_ref().is_some_and(|plain| pattern.matches(plain))
        };
        all || patterns.iter().any(stands_for)
    };
    let (allowed, left) = std::mem::take(missing).into_iter().partition(is_allowed);
    *missing = left;
    allowed
}

/// Whether words for the linker let symbols be undefined: those of GNU's (`ld`, `gold`, `lld`,
/// `mold`) and of Apple's.
fn says_so(link_args: &[String]) -> bool {
    let words: Vec<&str> = link_args
        .iter()
        .filter(|word| *word != "-Xlinker")
        .flat_map(|word| word.strip_prefix("-Wl,").unwrap_or(word).split([',', '=']))
        .collect();
    let pair = |pair: &[&str]| {
        matches!(
            pair,
            [
                "--unresolved-symbols" | "-unresolved-symbols",
                "ignore-all" | "ignore-in-object-files"
            ] | ["-z", "undefs"]
                | ["-undefined", "dynamic_lookup" | "suppress" | "warning"]
        )
    };
    words.windows(2).any(pair) || words.contains(&"--warn-unresolved-symbols")
}

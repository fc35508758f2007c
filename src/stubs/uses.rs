//! How the project's own Python code uses its modules, going by its text.

use std::collections::{BTreeMap, BTreeSet};

/// What the code asks an `FFI` for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// The texts that name types, by the method that they are given to.
    pub types: BTreeMap<&'static str, BTreeSet<String>>,
    /// The names that `addressof()` is asked for.
    pub addresses: BTreeSet<String>,
    /// What `.lib` is imported from: the last parts of modules' names.
    pub libraries: BTreeSet<String>,
}

/// The methods whose result follows from a text.
const METHODS: [&str; 5] = ["new", "cast", "typeof", "from_buffer", "callback"];

impl Uses {
    /// Adds what one file says.
    pub fn add(&mut self, text: &str) {
        for method in METHODS {
            for rest in after(text, &format!(".{method}")) {
                let Some(inside) = opened(rest) else { continue };
                if let Some(literal) = literal(inside) {
                    self.types.entry(method).or_default().insert(literal);
                }
            }
        }
        for rest in after(text, ".addressof") {
            let second = opened(rest).and_then(|inside| inside.split_once(','));
            let name =
                second.and_then(
                    |(first, second)| {
                        if first.contains(['\n', '(']) { None } else { literal(second) }
                    },
                );
            self.addresses.extend(name);
        }
        for line in text.lines().map(str::trim_start) {
            let module = line.strip_prefix("from ").and_then(|rest| rest.split_once(".lib import"));
            let module = module.map(|(module, _)| module.trim());
            let last = module.and_then(|module| module.rsplit('.').next());
            self.libraries.extend(last.map(str::to_owned));
        }
    }

    /// The texts that are given to a method.
    pub fn texts(&self, method: &str) -> impl Iterator<Item = &String> {
        let of_it = self.types.iter().filter(move |(name, _)| **name == method);
        of_it.flat_map(|(_, texts)| texts)
    }

    /// Every text that may name a type.
    pub fn literals(&self) -> BTreeSet<String> {
        self.types.values().flatten().cloned().collect()
    }
}

/// What follows each place where a text holds a word.
fn after<'a>(text: &'a str, word: &str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).map(move |(at, found)| &text[at + found.len()..])
}

/// What follows the bracket of a call.
fn opened(rest: &str) -> Option<&str> {
    rest.trim_start_matches(' ').strip_prefix('(')
}

/// The string literal that comes next: a plain one, without escapes.
fn literal(rest: &str) -> Option<String> {
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let (text, more) = rest[1..].split_once(quote)?;
    let more = more.trim_start();
    let is_whole = more.starts_with([',', ')']);
    (is_whole && !text.is_empty() && !text.contains(['\\', '\n'])).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_code_asks_for_is_found() {
        for (text, types, addresses, libraries) in [
            ("p = ffi.new(\"point *\")", "new:point *", "", ""),
            ("ffi.new( 'int[]' , 3)\nx.ffi.cast('long', 1)", "cast:long new:int[]", "", ""),
            ("ffi.typeof(\n    \"int\"\n)", "typeof:int", "", ""),
            (
                "ffi.new(f\"int[{n}]\"); ffi.new('a' 'b'); ffi.new('int[%d]' % n); ffi.new(t)",
                "",
                "",
                "",
            ),
            ("ffi.newer('int'); ffi.new('')", "", "", ""),
            (
                "ffi.addressof(lib, 'x'); ffi.addressof(p[0], \"y\"); ffi.addressof(f(1, 'z'))",
                "",
                "x y",
                "",
            ),
            ("@ffi.callback(\"int(int)\")\ndef f(x):", "callback:int(int)", "", ""),
            ("ffi.from_buffer(\"int[]\", b)", "from_buffer:int[]", "", ""),
            (
                "from ._mod.lib import a, b\n  from pkg.sub._other.lib import (c)",
                "",
                "",
                "_mod _other",
            ),
            ("from ._mod import lib", "", "", ""),
        ] {
            let mut uses = Uses::default();
            uses.add(text);
            let found = uses.types.iter();
            let found = found.flat_map(|(method, texts)| {
                texts.iter().map(move |text| format!("{method}:{text}"))
            });
            assert_eq!(found.collect::<Vec<_>>().join(" "), types, "{text}");
            let joined = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
            assert_eq!(joined(&uses.addresses), addresses, "{text}");
            assert_eq!(joined(&uses.libraries), libraries, "{text}");
        }
    }
}

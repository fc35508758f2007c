//! Why C does not find a function of a crate. Pure.

use crate::error::nearest;
use crate::model::SourceText;

/// What keeps a function of Rust from being called by C, as the next step; `None`: no crate has a
/// function that comes near.
pub fn cause(symbol: &str, sources: &[SourceText]) -> Option<String> {
    let functions: Vec<RustFunction> = sources.iter().flat_map(functions).collect();
    if let Some(found) = functions.iter().find(|function| function.name == symbol) {
        return Some(match found.lacks().as_slice() {
            [] => format!(
                "`{}` exports `{symbol}`, and this build of the crate has none: see its features, and \
                 the `mod` that its file belongs to",
                found.file
            ),
            lacks => format!(
                "`{}` has a `fn {symbol}` that C cannot call: it lacks {}",
                found.file,
                lacks.join(" and ")
            ),
        });
    }
    let exported = functions.iter().filter(|function| function.lacks().is_empty());
    let names: Vec<&str> = exported.map(|function| function.name).collect();
    let near = nearest(symbol, names)?;
    let file = functions.iter().find(|function| function.name == near)?.file;
    Some(format!("`{file}` exports `{near}`, and the header declares `{symbol}`: is it that one?"))
}

/// A function of a crate.
struct RustFunction<'a> {
    name: &'a str,
    file: &'a str,
    /// Its attributes and what stands before `fn`.
    before: String,
}

impl RustFunction<'_> {
    fn lacks(&self) -> Vec<&'static str> {
        let is_named = ["no_mangle", "export_name"].iter().any(|name| self.before.contains(name));
        let checks =
            [(is_named, "`#[no_mangle]`"), (self.before.contains("extern \"C"), "`extern \"C\"`")];
        checks.into_iter().filter(|(is_there, _)| !is_there).map(|(_, what)| what).collect()
    }
}

fn functions(source: &SourceText) -> Vec<RustFunction<'_>> {
    let lines: Vec<&str> = source.text.lines().collect();
    let function = |index: usize| {
        let (start, rest) = lines[index].split_once("fn ")?;
        let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric())?;
        let is_word = start.is_empty() || start.ends_with([' ', '\t', ')']);
        if !is_word || end == 0 || start.trim_start().starts_with("//") {
            return None;
        }
        let is_above =
            |line: &&&str| ["#[", "//"].iter().any(|begin| line.trim().starts_with(begin));
        let above = lines[..index].iter().rev().take_while(is_above);
        let attributes = above.filter(|line| line.trim().starts_with("#[")).copied();
        let before = attributes.chain([start]).collect::<Vec<_>>().join(" ");
        Some(RustFunction { name: &rest[..end], file: &source.name, before })
    };
    (0..lines.len()).filter_map(function).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str, symbol: &str) -> Option<String> {
        let source = SourceText { name: "rust/src/lib.rs".into(), text: text.into() };
        cause(symbol, &[source])
    }

    #[test]
    fn what_a_function_lacks_is_named() {
        for (text, expected) in [
            ("pub extern \"C\" fn f() {}", "it lacks `#[no_mangle]`"),
            ("#[no_mangle]\nextern \"C\" fn f() {}", "see its features"),
            ("#[no_mangle]\npub fn f() {}", "it lacks `extern \"C\"`"),
            ("fn f() {}", "it lacks `#[no_mangle]` and `extern \"C\"`"),
            (
                "#[unsafe(no_mangle)]\n// words\npub unsafe extern \"C\" fn f() {}",
                "see its features",
            ),
            (
                "#[no_mangle]\npub extern \"C\" fn ff() {}",
                "exports `ff`, and the header declares `f`",
            ),
        ] {
            let found = why(text, "f").unwrap_or_default();
            assert!(found.contains(expected), "{text}: {found}");
        }
        assert_eq!(why("// fn f()\nlet x = y_fn f;", "f"), None);
    }
}

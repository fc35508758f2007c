//! What cffi's words about a cdef mean: the line, the word in it, and the next step. Pure.

use std::ops::Range;

use crate::steps::cdef_words::{CdefWord, closing, enclosing, statement, words_of};

/// What to tell of a cdef that cffi does not read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CdefComplaint {
    /// What is wrong, where cffi's own first line does not say it.
    pub reason: Option<String>,
    /// The line that it is about, counted from one.
    pub line: Option<usize>,
    /// The bytes of that line that are to blame.
    pub word: Option<Range<usize>>,
    /// The next step.
    pub hint: Option<String>,
}

const PLAIN_C: &str =
    "a cdef takes declarations in plain C: no macros of a header, no attributes, no C++";

const NO_END: &str = "a declaration ends with `;`: add it";

/// Explains a message of cffi about a text. `line`: the one that cffi names.
pub fn explain(message: &str, text: &str, line: Option<usize>) -> CdefComplaint {
    if let Some(found) = directive(message, text, line).or_else(|| declared_twice(message, line)) {
        return found;
    }
    if let Some((_, rest)) = message.split_once("unknown type '") {
        let name = rest.split('\'').next().unwrap_or_default();
        let hint = (!name.is_empty()).then(|| opaque(name));
        return CdefComplaint { line, hint, ..CdefComplaint::default() };
    }
    let is_unread = message.starts_with("cannot parse") || message.starts_with("parse error");
    if !is_unread {
        return CdefComplaint { line, ..CdefComplaint::default() };
    }
    let words = words_of(text);
    let place = StopPlace::in_message(message, text);
    foreign_extern(text, line)
        .or_else(|| end_of_text(message, text, &words))
        .or_else(|| stopped(text, &words, &place?))
        .unwrap_or_else(|| CdefComplaint {
            reason: line.is_none().then(|| said(message)),
            line,
            hint: Some(PLAIN_C.to_owned()),
            ..CdefComplaint::default()
        })
}

/// `parse error: Invalid declaration`
fn said(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default();
    match last.strip_prefix("?: ") {
        Some(words) => format!("parse error: {words}"),
        None => message.lines().next().unwrap_or_default().to_owned(),
    }
}

/// What a cdef says to a preprocessor, which it has none of.
fn directive(message: &str, text: &str, line: Option<usize>) -> Option<CdefComplaint> {
    if message.contains("\"#include") || message.contains("\"# include") {
        let hint = "a cdef holds declarations alone: put the `#include` into the text given to \
                    set_source()";
        return Some(CdefComplaint { line, hint: Some(hint.into()), ..CdefComplaint::default() });
    }
    if message.contains("\"#") {
        let hint = "a cdef may have only the directives `#define NAME ...` and `#define NAME 42`: \
                    put all others into the text given to set_source()";
        return Some(CdefComplaint { line, hint: Some(hint.into()), ..CdefComplaint::default() });
    }
    macro_definition(message, text, line)
}

/// cffi takes integers alone, and does not compute.
fn macro_definition(message: &str, text: &str, line: Option<usize>) -> Option<CdefComplaint> {
    let got = message.split_once("got:").map(|(_, got)| got.trim())?;
    let (name, value) = got.strip_prefix("#define")?.trim_start().split_once(' ')?;
    let after_name = |line: &str| {
        let define = line.trim_start().strip_prefix('#').map(str::trim_start)?;
        let rest = define.strip_prefix("define")?.trim_start().strip_prefix(name)?;
        (!rest.starts_with(|c: char| c == '_' || c.is_alphanumeric())).then(|| rest.to_owned())
    };
    let found = text.lines().enumerate().find_map(|(at, line)| Some((at + 1, after_name(line)?)));
    let has_parameters = found.as_ref().is_some_and(|(_, rest)| rest.starts_with('('));
    let hint = match value.trim_start().chars().next() {
        _ if has_parameters => format!(
            "a macro with parameters is declared as a function: `int {name}(int);`, with its types"
        ),
        Some('"') => format!("write `static char *const {name};`: `#define` is for integers"),
        Some(_) if value.trim().parse::<f64>().is_ok() => {
            format!("write `static const double {name};`: `#define` is for integers")
        }
        _ => format!(
            "if it is an integer, write `#define {name} ...`, and the C compiler finds it; in ABI mode, \
             write the number itself"
        ),
    };
    Some(CdefComplaint {
        reason: Some(format!(
            "cannot parse \"#define {name}{value}\"",
            value = match has_parameters {
                true => value.to_owned(),
                false => format!(" {value}"),
            }
        )),
        line: found.map(|(at, _)| at).or(line),
        word: None,
        hint: Some(hint),
    })
}

fn declared_twice(message: &str, line: Option<usize>) -> Option<CdefComplaint> {
    let rest = message.strip_prefix("multiple declarations of ")?;
    let name = rest.split(" (").next()?.split_whitespace().last()?;
    let hint = format!("`{name}` is declared twice, in two ways: keep the one that is right");
    Some(CdefComplaint { line, hint: Some(hint), ..CdefComplaint::default() })
}

/// `extern "C"`, and `extern "Python"` in another spelling.
fn foreign_extern(text: &str, line: Option<usize>) -> Option<CdefComplaint> {
    const OWN: [&str; 3] = ["Python", "Python+C", "C+Python"];
    for (index, content) in text.lines().enumerate() {
        let Some(start) = content.find("extern") else { continue };
        let rest = content[start + "extern".len()..].trim_start();
        let Some(of) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
            continue;
        };
        let hint = match OWN.iter().find(|own| own.eq_ignore_ascii_case(of)) {
            Some(own) if *own != of => format!("write `extern \"{own}\"`"),
            None if ["C", "c", "C++", "c++"].contains(&of) => {
                format!("a cdef is C: take out `extern \"{of}\"`, and its braces where it has some")
            }
            _ => continue,
        };
        if line.is_some_and(|line| line != index + 1) {
            continue;
        }
        let end = content.len() - rest.len() + of.len() + 2;
        return Some(CdefComplaint {
            reason: Some(format!("cannot parse `extern \"{of}\"`")),
            line: Some(index + 1),
            word: Some(start..end),
            hint: Some(hint),
        });
    }
    None
}

fn end_of_text(message: &str, text: &str, words: &[CdefWord]) -> Option<CdefComplaint> {
    if !message.contains("At end of input") {
        return None;
    }
    let (blamed, hint) = match (enclosing(words, words.len()), words.last()?) {
        (Some(open), _) => (open, format!("a `{}` is not closed", open.text)),
        (None, last) if last.text == ";" => return None,
        (None, last) => (last, NO_END.to_owned()),
    };
    let (line, word) = blamed.place(text);
    Some(CdefComplaint {
        reason: Some("the cdef ends in the middle of a declaration".into()),
        line: Some(line),
        word: Some(word),
        hint: Some(hint),
    })
}

/// Where cffi stops, and what it says there.
struct StopPlace<'a> {
    offset: usize,
    says: &'a str,
}

impl<'a> StopPlace<'a> {
    /// `<cdef source string>:3:15: before: x`; only where the text has it there.
    fn in_message(message: &'a str, text: &str) -> Option<Self> {
        let last = message.lines().last()?;
        let rest = last.strip_prefix("<cdef source string>").unwrap_or(last).strip_prefix(':')?;
        let (line, rest) = rest.split_once(':')?;
        let (column, says) = rest.split_once(':')?;
        let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
        let begin: usize =
            text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let offset = begin + column.checked_sub(1)?;
        let says = says.trim();
        let is_there = match says.strip_prefix("before: ") {
            Some(word) => text.get(offset..)?.starts_with(word),
            None => text.is_char_boundary(offset),
        };
        is_there.then_some(StopPlace { offset, says })
    }
}

/// What stands where cffi stops: a type or a macro that it does not know, a `(` that is left open.
fn stopped(text: &str, words: &[CdefWord], place: &StopPlace) -> Option<CdefComplaint> {
    let at = words.iter().position(|word| word.start == place.offset)?;
    let told = |blamed: &CdefWord, hint: String| {
        let (line, word) = blamed.place(text);
        Some(CdefComplaint { reason: None, line: Some(line), word: Some(word), hint: Some(hint) })
    };
    // `EXPORT int g(void);`: some pycparsers stop at its beginning, others before the `int`.
    let is_at_name = ["Invalid function definition", "Missing type in declaration"];
    let is_at_name = is_at_name.contains(&place.says);
    let first = if is_at_name { at } else { at.checked_sub(1)? };
    let (unknown, next) = (&words[first], words.get(first + 1)?);
    if unknown.is_name() && starts_type(words, first) {
        let hint = unknown_name(unknown, next, words, first)?;
        return told(unknown, hint);
    }
    if is_at_name {
        let end = closing(words, first + 1)?;
        let after = words.get(end + 1)?;
        let is_below = text[words[end].start..after.start].contains('\n');
        let is_next = is_below && (after.is_type_word() || after.is_qualifier());
        return if is_next { told(&words[end], NO_END.into()) } else { None };
    }
    let stop = &words[at];
    if stop.text == ";" {
        let open = enclosing(words, at).filter(|open| open.text == "(")?;
        return told(open, "a `(` is not closed before the `;`".into());
    }
    if stop.is_name() && unknown.text == ")" {
        let name = stop.text;
        return told(
            stop,
            format!("if `{name}` is a macro or an attribute, leave it out of the cdef"),
        );
    }
    None
}

/// What to do about a name where a type should stand.
fn unknown_name(
    unknown: &CdefWord,
    next: &CdefWord,
    words: &[CdefWord],
    at: usize,
) -> Option<String> {
    let name = unknown.text;
    if ["class", "namespace", "template", "using"].contains(&name) {
        return Some(format!("a cdef is C, which has no `{name}`"));
    }
    if next.is_type_word() {
        // One of cffi's own types would be known, and something else be wrong.
        let is_own = name.ends_with("_t") || ["bool", "FILE"].contains(&name);
        let hint =
            || format!("cffi does not know `{name}`: if it is a macro, leave it out of the cdef");
        return (!is_own).then(hint);
    }
    let is_type = next.is_name() || next.text == "*" || next.text == "const";
    if is_type { unknown_type(name, words, at) } else { None }
}

fn unknown_type(name: &str, words: &[CdefWord], at: usize) -> Option<String> {
    let tagged = words.windows(2).find(|pair| pair[0].is_tag() && pair[1].text == name);
    let named = |index: &usize| words[*index].text == name;
    let defines =
        |index: usize| statement(words, index).first().is_some_and(|first| first.text == "typedef");
    let definition = (0..words.len()).filter(named).find(|index| *index != at && defines(*index));
    match (definition, tagged) {
        (Some(index), _) if index < at => None,
        (Some(_), _) => {
            Some(format!("declare `{name}` before it is used: its typedef stands below"))
        }
        (None, Some([tag, _])) => Some(format!(
            "write `{} {name}`, or add `typedef {} {name} {name};` before it",
            tag.text, tag.text
        )),
        (None, _) => Some(opaque(name)),
    }
}

fn opaque(name: &str) -> String {
    format!(
        "cffi does not know the type `{name}`: declare it before it is used, as `typedef ... {name};`, \
         or as `typedef int... {name};` if it is an integer"
    )
}

/// Whether a type may begin with this word: at the beginning of a declaration, a field or a parameter.
fn starts_type(words: &[CdefWord], at: usize) -> bool {
    let before =
        words[..at].iter().rposition(|word| !word.is_qualifier() && word.text != "typedef");
    let Some(before) = before else { return true };
    match words[before].text {
        ";" => true,
        "{" => words[..before]
            .iter()
            .rev()
            .take(2)
            .any(|word| ["struct", "union"].contains(&word.text)),
        "(" => takes_parameters(words, before),
        "," => words[..before]
            .iter()
            .rposition(|word| Some(word.start) == enclosing(words, before).map(|open| open.start))
            .is_some_and(|open| words[open].text == "(" && takes_parameters(words, open)),
        _ => false,
    }
}

/// Whether this `(` follows the name of a function or a pointer to one.
fn takes_parameters(words: &[CdefWord], open: usize) -> bool {
    let before = open.checked_sub(1).map(|before| &words[before]);
    before.is_some_and(|word| word.text == ")" || (word.is_name() && !word.text.starts_with("__")))
}

#[cfg(test)]
mod tests;

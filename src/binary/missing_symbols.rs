//! Explains a missing symbol: which source uses it, where the builder declares it, and why it is
//! most likely missing. Pure.

use std::sync::Arc;

use crate::binary::cdef_texts::words;
use crate::binary::evidence::{Evidence, LinkInput, LinkedLibrary};
use crate::binary::{cxx_names, link_order, rust_exports};
use crate::error::{Error, nearest};
use crate::model::{Location, SourceText, few_names};
use crate::python::stable_abi;
use crate::python::symbols::looks_like_python;
use crate::report::advice;

/// The error for symbols that nothing defines; `missing` is not empty.
pub fn explain(missing: &[String], evidence: &Evidence) -> Error {
    const SHOWN: usize = 8;
    let is_misplaced = missing.iter().all(|symbol| misplaced(symbol, evidence).is_some());
    let mut error = if is_misplaced {
        link_order::error(&evidence.module, missing)
    } else {
        Error::new(format!(
            "`{}` would fail to import: nothing that it links defines {}",
            evidence.module,
            list(missing)
        ))
    };
    let in_cdef = missing.iter().find_map(|symbol| evidence.cdef_place(symbol));
    let mentioned = || missing.iter().find_map(|symbol| mention(symbol, &evidence.scripts));
    let declared = || missing.iter().find_map(|symbol| declaration(symbol, &evidence.around));
    let used = || missing.iter().find_map(|symbol| evidence.own_place(symbol));
    if let Some(place) = in_cdef.or_else(mentioned).or_else(declared).or_else(used) {
        error = error.at(&place.source, place.span);
    }
    for symbol in missing.iter().take(SHOWN) {
        if let Some(note) = usage(symbol, evidence) {
            error = error.note(note);
        }
    }
    let mut hints: Vec<String> = Vec::new();
    if !is_misplaced {
        error = error.note(looked_in(evidence));
        hints.extend(left_out(missing, evidence));
    }
    let known = missing.iter().take(SHOWN).filter_map(|symbol| known_cause(symbol, evidence));
    for hint in known.chain(unknown_causes(missing, evidence)) {
        if !hints.contains(&hint) && hints.len() < 4 {
            hints.push(hint);
        }
    }
    hints.into_iter().fold(error, Error::hint)
}

/// A few names for the middle of a sentence: `` `a`, `b`, `c` and 4 more ``.
pub fn list(names: &[String]) -> String {
    const SHOWN: usize = 3;
    few_names(names.iter(), SHOWN)
}

/// The first place where one of the texts has the symbol as a word of C: what is in quotes by itself is the name of
/// something else, such as a library.
fn mention(symbol: &str, texts: &[Arc<SourceText>]) -> Option<Location> {
    place(symbol, texts, |before, after| {
        !["\"", "'"].iter().any(|quote| before.ends_with(quote) && after.starts_with(quote))
    })
}

/// The first place where it seems to be declared: after its type, not after `return`, `.` or `=`.
fn declaration(symbol: &str, texts: &[Arc<SourceText>]) -> Option<Location> {
    place(symbol, texts, |before, _| {
        let line = before.rsplit('\n').next().unwrap_or(before);
        let line = line.trim_start();
        let is_type = |c: char| c == '_' || c == '*' || c == ' ' || c.is_alphanumeric();
        let words = ["return", "import", "from", "def", "class", "in", "and", "or", "not", "if"];
        let is_statement = words.iter().any(|word| line.split_whitespace().any(|w| w == *word));
        line.ends_with([' ', '*']) && line.chars().all(is_type) && !is_statement
    })
}

/// The first place where the text before and after the symbol is fit.
fn place(
    symbol: &str,
    texts: &[Arc<SourceText>],
    fits: impl Fn(&str, &str) -> bool,
) -> Option<Location> {
    texts.iter().find_map(|source| {
        let text = &source.text;
        let span = words(text, symbol).find(|at| fits(&text[..at.start], &text[at.end..]))?;
        Some(Location { source: Arc::clone(source), span, key: None })
    })
}

fn usage(symbol: &str, evidence: &Evidence) -> Option<String> {
    let users: Vec<&str> =
        evidence.users(symbol).map(|object| user_label(object, symbol, evidence)).collect();
    let name = match cxx_names::plain_name(symbol) {
        Some(plain) => format!("`{symbol}` (C++ `{plain}`)"),
        None => format!("`{symbol}`"),
    };
    (!users.is_empty()).then(|| format!("{name} is used by {}", users.join(", ")))
}

fn user_label<'a>(object: &'a LinkInput, symbol: &str, evidence: &Evidence) -> &'a str {
    if !object.generated {
        &object.label
    } else if evidence.may_declare(symbol) {
        "the C that cffi generated from the cdef"
    } else {
        "the C of the builder"
    }
}

fn looked_in(evidence: &Evidence) -> String {
    let unused = evidence.libraries.iter().filter(|library| {
        let start = format!("lib{library}.");
        !evidence.linked.iter().any(|linked| linked.name.starts_with(&start))
    });
    let linked = evidence.linked.iter().map(|linked| format!("`{}`", linked.name));
    let names: Vec<String> = linked.chain(unused.map(|name| format!("`-l{name}`"))).collect();
    let is_alone =
        evidence.libraries.is_empty() && evidence.objects.iter().all(|object| object.generated);
    let alone = if is_alone { "; `sources=` is empty" } else { "" };
    match names.as_slice() {
        [] => format!("looked in {}; no other library is linked{alone}", evidence.python),
        names => format!("looked in {} and {}{alone}", names.join(", "), evidence.python),
    }
}

/// The next step, from the strongest evidence that there is.
fn known_cause(symbol: &str, evidence: &Evidence) -> Option<String> {
    misplaced(symbol, evidence)
        .or_else(|| rust_exports::cause(symbol, &evidence.rust))
        .or_else(|| cxx_cause(symbol, evidence))
        .or_else(|| python_cause(symbol, evidence))
        .or_else(|| unlisted_source(symbol, evidence))
        .or_else(|| unlisted_library(symbol, evidence))
        .or_else(|| misspelled(symbol, evidence))
}

fn misplaced(symbol: &str, evidence: &Evidence) -> Option<String> {
    evidence.static_libraries.cause(symbol, &evidence.libraries)
}

fn cxx_cause(symbol: &str, evidence: &Evidence) -> Option<String> {
    if cxx_names::is_runtime(symbol) {
        return Some(
            "the C++ runtime is not linked: say `source_extension=\".cpp\"` or \
             `language=\"c++\"` in set_source()"
                .into(),
        );
    }
    let files = || {
        let objects = evidence.objects.iter().map(|object| (&object.label, &object.symbols));
        let libraries = evidence.linked.iter();
        objects.chain(libraries.map(|linked| (&linked.name, &linked.library.elf.symbols)))
    };
    if let Some(plain) = cxx_names::plain_name(symbol) {
        let (owner, _) = files().find(|(_, symbols)| symbols.defined.contains(plain.as_str()))?;
        return Some(format!(
            "{owner} defines `{plain}` as a C function: C++ code must see its declaration inside \
             `extern \"C\" {{ }}`"
        ));
    }
    files().find_map(|(owner, symbols)| {
        let is_it = |name: &&str| cxx_names::plain_name(name).as_deref() == Some(symbol);
        let mangled = symbols.defined.iter().map(AsRef::as_ref).filter(is_it).min()?;
        Some(format!(
            "{owner} defines `{symbol}` as a C++ function (`{mangled}`): declare it \
             `extern \"C\"` there, so that C can call it"
        ))
    })
}

fn python_cause(symbol: &str, evidence: &Evidence) -> Option<String> {
    let outside = || stable_abi::outside(symbol, stable_abi::WHOLE_BY_SETTING);
    let outside = evidence.is_limited.then(outside).flatten();
    outside.or_else(|| unknown_to_python(symbol, evidence))
}

fn unknown_to_python(symbol: &str, evidence: &Evidence) -> Option<String> {
    looks_like_python(symbol)
        .then(|| format!("{} has no `{symbol}`: it may belong to another version", evidence.python))
}

fn unlisted_source(symbol: &str, evidence: &Evidence) -> Option<String> {
    let plain = cxx_names::plain_name(symbol);
    let name = plain.as_deref().unwrap_or(symbol);
    let owner = evidence.strangers.iter().find(|source| defines(&source.text, name))?;
    Some(format!("`{}` seems to define `{name}`: add it to `sources=`", owner.name))
}

fn unlisted_library(symbol: &str, evidence: &Evidence) -> Option<String> {
    let library = advice::library_of_symbol(symbol)?;
    if library.libraries().any(|name| evidence.libraries.iter().any(|given| given == name)) {
        return None;
    }
    let name = library.libraries().next()?;
    Some(format!("`{symbol}` belongs to {}: add \"{name}\" to `libraries=`", library.name))
}

fn misspelled(symbol: &str, evidence: &Evidence) -> Option<String> {
    let given = |linked: &&LinkedLibrary| {
        evidence.libraries.iter().any(|name| linked.name.starts_with(&format!("lib{name}.")))
    };
    let linked = evidence.linked.iter().find(given)?;
    let defined = &linked.library.elf.symbols.defined;
    let mut candidates: Vec<&str> = defined.iter().map(|name| &**name).collect();
    candidates.sort_unstable();
    let name = nearest(symbol, candidates)?;
    Some(format!(
        "this version of `{}` does not define `{symbol}` (the nearest name that it has is \
         `{name}`): take it out of the cdef or build against another version",
        linked.name
    ))
}

/// A module without a builder script that is not written down in the project may have its declarations from a header, which knows of other
/// versions of its library too.
fn left_out(missing: &[String], evidence: &Evidence) -> Option<String> {
    const MOST: usize = 40;
    let from_cdef = |symbol: &String| evidence.users(symbol).all(|object| object.generated);
    let is_imported = evidence.cdef_files.iter().any(|file| file.text.contains("cdef-from"))
        && missing.iter().all(|symbol| evidence.cdef_place(symbol).is_none());
    if !evidence.scripts.is_empty()
        || !is_imported
        || missing.len() > MOST
        || !missing.iter().all(from_cdef)
    {
        return None;
    }
    let names: Vec<String> = missing.iter().map(|name| format!("\"{name}\"")).collect();
    Some(format!("if `cdef-from` declares them, leave them out: except = [{}]", names.join(", ")))
}

/// For symbols without a better explanation, one hint for all that come from the cdef and one for
/// the others.
fn unknown_causes(missing: &[String], evidence: &Evidence) -> Vec<String> {
    let unknown = missing.iter().filter(|symbol| known_cause(symbol, evidence).is_none()).cloned();
    let from_cdef = |symbol: &String| {
        evidence.may_declare(symbol) && evidence.users(symbol).all(|object| object.generated)
    };
    let (declared, used): (Vec<String>, Vec<String>) = unknown.partition(from_cdef);
    let mut hints = Vec::new();
    if !declared.is_empty() {
        let (are, them) = if declared.len() == 1 { ("is", "it") } else { ("are", "them") };
        hints.push(format!(
            "{} {are} declared in the cdef, but not in this version of the library; or \
             `sources=` or `libraries=` leave out what defines {them}",
            list(&declared)
        ));
    }
    if !used.is_empty() {
        let whose = if used.len() == 1 { "its library" } else { "their library" };
        let names = list(&used);
        hints.push(format!(
            "add the file that defines {names} to `sources=`, or {whose} to `libraries=`"
        ));
    }
    if !hints.is_empty() {
        hints.push(
            "if the program that imports the module defines them, list their names in `allow-undefined` \
             of `[tool.officina]`"
                .to_owned(),
        );
    }
    hints
}

/// Whether C code seems to define a function: its name and `(` in a line that is not indented,
/// and `{` before any `;`.
fn defines(code: &str, function: &str) -> bool {
    words(code, function).any(|found| {
        let start = found.start;
        let line = code[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let outside = !code[line..].starts_with([' ', '\t', '#', '/', '*']);
        let rest = &code[start + function.len()..];
        let is_call = rest.trim_start().starts_with('(');
        let body = rest.find(['{', ';']).is_some_and(|end| rest[end..].starts_with('{'));
        outside && is_call && body
    })
}

//! What a compiler's refusal means for who wrote the project: the line to blame in a file of theirs, and the next step.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::binary::cdef_texts::{CdefTexts, small_text, words};
use crate::error::Error;
use crate::model::{Abi, CompileSpec, SourceText};
use crate::python::{abi, stable_abi};
use crate::report::advice::{self, Complaint};
use crate::steps::glue_complaint::{Glue, Told, is_name, is_own_name};
use crate::steps::{cdef_checks, missing_file, text_origin};

/// The compile that failed.
pub struct RefusedCompile<'a> {
    /// Of which module or library.
    pub spec: &'a CompileSpec<'a>,
    /// What was compiled. Absolute, or relative to the root.
    pub source: &'a Path,
    /// The project root.
    pub root: &'a Path,
    /// The folder that holds what is generated.
    pub build_dir: &'a Path,
    /// What whoever compiles would write to get another build.
    pub remedies: Remedies,
}

/// How a project gets what it did not ask for, in the words of whoever compiles it.
#[derive(Debug, Clone, Copy)]
pub struct Remedies {
    /// How it does without the checks of a cdef.
    pub unchecked: &'static str,
    /// How it does without the limited API: `set ...`.
    pub whole_api: &'static str,
}

/// The error of a compiler's run, with the first of its complaints, the line that it is about, and what to do.
pub fn explained(error: Error, compile: &RefusedCompile) -> Error {
    const MOST: usize = 4;
    let Some(output) = error.parts().output.clone() else { return error };
    let complaints = advice::complaints(&output);
    let cdef = CdefTexts::of(compile.generated());
    let text = compile.generated().and_then(|file| std::fs::read_to_string(file).ok());
    let text = text.unwrap_or_default();
    let glue = Glue::of(&text);
    let error = match (complaints.first(), &glue) {
        (Some(first), Some(glue)) if compile.is_about_generated(first) && glue.has(first.line) => {
            if let Some(told) = glue.left_open(first) {
                return left_open(error, told, (glue, &text), compile, &cdef);
            }
            of_glue(error, first, glue, compile.root, &cdef)
        }
        (Some(first), _) => located(error.detail(&first.message), first, &text, compile, &cdef),
        (None, _) => error,
    };
    let (known, hints) = own_hints(&complaints, compile, &cdef);
    let others = advice::for_output_besides(&output, &known);
    let error = hints.into_iter().chain(others).take(MOST).fold(error, Error::hint);
    match compile.generated() {
        Some(_) => {
            cdef_checks::explained(error, compile.spec, compile.root, compile.remedies.unchecked)
        }
        None => error,
    }
}

/// The place is the last line of what the author wrote. All that the compiler says more follows from it.
fn left_open(
    error: Error,
    told: Told,
    (glue, text): (&Glue, &str),
    compile: &RefusedCompile,
    cdef: &CdefTexts,
) -> Error {
    let last = glue.last_line_before();
    let place = last.and_then(|last| text_origin::of_line(text, last, &cdef.files, compile.root));
    let error = told.hint.into_iter().fold(error.detail(&told.detail), Error::hint);
    match place {
        Some((source, span)) => error.at(&source, span),
        None => error,
    }
}

/// The place is what the cdef says of the thing for which cffi wrote the line.
fn of_glue(error: Error, first: &Complaint, glue: &Glue, root: &Path, cdef: &CdefTexts) -> Error {
    let names = glue.names(first);
    let place = names.iter().find_map(|name| cdef.place(name, root));
    let error = match glue.not_of_its_kind(first) {
        Some(told) => told.hint.into_iter().fold(error.detail(&told.detail), Error::hint),
        None => error.detail(&first.message),
    };
    match place {
        Some((source, span)) => error.at(&source, span),
        None => error,
    }
}

impl RefusedCompile<'_> {
    /// Whether a complaint is about the generated file.
    fn is_about_generated(&self, complaint: &Complaint) -> bool {
        self.generated().is_some_and(|generated| *generated == self.root.join(&complaint.file))
    }

    /// The generated file, if that is what was compiled.
    fn generated(&self) -> Option<&Path> {
        self.spec.generated_source.filter(|generated| *generated == self.root.join(self.source))
    }
}

fn located(
    error: Error,
    first: &Complaint,
    text: &str,
    compile: &RefusedCompile,
    cdef: &CdefTexts,
) -> Error {
    let place = if compile.is_about_generated(first) {
        in_builder(text, first, compile.root, cdef)
    } else {
        in_own_file(&compile.root.join(&first.file), first, compile)
    };
    match place {
        Some((source, span)) => error.at(&source, span),
        None => error,
    }
}

/// A line of a file of the project.
fn in_own_file(
    file: &Path,
    complaint: &Complaint,
    compile: &RefusedCompile,
) -> Option<(Arc<SourceText>, Range<usize>)> {
    let own = file.strip_prefix(compile.root).ok()?;
    if file.starts_with(compile.build_dir) {
        return None;
    }
    let source = small_text(file, &own.to_string_lossy().replace('\\', "/"))?;
    let span = text_origin::line(&source, complaint.line)?;
    let span = narrowed(&source, span, complaint);
    Some((Arc::new(source), span))
}

/// The line of the builder that holds what a line of the generated file says, as it stands where `set_source()`
/// attached it.
fn in_builder(
    text: &str,
    complaint: &Complaint,
    root: &Path,
    cdef: &CdefTexts,
) -> Option<(Arc<SourceText>, Range<usize>)> {
    let (source, span) = text_origin::of_line(text, complaint.line, &cdef.files, root)?;
    let span = narrowed(&source, span, complaint);
    Some((source, span))
}

/// The name that is complained about, if the line has it.
fn narrowed(source: &SourceText, line: Range<usize>, complaint: &Complaint) -> Range<usize> {
    let text = &source.text[line.clone()];
    let mut names = complaint.names.iter().filter(|name| is_name(name));
    let named = names.find_map(|name| words(text, name).next());
    named.map_or(line.clone(), |found| line.start + found.start..line.start + found.end)
}

/// What the project itself tells about names that nothing declares and headers that are not found: those names and
/// headers, and the hints.
fn own_hints(
    complaints: &[Complaint],
    compile: &RefusedCompile,
    cdef: &CdefTexts,
) -> (BTreeSet<String>, Vec<String>) {
    let mut known = BTreeSet::new();
    let mut hints = Vec::new();
    for complaint in complaints {
        let told = match (&complaint.undeclared, &complaint.header) {
            // It follows from another complaint.
            (Some(name), _) if is_own_name(name) => {
                known.insert(name.clone());
                None
            }
            (Some(name), _) if !known.contains(name) => {
                Some((name, undeclared(name, compile, cdef)))
            }
            (_, Some(header)) if !known.contains(header) => {
                let folders = compile.spec.include_dirs;
                missing_file::header(header, folders, compile.root).map(|hint| (header, hint))
            }
            _ => None,
        };
        if let Some((about, hint)) = told {
            known.insert(about.clone());
            hints.push(hint);
        }
    }
    (known, hints)
}

fn undeclared(name: &str, compile: &RefusedCompile, cdef: &CdefTexts) -> String {
    let is_generated = compile.generated().is_some();
    if let Some(hint) = outside(name, compile) {
        return hint;
    }
    let include =
        format!("no header that is included declares `{name}`: include the one that does");
    match (is_generated, cdef.declare(name)) {
        (true, true) => format!(
            "{include} in the source given to set_source(), or take it out of the cdef if this version of \
             the library does not have it"
        ),
        (true, false) => {
            format!("{include} in the source given to set_source(), or declare it there")
        }
        (false, _) => format!("{include}, or declare it before it is used"),
    }
}

fn outside(name: &str, compile: &RefusedCompile) -> Option<String> {
    let remedy = compile.remedies.whole_api;
    is_limited(compile).then(|| stable_abi::outside(name, remedy)).flatten()
}

/// Whether it is compiled for the limited API, which what cffi generates switches on by itself.
fn is_limited(compile: &RefusedCompile) -> bool {
    let is_set = |name| abi::defines(compile.spec.macros, name);
    let by_cffi = || compile.spec.abi.is_some_and(Abi::is_limited);
    let is_generated = compile.generated().is_some();
    is_set(abi::LIMITED_API) || if is_generated { by_cffi() } else { is_set(abi::ABI3T) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ExtensionSpec, Macro, ModuleName};

    #[test]
    fn the_limited_api_is_what_was_chosen() {
        let (root, limited) = (Path::new("/root"), Abi::Limited { minimum: None });
        let define = |name: &str| Macro::Define(name.to_owned(), None);
        let undefine = Macro::Undefine(abi::LIMITED_API.to_owned());
        let table = [
            ("g.c", limited, vec![], true),
            ("g.c", Abi::LimitedFreeThreaded, vec![define(abi::ABI3T)], true),
            // A debug Python, PyPy, a cffi whose C switches it off: nothing is said in macros.
            ("g.c", Abi::Version, vec![], false),
            ("g.c", Abi::Embedding, vec![], false),
            ("g.c", Abi::Version, vec![define(abi::ABI3T)], false),
            ("g.c", Abi::Version, vec![define(abi::LIMITED_API)], true),
            ("own.c", limited, vec![], false),
            ("own.c", limited, vec![define(abi::LIMITED_API)], true),
            ("own.c", limited, vec![define(abi::LIMITED_API), undefine], false),
            ("own.c", Abi::LimitedFreeThreaded, vec![define(abi::ABI3T)], true),
        ];
        for (source, abi, macros, expected) in table {
            let mut spec = ExtensionSpec::new(ModuleName::new("_x").unwrap(), "build_x.py", abi);
            spec.generated_source = Some(root.join("g.c"));
            spec.macros = macros;
            let (spec, source) = (&spec.compile(), Path::new(source));
            let remedies = Remedies { unchecked: "", whole_api: "" };
            let compile = RefusedCompile { spec, source, root, build_dir: root, remedies };
            assert_eq!(is_limited(&compile), expected, "{source:?} {abi:?} {:?}", spec.macros);
        }
    }
}

//! What setuptools says of a project -> settings and metadata. Pure.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::builder;
use crate::error::{Error, Result};
use crate::model::{
    DeclaredSettings, ModuleEntry, PYPROJECT, SetuptoolsProject, SourceText, Spanned,
};

/// The file that calls `setup()`.
pub const SETUP: &str = "setup.py";

/// Adds what the call of `setup()` says to `[tool.officina]`. `setup` is the text of setup.py. Returns
/// the file that the entries stand in.
///
/// # Errors
/// An entry is none, or both files list entries and they are not the same.
pub fn complete(
    declared: &mut DeclaredSettings,
    theirs: &SetuptoolsProject,
    pyproject: &Arc<SourceText>,
    setup: &Arc<SourceText>,
) -> Result<Arc<SourceText>> {
    let base = &mut declared.base;
    let nowhere = |value: &String| Spanned::new(value.clone(), 0..0);
    base.ext_package = base.ext_package.take().or(theirs.ext_package.as_ref().map(nowhere));
    let folder = |folder: &String| Spanned::new(PathBuf::from(folder), 0..0);
    base.python_source = theirs.source_folder.as_ref().map(folder);
    if theirs.cffi_modules.is_empty() {
        return Ok(Arc::clone(pyproject));
    }
    let entries = entries(&theirs.cffi_modules, setup)?;
    if base.cffi_modules.is_empty() {
        base.cffi_modules = entries;
        return Ok(Arc::clone(setup));
    }
    let listed = |entries: &[Spanned<ModuleEntry>]| {
        let mut all: Vec<String> = entries.iter().map(|entry| entry.value.to_string()).collect();
        all.sort();
        all
    };
    if listed(&entries) == listed(&base.cffi_modules) {
        return Ok(Arc::clone(pyproject));
    }
    Err(Error::new(format!("`cffi_modules` of {SETUP} and of `[tool.officina]` are not the same"))
        .at(setup, entries.first().map_or(0..0, |entry| entry.span.clone()))
        .hint(format!("list all of them in {PYPROJECT}, and none in {SETUP}")))
}

fn entries(texts: &[String], setup: &Arc<SourceText>) -> Result<Vec<Spanned<ModuleEntry>>> {
    let mut found: Vec<Spanned<ModuleEntry>> = Vec::with_capacity(texts.len());
    for text in texts {
        let span = place(text, &setup.text);
        let builder = builder::parse(text).map_err(|error| error.at(setup, span.clone()))?;
        let entry = ModuleEntry { builder, optional: false, condition: None };
        // As with cffi alone, where each repetition only replaces what the first one made.
        if found.iter().all(|earlier| earlier.value != entry) {
            found.push(Spanned::new(entry, span));
        }
    }
    Ok(found)
}

/// Where an entry is spelled in setup.py; the beginning of the file, if it is put together there.
fn place(entry: &str, setup: &str) -> Range<usize> {
    let quoted = ['"', '\''].into_iter().find_map(|quote| {
        setup.find(&format!("{quote}{entry}{quote}")).map(|start| start + quote.len_utf8())
    });
    quoted.map_or(0..0, |start| start..start + entry.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(own: &[&str], theirs: &[&str], setup: &str) -> Result<(Vec<String>, String)> {
        let text = |name: &str, text: &str| {
            Arc::new(SourceText { name: name.into(), text: text.to_owned() })
        };
        let mut declared = DeclaredSettings::default();
        declared.base.cffi_modules =
            entries(&own.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>(), &text("", ""))?;
        let project = SetuptoolsProject {
            cffi_modules: theirs.iter().map(|one| (*one).to_owned()).collect(),
            ..SetuptoolsProject::default()
        };
        let (pyproject, setup) = (text(PYPROJECT, ""), text(SETUP, setup));
        let source = complete(&mut declared, &project, &pyproject, &setup)?;
        let spelled = |entry: &Spanned<ModuleEntry>| {
            let spelled = source.text.get(entry.span.clone()).unwrap_or_default();
            format!("{} {spelled}", entry.value)
        };
        Ok((declared.base.cffi_modules.iter().map(spelled).collect(), source.name.clone()))
    }

    #[test]
    fn entries_come_from_the_file_that_lists_them() {
        let setup = "setup(cffi_modules=['a.py:ffi'])";
        let (entries, file) = completed(&[], &["a.py:ffi", "a.py:ffi", "b.py:ffi"], setup).unwrap();
        assert_eq!(entries, ["a.py:ffi a.py:ffi", "b.py:ffi "]);
        assert_eq!(file, SETUP);
        for theirs in [&[][..], &["a.py:ffi"]] {
            assert_eq!(completed(&["a.py:ffi"], theirs, setup).unwrap().1, PYPROJECT);
        }
    }

    #[test]
    fn two_lists_that_differ_are_refused() {
        let error = completed(&["b.py:ffi"], &["a.py:ffi"], "x\ny('a.py:ffi')").unwrap_err();
        let parts = error.parts();
        assert!(parts.message.contains("are not the same"), "{parts:?}");
        assert_eq!(parts.location.as_ref().unwrap().span, 5..13);
    }

    #[test]
    fn an_entry_that_is_none_is_shown_in_setup() {
        let error = completed(&[], &["a.py"], "setup(cffi_modules='a.py')").unwrap_err();
        assert!(error.parts().message.contains("names no object"));
        assert_eq!(error.parts().location.as_ref().unwrap().source.name, SETUP);
    }
}

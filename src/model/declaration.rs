//! A CFFI module that `pyproject.toml` declares, without a builder script.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::condition::Condition;
use crate::model::source::Spanned;

/// A table of `[[tool.officina.modules]]`. Paths are relative to the project root, with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleDeclaration {
    /// `name`: dotted, or bare for `ext-package`.
    pub name: Spanned<String>,
    /// `if`: where the module counts; `None`: everywhere.
    pub condition: Option<Condition>,
    /// `cdef`: what cffi is told, in this order.
    pub cdef: Vec<CdefPart>,
    /// `packed` and `pack`: options of `cdef()`, by their names in Python.
    pub cdef_options: BTreeMap<&'static str, ArgumentValue>,
    /// `cdef-from`: headers that say it too.
    pub headers: Option<HeaderImport>,
    /// `source` and `source-file`.
    pub source: DeclaredSource,
    /// The other arguments of `set_source()`, by their names in Python. Until a build resolves them,
    /// `sources` and `depends` are globs.
    pub arguments: BTreeMap<&'static str, ArgumentValue>,
    /// `optional`: whether a wheel does without the module where it cannot be made.
    pub optional: bool,
    /// `pkg-config`: packages that add to these arguments, each perhaps with a version.
    pub pkg_config: Vec<Spanned<String>>,
    /// Its place in `pyproject.toml`.
    pub span: Range<usize>,
}

impl ModuleDeclaration {
    /// Whether cffi makes a Python module of it that opens a library (ABI mode).
    pub fn is_abi_mode(&self) -> bool {
        self.source == DeclaredSource::Absent
    }

    /// The files that it names, each with the key that does. Headers that the compiler looks for are
    /// not among them.
    pub fn files(&self) -> Vec<(&'static str, &Spanned<String>)> {
        let cdef = self.cdef.iter().filter_map(|part| match part {
            CdefPart::File(file) => Some(("cdef", file)),
            CdefPart::Text(_) | CdefPart::Imported(_) => None,
        });
        let source = match &self.source {
            DeclaredSource::File(file) => Some(("source-file", file)),
            _ => None,
        };
        let headers = self.headers.iter().flat_map(|headers| headers.included());
        let own = headers.filter(|header| !header.value.starts_with('<'));
        cdef.chain(source).chain(own.map(|header| ("cdef-from", header))).collect()
    }

    /// `sources` and `depends`, as they are written.
    pub fn globs(&self) -> impl Iterator<Item = &Spanned<String>> {
        ["sources", "depends"].into_iter().flat_map(|argument| self.list(argument))
    }

    /// The items of an argument that is a list.
    pub fn list(&self, argument: &str) -> &[Spanned<String>] {
        match self.arguments.get(argument) {
            Some(ArgumentValue::List(items)) => items,
            _ => &[],
        }
    }

    /// Adds items at the end of a list.
    pub fn extend(&mut self, argument: &'static str, items: Vec<Spanned<String>>) {
        let list = [self.list(argument), &items].concat();
        if !list.is_empty() {
            self.arguments.insert(argument, ArgumentValue::List(list));
        }
    }
}

/// A part of what cffi is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CdefPart {
    /// A file.
    File(Spanned<String>),
    /// The text itself.
    Text(Spanned<String>),
    /// What was imported from headers.
    Imported(ImportedText),
}

/// What was imported from headers, in cffi's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedText {
    /// The text.
    pub text: String,
    /// Where each of its lines comes from.
    pub origins: Vec<LineOrigin>,
}

/// Where a line for cffi comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOrigin {
    /// The header as messages call it: relative to the project root where it lies inside.
    pub file: String,
    /// The line there, counted from one.
    pub line: usize,
    /// What it declares.
    pub name: String,
}

/// `cdef-from`, `only` and `except`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderImport {
    /// `include/a.h`, a file of the project, or `<a.h>`, which the compiler looks for. One with a
    /// wildcard stands for headers that the others include.
    pub headers: Vec<Spanned<String>>,
    /// Patterns of the names that are wanted; empty: all.
    pub only: Vec<Spanned<String>>,
    /// Patterns of the names that are not.
    pub except: Vec<Spanned<String>>,
}

impl HeaderImport {
    /// The headers that are included: those without a wildcard.
    pub fn included(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.headers.iter().filter(|header| !is_glob(&header.value))
    }
}

/// The text that `set_source()` is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredSource {
    /// None: ABI mode.
    Absent,
    /// This text.
    Text(String),
    /// What a file holds.
    File(Spanned<String>),
    /// What includes the headers of `cdef-from`.
    Headers,
}

/// The value of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgumentValue {
    /// A list of words.
    List(Vec<Spanned<String>>),
    /// One word.
    Text(String),
    /// `true` or `false`
    Switch(bool),
    /// A number.
    Number(i64),
}

/// Whether a path has a wildcard in it.
pub fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

//! The line of the project that an exception in a builder leads to.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::binary::cdef_texts::small_text;
use crate::error::Error;
use crate::model::SourceText;
use crate::steps::cdef_complaint::{self, CdefComplaint};
use crate::steps::text_origin;

/// Where an exception came from, as the builder's process tells it.
#[derive(Debug, Default, Deserialize)]
pub struct Whereabouts {
    /// Files and lines on the way to it, the innermost last.
    #[serde(default)]
    frames: Vec<(PathBuf, usize)>,
    /// The text that cffi could not read.
    #[serde(default)]
    cdef: Option<UnreadCdef>,
    /// The project's files that the builder has read, itself first.
    #[serde(default)]
    files: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct UnreadCdef {
    text: String,
    /// Counted from one; `None` where cffi names none.
    line: Option<usize>,
    /// All that cffi says.
    #[serde(default)]
    message: String,
}

impl Whereabouts {
    /// What to tell of the text that cffi could not read.
    pub fn complaint(&self) -> Option<CdefComplaint> {
        let cdef = self.cdef.as_ref()?;
        Some(cdef_complaint::explain(&cdef.message, &cdef.text, cdef.line))
    }

    /// The error at its line: that of the declaration which cffi could not read, else the innermost
    /// line of the project's own code.
    pub fn locate(&self, error: Error, root: &Path) -> Error {
        let complaint = self.complaint().unwrap_or_default();
        let Some((cdef, number)) = self.cdef.as_ref().zip(complaint.line) else {
            return self.at_frame(error, root);
        };
        let line = cdef.text.lines().nth(number.saturating_sub(1)).unwrap_or_default();
        let call = self.own_frame(root).map(|(source, span)| (source.name.clone(), span.start));
        match text_origin::of_line_after(&cdef.text, number, &self.files, root, call) {
            Some((source, span)) => {
                let blanks = line.len() - line.trim_start().len();
                let span = complaint.word.map_or(span.clone(), |word| {
                    span.start + word.start - blanks..span.start + word.end - blanks
                });
                error.at(&source, span)
            }
            None => self
                .at_frame(error, root)
                .note(format!("line {number} of the cdef is `{}`", line.trim())),
        }
    }

    fn at_frame(&self, error: Error, root: &Path) -> Error {
        match self.own_frame(root) {
            Some((source, span)) => error.at(&source, span),
            None => error,
        }
    }

    /// The innermost line of the project's own code.
    fn own_frame(&self, root: &Path) -> Option<(Arc<SourceText>, Range<usize>)> {
        self.frames.iter().rev().find_map(|(file, number)| {
            let path = root.join(file);
            let own = path.strip_prefix(root).ok().filter(|own| !is_installed(own))?;
            let source = small_text(&path, &own.to_string_lossy().replace('\\', "/"))?;
            let span = text_origin::line(&source, *number)?;
            Some((Arc::new(source), span))
        })
    }
}

/// Whether a file belongs to an environment that lies in the project.
fn is_installed(file: &Path) -> bool {
    file.components()
        .any(|part| ["site-packages", "dist-packages"].iter().any(|name| part.as_os_str() == *name))
}

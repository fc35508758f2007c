//! Reads two products and compares them.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::archive::read_back::{self, PackedFile};
use crate::binary;
use crate::compare::{self, ArchiveContents, ArchivedFile, Difference, Grade};
use crate::error::{Error, Result};

/// Two products, and how they differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductComparison {
    /// The name of the old archive.
    pub old: String,
    /// The name of the new archive.
    pub new: String,
    /// The differences, those that matter first.
    pub differences: Vec<Difference>,
}

impl ProductComparison {
    /// How many differences have this grade.
    pub fn count(&self, grade: Grade) -> usize {
        self.differences.iter().filter(|difference| difference.grade == grade).count()
    }
}

/// Compares two wheels, or two sdists.
///
/// # Errors
/// One cannot be read, or one is a wheel and the other an sdist.
pub fn compare(old: &Path, new: &Path) -> Result<ProductComparison> {
    let is_wheel = |path: &Path| path.extension().is_some_and(|ending| ending == "whl");
    if is_wheel(old) != is_wheel(new) {
        return Err(Error::new("a wheel cannot be compared with an sdist")
            .hint("name two wheels, or two sdists"));
    }
    let differ = if is_wheel(old) { compare::wheels } else { compare::sdists };
    let (old, new) = (contents(old)?, contents(new)?);
    let differences = differ(&old, &new);
    Ok(ProductComparison { old: old.name, new: new.name, differences })
}

fn contents(archive: &Path) -> Result<ArchiveContents> {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut contents = ArchiveContents { name, ..ArchiveContents::default() };
    read_back::each_file(archive, &mut |file| {
        contents.files.insert(file.path.clone(), facts(file));
    })?;
    Ok(contents)
}

/// No text of a project is larger. In bytes.
const LARGEST_TEXT: usize = 1 << 20;

fn facts(file: PackedFile) -> ArchivedFile {
    let size = file.bytes.len();
    let mut facts = ArchivedFile {
        size: size as u64,
        sha256: Sha256::digest(&file.bytes).into(),
        executable: file.executable,
        text: None,
        linked: binary::linked_file(&file.bytes),
    };
    if size <= LARGEST_TEXT || file.path.ends_with(".dist-info/RECORD") {
        facts.text = String::from_utf8(file.bytes).ok().filter(|text| !text.contains('\0'));
    }
    facts
}

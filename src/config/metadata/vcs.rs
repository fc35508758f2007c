//! `version = { vcs = "git", ... }`: how git is asked for the version.

use crate::config::metadata::text;
use crate::config::paths;
use crate::config::toml::TomlTable;
use crate::config::vcs::{TagPattern, parsed};
use crate::error::{Result, nearest};
use crate::model::{LocalScheme, Spanned, VcsSettings, VersionScheme};

/// The keys of such a table.
pub(super) const VCS_KEYS: [&str; 6] =
    ["vcs", "tag-pattern", "scheme", "local", "fallback", "write-to"];

/// What a version file may be, by the end of its name.
pub const VERSION_FILES: [&str; 2] = [".py", ".txt"];

/// Reads the table.
///
/// # Errors
/// A value is not allowed; the error points at it.
pub(super) fn read(table: &TomlTable<'_>) -> Result<VcsSettings> {
    if let Some(vcs) = text::string(table, "vcs")?.filter(|vcs| vcs.value != "git") {
        let message = format!("`{}` cannot be asked for a version", vcs.value.escape_debug());
        return Err(table.error(vcs.span, message).hint("write `vcs = \"git\"`"));
    }
    Ok(VcsSettings {
        tag_pattern: tag_pattern(table)?,
        scheme: named(table, "scheme", &VersionScheme::NAMES)?,
        local: named(table, "local", &LocalScheme::NAMES)?,
        fallback: fallback(table)?,
        write_to: write_to(table)?,
    })
}

fn tag_pattern(table: &TomlTable<'_>) -> Result<Option<Spanned<String>>> {
    let Some(written) = text::string(table, "tag-pattern")? else { return Ok(None) };
    match TagPattern::new(Some(&written.value)) {
        Ok(_) => Ok(Some(written)),
        Err(reason) => Err(table
            .error(written.span, "`tag-pattern` is no regular expression for versions")
            .output(reason)
            .hint("write `tag-pattern = '^foo-v(?P<version>\\d.*)$'`: the group is the version")
            .hint("look-around and references to groups are not known here")),
    }
}

fn named<T: Copy + Default>(
    table: &TomlTable<'_>,
    key: &str,
    names: &[(&'static str, T)],
) -> Result<T> {
    let Some(written) = text::string(table, key)? else { return Ok(T::default()) };
    if let Some((_, value)) = names.iter().find(|(name, _)| *name == written.value) {
        return Ok(*value);
    }
    let message = format!("there is no `{key}` that is called `{}`", written.value.escape_debug());
    let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    let error = table.error(written.span, message);
    Err(match nearest(&written.value, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("there are: `{}`", known.join("`, `"))),
    })
}

fn fallback(table: &TomlTable<'_>) -> Result<Option<String>> {
    let Some(written) = text::string(table, "fallback")? else { return Ok(None) };
    match parsed(&written.value) {
        Ok(version) => Ok(Some(version.to_string())),
        Err(reason) => Err(table
            .error(written.span, reason)
            .hint("versions look like `1.2.3`, `1.2rc1` or `1.2.post1` (PEP 440)")),
    }
}

fn write_to(table: &TomlTable<'_>) -> Result<Option<Spanned<String>>> {
    let Some(Spanned { value, span }) = text::string(table, "write-to")? else { return Ok(None) };
    let path = paths::normal(&value);
    if paths::way_out(&value).is_some() {
        return Err(table
            .error(span, format!("`{value}` is not inside the project"))
            .hint("name a file in a package: `write-to = \"src/foo/_version.py\"`"));
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    if !VERSION_FILES.iter().any(|end| name.len() > end.len() && name.ends_with(end)) {
        return Err(table
            .error(span, format!("`{value}` is neither a Python module nor a text file"))
            .hint("name a file that ends in `.py` or `.txt`"));
    }
    Ok(Some(Spanned::new(path, span)))
}

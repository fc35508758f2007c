//! `[[tool.officina.crates]]` -> [`DeclaredCrate`].

use std::ops::Range;

use crate::config::paths;
use crate::config::settings::inside::{condition_of, refuse_outside, required, variables, words};
use crate::config::settings::keys;
use crate::config::toml::TomlTable;
use crate::error::{Result, nearest};
use crate::model::{CrateLink, DeclaredCrate, SettingKind, Spanned, is_dotted_name};

/// Reads one table.
///
/// # Errors
/// `path` is not there; a path leads out of the project; a name is none; keys contradict each
/// other.
pub(super) fn one(table: &TomlTable, place: Range<usize>) -> Result<DeclaredCrate> {
    let path = required(table, "path", &place, "the folder of its Cargo.toml: `path = \"rust\"`")?;
    refuse_outside(table, "path", &path.value, &path.span)?;
    let found = DeclaredCrate {
        path: Spanned::new(tidy(&path.value), path.span),
        name: String::new(),
        condition: condition_of(table, place.clone())?,
        link: link(table)?,
        header: header(table)?,
        module: dotted(table, "module")?,
        package: dotted(table, "package")?,
        features: words(table, "features")?,
        default_features: table.boolean("default-features")?.unwrap_or(true),
        profile: text(table, "profile")?,
        editable_profile: text(table, "editable-profile")?,
        target: text(table, "target")?,
        env: variables(table)?,
        span: place,
    };
    refuse_what_does_nothing(table, &found)?;
    Ok(found)
}

/// In one spelling; `.` for the project root.
fn tidy(path: &str) -> String {
    let normal = paths::normal(path);
    if normal.is_empty() { ".".to_owned() } else { normal }
}

fn link(table: &TomlTable) -> Result<CrateLink> {
    let Some(said) = table.string("link")? else { return Ok(CrateLink::Static) };
    match said.value.as_str() {
        "static" => Ok(CrateLink::Static),
        "shared" => Ok(CrateLink::Shared),
        other => {
            let message = format!("`{}` cannot be `{other}`", table.path("link"));
            let error = table.error(said.span, message);
            Err(match nearest(other, ["static", "shared"]) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(keys::hint(SettingKind::CrateLink)),
            })
        }
    }
}

fn header(table: &TomlTable) -> Result<Option<Spanned<String>>> {
    let Some(header) = table.string("header")? else { return Ok(None) };
    refuse_outside(table, "header", &header.value, &header.span)?;
    Ok(Some(Spanned::new(tidy(&header.value), header.span)))
}

fn dotted(table: &TomlTable, key: &str) -> Result<Option<Spanned<String>>> {
    let Some(name) = table.string(key)? else { return Ok(None) };
    if is_dotted_name(&name.value) {
        return Ok(Some(name));
    }
    let message = format!("`{}` in `{key}` is no name of Python's", name.value);
    Err(table.error(name.span, message).hint("write it as after `import`: `package.name`"))
}

fn text(table: &TomlTable, key: &str) -> Result<Option<String>> {
    let Some(text) = table.string(key)? else { return Ok(None) };
    match text.value.is_empty() {
        true => Err(table.error(text.span, format!("`{key}` is empty"))),
        false => Ok(Some(text.value)),
    }
}

fn refuse_what_does_nothing(table: &TomlTable, found: &DeclaredCrate) -> Result<()> {
    if let (Some(module), None) = (&found.module, &found.header) {
        let message = format!("`module` of the crate `{}` has no `header`", found.path.value);
        return Err(table
            .error(module.span.clone(), message)
            .note("the module is made of the declarations in a C header")
            .hint(
                "name it: `header = \"include/name.h\"`; `officina header` writes it with cbindgen",
            ));
    }
    match (found.link, &found.package, &found.module) {
        (CrateLink::Static, Some(package), _) => Err(table
            .error(package.span.clone(), "`package` is for a crate with `link = \"shared\"`")
            .note("a static library is a part of the modules that link it")),
        (CrateLink::Shared, None, None) => {
            let message = format!("nobody says where the crate `{}` goes", found.path.value);
            Err(table
                .error(found.span.clone(), message)
                .hint("name the package that holds its library: `package = \"name\"`"))
        }
        _ => Ok(()),
    }
}

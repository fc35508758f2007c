//! `bundle`, `bundle-exclude` and `bundle-licenses`: which shared libraries a wheel takes in.

use std::ops::Range;

use crate::config::paths;
use crate::config::settings::inside::{refuse_outside, refuse_repeats};
use crate::config::settings::keys;
use crate::config::settings::values;
use crate::config::toml::TomlTable;
use crate::error::Result;
use crate::model::{
    BundleLicense, BundleWord, LibraryPattern, Location, SettingKind, SettingOrigin, SettingValue,
    Spanned,
};

/// Reads `bundle`.
///
/// # Errors
/// It is neither a switch nor a list of names.
pub(super) fn bundle(table: &TomlTable) -> Result<Vec<SettingValue<BundleWord>>> {
    const KEY: &str = "bundle";
    let Some(Spanned { value: item, span }) = table.item(KEY) else { return Ok(Vec::new()) };
    if let Some(is_on) = item.as_bool() {
        let value = if is_on { BundleWord::All } else { BundleWord::Nothing };
        return Ok(vec![SettingValue { value, origin: origin(table, span) }]);
    }
    if item.as_array().is_none() {
        let spelled = table.source.text.get(span.clone()).unwrap_or_default();
        let message = format!("`{}` cannot be {spelled}", table.path(KEY));
        return Err(table.error(span, message).hint(keys::hint(SettingKind::Bundle)));
    }
    let named = |pattern| BundleWord::Named(pattern);
    Ok(patterns(table, KEY)?
        .into_iter()
        .map(|SettingValue { value, origin }| SettingValue { value: named(value), origin })
        .collect())
}

/// Reads a list of names of shared libraries.
///
/// # Errors
/// One of them is none.
pub(super) fn patterns(table: &TomlTable, key: &str) -> Result<Vec<SettingValue<LibraryPattern>>> {
    let texts = table.strings(key)?.unwrap_or_default();
    refuse_repeats(table, key, &texts)?;
    let pattern = |Spanned { value, span }: Spanned<String>| {
        let origin = origin(table, span);
        let value = values::library_pattern(key, &value).map_err(|error| error.set_by(&origin))?;
        Ok(SettingValue { value, origin })
    };
    texts.into_iter().map(pattern).collect()
}

fn origin(table: &TomlTable, span: Range<usize>) -> SettingOrigin {
    SettingOrigin::Pyproject(Location { source: table.source.clone(), span, key: None })
}

/// Reads `bundle-licenses`.
///
/// # Errors
/// A name is none of a library, or a path leads out of the project.
pub(super) fn licenses(table: &TomlTable) -> Result<Vec<BundleLicense>> {
    const KEY: &str = "bundle-licenses";
    let Some(licenses) = table.table(KEY)? else { return Ok(Vec::new()) };
    let license = |Spanned { value: name, span }: Spanned<String>| {
        let libraries = values::library_pattern(KEY, &name)
            .map_err(|error| error.at(licenses.source, span.clone()))?;
        let Some(file) = licenses.string(&name)? else {
            return Err(licenses.error(span, format!("`{}` is gone", licenses.path(&name))));
        };
        refuse_outside(&licenses, KEY, &file.value, &file.span)?;
        let file = Spanned::new(paths::normal(&file.value), file.span);
        Ok(BundleLicense { libraries, file })
    };
    licenses.keys().into_iter().map(license).collect()
}

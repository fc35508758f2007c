//! What a key is defined by.

use crate::model::SettingKind;

/// The definition of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Another name for it.
    pub alias: Option<&'static str>,
    /// What it holds.
    pub kind: SettingKind,
    /// The keys of a table.
    pub keys: &'static [Key],
    /// What it means, in one sentence.
    pub about: &'static str,
    /// Whether a config setting and an environment variable can set it.
    pub at_build_time: bool,
    /// Why no override can set it; `None`: one can.
    pub not_in_overrides: Option<&'static str>,
}

pub(super) const fn key(name: &'static str, kind: SettingKind, about: &'static str) -> Key {
    let not_in_overrides = None;
    Key { name, alias: None, kind, keys: &[], about, at_build_time: false, not_in_overrides }
}

pub(super) const fn table(name: &'static str, keys: &'static [Key], about: &'static str) -> Key {
    Key { keys, ..key(name, SettingKind::Table, about) }
}

impl Key {
    /// Its names: its own, and the other one.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        [Some(self.name), self.alias].into_iter().flatten()
    }

    pub(super) const fn at_build_time(self) -> Self {
        Key { at_build_time: true, ..self }
    }

    pub(super) const fn not_in_overrides(self, why: &'static str) -> Self {
        Key { not_in_overrides: Some(why), ..self }
    }
}

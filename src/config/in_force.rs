//! Which settings a build goes by, and who set each. Pure.

use crate::config::settings::keys;
use crate::model::{
    ConfigSettings, Inherit, PlannedSetting, Project, SettingOrigin, SourceText, Spanned,
};

/// The settings that somebody set, in the order of their definitions. A list that is added to at
/// build time comes twice.
pub fn in_force(project: &Project, config: &ConfigSettings) -> Vec<PlannedSetting> {
    let source = &project.pyproject;
    let line =
        |span: &Spanned<String>| format!("{}:{}", source.name, source.line_at(span.span.start));
    let mut found: Vec<PlannedSetting> = Vec::new();
    for written in &project.declared.written {
        replace(&mut found, setting(source, written, line(written)));
    }
    for applied in &project.applied {
        let Some(one) = project.declared.overrides.get(applied.index) else { continue };
        // A table of the user's own keys is replaced as a whole.
        found.retain(|setting| !one.replaces_whole(&setting.name));
        for written in &one.written {
            let origin = format!("overrides[{}] ({})", applied.index, line(written));
            let setting = setting(source, written, origin);
            let top = written.value.split('.').next().unwrap_or_default();
            match one.inherit.iter().find(|(key, _)| *key == top) {
                None => replace(&mut found, setting),
                Some((_, Inherit::Append)) => found.push(setting),
                Some((_, Inherit::Prepend)) => found.insert(0, setting),
            }
        }
    }
    for given in &config.given {
        let origin = match &given.origin {
            SettingOrigin::ConfigSetting(name) => format!("-C {name}"),
            SettingOrigin::Variable(name) => name.clone(),
            SettingOrigin::Pyproject(_) => source.name.clone(),
        };
        let (name, value) = (given.path.clone(), given.texts.join(", "));
        let setting = PlannedSetting { name, value, origin };
        match given.kind {
            kind if kind.is_added_to() => found.push(setting),
            _ => replace(&mut found, setting),
        }
    }
    let order = keys::paths();
    found.sort_by_key(|setting| {
        let top = setting.name.split('.').next().unwrap_or_default();
        order.iter().position(|path| *path == setting.name || path == top)
    });
    found
}

fn replace(found: &mut Vec<PlannedSetting>, setting: PlannedSetting) {
    found.retain(|earlier| earlier.name != setting.name);
    found.push(setting);
}

fn setting(source: &SourceText, written: &Spanned<String>, origin: String) -> PlannedSetting {
    let spelled = source.text.get(written.span.clone()).unwrap_or_default();
    let value = spelled.split_whitespace().collect::<Vec<_>>().join(" ");
    PlannedSetting { name: written.value.clone(), value, origin }
}

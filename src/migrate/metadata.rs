//! `[project]`: what the metadata of a `Distribution` becomes.

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::people::people;
use crate::migrate::toml_text::{set, strings, text_table};
use crate::migrate::{license, readme, version};

/// Fields of `[project]`, each with the arguments of `setup()` that it comes from.
const FIELDS: &[(&str, &[&str])] = &[
    ("name", &["name"]),
    ("version", &["version", "use_scm_version"]),
    ("description", &["description"]),
    ("readme", &["long_description", "long_description_content_type"]),
    ("requires-python", &["python_requires"]),
    ("license", &["license", "license_expression"]),
    ("license-files", &["license_files", "license_file"]),
    ("authors", &["author", "author_email"]),
    ("maintainers", &["maintainer", "maintainer_email"]),
    ("keywords", &["keywords"]),
    ("classifiers", &["classifiers"]),
    ("dependencies", &["install_requires"]),
    ("optional-dependencies", &["extras_require"]),
    ("urls", &["url", "project_urls", "download_url"]),
    ("scripts", &["entry_points"]),
    ("gui-scripts", &["entry_points"]),
    ("entry-points", &["entry_points"]),
];

/// Writes `[project]`: whole, or the fields of one that is there that setuptools made dynamic.
pub fn write(draft: &mut Draft) {
    let dynamic = dynamic_fields(draft);
    for (field, keywords) in FIELDS {
        if draft.has_project && !dynamic.iter().any(|one| one == field) {
            continue;
        }
        write_field(draft, field);
        tell_keywords(draft, field, keywords);
    }
    draft.settle_dynamic();
    if draft.has_project {
        overshadowed(draft);
    }
}

/// The fields that `project.dynamic` lists.
fn dynamic_fields(draft: &mut Draft) -> Vec<String> {
    if !draft.has_project {
        return Vec::new();
    }
    let listed = draft.project().get("dynamic").and_then(|item| item.as_array());
    let listed = listed.into_iter().flatten();
    listed.filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn write_field(draft: &mut Draft, field: &str) {
    let old = draft.old;
    let metadata = &old.metadata;
    match field {
        "version" => version::write(draft),
        "readme" => readme::write(draft),
        "license" => license::write(draft),
        "name" => text(draft, "name", metadata.name.as_deref()),
        "description" => text(draft, "description", metadata.description.as_deref()),
        "requires-python" => text(draft, field, metadata.requires_python.as_deref()),
        "authors" => {
            let people = people(metadata.author.as_deref(), metadata.author_email.as_deref());
            set(draft.project(), field, people);
        }
        "maintainers" => {
            let (name, email) = (&metadata.maintainer, &metadata.maintainer_email);
            set(draft.project(), field, people(name.as_deref(), email.as_deref()));
        }
        "keywords" => set(draft.project(), field, strings(&metadata.keywords)),
        "classifiers" => {
            let classifiers = strings(license::classifiers(draft));
            set(draft.project(), field, classifiers);
        }
        "dependencies" => set(draft.project(), field, strings(&metadata.dependencies)),
        "optional-dependencies" => {
            for (name, requirements) in &metadata.extras {
                let table = draft.project().entry(field).or_insert_with(|| text_table([]));
                if let Some(table) = table.as_table_mut() {
                    table.insert(name, toml_edit::value(strings(requirements)));
                }
            }
        }
        "urls" => write_urls(draft),
        "scripts" => entry_points(draft, "console_scripts", field),
        "gui-scripts" => entry_points(draft, "gui_scripts", field),
        "entry-points" => {
            for group in old.entry_points.keys() {
                if !["console_scripts", "gui_scripts"].contains(&group.as_str()) {
                    entry_points(draft, group, field);
                }
            }
        }
        _ => {}
    }
}

fn text(draft: &mut Draft, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let line = value.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        draft.project().insert(key, toml_edit::value(line.trim()));
    }
}

fn write_urls(draft: &mut Draft) {
    let metadata = &draft.old.metadata;
    let mut urls: Vec<(&str, &str)> = Vec::new();
    urls.extend(metadata.url.iter().map(|url| ("Homepage", url.as_str())));
    urls.extend(metadata.download_url.iter().map(|url| ("Download", url.as_str())));
    for (name, url) in &metadata.urls {
        if !urls.iter().any(|(known, same)| known.eq_ignore_ascii_case(name) && same == url) {
            urls.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            urls.push((name, url));
        }
    }
    if !urls.is_empty() {
        draft.project().insert("urls", text_table(urls));
    }
}

fn entry_points(draft: &mut Draft, group: &str, field: &str) {
    let Some(entries) = draft.old.entry_points.get(group).filter(|entries| !entries.is_empty())
    else {
        return;
    };
    let table = text_table(entries.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    if field == "entry-points" {
        let groups = draft.project().entry(field).or_insert_with(|| text_table([]));
        if let Some(groups) = groups.as_table_mut() {
            groups.set_implicit(true);
            groups.insert(group, table);
        }
    } else {
        draft.project().insert(field, table);
    }
}

/// A line for each argument; those that setup.py computes were read as they are here and now.
fn tell_keywords(draft: &mut Draft, field: &str, keywords: &[&str]) {
    if ["version", "readme", "license"].contains(&field) {
        return; // they tell themselves
    }
    for keyword in keywords {
        if draft.place(keyword).is_none() {
            continue;
        }
        let belongs = match (field, draft.old.entry_points.contains_key("console_scripts")) {
            ("scripts", has_scripts) => has_scripts,
            ("gui-scripts", _) => draft.old.entry_points.contains_key("gui_scripts"),
            ("entry-points", _) => draft
                .old
                .entry_points
                .keys()
                .any(|group| group != "console_scripts" && group != "gui_scripts"),
            _ => true,
        };
        if !belongs {
            continue;
        }
        match draft.old.keyword_lines.get(*keyword) {
            Some(said) if !said.literal => {
                let text = format!(
                    "`{keyword}` is computed (`{}`): `project.{field}` holds what it is here",
                    said.text
                );
                draft.tell(MoveVerdict::YouDecide, keyword, text);
            }
            _ => draft.tell(MoveVerdict::Same, keyword, format!("{keyword} -> project.{field}")),
        }
    }
}

/// Arguments that say again what a `[project]` says: that one counts for setuptools too.
fn overshadowed(draft: &mut Draft) {
    let told: Vec<String> = draft
        .old
        .keywords
        .iter()
        .filter(|keyword| {
            let field = FIELDS.iter().find(|(_, from)| from.contains(&keyword.as_str()));
            field.is_some_and(|(field, _)| draft.document["project"].get(field).is_some())
        })
        .cloned()
        .collect();
    for keyword in told {
        let place = draft.place(&keyword);
        let is_told = draft.findings.iter().any(|one| one.place == place && place.is_some());
        if !is_told {
            let text = format!("{keyword}: `[project]` says it, and counts");
            draft.find(MoveFinding { place, ..MoveFinding::new(MoveVerdict::Same, text) });
        }
    }
}

/// Tells of fields that METADATA had and that `[project]` has no key for.
pub fn without_a_key(draft: &mut Draft) {
    let platforms = draft.old.metadata.platforms.clone();
    if platforms.is_empty() || draft.place("platforms").is_none() {
        return;
    }
    let classifier = |name: &String| {
        let lower = name.to_lowercase();
        let system = match lower.as_str() {
            "any" | "os independent" => "OS Independent",
            name if name.starts_with("linux") => "POSIX :: Linux",
            name if name.starts_with("mac") || name.starts_with("darwin") => "MacOS",
            name if name.starts_with("win") => "Microsoft :: Windows",
            name if name.starts_with("freebsd") => "POSIX :: BSD :: FreeBSD",
            name if name.starts_with("solaris") => "POSIX :: SunOS/Solaris",
            "posix" | "unix" => "POSIX",
            _ => return None,
        };
        Some(format!("Operating System :: {system}"))
    };
    let missing: Vec<String> = platforms.iter().filter_map(classifier).collect();
    let known = &draft.old.metadata.classifiers;
    let missing: Vec<_> = missing
        .into_iter()
        .filter(|one| !known.iter().any(|known| known.starts_with(one.as_str())))
        .collect();
    let mut finding = if missing.is_empty() {
        MoveFinding::new(
            MoveVerdict::Same,
            "platforms: `[project]` has no key for it, classifiers say it",
        )
    } else {
        let text = "platforms: `[project]` has no key for it, and it is left out; a classifier \
                    can say it";
        MoveFinding::new(MoveVerdict::YouDecide, text)
            .propose(format!("classifiers = {}", strings(missing)))
    };
    finding.place = draft.place("platforms");
    draft.find(finding);
}

//! `entry_points.txt` (packaging.python.org, "Entry points specification").

use std::collections::BTreeMap;

use crate::compare::difference::Difference;

/// Group and name -> what it leads to, without blanks.
type EntryPoints = BTreeMap<(String, String), String>;

/// The differences between two texts; an absent file is an empty text.
pub fn compare(old: &str, new: &str) -> Vec<Difference> {
    let (old, new) = (parse(old), parse(new));
    let mut found = Vec::new();
    for (entry, target) in &old {
        let subject = subject(entry);
        match new.get(entry) {
            None => found
                .push(Difference::lost(subject, format!("`{target}` is gone")).hint(key(&entry.0))),
            Some(other) if other != target => found.push(
                Difference::lost(subject, format!("`{target}` -> `{other}`")).hint(key(&entry.0)),
            ),
            Some(_) => {}
        }
    }
    let added = new.iter().filter(|(entry, _)| !old.contains_key(*entry));
    found.extend(
        added.map(|(entry, target)| {
            Difference::benign(subject(entry), format!("`{target}` is new"))
        }),
    );
    found
}

fn subject((group, name): &(String, String)) -> String {
    format!("entry point {name} of {group}")
}

fn key(group: &str) -> String {
    match group {
        "console_scripts" => "name it in `[project.scripts]`".to_owned(),
        "gui_scripts" => "name it in `[project.gui-scripts]`".to_owned(),
        _ => format!("name it in `[project.entry-points.\"{group}\"]`"),
    }
}

fn parse(text: &str) -> EntryPoints {
    let mut group = "";
    let mut found = EntryPoints::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = name.trim();
        } else if line.starts_with(['#', ';']) {
        } else if let Some((name, target)) = line.split_once('=') {
            let target: String = target.chars().filter(|c| !c.is_whitespace()).collect();
            found.insert((group.to_owned(), name.trim().to_owned()), target);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::difference::Grade;

    #[test]
    fn what_leads_elsewhere_or_nowhere_is_lost() {
        let old = "[console_scripts]\na = m:f\n";
        type Expected<'a> = &'a [(Grade, &'a str)];
        let table: [(&str, &str, Expected); 7] = [
            (old, "[console_scripts]\na=m : f\n", &[]),
            (old, "# c\n[ console_scripts ]\n\n a = m:f", &[]),
            (old, "", &[(Grade::Lost, "`m:f` is gone")]),
            (old, "[console_scripts]\na = m:g\n", &[(Grade::Lost, "`m:f` -> `m:g`")]),
            ("", old, &[(Grade::Benign, "`m:f` is new")]),
            (
                old,
                "[gui_scripts]\na = m:f\n",
                &[(Grade::Lost, "`m:f` is gone"), (Grade::Benign, "`m:f` is new")],
            ),
            ("[g]\na = m [x]\n", "[g]\na = m[x]\n", &[]),
        ];
        for (old, new, expected) in table {
            let found = compare(old, new);
            let found: Vec<_> = found.iter().map(|f| (f.grade, f.words.as_str())).collect();
            assert_eq!(found, expected, "{old} -> {new}");
        }
    }
}

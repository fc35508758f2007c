//! `.git_archival.txt`: what `git archive` writes of the commit that it packs
//! (<https://setuptools-scm.readthedocs.io/en/latest/usage/#git-archives>).

use std::collections::HashMap;

use crate::config::vcs::describe::described;
use crate::config::vcs::tag_pattern::TagPattern;
use crate::model::Revision;

/// What the file says of the commit, and when that was made in seconds since 1970, if it says so; `None`:
/// no `git archive` has filled it in, or there was no tag.
pub fn of_archive(text: &str, pattern: &TagPattern) -> Option<(Revision, Option<i64>)> {
    let fields: HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let field = |name: &str| fields.get(name).copied().filter(|value| !value.is_empty());
    let date = field("node-date").and_then(seconds);
    if let Some(name) = field("describe-name").filter(|name| !name.contains("%(describe")) {
        let found = described(name);
        let revision = Revision {
            tag: Some(found.tag),
            distance: found.distance,
            node: found.node,
            ..Revision::default()
        };
        return Some((revision, date));
    }
    let refs = field("ref-names").unwrap_or_default().split(',');
    let mut tags = refs.filter_map(|name| name.split_once("tag: ")).map(|(_, tag)| tag.trim());
    let tag = tags.find(|tag| pattern.version_of(tag).is_some())?;
    Some((Revision { tag: Some(tag.to_owned()), ..Revision::default() }, date))
}

/// Seconds since 1970 of a time by ISO 8601: `2026-11-05T13:42:00+01:00`.
fn seconds(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let month = time::Month::try_from(u8::try_from(number(5, 7)?).ok()?).ok()?;
    let year = i32::try_from(number(0, 4)?).ok()?;
    let date = time::Date::from_calendar_date(year, month, u8::try_from(number(8, 10)?).ok()?);
    let midnight = date.ok()?.midnight().assume_utc().unix_timestamp();
    let time = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let offset = match text.get(19..)? {
        "" | "Z" => 0,
        rest => {
            let digits = rest.get(1..)?.replace(':', "");
            let (hours, minutes) = (digits.get(..2)?, digits.get(2..4)?);
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            if rest.starts_with('-') { -seconds } else { seconds }
        }
    };
    Some(midnight + time - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = "node: 29de93550b\nnode-date: 2026-11-05T13:42:00+01:00\n";

    fn read(rest: &str) -> Option<(Revision, Option<i64>)> {
        of_archive(&format!("{NODE}{rest}"), &TagPattern::new(None).unwrap())
    }

    #[test]
    fn the_tag_is_in_the_description_or_among_the_refs() {
        let (revision, date) = read("describe-name: v1.2-3-g29de\n").unwrap();
        assert_eq!(date, Some(1_793_882_520));
        assert_eq!((revision.tag.as_deref(), revision.distance), (Some("v1.2"), 3));
        assert_eq!(revision.node.as_deref(), Some("29de"));
        for refs in ["HEAD -> main, tag: next, tag: v1.2", "tag: v1.2, origin/main"] {
            let (revision, _) = read(&format!("ref-names: {refs}\n")).unwrap();
            assert_eq!((revision.tag.as_deref(), revision.node), (Some("v1.2"), None));
        }
    }

    #[test]
    fn what_nobody_filled_in_says_nothing() {
        for rest in [
            "",
            "describe-name:\nref-names: main\n",
            "describe-name: $Format:%(describe:tags=true)$\nref-names: $Format:%D$\n",
        ] {
            assert_eq!(read(rest), None, "{rest}");
        }
    }
}

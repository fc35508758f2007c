//! Whether one tag of a wheel serves all whom another one served.

use crate::compare::difference::Difference;
use crate::model::{PythonVersion, Tag};

/// The difference between the tags of two wheels. `least` is the lowest Python that may install the
/// old one, whatever its tag says.
pub fn compare(old: &Tag, new: &Tag, least: Option<PythonVersion>) -> Option<Difference> {
    if old == new {
        return None;
    }
    let change = format!("`{old}` -> `{new}`");
    Some(match (covers(new, old, least), covers(old, new, least)) {
        (true, true) => Difference::benign("tag", format!("{change}: for the same Pythons")),
        (true, false) => Difference::better("tag", format!("{change}: for {}", whom(new))),
        (false, _) => lost(old, new, &change),
    })
}

fn lost(old: &Tag, new: &Tag, change: &str) -> Difference {
    let lost = Difference::lost("tag", format!("{change}: for fewer, or for others"));
    if !platforms_covered(new, old) {
        return match old.platform.contains("manylinux") || old.platform.contains("musllinux") {
            true => lost.hint("repair the new wheel as the old one was: `auditwheel repair`"),
            false if old.platform == "any" => lost.hint(
                "something compiled is in the new wheel: see the modules, and what `include` brings in",
            ),
            false => lost.hint("build both on one machine, with one Python"),
        };
    }
    match old.abi.contains("abi3") && !new.abi.contains("abi3") {
        true => lost.hint(
            "a module is built for one version of Python alone: `officina show` says which, and \
             why; see `limited-api`",
        ),
        false if new.abi.contains("abi3") => lost.hint(
            "the version is the lowest that `requires-python` and the modules allow: see `limited-api`",
        ),
        false => lost.hint("build both with one Python"),
    }
}

fn whom(new: &Tag) -> String {
    let version = new.python.split('.').find_map(|part| part.parse::<PythonVersion>().ok());
    match (new.abi.contains("abi3"), version) {
        (true, Some(version)) => format!("every CPython from {version} on"),
        _ => "more Pythons, or more systems".to_owned(),
    }
}

/// `cp39` and `abi3`
type PythonAbi = (String, String);

/// Whether everybody whom `old` served may install `new`.
fn covers(new: &Tag, old: &Tag, least: Option<PythonVersion>) -> bool {
    pythons_covered(new, old, least) && platforms_covered(new, old)
}

fn pythons_covered(new: &Tag, old: &Tag, least: Option<PythonVersion>) -> bool {
    let combined = |tag: &Tag| -> Vec<PythonAbi> {
        let abis = || tag.abi.split('.');
        let of = |python: &str| {
            abis().map(|abi| (python.to_owned(), abi.to_owned())).collect::<Vec<_>>()
        };
        tag.python.split('.').flat_map(of).collect()
    };
    let new = combined(new);
    let is_of_python_2 = |python: &str| python.starts_with("py2") || python.starts_with("cp2");
    combined(old)
        .iter()
        .filter(|(python, _)| !is_of_python_2(python))
        .all(|old| new.iter().any(|new| accepts(new, old, least)))
}

/// Whether a Python that takes `old` takes `new`: a Python and an ABI each.
fn accepts(new: &PythonAbi, old: &PythonAbi, lowest: Option<PythonVersion>) -> bool {
    let version = |python: &str| python.parse::<PythonVersion>().ok();
    let is_for_any = |(python, abi): &PythonAbi| abi == "none" && python.starts_with("py3");
    let (wanted, least) = (version(&old.0).max(lowest), version(&new.0));
    if new == old || (is_for_any(new) && new.0 == "py3") {
        return true;
    }
    if is_for_any(new) {
        // `py37` is for 3.7 and all after it.
        return wanted.is_some_and(|wanted| wanted.1 > 0 && Some(wanted) >= least);
    }
    let own = |(python, abi): &PythonAbi| abi == python && python.starts_with("cp");
    let is_stable = matches!(new.1.as_str(), "abi3" | "abi3t") && new.0.starts_with("cp");
    is_stable && (old.1 == new.1 || (new.1 == "abi3" && own(old))) && wanted >= least
}

fn platforms_covered(new: &Tag, old: &Tag) -> bool {
    let runs = |new: &str, old: &str| {
        let (new_platform, old_platform) = (versioned(new), versioned(old));
        new == "any"
            || new == old
            || (new_platform.0 == old_platform.0
                && new_platform.2 == old_platform.2
                && new_platform.1.is_some()
                && new_platform.1 <= old_platform.1)
    };
    old.platform.split('.').all(|old| new.platform.split('.').any(|new| runs(new, old)))
}

/// `manylinux_2_17_x86_64` -> (`manylinux`, (2, 17), `x86_64`)
fn versioned(platform: &str) -> (&str, Option<(u32, u32)>, &str) {
    const OLD: [(&str, (u32, u32)); 3] =
        [("manylinux2014_", (2, 17)), ("manylinux2010_", (2, 12)), ("manylinux1_", (2, 5))];
    for (start, version) in OLD {
        if let Some(machine) = platform.strip_prefix(start) {
            return ("manylinux", Some(version), machine);
        }
    }
    let mut parts = platform.splitn(4, '_');
    let family = parts.next().unwrap_or_default();
    let mut number = || parts.next().and_then(|part| part.parse().ok());
    match (family, number(), number()) {
        ("manylinux" | "musllinux" | "macosx", Some(major), Some(minor)) => {
            (family, Some((major, minor)), parts.next().unwrap_or_default())
        }
        _ => (platform, None, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::difference::Grade;

    fn tag(text: &str) -> Tag {
        let mut parts = text.split('-').map(str::to_owned);
        let mut next = || parts.next().unwrap();
        Tag { python: next(), abi: next(), platform: next() }
    }

    #[test]
    fn a_tag_is_better_when_it_serves_all_whom_the_old_one_served() {
        let table = [
            ("cp311-cp311-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Better),
            ("cp39-abi3-linux_x86_64", "cp311-cp311-linux_x86_64", Grade::Lost),
            ("cp39-abi3-linux_x86_64", "cp311-abi3-linux_x86_64", Grade::Lost),
            ("cp311-abi3-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Better),
            ("cp311-cp311-linux_x86_64", "cp312-cp312-linux_x86_64", Grade::Lost),
            ("cp311-cp311-linux_x86_64", "cp312-abi3-linux_x86_64", Grade::Lost),
            ("cp315-abi3-linux_x86_64", "cp315-abi3.abi3t-linux_x86_64", Grade::Better),
            ("cp315-abi3.abi3t-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Lost),
            ("cp313-cp313t-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Lost),
            ("cp311-cp311-linux_x86_64", "py3-none-any", Grade::Better),
            ("cp311-none-any", "py3-none-any", Grade::Better),
            ("py3-none-any", "cp39-abi3-linux_x86_64", Grade::Lost),
            ("py2.py3-none-any", "py3-none-any", Grade::Benign),
            ("py3-none-any", "py2.py3-none-any", Grade::Benign),
            ("py37-none-any", "py3-none-any", Grade::Better),
            ("py3-none-any", "py37-none-any", Grade::Lost),
            ("py3-none-linux_x86_64", "py3-none-any", Grade::Better),
            ("pp39-pypy39_pp73-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Lost),
            ("cp39-abi3-macosx_11_0_arm64", "cp39-abi3-macosx_12_0_arm64", Grade::Lost),
            ("cp39-abi3-macosx_12_0_arm64", "cp39-abi3-macosx_11_0_arm64", Grade::Better),
            ("cp39-abi3-macosx_11_0_arm64", "cp39-abi3-macosx_11_0_x86_64", Grade::Lost),
            ("cp39-abi3-manylinux_2_28_x86_64", "cp39-abi3-manylinux2014_x86_64", Grade::Better),
            ("cp39-abi3-manylinux2014_x86_64", "cp39-abi3-manylinux_2_17_x86_64", Grade::Benign),
            ("cp39-abi3-manylinux2014_x86_64", "cp39-abi3-linux_x86_64", Grade::Lost),
            ("cp39-abi3-win_amd64", "cp39-abi3-win32", Grade::Lost),
        ];
        for (old, new, grade) in table {
            let found = compare(&tag(old), &tag(new), None).map(|found| found.grade);
            assert_eq!(found, Some(grade), "{old} -> {new}");
        }
        let same = tag("py3-none-any");
        assert_eq!(compare(&same, &same, None), None);
    }

    #[test]
    fn a_python_that_may_not_install_the_old_wheel_loses_nothing() {
        let table = [
            ("cp36-abi3-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Benign),
            ("cp36-abi3-linux_x86_64", "cp310-abi3-linux_x86_64", Grade::Lost),
            ("cp311-cp311-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Better),
            ("cp36-cp36m-linux_x86_64", "cp39-abi3-linux_x86_64", Grade::Lost),
        ];
        for (old, new, grade) in table {
            let found = compare(&tag(old), &tag(new), Some(PythonVersion(3, 9)));
            assert_eq!(found.map(|found| found.grade), Some(grade), "{old} -> {new}");
        }
    }

    #[test]
    fn a_lost_tag_has_a_next_step() {
        let table = [
            ("cp39-abi3-linux_x86_64", "cp311-cp311-linux_x86_64", "officina show"),
            ("cp39-abi3-linux_x86_64", "cp310-abi3-linux_x86_64", "requires-python"),
            ("cp39-abi3-manylinux2014_x86_64", "cp39-abi3-linux_x86_64", "auditwheel"),
            ("py3-none-any", "cp39-abi3-linux_x86_64", "something compiled"),
            ("cp39-abi3-win_amd64", "cp39-abi3-win32", "one machine"),
        ];
        for (old, new, expected) in table {
            let hint = compare(&tag(old), &tag(new), None).unwrap().hint.unwrap();
            assert!(hint.contains(expected), "{old} -> {new}: {hint}");
        }
    }
}

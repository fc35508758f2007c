//! Poetry's version constraints -> PEP 440.

/// The specifiers that a constraint stands for: `^1.2` -> `>=1.2,<2.0`; empty for any version. `None`
/// for what PEP 440 cannot say, such as `^1 || ^3`.
pub fn specifiers(constraint: &str) -> Option<String> {
    let constraint = constraint.trim();
    if constraint.contains('|') {
        return None;
    }
    let spaced = constraint.replace(',', " ");
    let mut words = spaced.split_whitespace().peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let is_operator = word.chars().all(|c| "<>=!~^".contains(c));
        let whole = match is_operator {
            true => format!("{word}{}", words.next()?),
            false => word.to_owned(),
        };
        found.extend(one(&whole)?);
    }
    Some(found.join(","))
}

fn one(word: &str) -> Option<Vec<String>> {
    if word == "*" {
        return Some(Vec::new());
    }
    if let Some(version) = word.strip_prefix('^') {
        return Some(between(version, caret(version)?));
    }
    if let Some(version) = word.strip_prefix('~').filter(|version| !version.starts_with('=')) {
        return Some(between(version, tilde(version)?));
    }
    if let Some(version) = word.strip_prefix("==").or_else(|| word.strip_prefix("!=")) {
        release(version)?;
        return Some(vec![word.to_owned()]);
    }
    if word.starts_with(['<', '>']) || word.starts_with("~=") {
        return Some(vec![word.to_owned()]);
    }
    let version = word.strip_prefix('=').unwrap_or(word);
    release(version)?;
    Some(vec![format!("=={version}")])
}

fn between(version: &str, end: String) -> Vec<String> {
    vec![format!(">={}", version.trim()), format!("<{end}")]
}

/// The numbers of a version, without what follows them (`rc1`); a `*` at the end counts for none.
fn release(version: &str) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    for part in version.trim().split('.') {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        match digits.parse() {
            Ok(number) => numbers.push(number),
            Err(_) if part == "*" && !numbers.is_empty() => {}
            Err(_) => return None,
        }
        if digits.len() < part.len() {
            break;
        }
    }
    Some(numbers)
}

/// The first version that changes the leftmost number that is not zero.
fn caret(version: &str) -> Option<String> {
    let numbers = release(version)?;
    let at = numbers.iter().position(|number| *number > 0).unwrap_or(numbers.len() - 1);
    Some(raised(&numbers, at))
}

/// The first version that changes the second number, or the first where it stands alone.
fn tilde(version: &str) -> Option<String> {
    let numbers = release(version)?;
    Some(raised(&numbers, usize::from(numbers.len() > 1)))
}

fn raised(numbers: &[u64], at: usize) -> String {
    let kept = numbers.iter().take(at).map(ToString::to_string);
    let next = numbers.get(at).map(|number| (number + 1).to_string());
    kept.chain(next).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_mean_what_they_meant() {
        let table = [
            ("^1.2.3", Some(">=1.2.3,<2")),
            ("^1.2", Some(">=1.2,<2")),
            ("^1", Some(">=1,<2")),
            ("^0.2.3", Some(">=0.2.3,<0.3")),
            ("^0.0.3", Some(">=0.0.3,<0.0.4")),
            ("^0.0", Some(">=0.0,<0.1")),
            ("^0", Some(">=0,<1")),
            ("^2.0rc1", Some(">=2.0rc1,<3")),
            ("~1.2.3", Some(">=1.2.3,<1.3")),
            ("~1.2", Some(">=1.2,<1.3")),
            ("~1", Some(">=1,<2")),
            ("~=1.2", Some("~=1.2")),
            ("1.2.3", Some("==1.2.3")),
            ("=1.2.3", Some("==1.2.3")),
            ("1.2.*", Some("==1.2.*")),
            ("*", Some("")),
            (">=1,<2", Some(">=1,<2")),
            (">= 1 < 2", Some(">=1,<2")),
            (">=1.0, !=1.5", Some(">=1.0,!=1.5")),
            ("^1 || ^3", None),
            ("latest", None),
            ("^x", None),
        ];
        for (constraint, expected) in table {
            assert_eq!(specifiers(constraint).as_deref(), expected, "{constraint}");
        }
    }
}

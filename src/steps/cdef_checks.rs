//! A compiler's complaint about a cdef that does not fit the headers, in words of ours. `_cdef_checks.py` writes the
//! checks behind cffi's C, and what they are about into a file beside it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::binary::cdef_texts::{self, CdefTexts, words};
use crate::error::Error;
use crate::model::{CompileSpec, SourceText, line_at};
use crate::report::advice;
use crate::steps::cdef_types;

/// What the names of all checks begin with.
const NAME: &str = "officina_check_";

/// How a project does without the checks.
pub const UNCHECKED_BY_SETTING: &str = "to leave this check to cffi at run time: \
     `define-macros = [\"OFFICINA_UNCHECKED\"]` in `[tool.officina]`, or \
     -C define-macros=OFFICINA_UNCHECKED";

/// The error of a compile, told as one about the cdef if it is. The last of its hints is `unchecked`:
/// how to do without the checks.
pub fn explained(error: Error, spec: &CompileSpec, root: &Path, unchecked: &str) -> Error {
    let Some(output) = error.parts().output.clone() else { return error };
    let failed = failed_checks(&output);
    if advice::lacks_member(&output) {
        return error; // the sizes differ because of that
    }
    if failed.is_empty() {
        return error.output(with_warnings(output, spec, root));
    }
    let found = About::of(spec).and_then(|about| about.mismatches(&failed));
    let Some((about, mismatches)) = found else { return error };
    let told = about.error(&mismatches, spec, root).hint(unchecked);
    if is_only_ours(&output) { told } else { told.output(output) }
}

/// What a compiler said, with its warnings about values and types in words of ours.
pub fn with_warnings(output: String, spec: &CompileSpec, root: &Path) -> String {
    let output = cdef_types::with_warnings(output, spec, root);
    let (mut others, values) = without_values(&output);
    if values.is_empty() {
        return output;
    }
    let Some(about) = About::of(spec) else { return output };
    for (number, told) in values {
        let Some(check) = about.checks.get(number) else { continue };
        let place = about.place(check, root).map_or_else(
            || spec.declared_in.to_owned(),
            |(source, span)| format!("{}:{}", source.name, source.line_at(span.start)),
        );
        let (name, value) = (&check.about, check.value.as_deref().unwrap_or("something else"));
        let told = told.unwrap_or_else(|| "something else".into());
        others.push_str(&format!(
            "warning: {place}: `{name}` is {value} in the cdef and {told} in C: whoever asks for \
             `lib.{name}` gets an error. Correct it, or write `#define {name} ...`\n"
        ));
    }
    others
}

/// What the file beside the generated one says.
#[derive(Deserialize)]
struct About {
    #[serde(flatten)]
    cdef: CdefTexts,
    checks: Vec<CdefCheck>,
}

#[derive(Debug, Clone, Deserialize)]
struct CdefCheck {
    kind: Kind,
    /// `struct s`, or the name of a constant.
    about: String,
    #[serde(default)]
    field: Option<String>,
    /// What the cdef says a constant is.
    #[serde(default)]
    value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Field,
    Offset,
    Size,
    Alignment,
    Value,
}

/// A check that failed, with what the cdef and the compiler say where that is known.
struct Mismatch {
    check: CdefCheck,
    said: Option<(String, String)>,
}

impl About {
    fn of(spec: &CompileSpec) -> Option<Self> {
        cdef_texts::facts(spec.generated_source?)
    }

    fn mismatches(self, failed: &BTreeMap<usize, Vec<u64>>) -> Option<(Self, Vec<Mismatch>)> {
        let one = |(number, sizes): (&usize, &Vec<u64>)| {
            let check = self.checks.get(*number)?.clone();
            let said = check.said(sizes);
            Some(Mismatch { check, said })
        };
        let all: Vec<Mismatch> = failed.iter().map(one).collect::<Option<_>>()?;
        (!all.is_empty()).then_some((self, all))
    }

    /// One error about the first declaration that does not fit; the others are notes.
    fn error(&self, all: &[Mismatch], spec: &CompileSpec, root: &Path) -> Error {
        const MOST: usize = 10;
        let mut groups: Vec<Vec<&Mismatch>> = Vec::new();
        for one in all {
            match groups.iter_mut().find(|group| group[0].check.about == one.check.about) {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        let (own, others) = (&groups[0], &groups[1..]);
        let (first, name, builder) = (&own[0].check, &own[0].check.about, &spec.declared_in);
        let error = Error::new(format!(
            "the cdef of `{builder}` does not match the C code: `{name}` {}",
            headline(own).shown()
        ));
        let error = match self.place(first, root) {
            Some((source, span)) => error.at(&source, span),
            None => self.line(first).into_iter().fold(error, |error, (number, line)| {
                error.note(format!("line {number} of the cdef is `{}`", line.trim()))
            }),
        };
        let own_notes = own.iter().filter(|one| !std::ptr::eq(**one, headline(own)));
        let own_notes = own_notes.map(|one| format!("it {}", one.shown()));
        let others = others.iter().map(|group| (&group[0].check.about, headline(group).shown()));
        let notes: Vec<String> =
            own_notes.chain(others.map(|(name, shown)| format!("`{name}` {shown}"))).collect();
        let more = notes.len().saturating_sub(MOST);
        let more = (more > 0).then(|| format!("and {more} more"));
        let error = notes.into_iter().take(MOST).chain(more).fold(error, Error::note);
        let body = self.cdef.cdefs.iter().find_map(|cdef| first.body_in(cdef));
        error.hint(first.remedy(body))
    }

    /// The line of a file of the project that declares what a check is about.
    fn place(&self, check: &CdefCheck, root: &Path) -> Option<(Arc<SourceText>, Range<usize>)> {
        let cdef = self.cdef.cdefs.iter().find(|cdef| check.found_in(cdef).is_some())?;
        let own = check.found_in(cdef)?;
        let (source, begin) = self.cdef.written(cdef, root)?;
        Some((source, begin + own.start..begin + own.end))
    }

    fn line(&self, check: &CdefCheck) -> Option<(usize, &str)> {
        self.cdef.cdefs.iter().find_map(|cdef| {
            let at = check.found_in(cdef)?.start;
            let begin = cdef[..at].rfind('\n').map_or(0, |newline| newline + 1);
            Some((line_at(cdef, at), cdef[begin..].lines().next()?))
        })
    }
}

impl CdefCheck {
    /// The sizes of the two arrays, in the order of compilers -> what the cdef says and what C has.
    fn said(&self, sizes: &[u64]) -> Option<(String, String)> {
        let [c, cdef] = sizes else { return None };
        Some((cdef.checked_sub(1)?.to_string(), c.checked_sub(1)?.to_string()))
    }

    /// The next step; `body` is what the cdef has between the braces, where that is known.
    fn remedy(&self, body: Option<&str>) -> String {
        const OPEN: &str = "end the struct with `...;`";
        let is_open = body
            .is_some_and(|body| body.trim_end().trim_end_matches(';').trim_end().ends_with("..."));
        match self.kind {
            Kind::Field if is_open => "correct the type of the field".into(),
            Kind::Field => format!(
                "correct the type of the field; to take all other fields and their order from C, {OPEN}"
            ),
            Kind::Value => "correct the value".into(),
            _ => format!(
                "correct the fields; or, if C has them all and others too, {OPEN}, which takes the \
                 layout from C"
            ),
        }
    }

    /// What a cdef has between the braces of the struct that this is about.
    fn body_in<'a>(&self, cdef: &'a str) -> Option<&'a str> {
        let whole = CdefCheck { field: None, ..self.clone() }.found_in(cdef)?;
        if self.about.contains(' ') {
            let begin = whole.end + cdef[whole.end..].find('{')? + 1;
            return cdef.get(begin..begin + cdef[begin..].find('}')?);
        }
        let end = cdef[..whole.start].rfind('}')?;
        cdef.get(cdef[..end].rfind('{')? + 1..end)
    }

    /// Where a cdef declares it: the field if it is about one, else the name.
    fn found_in(&self, cdef: &str) -> Option<Range<usize>> {
        let name = self.about.rsplit(' ').next().unwrap_or(&self.about);
        let is_tagged = self.about.contains(' ');
        let whole = words(cdef, name).find(|found| {
            let (before, after) = (cdef[..found.start].trim_end(), cdef[found.end..].trim_start());
            match self.kind {
                Kind::Value => before.ends_with("define") || after.starts_with('='),
                _ if is_tagged => after.starts_with('{'),
                _ => before.ends_with(['}', '*', ',']),
            }
        })?;
        let Some(field) = &self.field else { return Some(whole) };
        let body = if is_tagged {
            whole.end..cdef.len()
        } else {
            cdef[..whole.start].rfind('{').unwrap_or(0)..whole.start
        };
        let in_body = words(&cdef[body.clone()], field).next();
        in_body.map_or(Some(whole), |at| Some(body.start + at.start..body.start + at.end))
    }
}

impl Mismatch {
    /// What follows the name of the thing.
    fn shown(&self) -> String {
        let bytes = |n: &str| if n == "1" { "1 byte".to_owned() } else { format!("{n} bytes") };
        let field = self.check.field.as_deref().unwrap_or_default();
        let Some((cdef, c)) = &self.said else {
            return match self.check.kind {
                Kind::Field => format!("has a field `{field}` of another size"),
                Kind::Offset => format!("has its field `{field}` at another place"),
                Kind::Size => "has another size".into(),
                Kind::Alignment => "has another alignment".into(),
                Kind::Value => "has another value".into(),
            };
        };
        match self.check.kind {
            Kind::Field => format!(
                "has a field `{field}` of {} in the cdef and of {} in C",
                bytes(cdef),
                bytes(c)
            ),
            Kind::Offset => {
                format!("has its field `{field}` at byte {cdef} in the cdef and at {c} in C")
            }
            Kind::Size => format!("has {} in the cdef and {} in C", bytes(cdef), bytes(c)),
            Kind::Alignment => {
                format!("is aligned to {} in the cdef and to {} in C", bytes(cdef), bytes(c))
            }
            Kind::Value => format!("is {cdef} and {c}"),
        }
    }
}

/// What says most: the size of the whole, if it differs.
fn headline<'a>(group: &[&'a Mismatch]) -> &'a Mismatch {
    group.iter().find(|one| one.check.kind == Kind::Size).unwrap_or(&group[0])
}

/// Number of a check -> the sizes that are told in the lines that name it, in their order.
fn failed_checks(output: &str) -> BTreeMap<usize, Vec<u64>> {
    let mut failed: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for line in output.lines().filter(|line| is_message(line)) {
        for (at, _) in line.match_indices(NAME) {
            let rest = &line[at + NAME.len()..];
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let Ok(number) = rest[..digits].parse() else { continue };
            let sizes = rest[digits..].split('[').skip(1).filter_map(|part| {
                part.split_once(']').and_then(|(size, _)| size.parse::<u64>().ok())
            });
            let known = failed.entry(number).or_default();
            known.extend(sizes.take(2));
            known.truncate(2);
        }
    }
    failed
}

/// What a compiler said without its warnings about values, and each such check with what C has.
fn without_values(output: &str) -> (String, BTreeMap<usize, Option<String>>) {
    const OURS: &str = "officina_";
    let (mut others, mut values, mut is_ours) = (String::new(), BTreeMap::new(), false);
    for line in output.lines() {
        if line.to_ascii_lowercase().contains(OURS) && !line.contains(NAME) {
            values.extend(value_in(line));
            is_ours = true;
        } else if !(is_ours && (line.starts_with(' ') || is_summary(line))) {
            others.push_str(&format!("{line}\n"));
            is_ours = false;
        }
    }
    (others, values)
}

/// `.. struct officina_value (*)[1][4] .. struct officina_value (*)[14][4] ..` -> check 3, and 6.
fn value_in(line: &str) -> Option<(usize, Option<String>)> {
    line.split("officina_value (*)[").skip(1).find_map(|rest| {
        let (told, rest) = rest.split_once("][")?;
        let told: u64 = told.parse().ok().filter(|told| *told > 1)?;
        let number: usize = rest.split_once(']')?.0.parse().ok()?;
        let magnitude = (told - 2) / 2;
        let sign = if told % 2 == 1 && magnitude > 0 { "-" } else { "" };
        Some((number.checked_sub(1)?, (told > 2).then(|| format!("{sign}{magnitude}"))))
    })
}

/// `x.c:15:83: error: ..`, `x.c(15): error C2369: ..`; not the source lines that follow.
fn is_message(line: &str) -> bool {
    let is_place = |end: &str| end.starts_with(|c: char| c.is_ascii_digit());
    !line.starts_with([' ', '#'])
        && line
            .split_once(NAME)
            .is_some_and(|(before, _)| before.split([':', '(']).skip(1).any(is_place))
}

/// Whether all errors in what a compiler said are of our checks.
fn is_only_ours(output: &str) -> bool {
    output.lines().all(|line| !line.contains("error") || line.contains(NAME) || is_summary(line))
}

/// `2 errors generated.`
fn is_summary(line: &str) -> bool {
    line.ends_with("generated.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_tell_which_checks_failed() {
        let table: [(&str, &[u64]); 7] = [
            (
                "x.c:9:2: error: conflicting types for ‘officina_check_4’; have ‘char[9]’\n    9 | \
                 officina_check_4[1]\nx.c:9:1: note: previous declaration of ‘officina_check_4’ with \
                 type ‘char[5]’",
                &[9, 5],
            ),
            (
                "x.c:4:1: error: redefinition of 'officina_check_4' with a different type: 'char[9]' \
                 vs 'char[5]'",
                &[9, 5],
            ),
            (
                "x.cpp:9:2: error: conflicting declaration ‘char officina_check_4 [9]’\nx.cpp:9:1: \
                 note: previous declaration as ‘char officina_check_4 [5]’",
                &[9, 5],
            ),
            ("x.c:9:1: error: size of array ‘officina_check_4’ is negative", &[]),
            ("x.cpp:9:1: error: size ‘-1’ of array ‘officina_check_4’ is negative", &[]),
            ("x.c:9:2: error: conflicting types for ‘officina_check_4’", &[]),
            ("x.c(9): error C2369: 'officina_check_4': redefinition; different subscripts", &[]),
        ];
        for (output, sizes) in table {
            let failed = failed_checks(output);
            assert_eq!(failed, BTreeMap::from([(4, sizes.to_vec())]), "{output}");
            assert!(is_only_ours(output), "{output}");
        }
        for output in ["", "  9 | officina_check_4[1]", "x.c:3:1: error: `gone` undeclared"] {
            assert!(failed_checks(output).is_empty(), "{output}");
        }
    }

    #[test]
    fn a_cdef_is_searched_for_what_it_declares() {
        let cdef = "#define A 5\nstatic const int B = 1; struct s *f(void);\nstruct s { int a, A; };\n\
                    typedef struct { int b; } t, *p;";
        let check = |kind, about: &str, field: Option<&str>| CdefCheck {
            kind,
            about: about.into(),
            field: field.map(str::to_owned),
            value: None,
        };
        let table = [
            (check(Kind::Value, "A", None), Some(8)),
            (check(Kind::Value, "B", None), Some(29)),
            (check(Kind::Size, "struct s", None), cdef.find("s {")),
            (check(Kind::Field, "struct s", Some("A")), cdef.find("A; }")),
            (check(Kind::Field, "t", Some("b")), cdef.find("b; }")),
            (check(Kind::Size, "p", None), cdef.find("p;")),
            (check(Kind::Size, "struct gone", None), None),
        ];
        for (check, expected) in table {
            assert_eq!(check.found_in(cdef).map(|found| found.start), expected, "{check:?}");
        }
    }

    #[test]
    fn a_struct_that_is_open_already_is_not_to_be_opened() {
        let check = |kind, about: &str, field: Option<&str>| CdefCheck {
            kind,
            about: about.into(),
            field: field.map(str::to_owned),
            value: None,
        };
        let cdef =
            "struct s { int a; ...; };\ntypedef struct { int a; ... ; } t;\nstruct u { int a; };";
        for (check, is_open) in [
            (check(Kind::Field, "struct s", Some("a")), true),
            (check(Kind::Field, "t", Some("a")), true),
            (check(Kind::Field, "struct u", Some("a")), false),
            (check(Kind::Size, "struct u", None), false),
        ] {
            let remedy = check.remedy(check.body_in(cdef));
            assert_eq!(!remedy.contains("...;"), is_open, "{check:?}: {remedy}");
        }
    }
}

//! `if` in setup.py that asks about the machine: what it decides was read for this one alone.

use crate::migrate::draft::Draft;
use crate::migrate::entries::decides;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::old_build::MachineQuestion;

/// Arguments without an effect here.
const IDLE: &[&str] = &["zip_safe", "options", "test_suite", "tests_require", "test_loader"];

/// Adds a line for each.
pub fn tell(draft: &mut Draft) {
    for question in &draft.old.conditions {
        let place = format!("setup.py:{}", question.line);
        let decided: Vec<&str> = question.keywords.iter().map(String::as_str).collect();
        let decided: Vec<&str> = decided.into_iter().filter(|one| !IDLE.contains(one)).collect();
        if question.is_for_tags {
            let text = "what is set here is the tag: it follows from what was built";
            draft.find(MoveFinding::new(MoveVerdict::Better, text).at(place));
        } else if decided.is_empty() && question.keywords.is_empty() {
            let text = format!(
                "`{}` decides what setup.py does besides: see whether the build needs it",
                question.text
            );
            draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).at(place));
        } else if question.text.contains("sys.argv") && !decided.is_empty() {
            let text = format!(
                "`{}` asks for an option of setup.py: {} as it is without the option",
                question.text,
                decided.join(", ")
            );
            draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).at(place));
        } else if !decided.is_empty() {
            let rest = match decided.as_slice() {
                ["cmdclass"] => "commands of other machines are not read",
                _ => "what is written is what it comes to here",
            };
            let text = format!("`{}` decides {}: {rest}", question.text, decided.join(", "));
            let finding = MoveFinding::new(MoveVerdict::YouDecide, text).at(place);
            draft.find(match proposal(draft, question) {
                Some(toml) => finding.propose(toml),
                None => finding,
            });
        }
    }
}

/// What says the same for one system, Python or variable, where the question is a simple one.
fn proposal(draft: &Draft, question: &MachineQuestion) -> Option<String> {
    let condition = condition(&question.text)?;
    let is_of_variable = condition.starts_with("if.env");
    let is_about = |keyword| decides(&question.keywords, keyword);
    if is_about("cffi_modules") {
        let entry = draft.old.cffi_modules.first()?.trim_start_matches("./");
        return Some(format!("cffi_modules = [{{ entry = \"{entry}\", {condition} }}]"));
    }
    if is_about("ext_modules") {
        let name = &draft.old.extensions.iter().find(|one| !one.is_from_ffi)?.name;
        let table = format!("[[tool.officina.extensions]]\nname = \"{name}\"\n{condition}");
        return Some(format!("{table}   # or the opposite: see what it decides"));
    }
    let is_ours = ["packages", "py_modules", "package_data", "exclude_package_data", "libraries"];
    if is_ours.iter().any(|one| is_about(one)) {
        let table = "[[tool.officina.overrides]]   # or the opposite: see what it decides";
        return Some(format!("{table}\n{condition}\nexclude = []   # or packages, include"));
    }
    let is_requirement = is_about("install_requires") || is_about("extras_require");
    (is_requirement && !is_of_variable).then(|| {
        "dependencies = [\"NAME; sys_platform == 'win32'\"]   # a marker like this".to_owned()
    })
}

/// The condition of a table that asks what the test asks, or nearly so: a person looks at it.
fn condition(test: &str) -> Option<String> {
    let plain = test.replace('"', "'");
    let variable = || {
        let (_, rest) = plain
            .split_once("environ.get('")
            .or_else(|| plain.split_once("getenv('"))
            .or_else(|| plain.split_once("environ['"))
            .or_else(|| plain.contains("in os.environ").then(|| plain.split_once('\''))?)?;
        rest.split_once('\'').map(|(name, _)| name.to_owned())
    };
    if let Some(name) = variable() {
        return Some(format!("if.env = {{ {name} = false }}"));
    }
    let systems = [
        ("win32", "windows"),
        ("'nt'", "windows"),
        ("'Windows'", "windows"),
        ("darwin", "macos"),
        ("'Darwin'", "macos"),
        ("linux", "linux"),
        ("'Linux'", "linux"),
    ];
    if let Some((_, system)) = systems.iter().find(|(word, _)| plain.contains(word)) {
        return Some(format!("if.platform = \"{system}\""));
    }
    let pythons =
        [("PyPy", "pypy"), ("pypy", "pypy"), ("CPython", "cpython"), ("cpython", "cpython")];
    let python = pythons.iter().find(|(word, _)| plain.contains(word));
    python.map(|(_, name)| format!("if.python = \"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_questions_have_a_condition() {
        let table = [
            ("sys.platform == 'win32'", Some("if.platform = \"windows\"")),
            ("os.name == \"nt\"", Some("if.platform = \"windows\"")),
            ("platform.system() == 'Darwin'", Some("if.platform = \"macos\"")),
            ("'NO_C' in os.environ", Some("if.env = { NO_C = false }")),
            ("os.environ.get(\"NO_C\")", Some("if.env = { NO_C = false }")),
            ("os.getenv('NO_C', '') != '1'", Some("if.env = { NO_C = false }")),
            ("platform.python_implementation() == 'PyPy'", Some("if.python = \"pypy\"")),
            ("sys.maxsize > 2**32", None),
        ];
        for (test, wanted) in table {
            assert_eq!(condition(test).as_deref(), wanted, "{test}");
        }
    }
}

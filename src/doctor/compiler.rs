//! Whether there is a compiler, and whether it compiles and links.

use crate::doctor::finding::{Finding, Subject};
use crate::doctor::probe::ProbeContext;
use crate::error::Result;
use crate::model::Language;
use crate::report::advice;
use crate::toolchain::command_line::{self, Quoting, compiler_at, family_of_name};
use crate::toolchain::{self, Family, Toolchain};

/// Looks for the compiler and tries it; returns it where it is there and makes objects.
///
/// # Errors
/// The user interrupts.
pub fn compiler(
    machine: &ProbeContext,
    languages: &[Language],
) -> Result<(Vec<Finding>, Option<Toolchain>)> {
    let found = match toolchain::find(&machine.toolchain_request()) {
        Ok(found) => found,
        Err(error) if crate::process::interrupted() => return Err(error),
        Err(error) => {
            let finding = Finding::of_error(Subject::Compiler, &error);
            let variables = "look at CC, CXX, CFLAGS, CXXFLAGS, CPPFLAGS, LDFLAGS and LDSHARED";
            return Ok((vec![finding.or_next(variables)], None));
        }
    };
    let mut findings = vec![there(machine, &found)];
    findings.extend(other_family(machine, &found));
    if languages.contains(&Language::Cxx) {
        findings.push(match found.commands(Language::Cxx) {
            Ok(commands) => Finding::ok(
                Subject::CxxCompiler,
                format!("`{}`", commands.compile.driver.join(" ")),
            ),
            Err(error) => Finding::of_error(Subject::CxxCompiler, &error),
        });
    }
    let compiled = compiles(machine, &found)?;
    let works = compiled.output.is_none() && compiled.next.is_empty();
    findings.push(compiled);
    if works {
        findings.push(links(machine, &found)?);
    }
    Ok((findings, works.then_some(found)))
}

fn there(machine: &ProbeContext, found: &Toolchain) -> Finding {
    let words = found.c.compile.driver.join(" ");
    let by = match machine.environment.text("CC").map(str::trim).filter(|text| !text.is_empty()) {
        Some(_) => ", which CC names",
        None => "",
    };
    Finding::ok(Subject::Compiler, format!("`{words}` ({}){by}", family_name(found.family)))
}

fn family_name(family: Family) -> String {
    let with_version = |name: &str, version: Option<u32>| match version.filter(|one| *one > 0) {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    };
    match family {
        Family::Gcc { version: Some(0) } => "taken for a GCC".to_owned(),
        Family::Gcc { version } => with_version("GCC", version),
        Family::Clang { version } => with_version("clang", version),
        Family::Msvc { clang_cl: true } => "clang-cl".to_owned(),
        Family::Msvc { clang_cl: false } => "MSVC".to_owned(),
    }
}

/// Python's flags go to a compiler that they were not written for.
fn other_family(machine: &ProbeContext, found: &Toolchain) -> Option<Finding> {
    let cc = machine.python.sysconfig.cc.as_deref()?;
    let words = command_line::split(cc, Quoting::Posix).filter(|words| !words.is_empty())?;
    let theirs = family_of_name(&words[compiler_at(&words)])?;
    let is_same = std::mem::discriminant(&theirs) == std::mem::discriminant(&found.family);
    if is_same || machine.python.interpreter.is_macos() {
        return None;
    }
    let ours = family_name(found.family);
    Some(
        Finding::warn(
            Subject::CompilerFamily,
            format!("Python was compiled with `{cc}`, and modules would be with {ours}"),
        )
        .note("the flags of Python are given to that compiler too, and need not mean the same")
        .next(format!("set CC={}, or say all flags in CFLAGS", words[compiler_at(&words)])),
    )
}

const PROBE: &str = "int officina_doctor(void) { return 0; }\n";

fn compiles(machine: &ProbeContext, found: &Toolchain) -> Result<Finding> {
    let subject = Subject::Compile;
    let said = match machine.compile(found, "compiles", PROBE, &[]) {
        Ok(said) => said,
        Err(error) if crate::process::interrupted() => return Err(error),
        Err(error) => {
            let finding = Finding::of_error(subject, &error);
            return Ok(finding.next("see whether that program works by itself"));
        }
    };
    Ok(match said {
        None => Finding::ok(subject, "a file of C compiles"),
        Some(output) => broken(subject, "a file of C does not compile", output, found),
    })
}

fn links(machine: &ProbeContext, found: &Toolchain) -> Result<Finding> {
    let subject = Subject::Link;
    let said = match machine.link(found, "compiles") {
        Ok(said) => said,
        Err(error) if crate::process::interrupted() => return Err(error),
        Err(error) => {
            let finding = Finding::of_error(subject, &error);
            return Ok(finding.next("see LDSHARED: it names the linker"));
        }
    };
    Ok(match said {
        None => Finding::ok(subject, "a library links"),
        Some(output) => broken(subject, "a library does not link", output, found),
    })
}

fn broken(subject: Subject, what: &str, output: String, found: &Toolchain) -> Finding {
    let launcher = found.c.compile.launcher.join(" ");
    let mut finding = Finding::fail(subject, what);
    finding.next = advice::for_output(&output);
    if subject == Subject::Compile && !launcher.is_empty() {
        finding = finding.next(format!("try without the launcher `{launcher}`"));
    }
    let variables = match subject {
        Subject::Link => "LDSHARED, LDFLAGS and CFLAGS",
        _ => "CC, CFLAGS and CPPFLAGS",
    };
    finding.next(format!("look at what it said, and at {variables}")).output(output)
}

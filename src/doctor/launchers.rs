//! Compiler caches: which is used, and which could be.

use crate::doctor::finding::{Finding, Subject};
use crate::doctor::probe::ProbeContext;
use crate::toolchain::{Toolchain, launcher_in_disguise};

/// Says which launcher runs the compilers; nothing where there is none at all.
pub fn launchers(machine: &ProbeContext, toolchain: &Toolchain) -> Vec<Finding> {
    let subject = Subject::Launcher;
    let warnings = toolchain.warnings.iter().map(|warning| {
        Finding::warn(subject, warning).next("install it, or take `compiler-launcher` away")
    });
    let mut found: Vec<Finding> = warnings.collect();
    let compile = &toolchain.c.compile;
    let used = match compile.launcher.as_slice() {
        [] => launcher_in_disguise(compile, &machine.toolchain_request()),
        words => Some(words.join(" ")),
    };
    if let Some(used) = used {
        found.push(Finding::ok(subject, format!("`{used}` runs the compilers")));
        return found;
    }
    let path = machine.environment.0.get(std::ffi::OsStr::new("PATH"));
    let is_there = |name: &&&str| which::which_in(name, path, machine.directory).is_ok();
    if let Some(name) = ["ccache", "sccache"].iter().find(is_there) {
        let what = format!("`{name}` is there, and compilers run without it");
        let next = format!(
            "`-C compiler-launcher={name}` or OFFICINA_COMPILER_LAUNCHER={name} uses it, if you like"
        );
        found.push(Finding::ok(subject, what).next(next));
    }
    found
}

//! Whether Python's headers are there, and for a Python of this word size.

use std::path::{Path, PathBuf};

use crate::doctor::finding::{Finding, Subject};
use crate::doctor::probe::ProbeContext;
use crate::error::Result;
use crate::report::advice::install::python_headers;
use crate::steps::python_headers::PythonHeaderSearch;
use crate::steps::toolchains::seen_by_tools;
use crate::toolchain::Toolchain;

/// Looks for `Python.h`, and compiles it where there is a compiler.
///
/// # Errors
/// The user interrupts.
pub fn headers(machine: &ProbeContext, toolchain: Option<&Toolchain>) -> Result<Finding> {
    let (interpreter, folders) =
        (&machine.python.interpreter, &machine.python.sysconfig.include_dirs);
    let subject = Subject::Headers;
    let Some(header) = found(machine, toolchain) else {
        let finding = Finding::fail(subject, "`Python.h` of this Python is not there");
        let finding = match folders.is_empty() {
            true => finding.note("this Python names no folder of headers that is there"),
            false => finding.note(format!("looked in {}", shown(folders))),
        };
        return Ok(finding.next(python_headers(interpreter)));
    };
    let Some(toolchain) = toolchain else {
        let what = format!("`{}` is there; no compiler has read it", header.display());
        return Ok(Finding::ok(subject, what));
    };
    let bits = interpreter.pointer_bits;
    let folders: Vec<&Path> = folders.iter().map(AsRef::as_ref).collect();
    let Some(output) = machine.compile(toolchain, "headers", &text(bits), &folders)? else {
        return Ok(Finding::ok(subject, format!("`{}`, {bits} bits", header.display())));
    };
    let other = if bits == 64 { 32 } else { 64 };
    if output.contains(HEADERS_DIFFER) {
        let what = format!("`{}` is for a Python of {other} bits", header.display());
        let finding = Finding::fail(subject, what);
        return Ok(finding
            .note(format!("`{}` has {bits}", interpreter.executable.display()))
            .next(python_headers(interpreter)));
    }
    if machine.compile(toolchain, "bits", &of_compiler(bits), &[])?.is_some() {
        let what = format!("the compiler makes code of {other} bits, and this Python has {bits}");
        return Ok(Finding::fail(subject, what)
            .next("look for `-m32`, `-m64` or `--target` in CC and CFLAGS"));
    }
    Ok(Finding::fail(subject, format!("`{}` does not compile", header.display()))
        .next(format!("install the headers of this Python again: {}", python_headers(interpreter)))
        .output(output))
}

/// Where a compile would find it.
fn found(machine: &ProbeContext, toolchain: Option<&Toolchain>) -> Option<PathBuf> {
    let environment = machine.environment.clone();
    let environment = match toolchain {
        Some(toolchain) => seen_by_tools(environment, toolchain, machine.directory),
        None => environment,
    };
    let search = PythonHeaderSearch {
        python: &machine.python.sysconfig.include_dirs,
        include_dirs: &[],
        extra_compile_args: &[],
        toolchain,
        environment: &environment,
        root: machine.directory,
    };
    search.python_header()
}

const HEADERS_DIFFER: &str = "officina_headers_of_other_bits";

fn text(bits: u8) -> String {
    let bytes = bits / 8;
    format!(
        "#include <Python.h>\n\
         #if defined(SIZEOF_VOID_P) && SIZEOF_VOID_P != {bytes}\n\
         #error {HEADERS_DIFFER}\n\
         #endif\n"
    )
}

/// Compiles if pointers have this many bits.
fn of_compiler(bits: u8) -> String {
    format!("typedef char bits[sizeof(void *) * 8 == {bits} ? 1 : -1];\n")
}

fn shown(folders: &[PathBuf]) -> String {
    let names: Vec<String> = folders.iter().map(|dir| format!("`{}`", dir.display())).collect();
    names.join(", ")
}

//! Why a wheel is not for the Linux systems that somebody wants it for, and what would help.

use std::collections::BTreeSet;
use std::path::Path;

use crate::binary::object_symbols;
use crate::binary::{PlatformNeed, SystemPart, WheelMember, symbols_with};
use crate::error::Error;
use crate::python::platform_policies::TagFamily;
use crate::steps::make_modules::LinkedModule;

/// What explanations go by.
pub struct WheelEvidence<'a> {
    /// The project root.
    pub root: &'a Path,
    /// The modules that this build linked.
    pub linked: &'a [LinkedModule],
    /// The compiled files of the wheel.
    pub members: &'a [WheelMember],
}

/// How many causes are told, and how many symbols of each.
const MOST_CAUSES: usize = 8;
const MOST_SYMBOLS: usize = 3;

/// Adds what stands against a tag, and what would help.
pub fn explained(mut error: Error, against: &[&PlatformNeed], evidence: &WheelEvidence) -> Error {
    for need in against.iter().take(MOST_CAUSES) {
        error = error.note(sentence(need, evidence));
    }
    if against.len() > MOST_CAUSES {
        error = error.note(format!("and {} more", against.len() - MOST_CAUSES));
    }
    error
}

/// The next steps, a line each.
pub fn remedies(
    against: &[&PlatformNeed],
    family: TagFamily,
    tag: &str,
    machine: &str,
) -> Vec<String> {
    let is_any = |test: fn(&SystemPart) -> bool| against.iter().any(|need| test(&need.what));
    let mut found = Vec::new();
    if is_any(|part| matches!(part, SystemPart::Version(_) | SystemPart::Symbol { .. })) {
        let image = format!("quay.io/pypa/{tag}_{machine}");
        let glibc = tag.strip_prefix("manylinux_").map(|version| version.replace('_', "."));
        found.push(match glibc.filter(|_| family == TagFamily::Manylinux) {
            Some(glibc) => format!(
                "build on an older system, such as an image of quay.io/pypa, or for an older C library: \
                 `CC=\"zig cc -target {machine}-linux-gnu.{glibc}\"` (the package ziglang has zig)"
            ),
            None => format!("build on an older system, such as the image {image}"),
        });
    }
    let libraries: BTreeSet<&str> = against.iter().filter_map(|need| library(&need.what)).collect();
    let (python, others): (Vec<&str>, Vec<&str>) =
        libraries.into_iter().partition(|name| name.starts_with("libpython"));
    if !others.is_empty() {
        found.push(format!(
            "link {} statically, or set `bundle = true`, which puts a copy into the wheel",
            quoted(&others)
        ));
    }
    if !python.is_empty() {
        found.push(
            "do not link libpython: an extension module finds Python's symbols without".into(),
        );
    }
    if is_any(|part| matches!(part, SystemPart::Processor(_))) {
        found.push("compile without `-march`, or choose such code when it runs".into());
    }
    found
}

/// What a file asks for: one sentence.
pub fn sentence(need: &PlatformNeed, evidence: &WheelEvidence) -> String {
    let path = &need.path;
    match &need.what {
        SystemPart::Version(version) => {
            let symbols = symbols_with(&need.file, version);
            let library = &version.library;
            if symbols.is_empty() {
                return format!("`{path}` asks for `{}` of `{library}`", version.version);
            }
            let shown = symbols.iter().take(MOST_SYMBOLS).map(|symbol| {
                let user = user(symbol, need, evidence);
                let user = user.map(|user| format!(" (in {user})")).unwrap_or_default();
                format!("`{symbol}@{}`{user}", version.version)
            });
            let mut shown = shown.collect::<Vec<_>>().join(", ");
            if symbols.len() > MOST_SYMBOLS {
                shown.push_str(&format!(" and {} more", symbols.len() - MOST_SYMBOLS));
            }
            format!("`{path}` uses {shown} of `{library}`")
        }
        SystemPart::Symbol { library, symbol } => {
            let user = user(symbol, need, evidence);
            let user = user.map(|user| format!(" (in {user})")).unwrap_or_default();
            format!("`{path}` uses `{symbol}`{user}, which not every `{library}` has")
        }
        SystemPart::Library(library) => {
            let member = evidence.members.iter().find(|member| member.name() == library);
            match member.filter(|member| member.path != *path) {
                Some(member) => format!(
                    "`{path}` needs `{library}`, which the wheel holds as `{}`, where `{path}` does \
                     not look: link with `-Wl,-rpath,$ORIGIN/…`",
                    member.path
                ),
                None => format!("`{path}` needs `{library}`, which not every system has"),
            }
        }
        SystemPart::Processor(level) => format!("`{path}` needs a processor of {level}"),
    }
}

fn library(part: &SystemPart) -> Option<&str> {
    match part {
        SystemPart::Library(library) => Some(library),
        _ => None,
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The source whose object brings a symbol into a module that this build linked.
fn user(symbol: &str, need: &PlatformNeed, evidence: &WheelEvidence) -> Option<String> {
    let module = evidence.linked.iter().find(|module| module.extension.path == need.file)?;
    let object = module.objects.iter().find(|object| {
        object_symbols::of_object(&evidence.root.join(&object.path)).undefined.contains(symbol)
    })?;
    Some(format!("`{}`", object.shown_source))
}

//! The plan as text, and for tools that want to compile as a build does.

use serde_json::Value;

use crate::model::{
    Plan, PlannedExtension, PlannedLibrary, PlannedMode, PlannedModule, PlannedSource, PlannedStep,
};
use crate::report::one_line;
use crate::steps::compile_commands::entry;

/// A plan for people to read; commands only where `with_commands` are asked for.
pub fn text(plan: &Plan, commands: Commands) -> String {
    let python = &plan.python;
    let mut text = format!("{} {}\n", plan.name, plan.version);
    let mut line =
        |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", one_line(value)));
    line("tree", &plan.source_tree.display().to_string());
    let executable = python.executable.display();
    line(
        "python",
        &format!(
            "{} {}, {} ({executable})",
            python.implementation, python.version, python.platform
        ),
    );
    line("sdist", &plan.sdist);
    line("wheel", &plan.wheel);
    for (index, setting) in plan.settings.iter().enumerate() {
        let name = if index == 0 { "settings" } else { "" };
        line(name, &format!("{} = {}  ({})", setting.name, setting.value, setting.origin));
    }
    for (name, list) in [("packages", &plan.packages), ("modules", &plan.py_modules)] {
        if !list.is_empty() {
            line(name, &list.join(", "));
        }
    }
    for module in &plan.modules {
        text.push_str(&module_text(module, commands));
    }
    for library in &plan.libraries {
        text.push_str(&library_text(library, commands));
    }
    text.push_str(&plan.steps.as_deref().map(steps_text).unwrap_or_default());
    text
}

fn steps_text(steps: &[PlannedStep]) -> String {
    let stale: Vec<_> =
        steps.iter().filter_map(|one| Some((&one.step, one.why.as_ref()?))).collect();
    let mut text = format!("\na build would do {} of {} steps\n", stale.len(), steps.len());
    let width =
        stale.iter().map(|(step, _)| one_line(step).chars().count()).max().unwrap_or_default();
    for (step, why) in stale {
        text.push_str(&format!("  {:<width$}  {}\n", one_line(step), one_line(why)));
    }
    text
}

/// Whether full commands are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commands {
    /// They are.
    Shown,
    /// Only what is compiled.
    Hidden,
}

fn module_text(module: &PlannedModule, commands: Commands) -> String {
    let mut text = format!("\n{}\n", one_line(&module.name));
    let mut line =
        |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", one_line(value)));
    line("file", &module.file);
    match module.mode {
        PlannedMode::Extension(_) => {}
        PlannedMode::Abi | PlannedMode::Api(_) => line("builder", &module.builder),
    }
    match &module.mode {
        PlannedMode::Abi => line("mode", "ABI: a Python file that opens a library on import"),
        PlannedMode::Api(extension) => extension_lines("API", extension, commands, &mut line),
        PlannedMode::Extension(extension) => {
            extension_lines("extension", extension, commands, &mut line)
        }
    }
    text
}

fn library_text(library: &PlannedLibrary, commands: Commands) -> String {
    // Cargo compiles what a crate has.
    let kind = if library.sources.is_empty() { "crate" } else { "static library" };
    let mut text = format!("\n{} ({kind})\n", one_line(&library.name));
    let mut line =
        |name: &str, value: &str| text.push_str(&format!("  {name:<10} {}\n", one_line(value)));
    source_lines(&library.sources, commands, &mut line);
    text
}

fn source_lines(sources: &[PlannedSource], commands: Commands, line: &mut impl FnMut(&str, &str)) {
    for source in sources {
        line("source", &source.source);
        if commands == Commands::Shown {
            line("", &quoted(&source.compile));
        }
    }
}

fn extension_lines(
    kind: &str,
    extension: &PlannedExtension,
    commands: Commands,
    line: &mut impl FnMut(&str, &str),
) {
    let optional = if extension.optional { ", optional" } else { "" };
    let abi = match extension.abi.as_str() {
        "limited" => "limited API",
        "embedding" => "a library that embeds Python",
        _ => "this version of Python only",
    };
    line("mode", &format!("{kind}, {abi}{optional}"));
    if !extension.libraries.is_empty() {
        line("libraries", &extension.libraries.join(", "));
    }
    source_lines(&extension.sources, commands, line);
    if commands == Commands::Shown {
        line("link", &quoted(&extension.link));
    }
}

/// The commands as `compile_commands.json` holds them.
pub fn compile_commands(plan: &Plan) -> Value {
    let build = plan.build.as_ref().map_or("{build}".into(), |folder| folder.to_string_lossy());
    let placed = |word: &String| word.replace("{build}", &build);
    let mut entries = Vec::new();
    let of_modules = plan.modules.iter().filter_map(|module| match &module.mode {
        PlannedMode::Api(extension) | PlannedMode::Extension(extension) => Some(&extension.sources),
        PlannedMode::Abi => None,
    });
    for sources in of_modules.chain(plan.libraries.iter().map(|library| &library.sources)) {
        entries.extend(sources.iter().map(|source| {
            let arguments: Vec<String> = source.compile.iter().map(placed).collect();
            entry(&plan.source_tree, &placed(&source.source), &arguments)
        }));
    }
    entries.into()
}

fn quoted(command: &[String]) -> String {
    let quote = |word: &String| {
        shlex::try_quote(word).map_or_else(|_| word.clone(), |quoted| quoted.into_owned())
    };
    command.iter().map(quote).collect::<Vec<_>>().join(" ")
}

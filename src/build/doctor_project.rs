//! What of a project `officina doctor` looks at.

use std::str::FromStr as _;

use crate::build::context::HookContext;
use crate::build::project::resolved_scripts;
use crate::build::{cffi_dependency, crate_files, folders, requires_python, sdist_inputs};
use crate::config::build_system;
use crate::config::toml::{self, TomlTable};
use crate::doctor::{self, BuilderText, Finding, ProbeContext, Subject};
use crate::engine::{build_dir, store};
use crate::error::Result;
use crate::files::mentioned_files::{self, MentionedFilesQuery};
use crate::files::{python_text, tree};
use crate::model::{
    ArgumentValue, BuiltAbi, Language, ModuleDeclaration, Project, Requirement, Spanned, WheelKind,
};
use crate::python::tags::{self, Floor};
use crate::steps::check;

/// What is found out about the project.
///
/// # Errors
/// The user interrupts, or the tree cannot be read.
pub fn findings(
    context: &HookContext,
    project: &Project,
    machine: &ProbeContext,
) -> Result<Vec<Finding>> {
    let interpreter = context.target.interpreter;
    let mut findings = Vec::new();
    findings.push(
        match (requires_python::check(project, interpreter), &project.metadata.requires_python) {
            (Err(error), _) => Finding::of_error(Subject::RequiresPython, &error),
            (Ok(()), Some(requires)) => {
                let what = format!("`{}` takes Python {}", requires.value, interpreter.version);
                Finding::ok(Subject::RequiresPython, what)
            }
            (Ok(()), None) => Finding::warn(
                Subject::RequiresPython,
                "there is no `requires-python`",
            )
            .note("abi3 wheels are for 3.9 and later then, tried or not")
            .next("write the oldest Python that you test with: `requires-python = \">=3.10\"`"),
        },
    );
    let texts = match builder_texts(project) {
        Ok(texts) => texts,
        Err(error) => {
            findings.push(Finding::of_error(Subject::Builders, &error));
            Vec::new()
        }
    };
    let imports: Vec<BuilderText> = texts.iter().map(imports).collect();
    findings.extend(doctor::builder_imports(&imports, interpreter, &required(project)));
    let speaks =
        texts.iter().find(|(_, text)| text.contains("pkg-config") || text.contains("pkgconfig"));
    let speaks = speaks.map(|(path, _)| path.as_str());
    findings.extend(doctor::packages(machine, &packages(project), &project.pyproject, speaks));
    for declared in &project.settings.native.crates {
        match crate_files::of(project, declared) {
            Ok(files) => {
                let least = files.rust_version.as_deref();
                findings.extend(doctor::cargo(machine, &declared.path.value, least)?);
            }
            Err(error) => findings.push(Finding::of_error(Subject::Cargo, &error)),
        }
    }
    findings.push(doctor::build_folder(&folders::build_dir(project)));
    if project.settings.makes_cffi_modules() {
        let error = cffi_dependency::missing(project, None);
        findings.extend(error.map(|error| Finding::of_error(Subject::Cffi, &error)));
    }
    findings.extend(abis(context, project));
    Ok(findings)
}

/// Whether nothing that is declared is compiled or read by a compiler. What builders do is not known.
pub fn needs_no_compiler(project: &Project) -> bool {
    let (settings, native) = (&project.settings, &project.settings.native);
    let of_modules = |module: &ModuleDeclaration| module.is_abi_mode() && module.headers.is_none();
    let is_bare = native.extensions.is_empty()
        && native.libraries.is_empty()
        && native.crates.is_empty()
        && native.steps.is_empty();
    is_bare && settings.cffi_modules.is_empty() && settings.modules.iter().all(of_modules)
}

/// The languages that its declared sources are in.
pub fn languages(project: &Project) -> Vec<Language> {
    let native = &project.settings.native;
    let of_parts = native.sources().flat_map(|part| &part.sources);
    let of_modules = project.settings.modules.iter().flat_map(|module| module.list("sources"));
    let sources = of_parts.chain(of_modules).map(|source| std::path::Path::new(&source.value));
    let mut found: Vec<Language> = sources.filter_map(Language::of_source).collect();
    let is_cxx = |module: &ModuleDeclaration| matches!(module.arguments.get("source_extension"), Some(ArgumentValue::Text(text)) if text != ".c");
    found.extend(project.settings.modules.iter().any(is_cxx).then_some(Language::Cxx));
    found.extend(native.extensions.iter().filter_map(|extension| extension.language));
    found
}

/// The builders, and what of the project they import, with their texts.
fn builder_texts(project: &Project) -> Result<Vec<(String, String)>> {
    let builders = resolved_scripts(project, &project.settings)?;
    let named = sdist_inputs::scripts(project, &builders)?;
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let tree = tree::walk(&project.root)?;
    let read = |path: &str| tree::text_of(&project.root.join(path), tree::LARGEST_TEXT);
    let mut files =
        mentioned_files::find(&MentionedFilesQuery { tree: &tree, named: &named, read: &read });
    files.extend(named);
    let files = files.into_iter().filter(|path| path.ends_with(".py"));
    Ok(files.filter_map(|path| Some((path.clone(), read(&path)?))).collect())
}

fn imports((path, text): &(String, String)) -> BuilderText {
    let absolute = python_text::imports(text).into_iter().filter(|one| one.level == 0);
    let top = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let imports = absolute.map(|one| (top(&one.module), one.line, one.is_indented)).collect();
    BuilderText { path: path.clone(), imports }
}

/// The distributions that `requires` lists.
fn required(project: &Project) -> Vec<String> {
    let Ok(document) = toml::parse(&project.pyproject) else { return Vec::new() };
    let root = TomlTable::root(&project.pyproject, &document);
    let Ok(declared) = build_system::declared_backend(Some(&root)) else { return Vec::new() };
    let parsed = declared.requires.iter().filter_map(|one| Requirement::from_str(one).ok());
    parsed.map(|requirement| requirement.name).collect()
}

/// The packages that tables ask pkg-config for, each once.
fn packages(project: &Project) -> Vec<Spanned<String>> {
    let of_parts = project.settings.native.sources().flat_map(|part| &part.pkg_config);
    let of_modules = project.settings.modules.iter().flat_map(|module| &module.pkg_config);
    let mut found: Vec<Spanned<String>> = Vec::new();
    for package in of_parts.chain(of_modules) {
        if found.iter().all(|known| known.value != package.value) {
            found.push(package.clone());
        }
    }
    found
}

/// What the last build for this Python found out about each module.
fn abis(context: &HookContext, project: &Project) -> Vec<Finding> {
    if !project.settings.makes_modules() {
        return Vec::new();
    }
    let (interpreter, setting) = (context.target.interpreter, project.options.limited_api);
    let least = tags::least_python(interpreter, &Floor::of(project)).ok();
    for kind in [WheelKind::Standard, WheelKind::Editable] {
        let home = folders::home(&HookContext { kind, ..*context }, project);
        let Some(stored) = build_dir::last(&home).and_then(|folder| store::read(&folder)) else {
            continue;
        };
        let built = stored.actions.iter().filter_map(|(step, action)| {
            let file = step.strip_prefix("check ")?;
            let built: BuiltAbi = check::found(&action.answer)?;
            let file = file.trim_start_matches("linked/");
            Some(doctor::last_abi(file, &built, interpreter, setting, least))
        });
        let built: Vec<Finding> = built.collect();
        return if built.is_empty() { vec![doctor::none_compiled()] } else { built };
    }
    vec![doctor::no_record()]
}

//! Declared modules against the source tree: their files are there, and their globs become names.

use std::path::{Path, PathBuf};

use crate::build::source_globs;
use crate::error::{Error, Result, nearest};
use crate::files::tree;
use crate::model::{
    ArgumentValue, Builder, BuilderEntry, BuilderWork, ModuleDeclaration, ModuleId, Project,
    PythonModule, Settings, Spanned,
};

/// A builder for each declared module of these settings.
///
/// # Errors
/// A file is not there, a glob matches nothing, or a name is another module's or a Python file's.
pub fn resolved(project: &Project, settings: &Settings) -> Result<Vec<Builder>> {
    let mut builders = Vec::with_capacity(settings.modules.len());
    for (index, module) in settings.modules.iter().enumerate() {
        let earlier = &settings.modules[..index];
        refuse_taken_names(project, settings, module, earlier)?;
        refuse_missing_files(project, module)?;
        let entry = BuilderEntry {
            module: ModuleId(settings.cffi_modules.len() + index),
            object: OBJECT.to_owned(),
            optional: module.optional,
            source: project.pyproject.clone(),
            span: module.name.span.clone(),
        };
        let work = BuilderWork::Declaration(Box::new(with_files(project, module)?));
        builders.push(Builder { work, entries: vec![entry] });
    }
    Ok(builders)
}

/// How the process that makes a declared module calls it.
const OBJECT: &str = "ffi";

fn full_name(module: &ModuleDeclaration, settings: &Settings) -> String {
    match &settings.ext_package {
        Some(package) if !module.name.value.contains('.') => {
            format!("{}.{}", package.value, module.name.value)
        }
        _ => module.name.value.clone(),
    }
}

fn refuse_taken_names(
    project: &Project,
    settings: &Settings,
    module: &ModuleDeclaration,
    earlier: &[ModuleDeclaration],
) -> Result<()> {
    let name = full_name(module, settings);
    let at_name =
        |message: String| Error::new(message).at(&project.pyproject, module.name.span.clone());
    if earlier.iter().any(|other| full_name(other, settings) == name) {
        return Err(at_name(format!("the module `{name}` is declared twice"))
            .hint("give each a name of its own, or an `if` where it counts"));
    }
    match rival(project, settings, &name) {
        None => Ok(()),
        Some(file) => Err(at_name(format!(
            "the CFFI module `{name}` collides with the source file `{}`",
            file.display()
        ))
        .hint("rename one of them: `_name` is usual for a CFFI module")),
    }
}

/// A Python file of the project that an import of a module may find as well, relative to the root.
pub fn rival(project: &Project, settings: &Settings, name: &str) -> Option<PathBuf> {
    let path = name.replace('.', "/");
    let folders = [Path::new(""), settings.source_folder()];
    let mut files = folders
        .iter()
        .flat_map(|folder| [".py", "/__init__.py"].map(|end| folder.join(format!("{path}{end}"))));
    files.find(|file| {
        let file = project.root.join(file);
        file.is_file() && !tree::begins_with(&file, PythonModule::BEGIN)
    })
}

fn refuse_missing_files(project: &Project, module: &ModuleDeclaration) -> Result<()> {
    let missing = |(_, file): &(_, &Spanned<String>)| !project.root.join(&file.value).is_file();
    let Some((key, file)) = module.files().into_iter().find(missing) else { return Ok(()) };
    let error = Error::new(format!("no file `{}` for `{key}`", file.value))
        .at(&project.pyproject, file.span.clone());
    if project.root.join(&file.value).is_dir() {
        return Err(error.note("it is a folder").hint("name its files one by one"));
    }
    let files: Vec<String> = tree::walk(&project.root)?.files.into_iter().map(|f| f.path).collect();
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let named = files.iter().find(|path| last(path) == last(&file.value)).map(String::as_str);
    Err(match named.or_else(|| nearest(&file.value, files.iter().map(String::as_str))) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("paths are relative to the folder of pyproject.toml"),
    })
}

/// The declaration with names for globs. The folder of a header that no folder of headers leads to
/// becomes one.
fn with_files(project: &Project, module: &ModuleDeclaration) -> Result<ModuleDeclaration> {
    let mut module = module.clone();
    for argument in ["sources", "depends"] {
        let list = module.list(argument).to_vec();
        if !list.is_empty() {
            let files = expanded(project, argument, &list)?;
            module.arguments.insert(argument, ArgumentValue::List(files));
        }
    }
    let headers = module.headers.iter().flat_map(|headers| headers.included()).cloned();
    for header in headers.filter(|header| !header.value.starts_with('<')).collect::<Vec<_>>() {
        let folders = module.list("include_dirs");
        let is_below = |folder: &Spanned<String>| {
            Path::new(&header.value).starts_with(Path::new(&folder.value))
                || matches!(folder.value.as_str(), "." | "./")
        };
        if !folders.iter().any(is_below) {
            let folder = header.value.rsplit_once('/').map_or(".", |(folder, _)| folder);
            module.extend("include_dirs", vec![Spanned::new(folder.to_owned(), header.span)]);
        }
    }
    Ok(module)
}

fn expanded(
    project: &Project,
    key: &str,
    list: &[Spanned<String>],
) -> Result<Vec<Spanned<String>>> {
    let mut files: Vec<Spanned<String>> = Vec::new();
    for glob in list {
        for file in source_globs::files(project, std::slice::from_ref(glob), key)? {
            let file = file.to_string_lossy().into_owned();
            if files.iter().all(|known| known.value != file) {
                files.push(Spanned::new(file, glob.span.clone()));
            }
        }
    }
    Ok(files)
}

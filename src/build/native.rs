//! The native parts that pyproject.toml declares -> what is compiled and linked: globs are looked
//! up, pkg-config is asked, and the ABI is chosen.

use std::path::{Path, PathBuf};

use crate::build::context::Build;
use crate::build::crates;
use crate::build::declared;
use crate::build::origin;
use crate::build::provided::Provided;
use crate::build::source_globs::files;
use crate::engine::scheduler::left_out;
use crate::error::{Ending, Error, Result, nearest};
use crate::model::{
    DeclaredExtension, DeclaredLibrary, DeclaredSources, ExtensionApi, ExtensionSpec, Language,
    LibrarySpec, Module, PYPROJECT, Project, PythonVersion, Spanned,
};
use crate::python::abi;
use crate::python::tags::{self, Floor};
use crate::report::advice;
use crate::steps::libraries;
use crate::steps::pkg_config::{self, PackageFlags};

/// The native parts of a project that no builder makes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Native {
    /// The extensions, in the order written.
    pub extensions: Vec<ExtensionSpec>,
    /// The static libraries, in the order written.
    pub libraries: Vec<LibrarySpec>,
}

/// Resolves the native parts. `modules` are those that builders made: what only optional ones link
/// is optional too.
///
/// # Errors
/// A glob matches nothing, pkg-config does not know a package, libraries need each other in a
/// circle, or an extension has a name that is taken.
pub fn resolved(build: &Build, provided: &Provided, modules: &[Module]) -> Result<Native> {
    let project = build.project;
    let parts = &project.settings.native;
    let mut extensions = Vec::with_capacity(parts.extensions.len());
    for declared in &parts.extensions {
        let Some(package) = package_of_extension(declared, build)? else { continue };
        let spec = provided.extension(extension(declared, package, build)?);
        extensions.push(origin::extension(spec, build));
    }
    let library = |declared| Ok(provided.library(library(declared, build)?));
    let libraries: Vec<LibrarySpec> = parts.libraries.iter().map(library).collect::<Result<_>>()?;
    let libraries = [libraries, provided.crates.libraries.clone()].concat();
    refuse_circle(project, &libraries)?;
    refuse_taken_names(project, modules)?;
    let mut native = Native { extensions, libraries };
    crates::refuse_two_in_one(build, &native.specs(modules), &native.libraries)?;
    native.keep_what_is_linked(build, modules);
    Ok(native)
}

/// What pkg-config says for an extension; `None`: it is optional, and is left out, since pkg-config
/// knows nothing.
fn package_of_extension(
    declared: &DeclaredExtension,
    build: &Build,
) -> Result<Option<PackageFlags>> {
    let name = declared.name.value.as_str();
    match asked(&declared.compile, build, name) {
        Err(error) if declared.optional && error.parts().ending != Ending::Interrupted => {
            build.console().warning_with_output(&left_out(name, &error));
            Ok(None)
        }
        asked => asked.map(Some),
    }
}

fn extension(
    declared: &DeclaredExtension,
    package: PackageFlags,
    build: &Build,
) -> Result<ExtensionSpec> {
    let project = build.project;
    let DeclaredExtension { name, compile, .. } = declared;
    let interpreter = build.hook.target.interpreter;
    let since = since(declared.api, build)?;
    let (abi, added) = abi::of_extension(since, interpreter, project.options.limited_api);
    let spec = ExtensionSpec {
        sources: sources(project, compile)?,
        include_dirs: [compile.include_dirs.clone(), package.include_dirs].concat(),
        macros: [added, package.macros, compile.macros.clone()].concat(),
        library_dirs: [declared.library_dirs.clone(), package.library_dirs].concat(),
        libraries: [values(&compile.libraries), package.libraries].concat(),
        runtime_library_dirs: declared.runtime_library_dirs.clone(),
        extra_objects: declared.extra_objects.clone(),
        extra_compile_args: [package.extra_compile_args, values(&compile.extra_compile_args)]
            .concat(),
        extra_link_args: [package.extra_link_args, declared.extra_link_args.clone()].concat(),
        export_symbols: declared.export_symbols.clone(),
        depends: files(project, &compile.depends, "depends")?,
        language: declared.language,
        optional: declared.optional,
        ..ExtensionSpec::new(name.value.clone(), PYPROJECT, abi)
    };
    Ok(spec.with(&project.options))
}

/// The version from which on the sources of an extension use the limited API; `None`: they do not.
fn since(api: ExtensionApi, build: &Build) -> Result<Option<PythonVersion>> {
    match api {
        ExtensionApi::Full => Ok(None),
        ExtensionApi::Limited(Some(version)) => Ok(Some(version)),
        ExtensionApi::Limited(None) => {
            let floor = Floor::of(build.project);
            tags::least_python(build.hook.target.interpreter, &floor).map(Some)
        }
    }
}

fn library(declared: &DeclaredLibrary, build: &Build) -> Result<LibrarySpec> {
    let project = build.project;
    let DeclaredLibrary { name, compile, public_include_dirs, .. } = declared;
    let package = asked(compile, build, &name.value)?;
    Ok(LibrarySpec {
        archive: None,
        name: name.value.clone(),
        sources: sources(project, compile)?,
        include_dirs: [compile.include_dirs.clone(), package.include_dirs].concat(),
        public_include_dirs: public_include_dirs.clone(),
        macros: [package.macros, compile.macros.clone()].concat(),
        extra_compile_args: [package.extra_compile_args, values(&compile.extra_compile_args)]
            .concat(),
        depends: files(project, &compile.depends, "depends")?,
        libraries: [values(&compile.libraries), package.libraries].concat(),
        library_dirs: package.library_dirs,
        extra_link_args: package.extra_link_args,
        optional: false,
    })
}

/// The sources of a native part.
fn sources(project: &Project, compile: &DeclaredSources) -> Result<Vec<PathBuf>> {
    let sources = files(project, &compile.sources, "sources")?;
    for Spanned { value: flag, span } in &compile.extra_compile_args {
        let Some(language) = language_of_standard(flag) else { continue };
        let is_assembly = |source: &Path| {
            source.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("s"))
        };
        let is_other = |source: &&PathBuf| {
            Language::of_source(source).is_some_and(|own| own != language) && !is_assembly(source)
        };
        if let Some(other) = sources.iter().find(is_other) {
            let message = format!("`{flag}` is for {language}, and `{}` is not", other.display());
            return Err(Error::new(message)
                .at(&project.pyproject, span.clone())
                .note("the flags of a table are for all its sources")
                .hint("give the sources of the other language a static library of their own"));
        }
    }
    Ok(sources)
}

/// The language of which a flag names a standard: `-std=c++20`.
fn language_of_standard(flag: &str) -> Option<Language> {
    let standard = ["-std=", "--std=", "/std:", "-std:"];
    let standard = standard.iter().find_map(|begin| flag.strip_prefix(begin))?;
    match standard.strip_prefix("gnu").unwrap_or(standard) {
        cxx if cxx.starts_with("++") || cxx.starts_with("c++") => Some(Language::Cxx),
        _ => Some(Language::C),
    }
}

fn asked(compile: &DeclaredSources, build: &Build, part: &str) -> Result<PackageFlags> {
    let (root, pyproject) = (&build.project.root, &build.project.pyproject);
    pkg_config::ask(&compile.pkg_config, build.hook.environment, root, pyproject)
        .map_err(|error| error.note(format!("`{part}` asks for it")))
}

fn values(texts: &[Spanned<String>]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

fn refuse_circle(project: &Project, specs: &[LibrarySpec]) -> Result<()> {
    let Some(names) = libraries::circle(specs) else { return Ok(()) };
    let declared = &project.settings.native.libraries;
    let first = declared.iter().find(|library| library.name.value == names[0]);
    let place = first.map_or(0..0, |library| library.name.span.clone());
    let shown: Vec<String> =
        names.iter().chain(names.first()).map(|name| format!("`{name}`")).collect();
    Err(Error::new(format!("libraries need each other in a circle: {}", shown.join(" -> ")))
        .at(&project.pyproject, place)
        .hint("take one of these names out of the `libraries` of the one before it"))
}

/// Refuses an extension that has the name of a module, or of a Python file of the project:
/// which of them an import finds is no choice of anybody's.
fn refuse_taken_names(project: &Project, modules: &[Module]) -> Result<()> {
    let extensions = &project.settings.native.extensions;
    for Spanned { value, span } in extensions.iter().map(|one| &one.name) {
        let refused = |message: String| Error::new(message).at(&project.pyproject, span.clone());
        if modules.iter().any(|module| module.name() == value) {
            return Err(refused(format!("a builder makes a module `{value}` too"))
                .hint("give one of them another name"));
        }
        if let Some(file) = declared::rival(project, &project.settings, value.as_str()) {
            let file = file.display();
            return Err(refused(format!("`{file}` has the name of the extension `{value}`"))
                .note("an import finds one of them only")
                .hint("rename one of them"));
        }
    }
    Ok(())
}

impl Native {
    /// All that is to be linked: the extensions among the modules that builders made, then these.
    pub fn specs<'a>(&'a self, modules: &'a [Module]) -> Vec<&'a ExtensionSpec> {
        modules.iter().filter_map(Module::extension).chain(&self.extensions).collect()
    }

    /// Leaves out the libraries that nobody links, with a warning, and marks those that only
    /// optional modules link.
    fn keep_what_is_linked(&mut self, build: &Build, modules: &[Module]) {
        let specs = self.specs(modules);
        let links = |spec: &ExtensionSpec, library: usize| {
            libraries::linked(&spec.libraries, &self.libraries).contains(&library)
        };
        let mut kept = Vec::new();
        for (index, library) in self.libraries.iter().enumerate() {
            let users: Vec<&&ExtensionSpec> =
                specs.iter().filter(|spec| links(spec, index)).collect();
            if users.is_empty() {
                build.console().warning(&nobody_links(library, &specs));
                continue;
            }
            let optional = users.iter().all(|spec| spec.optional);
            kept.push(LibrarySpec { optional, ..library.clone() });
        }
        self.libraries = kept;
    }
}

fn nobody_links(library: &LibrarySpec, specs: &[&ExtensionSpec]) -> String {
    let names = specs.iter().flat_map(|spec| &spec.libraries).map(String::as_str);
    let name = &library.name;
    let guess = like(name, names).map(|near| format!(" (`{near}` is: was that meant?)"));
    let guess = guess.unwrap_or_default();
    match library.archive {
        Some(_) => format!(
            "the crate `{name}` is not linked{guess}: name it in the `libraries` of a builder or an \
             extension"
        ),
        None => format!(
            "the library `{name}` is not linked{guess}, so it is not built: name it in the \
             `libraries` of a builder or an extension"
        ),
    }
}

/// The name that is most like this one: with or without the `lib` of its file first.
fn like<'a>(name: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let bare = |name: &'a str| name.strip_prefix("lib").unwrap_or(name);
    let own = name.strip_prefix("lib").unwrap_or(name);
    let same = names.clone().find(|other| bare(other) == own && *other != name);
    same.or_else(|| nearest(name, names.filter(|other| *other != name)))
}

/// The error of a build whose linker did not find a library, where the project has one that is called
/// nearly so.
pub fn explained(error: Error, project: &Project) -> Error {
    let missing = advice::missing_libraries(error.parts().output.as_deref().unwrap_or_default());
    let native = &project.settings.native;
    let libraries = native.libraries.iter().map(|library| library.name.value.as_str());
    let crates = native.crates.iter().map(|one| one.name.as_str());
    let own = libraries.chain(crates).filter(|name| !name.is_empty());
    let meant = missing.iter().find_map(|name| Some((name, like(name, own.clone())?)));
    match meant {
        None => error,
        Some((name, own)) => error.without_hints().hint(format!(
            "the project's own library is called `{own}`: write \"{own}\", not \"{name}\""
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_known_with_and_without_its_lib() {
        for (name, expected) in
            [("q", Some("libq")), ("libz1", Some("z1")), ("tinny", Some("tiny")), ("m", None)]
        {
            assert_eq!(like(name, ["libq", "z1", "tiny"].into_iter()), expected, "{name}");
        }
    }
}

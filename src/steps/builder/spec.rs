//! A builder's answer -> a [`Module`] of the model. Pure.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::{
    Abi, ExtensionSpec, Interpreter, Language, LimitedApi, Macro, Module, ModuleName, PythonModule,
};
use crate::python::abi::{self, AbiContext, GlueAbi};
use crate::steps::builder::answer::{BuilderOutput, GeneratedModule, Mode};
use crate::steps::builder::arguments::{self, Arguments, Owner};
use crate::steps::builder::attached;

/// What is the same for every module of a project.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The interpreter that is built for.
    pub interpreter: &'a Interpreter,
    /// `tool.officina.limited-api`
    pub limited_api: LimitedApi,
    /// `ext-package`: the package that bare module names are put into.
    pub ext_package: Option<&'a str>,
}

/// A module, and what a person should hear about its arguments.
///
/// # Errors
/// Its name is not a module's name, or an argument of `set_source()` means nothing.
pub fn module(
    generated: &GeneratedModule,
    output: &BuilderOutput,
    builder: &str,
    rules: &Rules,
) -> Result<(Module, Vec<String>)> {
    let name = full_name(generated, builder, rules.ext_package)?;
    if generated.mode == Mode::Abi {
        let owner = Owner { module: name.as_str(), builder };
        let warnings = arguments::without_c(&generated.arguments, owner).into_iter().collect();
        let (path, builder) = (generated.path.clone(), builder.to_owned());
        return Ok((Module::Python(PythonModule { name, path, builder }), warnings));
    }
    check_source_extension(generated, builder)?;
    let mut raw = generated.arguments.clone();
    arguments::add(&mut raw, &generated.additions);
    let owner = Owner { module: name.as_str(), builder };
    let cleaned = arguments::clean(&raw, owner)?;
    let mut macros = cleaned.arguments.define_macros.clone();
    macros.extend(cleaned.arguments.undef_macros.iter().cloned());
    macros.extend(macros_among(&cleaned.arguments.extra_compile_args));
    let choice = abi::choose(&AbiContext {
        requested: cleaned.arguments.py_limited_api,
        macros: &macros,
        interpreter: rules.interpreter,
        generated: kind(generated, output),
        setting: rules.limited_api,
    });
    let mut spec = extension(name, &generated.path, builder, cleaned.arguments, choice);
    spec.environment = output.environment.clone();
    spec.attached = generated.attached.as_deref().map(attached::of);
    Ok((Module::Extension(Box::new(spec)), cleaned.warnings))
}

/// Puts cleaned arguments and the chosen ABI with its macros together.
pub fn extension(
    name: ModuleName,
    generated_source: &Path,
    builder: &str,
    arguments: Arguments,
    (abi, added): (Abi, Vec<Macro>),
) -> ExtensionSpec {
    ExtensionSpec {
        generated_source: Some(generated_source.to_owned()),
        sources: arguments.sources,
        include_dirs: arguments.include_dirs,
        macros: [arguments.define_macros, added, arguments.undef_macros].concat(),
        library_dirs: arguments.library_dirs,
        libraries: arguments.libraries,
        runtime_library_dirs: arguments.runtime_library_dirs,
        extra_objects: arguments.extra_objects,
        extra_compile_args: arguments.extra_compile_args,
        extra_link_args: arguments.extra_link_args,
        export_symbols: arguments.export_symbols,
        depends: arguments.depends,
        language: arguments.language,
        optional: arguments.optional,
        ..ExtensionSpec::new(name, builder, abi)
    }
}

/// Bare names go into `ext-package`, in both modes; dotted ones say where they belong.
fn full_name(
    module: &GeneratedModule,
    builder: &str,
    ext_package: Option<&str>,
) -> Result<ModuleName> {
    let full = match ext_package {
        Some(package) if !module.name.contains('.') => format!("{package}.{}", module.name),
        _ => module.name.clone(),
    };
    ModuleName::new(&full).ok_or_else(|| {
        Error::new(format!(
            "`{full}`, which `{}` in `{builder}` makes, is not the name of a module",
            module.object
        ))
        .hint("the first argument of `set_source()` is a dotted name, like `package._module`")
    })
}

fn check_source_extension(module: &GeneratedModule, builder: &str) -> Result<()> {
    let known =
        |extension: &str| Language::of_source(Path::new(&format!("x{extension}"))).is_some();
    match module.source_extension.as_str() {
        Some(extension) if known(extension) => Ok(()),
        _ => Err(Error::new(format!(
            "`source_extension` of `{}` in `{builder}` is `{}`, which is not C or C++",
            module.name,
            shown(&module.source_extension)
        ))
        .hint("it is \".c\" if nothing is said, and \".cpp\" for C++")),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn kind(module: &GeneratedModule, output: &BuilderOutput) -> GlueAbi {
    match (module.embedding, output.use_limited_api) {
        (true, _) => GlueAbi::ForEmbedding,
        (false, true) => GlueAbi::ForLimitedApi,
        (false, false) => GlueAbi::ForVersionOnly,
    }
}

/// Some builders define `Py_LIMITED_API` by a flag; it counts for the ABI all the same.
fn macros_among(flags: &[String]) -> Vec<Macro> {
    let one = |flag: &String| {
        flag.strip_prefix("-D").or_else(|| flag.strip_prefix("/D")).map(Macro::defined)
    };
    flags.iter().filter_map(one).collect()
}

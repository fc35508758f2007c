//! The step that reads a linked module back: whether it can be imported, and by which interpreters.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::binary::{InitFunction, LibraryCache, LinkCheckRequest, check_link, object_symbols};
use crate::engine::digest::{Digest, digest_of};
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result};
use crate::model::{Abi, BuildOptions, BuiltAbi, Environment, Target, WheelKind};
use crate::process::Cancel;
use crate::python::stable_abi;
use crate::steps::built_abi::{BuiltFrom, CompiledSource, built_abi};
use crate::steps::compile::Compile;
use crate::steps::compiled_api::{self, CompiledApi};
use crate::steps::context::{CompileContext, UndefinedSymbolPolicy};
use crate::steps::ids::step_id;
use crate::steps::prepared_module::{PreparedLibrary, PreparedModule, shown_source};

/// Variables that say where the check looks for libraries.
const SEARCH_VARIABLES: [&str; 3] = ["LD_LIBRARY_PATH", "LIBRARY_PATH", "LDFLAGS"];

/// Checks a linked module: whatever it needs is there. Answers with its [`BuiltAbi`].
pub struct Check<'a> {
    id: String,
    module: &'a PreparedModule,
    /// The compiles of its sources, in order.
    compiles: Vec<Compile<'a>>,
    /// The libraries of the project.
    archives: &'a [PreparedLibrary],
    /// The libraries that the checks of a build share.
    libraries: &'a LibraryCache,
    context: CompileContext<'a>,
}

/// What the check of a module answered.
pub fn found(answer: &str) -> Option<BuiltAbi> {
    serde_json::from_str(answer).ok()
}

impl<'a> Check<'a> {
    /// The check of a module.
    ///
    /// # Errors
    /// There is no compiler for one of its sources.
    pub fn of(
        module: &'a PreparedModule,
        archives: &'a [PreparedLibrary],
        libraries: &'a LibraryCache,
        context: &CompileContext<'a>,
    ) -> Result<Self> {
        let id = step_id("check", &module.target.file, context);
        let sources = &module.sources;
        let compile = |unit| Compile::of(unit, module.target.spec.compile(), sources, context);
        let compiles = sources.units.iter().map(compile).collect::<Result<_>>()?;
        Ok(Check { id, module, compiles, archives, libraries, context: *context })
    }

    /// Who calls `ffi.compile()` or `ffi.verify()` may load the file in a way of their own.
    fn init(&self) -> InitFunction {
        let is_module = self.module.target.spec.abi != Abi::Embedding;
        match self.context.undefined {
            UndefinedSymbolPolicy::Refuse if is_module => InitFunction::Required,
            UndefinedSymbolPolicy::Refuse | UndefinedSymbolPolicy::Warn => InitFunction::Optional,
        }
    }

    /// An editable install uses the libraries where they are.
    fn bundling(&self) -> Option<&BuildOptions> {
        (self.context.kind == WheelKind::Standard).then_some(self.context.options)
    }

    /// Which interpreters may load the module, which takes these names from them; and what was read
    /// to find that out, besides what the compilers say that they read.
    fn built_abi(
        &self,
        python_names: &[String],
        cancel: &Cancel,
    ) -> Result<(BuiltAbi, BTreeSet<Input>)> {
        let spec = &self.module.target.spec;
        let used = stable_abi::used(python_names.iter().map(String::as_str));
        let mut sources = Vec::with_capacity(self.compiles.len());
        let mut read = BTreeSet::new();
        for (unit, compile) in self.module.sources.units.iter().zip(&self.compiles) {
            let files = compile.files_read().unwrap_or_default();
            let generated = Some(&unit.source) == spec.generated_source.as_ref();
            let mut api = compiled_api::of(files.iter().map(PathBuf::as_path));
            // Few include `Python.h` by themselves: only they cost another run of the compiler.
            let may_be_limited = spec.abi != Abi::Version && used.others.is_empty() && !generated;
            if may_be_limited && api == Some(CompiledApi::Whole) {
                read.extend(files.into_iter().map(Input::File));
                if compile.uses_limited_api(cancel)? {
                    api = Some(CompiledApi::Limited { since: None });
                }
            }
            let shown = shown_source(&unit.source, &self.context);
            sources.push(CompiledSource { shown, generated, api });
        }
        let built = built_abi(&BuiltFrom {
            spec,
            interpreter: self.context.target.interpreter,
            setting: self.context.options.limited_api,
            sources: &sources,
            used: &used,
            user: &|symbol| self.user(symbol),
        })?;
        Ok((built, read))
    }

    /// The file that the module was linked from and that uses a symbol, as messages call it.
    fn user(&self, symbol: &str) -> Option<String> {
        let root = self.context.paths.root;
        let uses =
            |file: &Path| object_symbols::of_object(&root.join(file)).undefined.contains(symbol);
        let compiled = self.module.sources.units.iter().find(|unit| uses(&unit.object));
        let compiled = compiled.map(|unit| shown_source(&unit.source, &self.context));
        let given = || self.module.target.spec.extra_objects.iter().find(|object| uses(object));
        let user = compiled.or_else(|| Some(given()?.display().to_string()))?;
        Some(format!("`{user}`"))
    }
}

impl Step for Check<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        let spec = &self.module.target.spec;
        let undefined = format!("{:?}", self.context.undefined);
        let init = self.init();
        let abi = format!("{:?} {:?}", spec.abi, self.context.options.limited_api);
        let allowed =
            format!("{:?} {:?}", spec.extra_link_args, self.context.options.allow_undefined);
        let bundled = self.bundling().map(|options| (&options.bundle, &options.bundle_exclude));
        let bundled =
            bundled.map(|(bundle, exclude)| (bundle.as_ref().map(|one| &one.value), exclude));
        let bundled = format!("{bundled:?}");
        let folders = (&spec.library_dirs, &spec.runtime_library_dirs);
        let spec = format!("{folders:?} {:?} {init:?}", spec.extra_objects);
        let Target { interpreter, sysconfig } = self.context.target;
        let interpreter = format!("{interpreter:?} {:?}", sysconfig.cross);
        digest_of(
            [undefined, allowed, spec, abi, interpreter, bundled].iter().map(String::as_bytes),
        )
    }

    fn environment(&self) -> &Environment {
        &self.module.sources.environment
    }

    fn run(&self, cancel: &Cancel) -> Result<Ran> {
        let target = &self.module.target;
        let of_libraries = self.module.libraries.iter();
        let of_libraries = of_libraries.flat_map(|index| &self.archives[*index].sources.units);
        let units = self.module.sources.units.iter().chain(of_libraries);
        let objects: Vec<(PathBuf, PathBuf)> =
            units.map(|unit| (unit.object.clone(), unit.source.clone())).collect();
        let own = self.module.libraries.iter().map(|index| &self.archives[*index]);
        let own_libraries: Vec<(String, Vec<PathBuf>)> = own
            .map(|library| {
                let objects = library.sources.units.iter().map(|unit| unit.object.clone());
                (library.spec.name.clone(), objects.collect())
            })
            .collect();
        let libraries = self.module.libraries.iter().map(|index| &self.archives[*index].spec);
        let crates = libraries.filter_map(|library| library.archive.as_ref());
        let root = self.context.paths.root;
        let crates: Vec<PathBuf> = crates.map(|made| root.join(&made.folder)).collect();
        let check = check_link(&LinkCheckRequest {
            extension: &target.file,
            own_libraries: &own_libraries,
            crates: &crates,
            objects: &objects,
            spec: &target.spec,
            target: self.context.target,
            environment: &self.module.sources.environment,
            root: self.context.paths.root,
            init: self.init(),
            allow_undefined: &self.context.options.allow_undefined,
            bundling: self.bundling(),
            libraries: self.libraries,
        });
        let read = check.reads.into_iter().map(Input::File);
        let mut read: BTreeSet<Input> =
            read.chain(check.absent.into_iter().map(Input::Path)).collect();
        if self.context.undefined == UndefinedSymbolPolicy::Warn {
            let warnings = check.verdict.unwrap_or_else(|error| vec![error.to_string()]);
            return Ok(Ran { warnings, read, ..Ran::default() });
        }
        let warnings = check.verdict?;
        let (built, more) = self.built_abi(&check.python_names, cancel)?;
        read.extend(more);
        let failed = |e| Error::new(format!("cannot write down an ABI: {e}"));
        let answer = serde_json::to_string(&built).map_err(failed)?;
        Ok(Ran { warnings, answer, read, ..Ran::default() })
    }

    fn inputs(&self, ran: &Ran) -> BTreeSet<Input> {
        let own = self.module.target.file.clone();
        let listed = self.compiles.iter().filter_map(Compile::dep_file);
        let files = std::iter::once(own).chain(listed).map(Input::File);
        let variables = SEARCH_VARIABLES.map(|name| Input::Variable(name.to_owned()));
        ran.read.iter().cloned().chain(files).chain(variables).collect()
    }
}

//! What is known of a module before a compiler runs: its units, its toolchain, its environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::model::Environment;
use crate::model::{Extension, ExtensionSpec, StepKind, Work};
use crate::report;
use crate::steps::compile_line;
use crate::steps::compile_line::TranslationUnit;
use crate::steps::steps::Shop;
use crate::steps::{COMPILER, sources};
use crate::toolchain::variables::{Role, having};
use crate::toolchain::{self, Toolchain, ToolchainRequest};

/// A module that is to be made, and where.
pub(super) struct Wanted {
    pub spec: ExtensionSpec,
    pub target: PathBuf,
    pub wheel_path: String,
}

impl Wanted {
    pub fn extension(&self) -> Extension {
        Extension {
            name: self.spec.name.clone(),
            path: self.target.clone(),
            wheel_path: self.wheel_path.clone(),
            abi: self.spec.abi,
        }
    }
}

/// A module of which everything is known that its compiler and linker lines are made of.
pub(super) struct Prepared {
    pub wanted: Wanted,
    pub units: Vec<compile_line::TranslationUnit>,
    pub toolchain: Arc<Toolchain>,
    pub environment: Environment,
}

/// What the modules of a build need to be prepared.
pub(super) struct Preparing<'a> {
    pub shop: Shop<'a>,
    known: Mutex<BTreeMap<Vec<Option<OsString>>, Arc<Toolchain>>>,
}

impl<'a> Preparing<'a> {
    /// Nothing is looked for before the first module comes.
    pub fn new(shop: Shop<'a>) -> Self {
        Preparing { shop, known: Mutex::default() }
    }

    /// Everything that can be known to fail before a compiler runs fails here. A module that fails is
    /// given back.
    pub fn prepare(&self, wanted: Wanted) -> Result<Prepared, Box<(Wanted, Error)>> {
        match self.found(&wanted.spec) {
            Ok((units, toolchain, environment)) => {
                Ok(Prepared { wanted, units, toolchain, environment })
            }
            Err(error) => Err(Box::new((wanted, error))),
        }
    }

    fn found(
        &self,
        spec: &ExtensionSpec,
    ) -> Result<(Vec<TranslationUnit>, Arc<Toolchain>, Environment)> {
        let shop = &self.shop;
        let build = shop.build;
        let sources = sources::sources(spec, shop.places)?;
        let mut environment = build.environment.with(&spec.environment);
        let toolchain = self.toolchain_for(&environment)?;
        toolchain::sanitizers::check(toolchain.family, &build.options.sanitizers)?;
        if cfg!(windows) {
            // There `Path` and `PATH` are one variable, and the toolchain's has to win.
            let is_new =
                |name: &OsStr| toolchain.environment.keys().any(|k| k.eq_ignore_ascii_case(name));
            environment.0.retain(|name, _| !is_new(name));
        }
        environment.0.extend(toolchain.environment.clone());
        // Compilers write `PWD` into debug information where it fits, or else what they find.
        environment.0.insert("PWD".into(), build.root.into());
        sources::python_headers(spec, &shop.build, &toolchain, &environment)?;
        let units: Vec<TranslationUnit> = sources
            .into_iter()
            .map(|(source, language)| {
                let object =
                    compile_line::object_path(&source, spec, toolchain.family, &shop.places);
                let tells_places =
                    source == spec.generated_source && sources::tells_places(&source, &shop.places);
                TranslationUnit { source, object, language, tells_places }
            })
            .collect();
        for language in units.iter().map(|unit| unit.language).chain(spec.language) {
            toolchain.commands(language)?;
        }
        Ok((units, toolchain, environment))
    }

    /// Builders may change the environment; where they leave alone what decides about the toolchain,
    /// it is looked for once.
    fn toolchain_for(&self, environment: &Environment) -> Result<Arc<Toolchain>> {
        let build = self.shop.build;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let variable = |name: &str| environment.0.get(OsStr::new(name)).cloned();
        let key: Vec<Option<OsString>> = having(Role::Toolchain).map(variable).collect();
        if let Some(found) = known.get(&key) {
            return Ok(Arc::clone(found));
        }
        let under_way = report::begin(Work::new(StepKind::Find, COMPILER));
        let found = Arc::new(toolchain::find(&ToolchainRequest {
            interpreter: build.interpreter,
            sysconfig: build.sysconfig,
            environment,
            profile: build.options.profile,
            launcher: build.options.compiler_launcher.as_ref(),
            directory: build.root,
        })?);
        under_way.done();
        found.warnings.iter().for_each(|warning| build.console.warning(warning));
        known.insert(key, Arc::clone(&found));
        Ok(found)
    }
}

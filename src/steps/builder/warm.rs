//! Where builders run: in processes forked from one that has imported cffi; where there is no
//! forking, each in a Python of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::process::{self, Finished, Invocation, Output, forks::Forks};
use crate::steps::builder::BuilderContext;

/// The means to run builders. Nothing is started before the first of them runs.
pub struct Warm<'a> {
    /// What they run with.
    pub context: &'a BuilderContext<'a>,
    forks: Mutex<Option<Arc<Forks>>>,
}

impl<'a> Warm<'a> {
    /// The means, cold.
    pub fn new(context: &'a BuilderContext<'a>) -> Self {
        Warm { context, forks: Mutex::new(None) }
    }

    /// Runs what a control folder says to its end. What it says goes into `words`, which lies in that
    /// folder, or else straight to stderr.
    ///
    /// # Errors
    /// Python cannot be started, or the user interrupted the build.
    pub fn run(&self, control: &Path, words: Option<&File>) -> Result<Finished> {
        if cfg!(unix) {
            let status = self.forks()?.run(control)?;
            return Ok(Finished { status, output: String::new() });
        }
        let generator = self.context.runtime.generator.as_os_str();
        let invocation = self.python([generator, control.as_os_str()].map(OsString::from).to_vec());
        self.context.console.command(&invocation.command_line());
        match words {
            Some(words) => process::run_into(&invocation, words),
            None => process::run(&invocation, Output::Inherited),
        }
    }

    fn forks(&self) -> Result<Arc<Forks>> {
        let mut forks = self.forks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(forks) = &*forks {
            return Ok(Arc::clone(forks));
        }
        let runtime = self.context.runtime;
        let started = Arc::new(if runtime.forks {
            Forks::at_our_streams()
        } else {
            let program = runtime.generator.with_file_name("_builders.py");
            let invocation = self.python(vec![program.into()]);
            self.context.console.command(&invocation.command_line());
            Forks::start(&invocation)?
        });
        *forks = Some(Arc::clone(&started));
        Ok(started)
    }

    fn python(&self, arguments: Vec<OsString>) -> Invocation {
        // -u: what it prints arrives in order, even if it crashes. -B: no __pycache__ in the project.
        let options = ["-u", "-B"].map(OsString::from).into_iter();
        Invocation {
            program: self.context.rules.interpreter.executable.clone().into(),
            arguments: options.chain(arguments).collect(),
            directory: self.context.root.to_owned(),
            // A builder may import what an editable install has to rebuild: this very project.
            environment: self.context.environment.with(&BTreeMap::from([(
                "OFFICINA_EDITABLE_REBUILD".to_owned(),
                Some("false".to_owned()),
            )])),
        }
    }
}

//! The step that links the objects of a module.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::engine::digest::Digest;
use crate::engine::input::Input;
use crate::engine::step::{Ran, Step};
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{Environment, ExtensionSpec, PYPROJECT, Sysconfig};
use crate::process::Cancel;
use crate::report::advice;
use crate::steps::context::CompileContext;
use crate::steps::ids::step_id;
use crate::steps::link_inputs::{LibraryFolders, named_files, stands_for_others};
use crate::steps::link_line::{self, LinkLine, link_args, link_language};
use crate::steps::linker_report::{LinkerReport, ReportForm};
use crate::steps::missing_file;
use crate::steps::prepared_module::{PreparedLibrary, PreparedModule};
use crate::steps::target_links;
use crate::steps::text_origin;
use crate::steps::tool_run::{Asking, Succeeded, ToolRun, advised};
use crate::toolchain::command_line;

/// Links a module.
pub struct Link<'a> {
    id: String,
    line: LinkLine<'a>,
    run: ToolRun<'a>,
    module: &'a PreparedModule,
    context: CompileContext<'a>,
}

impl<'a> Link<'a> {
    /// The link of a module.
    ///
    /// # Errors
    /// There is no compiler for the language that it is linked as.
    pub fn of(
        module: &'a PreparedModule,
        libraries: &'a [PreparedLibrary],
        context: &CompileContext<'a>,
    ) -> Result<Self> {
        let spec = &module.target.spec;
        let sources = &module.sources;
        let of_libraries =
            module.libraries.iter().flat_map(|index| &libraries[*index].sources.units);
        let units = sources.units.iter().chain(of_libraries);
        let line = LinkLine {
            spec,
            units: &sources.units,
            archives: &module.archives,
            file: &module.target.file,
            toolchain: &sources.toolchain,
            commands: sources.toolchain.commands(link_language(spec, units))?,
            target: context.target,
            paths: context.paths,
            options: context.options,
        };
        let args = link_args(&line);
        let args = match &context.target.sysconfig.cross {
            // zig brings the libraries of the system along.
            Some(cross) if !command_line::is_zig(&line.commands.link.driver) => {
                target_links::followed(args, cross, context.paths.root)
            }
            _ => args,
        };
        let run = ToolRun {
            command: &line.commands.link,
            args,
            family: sources.toolchain.family,
            helpers: if sources.toolchain.family.is_msvc() { &[] } else { &["ld"] },
            environment: &sources.environment,
            directory: context.paths.root,
            response_file: context.paths.objects_of(spec.name.as_str()).join("link.rsp"),
            doing: format!("linking `{}`", spec.name),
        };
        let id = step_id("link", &module.target.file, context);
        Ok(Link { id, line, run, module, context: *context })
    }

    /// The whole command, as it would be typed.
    pub fn command(&self) -> Vec<OsString> {
        self.run.words()
    }

    /// How the linker tells what it reads, where it can be asked. On Windows it cannot, and zig's
    /// takes few of the words of others.
    fn report_form(&self) -> Option<ReportForm> {
        let interpreter = self.context.target.interpreter;
        let is_asked = !self.run.family.is_msvc()
            && !interpreter.is_windows()
            && !command_line::is_zig(&self.line.commands.link.driver);
        let form = if interpreter.is_macos() { ReportForm::Apple } else { ReportForm::Make };
        is_asked.then_some(form)
    }

    fn report_file(&self) -> PathBuf {
        self.context.paths.objects_of(self.line.spec.name.as_str()).join("link.d")
    }

    /// Links, and returns what the linker says it read, if it does.
    fn link(&self, cancel: &Cancel) -> Result<(Succeeded, Option<LinkerReport>)> {
        let (file, console) = (&self.module.target.file, self.context.console);
        let explained = |error| located(advised(error), self.line.spec, self.context.paths.root);
        let Some(form) = self.report_form() else {
            return Ok((self.run.run(file, console, cancel).map_err(explained)?, None));
        };
        let report = self.report_file();
        fs::create_parent(&report)?;
        fs::remove_if_there(&report)?;
        let plain = self.run.args.clone();
        let words = form.question(&self.context.paths.in_command(&report));
        let asking = plain.iter().cloned().chain(words).collect();
        let question = Asking { asking, plain, refusals: form.refusals() };
        let done = self.run.run_asking(&question, file, console, cancel).map_err(explained)?;
        Ok((done, form.read(&report, self.context.paths.root)))
    }

    /// What the link read or looked for, besides its objects. What the linker tells is the truth; its
    /// words tell where it looked in vain, and all where it tells nothing.
    fn read(&self, report: Option<LinkerReport>) -> BTreeSet<Input> {
        let words = self.run.words();
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        let root = self.context.paths.root;
        let listed = self.run.environment.0.get(OsStr::new("LIBRARY_PATH"));
        let listed = listed.filter(|list| !list.is_empty()).into_iter();
        let environment = listed.flat_map(std::env::split_paths).map(|path| root.join(path));
        let folders = LibraryFolders {
            environment: environment.collect(),
            system: system_folders(self.context.target.sysconfig),
        };
        let told = report.as_ref().map(|report| report.read.clone()).unwrap_or_default();
        let named = named_files(&words.collect::<Vec<_>>(), root, &folders, &told);
        let is_system =
            |file: &PathBuf| folders.system.iter().any(|folder| file.starts_with(folder));
        let mut inputs: BTreeSet<Input> = named.files.iter().cloned().map(Input::File).collect();
        match report {
            Some(LinkerReport { read, absent }) => {
                let looked_for = named.libraries.into_iter().filter(|path| !read.contains(path));
                inputs.extend(looked_for.chain(absent).map(Input::Path));
                inputs.extend(read.into_iter().map(Input::File));
            }
            None => {
                let mut own = named.files.iter().chain(&named.libraries);
                if own.any(|file| !is_system(file) && stands_for_others(file)) {
                    let why = "its linker does not tell which files a library stands for";
                    inputs.insert(Input::Unknown(why.into()));
                }
                inputs.extend(named.libraries.into_iter().map(Input::File));
            }
        }
        inputs
    }
}

impl Step for Link<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Digest {
        self.run.key(self.context.cache.paths(), &[])
    }

    fn environment(&self) -> &Environment {
        self.run.environment
    }

    fn run(&self, cancel: &Cancel) -> Result<Ran> {
        let target = &self.module.target;
        let mut warnings = Vec::new();
        if self.context.target.interpreter.is_windows()
            && !target.spec.runtime_library_dirs.is_empty()
        {
            let name = &target.spec.name;
            warnings.push(format!(
                "`runtime_library_dirs` of `{name}` has no effect: Windows knows no run path"
            ));
        }
        fs::create_parent(&target.file)?;
        if let Some((file, text)) = link_line::export_list(&self.line) {
            fs::write_text(&file, &text)?;
        }
        let root = self.context.paths.root;
        let explained = |error| missing_file::object(error, &target.spec, root);
        let (done, report) = self.link(cancel).map_err(explained)?;
        Ok(Ran {
            outputs: [target.file.clone()].into(),
            output: done.output,
            warnings,
            read: self.read(report),
            took: Some(done.took),
            ..Ran::default()
        })
    }

    fn inputs(&self, ran: &Ran) -> BTreeSet<Input> {
        let objects = self.module.sources.units.iter().map(|unit| unit.object.clone());
        let archives = self.module.archives.iter().cloned();
        let root = self.context.paths.root;
        let named = self.module.target.spec.extra_objects.iter().map(|file| root.join(file));
        let files = objects.chain(archives).chain(named).map(Input::File);
        self.run.inputs().into_iter().chain(files).chain(ran.read.clone()).collect()
    }
}

/// The error of a link at the place that names a library which is not found.
fn located(error: Error, spec: &ExtensionSpec, root: &Path) -> Error {
    let missing = advice::missing_libraries(error.parts().output.as_deref().unwrap_or_default());
    let builder = |name: &String| text_origin::of_word(name, &spec.declared_in, root);
    let setting = |name: &String| text_origin::of_item(name, "libraries", PYPROJECT, root);
    let place = missing.iter().find_map(|name| {
        let is_declared = spec.declared_in == PYPROJECT;
        let in_builder = (!is_declared).then(|| builder(name)).flatten();
        in_builder.or_else(|| setting(name))
    });
    match place {
        Some((source, span)) => error.at(&source, span),
        None => error,
    }
}

/// The folders of the system that modules are for.
fn system_folders(sysconfig: &Sysconfig) -> Vec<PathBuf> {
    if let Some(cross) = &sysconfig.cross {
        return cross.library_dirs.clone();
    }
    let soabi = sysconfig.soabi.as_deref().unwrap_or_default();
    let multiarch = soabi.splitn(3, '-').nth(2).unwrap_or_default();
    let roots = ["/usr/local/lib", "/usr/lib", "/lib", "/usr/local/lib64", "/usr/lib64", "/lib64"];
    roots.iter().flat_map(|root| [Path::new(root).join(multiarch), PathBuf::from(root)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CrossTarget, Interpreter, PythonVersion};

    #[test]
    fn the_system_is_that_of_the_target() {
        let soabi = Some("cpython-311-x86_64-linux-gnu".to_owned());
        let own = Sysconfig { soabi, ..Sysconfig::default() };
        let folders = system_folders(&own);
        assert!(folders.contains(&"/usr/lib/x86_64-linux-gnu".into()), "{folders:?}");
        let host = Interpreter::cpython(PythonVersion(3, 11), "linux-x86_64");
        let there = vec![PathBuf::from("/srv/arm64/usr/lib")];
        for library_dirs in [there, Vec::new()] {
            let cross = CrossTarget {
                library_dirs: library_dirs.clone(),
                ..CrossTarget::nowhere("aarch64-linux-gnu", host.clone())
            };
            let aimed = Sysconfig { cross: Some(Box::new(cross)), ..own.clone() };
            assert_eq!(system_folders(&aimed), library_dirs);
        }
    }
}

//! The step that runs commands of the project's own, before any builder does.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::engine::digest::{Digest, digest_of};
use crate::engine::file_stat::FileStat;
use crate::engine::input::Input;
use crate::engine::jobserver::Jobs;
use crate::engine::relocatable_paths::RelocatablePaths;
use crate::engine::step::{Ran, Step};
use crate::error::{Ending, Error, Result};
use crate::fs;
use crate::model::{Environment, Location};
use crate::process::{self, Cancel, Invocation, Output};
use crate::report::{Console, advice};
use crate::steps::context::CompileContext;
use crate::steps::filled_folder::FilledFolder;
use crate::steps::shared_jobs::with_jobs;
use crate::toolchain::ToolCommand;
use crate::toolchain::variables::kept_for_rebuilds;

/// Runs the commands of one table of `[[tool.officina.steps]]`.
pub struct RunCommands<'a> {
    /// Its id in the cache.
    pub id: String,
    /// The name of the table.
    pub name: &'a str,
    /// Its place in `pyproject.toml`.
    pub place: Location,
    /// The commands, complete.
    pub commands: Vec<Vec<String>>,
    /// Where they run.
    pub directory: PathBuf,
    /// What they see.
    pub environment: Environment,
    /// What decides how they run besides their words: variables that we set, with their values.
    pub settings: Vec<String>,
    /// The files that they read, sorted; `None`: nobody said which.
    pub inputs: Option<Vec<PathBuf>>,
    /// The folder that is kept for them.
    pub folder: PathBuf,
    /// The folders in it that modules are compiled with.
    pub provides: Vec<PathBuf>,
    /// The project root.
    pub root: &'a Path,
    /// Looks at the source tree.
    pub tree: &'a (dyn SourceTree + 'a),
    /// The folders whose names change between builds.
    pub paths: &'a RelocatablePaths,
    /// What the programs that it runs share with ours.
    pub jobs: &'a Jobs,
    /// Where progress is told.
    pub console: Console,
}

/// The compilers, for whoever asks the environment for them: `configure`, make, cmake. What the user
/// has set stays. The flags make position-independent code, which goes into a module.
///
/// # Errors
/// There is no C compiler.
pub fn exported(context: &CompileContext) -> Result<BTreeMap<String, Option<String>>> {
    let environment = context.environment;
    let toolchain = context.toolchain(environment)?;
    let words = |words: &[String]| shlex::try_join(words.iter().map(String::as_str)).ok();
    let driver = |command: &ToolCommand| words(&command.starting().cloned().collect::<Vec<_>>());
    let flags = |command: &ToolCommand| words(&command.flags);
    let cxx = toolchain.cxx.as_ref().map(|commands| &commands.compile);
    let all = [
        ("AR", driver(&toolchain.archive)),
        ("CC", driver(&toolchain.c.compile)),
        ("CFLAGS", flags(&toolchain.c.compile)),
        ("CXX", cxx.and_then(driver)),
        ("CXXFLAGS", cxx.and_then(flags)),
    ];
    let is_flags = |name: &str| name.ends_with("FLAGS");
    Ok(all
        .into_iter()
        .filter(|(name, _)| is_flags(name) || environment.text(name).is_none())
        .filter_map(|(name, value)| Some((name.to_owned(), Some(value?))))
        .collect())
}

/// What a command may have changed in the source tree.
pub trait SourceTree: Sync {
    /// Every file, with what the file system says of it.
    ///
    /// # Errors
    /// It cannot be read.
    fn files(&self) -> Result<BTreeMap<String, FileStat>>;

    /// The files that the globs of `outputs` match.
    ///
    /// # Errors
    /// A glob matches nothing.
    fn outputs(&self) -> Result<Vec<String>>;
}

impl RunCommands<'_> {
    /// How the name of the file ends that says that a step's folder is whole.
    pub const FILLED: &'static str = ".key";

    /// The id in the cache of the step of this name.
    pub fn id_of(name: &str) -> String {
        format!("command {name}")
    }

    /// The file that says with which key the folder was filled, while that is complete.
    fn filled(&self) -> PathBuf {
        let mut path = self.folder.clone();
        path.as_mut_os_string().push(Self::FILLED);
        path
    }

    /// Empties the folder, unless it can be built upon: then the commands find what they made, and
    /// make only what is new.
    fn prepare(&self, filled: &FilledFolder) -> Result<()> {
        let is_kept = filled.can_be_built_upon();
        fs::remove_if_there(&filled.file)?;
        if !is_kept {
            fs::remove_folder(&self.folder)?;
        }
        fs::create_dir(&self.folder)
    }

    fn run_one(&self, words: &[String], environment: &Environment, cancel: &Cancel) -> Result<()> {
        let [program, arguments @ ..] = words else { return Ok(()) };
        let invocation = Invocation {
            program: program.into(),
            arguments: arguments.iter().map(Into::into).collect(),
            directory: self.directory.clone(),
            environment: environment.clone(),
        };
        self.console.command(&invocation.command_line());
        let finished = process::run_cancellable(&invocation, Output::Inherited, cancel)
            .map_err(|error| self.cannot_start(error, program))?;
        if finished.status.success() {
            return Ok(());
        }
        let name = self.name;
        let ending = finished.ending();
        let error = self
            .error(format!("the step `{name}` failed: `{program}` ended with {ending}"))
            .note(format!("the command was: {}", invocation.command_line()))
            .note(format!("it ran in {}", self.directory.display()))
            .hint("what it said stands above");
        Err(misplaced(words, &self.directory, self.root).into_iter().fold(error, Error::hint))
    }

    fn cannot_start(&self, error: Error, program: &str) -> Error {
        if error.parts().ending == Ending::Interrupted {
            return error;
        }
        let hints = advice::for_output(&format!("{program}: command not found"));
        let said = self.error(format!("the step `{}` cannot start `{program}`", self.name));
        let said = said.note(error.to_string());
        let name = [program.to_owned()];
        if let Some(hint) = misplaced(&name, &self.directory, self.root) {
            return said.hint(hint);
        }
        match hints.is_empty() {
            true => said.hint(format!("install `{program}`, or correct the command")),
            false => hints.into_iter().fold(said, Error::hint),
        }
    }

    /// What the commands made, if they made what they have to and nothing else.
    fn outputs(&self, before: &BTreeMap<String, FileStat>) -> Result<BTreeSet<PathBuf>> {
        let name = self.name;
        let declared = self.tree.outputs()?;
        let after = self.tree.files()?;
        let is_declared = |path: &&String| declared.contains(path);
        let written = |stat: &FileStat| (stat.size, stat.modified);
        let is_same = |path, now: &FileStat| before.get(path).map(written) == Some(written(now));
        let changed = after.iter().filter(|(path, stat)| !is_same(*path, stat));
        let strangers: Vec<&String> =
            changed.map(|(path, _)| path).filter(|path| !is_declared(path)).collect();
        if let Some(first) = strangers.first() {
            let (path, more) = (first, strangers.len() - 1);
            let error = format!("the step `{name}` wrote `{path}`, which is none of its `outputs`");
            let error = match more {
                0 => self.error(error),
                1 => self.error(error).note("one more such file changed while it ran"),
                _ => self.error(error).note(format!("{more} more such files changed while it ran")),
            };
            return Err(error
                .hint("let it work in its own folder, `{build}`")
                .hint(format!("or declare what it makes: `outputs = [\"{path}\"]`")));
        }
        if let Some(folder) = self.provides.iter().find(|folder| !folder.is_dir()) {
            let folder = folder.strip_prefix(&self.folder).unwrap_or(folder).display();
            return Err(self
                .error(format!("the step `{name}` made no folder `{folder}`, which it `provides`"))
                .note(format!("its folder is {}", self.folder.display())));
        }
        let in_tree = declared.into_iter().map(|path| self.root.join(path));
        let provided = self.provides.iter().flat_map(|folder| fs::files_below(folder));
        Ok(in_tree.chain(provided).collect())
    }

    fn error(&self, message: String) -> Error {
        Error::new(message).at(&self.place.source, self.place.span.clone())
    }
}

/// The hint for a word that means something to a shell, or a file of the project that the command looks for
/// in the folder where it runs.
fn misplaced(words: &[String], directory: &Path, root: &Path) -> Option<String> {
    if let Some(sign) =
        words.iter().find(|word| ["&&", "||", ";", "|", ">"].contains(&word.as_str()))
    {
        return Some(format!(
            "no shell reads a command, so `{sign}` is a word for the program: write two commands, or \
             `[\"sh\", \"-c\", \"...\"]`"
        ));
    }
    let is_meant = |word: &&String| {
        let path = Path::new(word.as_str());
        !word.is_empty()
            && path.is_relative()
            && !directory.join(path).exists()
            && root.join(path).is_file()
    };
    let file = words.iter().find(is_meant)?;
    Some(format!("a step runs in a folder of its own: the project's file is `{{root}}/{file}`"))
}

impl Step for RunCommands<'_> {
    fn id(&self) -> &str {
        &self.id
    }

    /// Where the folder lies counts: what the commands make may name it. So do the variables that
    /// `configure`, make and compilers read.
    fn key(&self) -> Digest {
        let value = |name| self.environment.0.get(OsStr::new(name));
        let read = kept_for_rebuilds().map(|name| format!("{name}={:?}", value(name)));
        let settings: Vec<String> = self.settings.iter().cloned().chain(read).collect();
        let words = self.commands.iter().flatten().chain(&settings);
        let mut words: Vec<String> = words.map(|word| self.paths.stored_word(word)).collect();
        words.push(self.folder.display().to_string());
        let inputs = self.inputs.iter().flatten();
        let names = inputs.map(|path| path.strip_prefix(self.root).unwrap_or(path));
        let names = names.map(|path| path.as_os_str().as_encoded_bytes());
        digest_of(words.iter().map(String::as_bytes).chain(names))
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, cancel: &Cancel) -> Result<Ran> {
        let begun = Instant::now();
        let (key, inputs) = (self.key(), self.inputs.as_deref().unwrap_or_default());
        let filled = FilledFolder { file: self.filled(), key: &key, inputs };
        let text = filled.text();
        self.prepare(&filled)?;
        let before = self.tree.files()?;
        let environment = with_jobs(self.jobs, &self.environment, &self.directory);
        self.commands.iter().try_for_each(|words| self.run_one(words, &environment, cancel))?;
        let outputs = self.outputs(&before)?;
        filled.write(&text)?;
        Ok(Ran { outputs, took: Some(begun.elapsed()), ..Ran::default() })
    }

    fn inputs(&self, _ran: &Ran) -> BTreeSet<Input> {
        match &self.inputs {
            Some(files) => files.iter().cloned().map(Input::File).collect(),
            None => {
                let why = format!("the step `{}` declares no `inputs`", self.name);
                [Input::Unknown(why)].into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_and_files_of_the_project_are_told() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("build");
        for folder in ["tools", "build/tools"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for file in ["tools/gen.py", "tools/both.py", "build/tools/both.py"] {
            std::fs::write(root.path().join(file), "").unwrap();
        }
        let table: [(&[&str], Option<&str>); 6] = [
            (&["make", "&&", "make", "install"], Some("`&&` is a word for the program")),
            (&["sed", "s/a/b/", "a", ">", "b"], Some("`>` is a word for the program")),
            (&["python", "tools/gen.py"], Some("`{root}/tools/gen.py`")),
            (&["python", "tools/both.py", "tools", ""], None),
            (&["sh", "-c", "make && make install"], None),
            (&["python", "/tools/gen.py"], None),
        ];
        for (words, expected) in table {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let hint = misplaced(&words, &own, root.path());
            assert_eq!(hint.is_some(), expected.is_some(), "{words:?}");
            assert!(hint.unwrap_or_default().contains(expected.unwrap_or_default()), "{words:?}");
        }
    }
}

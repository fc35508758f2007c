//! Commands of GCC-like compilers, put together from sysconfig and the environment. Pure.
//!
//! Who replaces whom follows `configure_system` of setuptools' Unix compiler: `CFLAGS` replaces
//! sysconfig's flags for C, `CXXFLAGS` those for C++ (which `CFLAGS` leaves alone), `CPPFLAGS` and
//! `LDFLAGS` are appended, and linking gets the user's compile flags as well.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::error::Result;
use crate::model::{Environment, Language, Profile};
use crate::toolchain::command_line::{self, Quoting, driver_length};
use crate::toolchain::commands::{LanguageCommands, OptimizationChoice, ToolCommand};
use crate::toolchain::compiler_choice::{CompilerChoice, NamedBy};
use crate::toolchain::flags::{self, part_link_words};
use crate::toolchain::request::ToolchainRequest;
use crate::toolchain::variables;

/// Computes the commands from sysconfig and the environment.
#[derive(Clone, Copy)]
pub(super) struct GnuCompiler<'a> {
    pub request: &'a ToolchainRequest<'a>,
    /// Whether a folder (an SDK) exists.
    pub exists: &'a dyn Fn(&Path) -> bool,
}

impl GnuCompiler<'_> {
    /// The commands for C, and the search folders taken out of sysconfig's `LDSHARED`.
    pub fn c(&self, compiler: &CompilerChoice) -> Result<(LanguageCommands, Vec<String>)> {
        let environment = self.request.environment;
        let compile = self.compile(compiler, Language::C)?;
        let (mut words, search) = match self.named_linker("LDSHARED")? {
            Some(words) => (words, Vec::new()),
            None => {
                let (parameters, search) = self.link_parameters(Language::C);
                let own = self.words_of(compiler);
                let system = self.sysroot(compiler);
                (own.into_iter().chain(system).chain(parameters).collect(), search)
            }
        };
        words.extend(appended(environment, ["LDFLAGS", "CFLAGS", "CPPFLAGS"])?);
        let optimization = self.optimization(compiler, Language::C)?;
        Ok((LanguageCommands { compile, link: self.command(words)?, optimization }, search))
    }

    /// The commands for C++.
    pub fn cxx(&self, compiler: &CompilerChoice) -> Result<LanguageCommands> {
        let environment = self.request.environment;
        let compile = self.compile(compiler, Language::Cxx)?;
        let mut words = match self.named_linker("LDCXXSHARED")? {
            Some(words) => words,
            None => {
                let mut words = self.words_of(compiler);
                words.extend(self.base_flags(Language::Cxx)?);
                words.extend(appended(environment, ["CPPFLAGS"])?);
                words.extend(self.sysroot(compiler));
                words.extend(self.link_parameters(Language::Cxx).0);
                words
            }
        };
        words.extend(appended(environment, ["LDFLAGS", "CXXFLAGS", "CPPFLAGS"])?);
        let optimization = self.optimization(compiler, Language::Cxx)?;
        Ok(LanguageCommands { compile, link: self.command(words)?, optimization })
    }

    fn compile(&self, compiler: &CompilerChoice, language: Language) -> Result<ToolCommand> {
        let mut words = self.words_of(compiler);
        words.extend(self.base_flags(language)?);
        words.extend(appended(self.request.environment, ["CPPFLAGS"])?);
        words.extend(self.position_independent());
        words.extend(self.sysroot(compiler));
        let cross = self.request.target.sysconfig.cross.iter();
        let last = cross.flat_map(|cross| &cross.last_include_dirs);
        words.extend(last.flat_map(|folder| ["-idirafter".into(), folder.display().to_string()]));
        if self.request.profile == Profile::Debug {
            words.extend(["-O0".into(), "-g".into()]);
        }
        self.command(words)
    }

    /// Whoever says `CFLAGS` says all of them: without a level in it there is no optimisation.
    fn optimization(
        &self,
        compiler: &CompilerChoice,
        language: Language,
    ) -> Result<OptimizationChoice> {
        let mut words = self.words_of(compiler);
        words.extend(self.base_flags(language)?);
        let is_said = variables::words(self.request.environment, variable(language))?.is_some()
            || compiler.named_by == NamedBy::Environment && says_level(&compiler.words)
            || says_level(&appended(self.request.environment, ["CPPFLAGS"])?);
        let is_inherited =
            self.request.profile == Profile::Release && !is_said && flags::is_high(&words);
        Ok(if is_inherited { OptimizationChoice::Default } else { OptimizationChoice::Explicit })
    }

    /// The compiler's words; those of sysconfig lose what only its own machine could use.
    fn words_of(&self, compiler: &CompilerChoice) -> Vec<String> {
        match compiler.named_by {
            NamedBy::Sysconfig => self.cleaned(compiler.words.clone()),
            NamedBy::Environment | NamedBy::Machine => compiler.words.clone(),
        }
    }

    fn base_flags(&self, language: Language) -> Result<Vec<String>> {
        if let Some(words) = variables::words(self.request.environment, variable(language))? {
            return Ok(words);
        }
        let flags = self.request.target.sysconfig.cflags.as_deref().unwrap_or("-DNDEBUG -O2 -Wall");
        let cleaned = self.cleaned(sysconfig_words(flags));
        Ok(match language {
            Language::C => cleaned,
            Language::Cxx => flags::for_cxx(cleaned),
        })
    }

    fn cleaned(&self, words: Vec<String>) -> Vec<String> {
        flags::for_compiling(words, self.request.profile, self.exists)
    }

    fn position_independent(&self) -> Vec<String> {
        let interpreter = self.request.target.interpreter;
        match self.request.target.sysconfig.ccshared.as_deref() {
            Some(flags) => sysconfig_words(flags),
            None if interpreter.is_windows() || interpreter.is_macos() => Vec::new(),
            None => vec!["-fPIC".into()],
        }
    }

    /// Where the system of another machine is. zig brings its C library along.
    fn sysroot(&self, compiler: &CompilerChoice) -> Option<String> {
        let root = self.request.target.sysconfig.cross.as_ref()?.sysroot.as_ref()?;
        let is_zig = command_line::is_zig(&compiler.words);
        (!is_zig).then(|| format!("--sysroot={}", root.display()))
    }

    fn named_linker(&self, variable: &str) -> Result<Option<Vec<String>>> {
        Ok(variables::words(self.request.environment, variable)?.filter(|words| !words.is_empty()))
    }

    /// What follows the compiler in sysconfig's link command, and the folders taken out of it.
    fn link_parameters(&self, language: Language) -> (Vec<String>, Vec<String>) {
        let sysconfig = self.request.target.sysconfig;
        let own = match language {
            Language::C => None,
            Language::Cxx => sysconfig.ldcxxshared.as_ref().zip(sysconfig.cxx.as_ref()),
        };
        let both = own.or(sysconfig.ldshared.as_ref().zip(sysconfig.cc.as_ref()));
        let Some((link, compiler)) = both else { return (self.default_parameters(), Vec::new()) };
        let parameters = parameters(&sysconfig_words(link), &sysconfig_words(compiler));
        let parted = part_link_words(self.cleaned(parameters));
        (parted.kept, parted.search)
    }

    fn default_parameters(&self) -> Vec<String> {
        let words: &[&str] = match self.request.target.interpreter.is_macos() {
            true => &["-bundle", "-undefined", "dynamic_lookup"],
            false => &["-shared"],
        };
        words.iter().map(|&word| word.into()).collect()
    }

    /// Parts a command into program and flags; `ARCHFLAGS` has the last word on architectures.
    fn command(&self, words: Vec<String>) -> Result<ToolCommand> {
        let mut driver = words;
        let mut flags = driver.split_off(driver_length(&driver));
        let architectures = variables::words(self.request.environment, "ARCHFLAGS")?;
        if let Some(architectures) =
            architectures.filter(|_| self.request.target.interpreter.is_macos())
        {
            flags = flags::without_arch(&flags);
            flags.extend(architectures);
        }
        Ok(ToolCommand::of(driver, flags))
    }
}

/// The variable whose words replace sysconfig's flags.
fn variable(language: Language) -> &'static str {
    match language {
        Language::C => "CFLAGS",
        Language::Cxx => "CXXFLAGS",
    }
}

fn says_level(words: &[String]) -> bool {
    words.iter().any(|word| flags::is_optimization(word))
}

/// What follows the compiler in a link command. Where the command does not begin with the
/// compiler, its first word is the program.
fn parameters(link: &[String], compiler: &[String]) -> Vec<String> {
    let rest = link.strip_prefix(compiler).unwrap_or_else(|| link.get(1..).unwrap_or_default());
    rest.to_vec()
}

/// The words of libpython's folder: what sysconfig's `LDSHARED` said about it, and its `-L`.
pub(super) fn python_search(request: &ToolchainRequest, search: Vec<String>) -> Vec<String> {
    let Some(libdir) = request.target.sysconfig.libdir.as_deref() else { return Vec::new() };
    let mut words = flags::search_of(search, libdir);
    let folder = format!("-L{}", libdir.display());
    if request.target.sysconfig.enable_shared && !words.contains(&folder) {
        words.insert(0, folder);
    }
    words
}

/// On macOS the compiler must aim at the systems that the interpreter runs on, not at this one.
pub(super) fn deployment_target(request: &ToolchainRequest) -> BTreeMap<OsString, OsString> {
    const NAME: &str = "MACOSX_DEPLOYMENT_TARGET";
    let target = request.target.sysconfig.macosx_deployment_target.as_ref();
    let wanted = request.target.interpreter.is_macos() && request.environment.text(NAME).is_none();
    target.filter(|_| wanted).map(|target| (NAME.into(), target.into())).into_iter().collect()
}

fn appended<const N: usize>(environment: &Environment, names: [&str; N]) -> Result<Vec<String>> {
    let mut words = Vec::new();
    for name in names {
        words.extend(variables::words(environment, name)?.unwrap_or_default());
    }
    Ok(words)
}

/// sysconfig's commands are lines of a makefile, for a POSIX shell.
fn sysconfig_words(text: &str) -> Vec<String> {
    command_line::split(text, Quoting::Posix)
        .unwrap_or_else(|| text.split_whitespace().map(str::to_owned).collect())
}

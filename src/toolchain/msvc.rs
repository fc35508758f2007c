//! Microsoft's compiler: where it is, and the flags that setuptools gives it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::error::Result;
use crate::model::Profile;
use crate::toolchain::command_line::{compiler_at, driver_length, family_of_name, stem};
use crate::toolchain::commands::{LanguageCommands, OptimizationChoice, ToolCommand, Toolchain};
use crate::toolchain::family::{Family, PrefixMap};
use crate::toolchain::flags::is_optimization;
use crate::toolchain::request::ToolchainRequest;
use crate::toolchain::{machine, variables};

/// Microsoft's toolchain where it is the one to use: `named` by the environment, or installed on
/// the Windows machine of an interpreter that was not built with MinGW.
///
/// # Errors
/// The compiler that the environment names is not there.
pub(super) fn find(
    request: &ToolchainRequest,
    named: Option<&[String]>,
) -> Result<Option<Toolchain>> {
    let interpreter = request.target.interpreter;
    if let Some(words) = named {
        let family = family_of_name(&words[compiler_at(words)]);
        let Some(family) = family.filter(|family| family.is_msvc()) else { return Ok(None) };
        machine::require(request, words, "CC")?;
        return toolchain(request, words.to_vec(), family, installed(request, "cl.exe")).map(Some);
    }
    if !interpreter.platform.starts_with("win") {
        return Ok(None);
    }
    let Some(cl) = installed(request, "cl.exe") else { return Ok(None) };
    let words = vec![cl.path().to_string_lossy().into_owned()];
    toolchain(request, words, Family::Msvc { clang_cl: false }, Some(cl)).map(Some)
}

/// A tool of an installed Visual Studio, with the variables that it needs.
fn installed(request: &ToolchainRequest, tool: &str) -> Option<cc::Tool> {
    let target = match request.target.interpreter.platform.as_str() {
        "win32" => "i686-pc-windows-msvc",
        "win-arm64" => "aarch64-pc-windows-msvc",
        _ => "x86_64-pc-windows-msvc",
    };
    cc::windows_registry::find_tool(target, tool)
}

fn toolchain(
    request: &ToolchainRequest,
    words: Vec<String>,
    family: Family,
    installed_cl: Option<cc::Tool>,
) -> Result<Toolchain> {
    let mut driver = words;
    let own = driver.split_off(driver_length(&driver));
    let commands = |variable| -> Result<LanguageCommands> {
        let mut said = variables::words(request.environment, variable)?.unwrap_or_default();
        said.extend(variables::words(request.environment, "CPPFLAGS")?.unwrap_or_default());
        let optimization = optimization(request.profile, own.iter().chain(&said));
        let flags = [own.clone(), compile_flags(request, family), said].concat();
        let compile = ToolCommand::of(driver.clone(), flags);
        let mut flags = link_flags(request.profile, family);
        flags.extend(variables::words(request.environment, "LDFLAGS")?.unwrap_or_default());
        let link = ToolCommand::of(vec![linker(request, &driver)], flags);
        Ok(LanguageCommands { compile, link, optimization })
    };
    Ok(Toolchain {
        family,
        c: commands("CFLAGS")?,
        cxx: Some(commands("CXXFLAGS")?),
        archive: archiver(request, &driver),
        prefix_map: PrefixMap::Unsupported,
        python_search: Vec::new(),
        environment: installed_cl.map(variables_of).unwrap_or_default(),
        warnings: Vec::new(),
    })
}

fn optimization<'a>(
    profile: Profile,
    mut said: impl Iterator<Item = &'a String>,
) -> OptimizationChoice {
    match profile {
        Profile::Release if !said.any(|word| is_optimization(word)) => OptimizationChoice::Default,
        Profile::Release | Profile::Debug => OptimizationChoice::Explicit,
    }
}

fn variables_of(tool: cc::Tool) -> BTreeMap<OsString, OsString> {
    // Not its own list, which has another name in each cc.
    let command = tool.to_command();
    command.get_envs().filter_map(|(name, value)| Some((name.into(), value?.into()))).collect()
}

/// The linker: `LDSHARED` has no meaning here, so it is the one beside the compiler.
fn linker(request: &ToolchainRequest, driver: &[String]) -> String {
    let is_clang_cl = stem(&driver[compiler_at(driver)]).starts_with("clang-cl");
    let names: &[&str] = if is_clang_cl { &["lld-link.exe", "lld-link"] } else { &["link.exe"] };
    names
        .iter()
        .find_map(|name| beside(driver, name))
        .or_else(|| installed(request, "link.exe").map(|tool| tool.path().to_string_lossy().into()))
        .unwrap_or_else(|| names[0].to_owned())
}

/// The program that makes archives, which is a way to run the linker.
fn archiver(request: &ToolchainRequest, driver: &[String]) -> ToolCommand {
    let linker = linker(request, driver);
    let is_of_llvm = linker.ends_with("lld-link") || linker.ends_with("lld-link.exe");
    // LLVM's writes no times, and takes an option that it does not know for a file.
    let (name, flags) = match is_of_llvm {
        true => ("llvm-lib", &["/nologo"][..]),
        false => ("lib.exe", &["/nologo", "/Brepro"][..]),
    };
    let program = match linker.rsplit_once(['/', '\\']) {
        Some((folder, _)) => Path::new(folder).join(name).to_string_lossy().into_owned(),
        None => name.to_owned(),
    };
    ToolCommand::of(vec![program], flags.iter().map(|&flag| flag.into()).collect())
}

fn beside(driver: &[String], name: &str) -> Option<String> {
    let path = Path::new(&driver[compiler_at(driver)]).with_file_name(name);
    path.is_file().then(|| path.to_string_lossy().into_owned())
}

/// setuptools' flags, plus `/Brepro`: no times in what is made. A debug build keeps the release
/// runtime, because only a debug interpreter has the other one.
fn compile_flags(request: &ToolchainRequest, family: Family) -> Vec<String> {
    let whole_program = family == Family::Msvc { clang_cl: false };
    let mut flags = vec!["/nologo"];
    match request.profile {
        Profile::Release => {
            flags.extend(["/O2", "/W3"]);
            flags.extend(whole_program.then_some("/GL"));
            flags.push("/DNDEBUG");
        }
        Profile::Debug => flags.extend(["/Od", "/Zi", "/W3"]),
    }
    match request.target.interpreter.debug {
        true => flags.extend(["/MDd", "/D_DEBUG"]),
        false => flags.push("/MD"),
    }
    flags.push("/Brepro");
    flags.into_iter().map(Into::into).collect()
}

fn link_flags(profile: Profile, family: Family) -> Vec<String> {
    let whole_program = family == Family::Msvc { clang_cl: false };
    let mut flags = vec!["/nologo", "/INCREMENTAL:NO"];
    match profile {
        Profile::Release => flags.extend(whole_program.then_some("/LTCG")),
        // The name of the symbol file, and not the folder it was made in, goes into the module.
        Profile::Debug => flags.extend(["/DEBUG", "/PDBALTPATH:%_PDB%"]),
    }
    flags.extend(["/DLL", "/MANIFEST:EMBED,ID=2", "/MANIFESTUAC:NO", "/Brepro"]);
    flags.into_iter().map(Into::into).collect()
}

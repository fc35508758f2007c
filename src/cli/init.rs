//! `officina init`

use std::path::PathBuf;

use clap::Args;

use crate::build::init;
use crate::cli::place::absolute;
use crate::error::{Error, Result};
use crate::report::{self, one_line};
use crate::templates::{NewProject, ProjectKind, ProjectName};

/// Make a new project: pyproject.toml, a module, a package, a test
///
/// Existing files stay as they are, and nothing is downloaded.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The name of the project; its package has the same name in lower case, with `_`
    name: String,
    #[command(flatten)]
    example: Example,
    /// Where it goes [default: a new folder by its name]
    #[arg(long, value_name = "DIR", conflicts_with = "here")]
    path: Option<PathBuf>,
    /// Put it into this folder
    #[arg(long)]
    here: bool,
    /// The header of the library that `--pkg-config` names [default: the usual one]
    #[arg(long, requires = "pkg_config")]
    header: Option<String>,
}

/// What the project is an example of.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Example {
    /// C of your own, which is compiled (default)
    #[arg(long)]
    api: bool,
    /// A library that is opened when the package is imported; nothing is compiled
    #[arg(long)]
    abi: bool,
    /// A library of the system, as pkg-config calls it: `zlib`, `libgit2`
    #[arg(long, value_name = "LIBRARY")]
    pkg_config: Option<String>,
    /// A library whose C files are part of the project
    #[arg(long)]
    vendored: bool,
    /// A Rust crate
    #[arg(long = "crate")]
    with_crate: bool,
}

impl Example {
    fn kind(&self) -> ProjectKind {
        match self {
            Example { abi: true, .. } => ProjectKind::Abi,
            Example { pkg_config: Some(_), .. } => ProjectKind::PkgConfig,
            Example { vendored: true, .. } => ProjectKind::Vendored,
            Example { with_crate: true, .. } => ProjectKind::Crate,
            _ => ProjectKind::Api,
        }
    }
}

/// Makes the project and says what to do with it.
///
/// # Errors
/// It cannot have that name, or a file of it is there already.
pub fn run(args: &InitArgs) -> Result<()> {
    let name = ProjectName::new(&args.name)?;
    let folder = match (&args.path, args.here) {
        (Some(path), _) => path.clone(),
        (None, true) => PathBuf::from("."),
        (None, false) => PathBuf::from(&name.name),
    };
    let library = args.example.pkg_config.clone();
    for (what, text) in [("--pkg-config", &library), ("--header", &args.header)] {
        require_word(what, text.as_deref())?;
    }
    let kind = args.example.kind();
    let project = NewProject { name, kind, library, header: args.header.clone() };
    let result = init::init(&project, &absolute(&folder)?)?;
    let line = |path: &String| one_line(&folder.join(path).display().to_string()).into_owned();
    for path in &result.written {
        report::out(&format!("{}\n", line(path)));
    }
    for path in &result.kept {
        report::out(&format!("{} (kept as it was)\n", line(path)));
    }
    let shown = folder.display().to_string();
    let go = if args.here { String::new() } else { format!("cd {} && ", one_line(&shown)) };
    report::out(&format!("next: {go}python -m pip install -e . pytest && python -m pytest\n"));
    Ok(())
}

/// What is put into a TOML string and into C has no quotes, spaces or line breaks.
fn require_word(option: &str, text: Option<&str>) -> Result<()> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_.+/".contains(c);
    match text {
        Some(text) if text.is_empty() || !text.chars().all(is_letter) => {
            let hint = match option {
                "--header" => "it is what stands between `<` and `>` in `#include <zlib.h>`",
                _ => "it is the name of one package; `pkg-config --list-all` shows what there is",
            };
            Err(Error::new(format!("`{text}` is nothing for `{option}`")).hint(hint))
        }
        _ => Ok(()),
    }
}

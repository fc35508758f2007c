//! What a person types. Hooks do not come through here: they are parsed by hand in `main`.

use clap::Parser;

/// A PEP 517 build backend for CFFI projects.
///
/// Officina is called by frontends (pip, build, uv). Declare it in pyproject.toml:
///
///     [build-system]
///     requires = ["officina"]
///     build-backend = "officina"
///
///     [tool.officina]
///     cffi_modules = ["foo_build:ffi"]
///
/// Then build with `pip wheel .`, `python -m build` or `uv build`.
#[derive(Debug, Parser)]
#[command(name = "officina", version, verbatim_doc_comment, arg_required_else_help = true)]
pub struct Arguments {}

/// Answers `--version`, `--help` and mistakes; exits with clap's codes (0, or 2 for a mistake).
pub fn run() {
    Arguments::parse();
}

//! Entry of the `officina` executable: `officina hook FOLDER` for the Python hooks, the command
//! line for people.

use std::path::Path;
use std::process::ExitCode;

use officina::cli::protocol;
use officina::error::{Ending, Result};
use officina::model::Environment;
use officina::process;
use officina::{build, cli, fs, report};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    process::stop_on_panic();
    process::stop_on_signals();
    exit_code(match arguments.as_slice() {
        [word, control] if word == "hook" => hook(Path::new(control)),
        _ => cli::run(&std::env::vars_os().collect::<Environment>()),
    })
}

fn hook(control: &Path) -> Result<()> {
    process::stop_with_parent();
    let result = answer(control);
    if let Err(error) = &result {
        // Where not even that can be written, the exit code says enough.
        let _ = protocol::write_failure(control, error);
    }
    // The hook, whose folder it is, may be gone, or be about to go of the signal that reached us.
    if process::abandoned() || process::interrupted() {
        fs::remove_control_folder(control);
    }
    result
}

fn answer(control: &Path) -> Result<()> {
    let environment = std::env::vars_os().collect::<Environment>();
    let request = protocol::read_request(control, &environment)?;
    let answer = build::run(request, &environment)?;
    protocol::write_response(control, &answer)
}

fn exit_code(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    report::error(&error, std::env::var_os("UV").as_deref());
    match error.parts().ending {
        Ending::Failure => ExitCode::from(1),
        Ending::Interrupted => ExitCode::from(130),
    }
}

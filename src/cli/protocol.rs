//! The JSON between Python and Rust, versioned: `request.json` in, `response.json` out, both in a
//! control folder of the hook's. stdout and stderr belong to people.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::config::config_settings;
use crate::error::{Error, REINSTALL, Result};
use crate::fs;
use crate::model::{
    Abi, EditableInstall, Environment, ExtensionSpec, Hook, Host, Interpreter, ModuleName,
    ModulesRequest, PythonFacts, Request, Response, SetuptoolsProject, Sysconfig, WheelKind,
};
use crate::report;
use crate::steps::builder::arguments::{self, Owner};
use crate::steps::builder::spec;

/// The version of the protocol that this executable speaks; `_interpreter.py` holds the same number.
pub const PROTOCOL: u64 = 1;

/// Reads what the hook asks for.
///
/// # Errors
/// The request is missing or of another protocol, which a mixed installation causes; or the
/// frontend's config settings make no sense.
pub fn read_request(control: &Path, environment: &Environment) -> Result<Request> {
    let source = fs::read_source(&control.join("request.json"), "request.json")?;
    let raw: Value = serde_json::from_str(&source.text).map_err(|e| not_understood(&e))?;
    check_protocol(&raw)?;
    let wire: Wire = serde_json::from_value(raw).map_err(|e| not_understood(&e))?;
    Ok(Request {
        config: config_settings::parse(wire.config_settings.as_ref(), environment)?,
        hook: hook(wire.hook)?,
        source_tree: wire.source_tree,
        interpreter: wire.interpreter,
    })
}

/// Reads what a Python says about itself (`_interpreter.py`).
///
/// # Errors
/// The file is missing or of another protocol, which a mixed installation causes.
pub fn read_facts(file: &Path) -> Result<PythonFacts> {
    let source = fs::read_source(file, "python.json")?;
    let raw: Value = serde_json::from_str(&source.text).map_err(|e| not_understood(&e))?;
    check_protocol(&raw)?;
    let wire: WireFacts = serde_json::from_value(raw).map_err(|e| not_understood(&e))?;
    Ok(PythonFacts {
        interpreter: wire.interpreter,
        sysconfig: wire.sysconfig,
        host: wire.host,
        installed: wire.installed,
    })
}

/// Answers the hook.
///
/// # Errors
/// The control folder is gone or the disk is full.
pub fn write_response(control: &Path, response: &Response) -> Result<()> {
    let result = match response {
        Response::Name(name) => json!(name),
        Response::Requires(requirements) => json!(requirements),
        Response::Modules(built) => json!(built),
        Response::Files(files) => json!(files),
    };
    let answer = json!({ "protocol": PROTOCOL, "result": result });
    fs::write_text(&control.join("response.json"), &answer.to_string())
}

/// Tells what was wrong, in one line; the person has read the rest of it on stderr.
///
/// # Errors
/// The control folder is gone or the disk is full.
pub fn write_failure(control: &Path, error: &Error) -> Result<()> {
    let answer = json!({ "protocol": PROTOCOL, "error": report::one_line(&error.to_string()) });
    fs::write_text(&control.join("response.json"), &answer.to_string())
}

#[derive(Deserialize)]
struct Wire {
    source_tree: PathBuf,
    config_settings: Option<Map<String, Value>>,
    interpreter: Interpreter,
    #[serde(flatten)]
    hook: WireHook,
}

#[derive(Deserialize)]
struct WireFacts {
    interpreter: Interpreter,
    installed: BTreeMap<String, String>,
    sysconfig: Sysconfig,
    host: Host,
}

#[derive(Deserialize)]
#[serde(tag = "hook", rename_all = "snake_case")]
enum WireHook {
    GetRequiresForBuildWheel,
    GetRequiresForBuildEditable,
    GetRequiresForBuildSdist,
    BuildSdist {
        sdist_directory: PathBuf,
    },
    PrepareMetadataForBuildWheel {
        metadata_directory: PathBuf,
    },
    PrepareMetadataForBuildEditable {
        metadata_directory: PathBuf,
    },
    BuildWheel(WireWheel),
    BuildEditable(WireWheel),
    Rebuild {
        #[serde(flatten)]
        install: EditableInstall,
        sysconfig: Box<Sysconfig>,
        host: Host,
    },
    BuildModules {
        #[serde(flatten)]
        request: ModulesRequest,
        target_directory: PathBuf,
    },
    LastModules(ModulesRequest),
    SdistFiles {
        project: SetuptoolsProject,
    },
    CompileExtension {
        extension: WireExtension,
        target: PathBuf,
        object_directory: Option<PathBuf>,
        sysconfig: Box<Sysconfig>,
    },
}

#[derive(Deserialize)]
struct WireWheel {
    wheel_directory: PathBuf,
    metadata_directory: Option<PathBuf>,
    sysconfig: Box<Sysconfig>,
    host: Host,
}

impl WireWheel {
    fn hook(self, kind: WheelKind) -> Hook {
        Hook::BuildWheel {
            kind,
            wheel_directory: self.wheel_directory,
            metadata_directory: self.metadata_directory,
            sysconfig: self.sysconfig,
            host: self.host,
        }
    }
}

/// An extension whose C exists: what is left of a builder's answer.
#[derive(Deserialize)]
struct WireExtension {
    name: String,
    generated_source: PathBuf,
    builder: String,
    #[serde(default)]
    sources: Option<Value>,
    #[serde(default)]
    kwds: Map<String, Value>,
    abi: WireAbi,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireAbi {
    Limited,
    Version,
    Embedding,
}

fn check_protocol(raw: &Value) -> Result<()> {
    match raw.get("protocol") {
        Some(theirs) if theirs.as_u64() == Some(PROTOCOL) => Ok(()),
        theirs => {
            let theirs = theirs.map_or_else(|| "none".to_owned(), Value::to_string);
            Err(Error::other_protocol("the Python files of officina", &theirs, PROTOCOL))
        }
    }
}

fn not_understood(error: &serde_json::Error) -> Error {
    Error::new(format!("cannot understand what the Python files of officina say: {error}"))
        .hint(REINSTALL)
}

fn hook(wire: WireHook) -> Result<Hook> {
    Ok(match wire {
        WireHook::GetRequiresForBuildWheel => {
            Hook::GetRequiresForBuildWheel { kind: WheelKind::Standard }
        }
        WireHook::GetRequiresForBuildEditable => {
            Hook::GetRequiresForBuildWheel { kind: WheelKind::Editable }
        }
        WireHook::GetRequiresForBuildSdist => Hook::GetRequiresForBuildSdist,
        WireHook::BuildSdist { sdist_directory } => Hook::BuildSdist { sdist_directory },
        WireHook::PrepareMetadataForBuildWheel { metadata_directory } => {
            let kind = WheelKind::Standard;
            Hook::PrepareMetadataForBuildWheel { kind, metadata_directory }
        }
        WireHook::PrepareMetadataForBuildEditable { metadata_directory } => {
            let kind = WheelKind::Editable;
            Hook::PrepareMetadataForBuildWheel { kind, metadata_directory }
        }
        WireHook::BuildWheel(wheel) => wheel.hook(WheelKind::Standard),
        WireHook::BuildEditable(wheel) => wheel.hook(WheelKind::Editable),
        WireHook::Rebuild { install, sysconfig, host } => {
            Hook::Rebuild { install, sysconfig, host }
        }
        WireHook::BuildModules { request, target_directory } => {
            Hook::BuildModules { request, target_directory }
        }
        WireHook::LastModules(request) => Hook::LastModules { request },
        WireHook::SdistFiles { project } => Hook::SdistFiles { project },
        WireHook::CompileExtension { extension, target, object_directory, sysconfig } => {
            Hook::CompileExtension {
                extension: Box::new(extension_spec(extension)?),
                target,
                object_directory,
                sysconfig,
            }
        }
    })
}

/// Cleaned as a builder's own answer is; warnings stay unsaid, for nobody wrote these arguments now.
fn extension_spec(wire: WireExtension) -> Result<ExtensionSpec> {
    let name = ModuleName::new(&wire.name)
        .ok_or_else(|| Error::new(format!("`{}` is not the name of a module", wire.name)))?;
    let mut raw = wire.kwds;
    if let Some(sources) = wire.sources {
        raw.insert("sources".into(), sources);
    }
    let owner = Owner { module: name.as_str(), builder: &wire.builder };
    let cleaned = arguments::clean(&raw, owner)?;
    let abi = match wire.abi {
        WireAbi::Limited => Abi::Limited { minimum: None },
        WireAbi::Version => Abi::Version,
        WireAbi::Embedding => Abi::Embedding,
    };
    let choice = (abi, Vec::new());
    Ok(spec::extension(name, &wire.generated_source, &wire.builder, cleaned.arguments, choice))
}

//! The next step after what cargo and rustc say when they fail. Pure.

/// What hints depend on.
pub struct FailedCargo<'a> {
    /// What cargo and rustc said.
    pub said: &'a str,
    /// The Cargo.toml, as the command names it.
    pub manifest: &'a str,
    /// The Cargo.lock, from the project root.
    pub lock: &'a str,
    /// The target triple that was asked for.
    pub target: Option<&'a str>,
    /// Whether it was told to do without the network.
    pub is_offline: bool,
}

/// Hints, the most important first.
pub fn hints(failed: &FailedCargo) -> Vec<String> {
    let said = |text: &str| failed.said.contains(text);
    let mut hints = Vec::new();
    if said("--locked was passed") || said("lock file needs to be updated") {
        hints.push(format!(
            "`{}` does not fit the Cargo.toml files: run `cargo update --workspace --manifest-path \
             {}`, and commit it",
            failed.lock, failed.manifest
        ));
    }
    if said("is not supported by the following package") || said("requires rustc") {
        hints.push("install a newer Rust: `rustup update`, or see https://rustup.rs".to_owned());
    }
    if said("feature `edition") || said("lock file version") {
        hints.push("this cargo is too old for the crate: `rustup update`".to_owned());
    }
    if said("target may not be installed") {
        let target = failed.target.map_or_else(|| triple_in(failed.said), |t| Some(t.to_owned()));
        let target = target.unwrap_or_else(|| "TARGET".to_owned());
        hints.push(format!(
            "install the standard library of that target: `rustup target add {target}`"
        ));
    }
    let unreachable = ["--offline was specified", "Could not resolve host", "network failure"];
    let missing = ["no matching package", "failed to download", "failed to load source"];
    let is_any = |texts: &[&str]| texts.iter().any(|text| said(text));
    if is_any(&unreachable) || failed.is_offline && is_any(&missing) {
        hints.push(
            "get what it depends on first, with `cargo fetch` or `cargo vendor`, or build with the \
             network: without `cargo-offline`"
                .to_owned(),
        );
    }
    if said("failed to run custom build command") {
        hints.push("what its build script said stands above".to_owned());
    }
    hints
}

/// "the `aarch64-unknown-linux-gnu` target may not be installed"
fn triple_in(said: &str) -> Option<String> {
    let (before, _) = said.split_once("` target may not be installed")?;
    before.rsplit_once('`').map(|(_, triple)| triple.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_next_step() {
        for (said, expected) in [
            (
                "error: cannot update the lock file /p/Cargo.lock because --locked was passed",
                "cargo update --workspace --manifest-path rust/Cargo.toml",
            ),
            (
                "error: rustc 1.70 is not supported by the following package:\n  a@0.1.0 requires rustc 1.80",
                "install a newer Rust",
            ),
            (
                "note: the `aarch64-unknown-linux-gnu` target may not be installed",
                "rustup target add aarch64-unknown-linux-gnu",
            ),
            ("error: no matching package named `x` found", "cargo fetch"),
            ("error: failed to run custom build command for `a`", "its build script"),
        ] {
            let failed = FailedCargo {
                said,
                manifest: "rust/Cargo.toml",
                lock: "rust/Cargo.lock",
                target: None,
                is_offline: true,
            };
            let found = hints(&failed);
            assert!(found[0].contains(expected), "{said}: {found:?}");
        }
    }
}

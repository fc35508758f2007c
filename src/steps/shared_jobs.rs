//! How programs that run others share our permits with us: make, ninja, cargo.

use std::collections::BTreeMap;
use std::path::Path;

use crate::engine::jobserver::Jobs;
use crate::model::Environment;
use crate::process::{self, Invocation, Output};

const MAKEFLAGS: &str = "MAKEFLAGS";

/// An environment with the number of programs that may run at once. What the user has set stays.
pub fn with_jobs(jobs: &Jobs, environment: &Environment, directory: &Path) -> Environment {
    if environment.text(MAKEFLAGS).is_some() {
        return environment.clone();
    }
    let served = jobs.makeflags().filter(|_| make_knows_named_pipes(environment, directory));
    let flags = served.unwrap_or_else(|| format!("-j{}", jobs.workers));
    environment.with(&BTreeMap::from([(MAKEFLAGS.to_owned(), Some(flags))]))
}

/// GNU make does from 4.4 on, and older ones end with an error. Where there is no make, others
/// read the variable: ninja, cargo.
fn make_knows_named_pipes(environment: &Environment, directory: &Path) -> bool {
    let question = Invocation {
        program: "make".into(),
        arguments: vec!["--version".into()],
        directory: directory.to_owned(),
        environment: environment.clone(),
    };
    match process::run(&question, Output::Captured) {
        Ok(answer) => gnu_make_version(&answer.output) >= Some((4, 4)),
        Err(_) => true,
    }
}

/// `GNU Make 4.3`
fn gnu_make_version(said: &str) -> Option<(u32, u32)> {
    let version = said.strip_prefix("GNU Make ")?.split_whitespace().next()?;
    let mut numbers = version.split('.').map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_make() {
        for (said, expected) in [
            ("GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu\n", Some((4, 3))),
            ("GNU Make 4.4.1\n", Some((4, 4))),
            ("GNU Make 5\n", Some((5, 0))),
            ("bmake 2020\n", None),
            ("", None),
        ] {
            assert_eq!(gnu_make_version(said), expected, "{said}");
        }
    }
}

//! `tag < facts.json`: prints the tags of wheels that this interpreter builds, one per line: of a
//! pure one, one with version-specific modules, one with limited-API modules.

use officina::error::Result;
use officina::model::{Abi, Interpreter};
use officina::python::tags::{self, Floor, MacEnvironment};
use officina::report;

#[derive(serde::Deserialize)]
struct Facts {
    interpreter: Interpreter,
    soabi: Option<String>,
}

fn main() {
    let facts: Facts = match serde_json::from_reader(std::io::stdin()) {
        Ok(facts) => facts,
        Err(error) => panic!("the facts on stdin cannot be read: {error}"),
    };
    match tags(&facts) {
        Ok(tags) => println!("{}", tags.join("\n")),
        Err(error) => {
            report::error(&error, None);
            std::process::exit(1);
        }
    }
}

fn tags(facts: &Facts) -> Result<Vec<String>> {
    let platform = tags::platform(&facts.interpreter, &MacEnvironment::default())?;
    let built: [&[Abi]; 3] = [&[], &[Abi::Version], &[Abi::Limited { minimum: None }]];
    let tag = |abis| {
        let soabi = facts.soabi.as_deref();
        let tag = tags::wheel_tag(abis, &facts.interpreter, soabi, &platform, &Floor::default())?;
        Ok(tag.to_string())
    };
    built.into_iter().map(tag).collect()
}

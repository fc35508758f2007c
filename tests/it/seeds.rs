//! The seeds of the fuzz targets, through the targets: a quick run that keeps both from rotting.

use std::path::Path;

use crate::fuzzed::TARGETS;

#[test]
fn every_fuzz_target_takes_its_seeds() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = repository.join("fuzz/seeds");
    if !all.is_dir() && !repository.join(".git").exists() {
        return; // an sdist holds no seeds
    }
    for (name, target) in TARGETS {
        let seeds = all.join(name);
        let files =
            std::fs::read_dir(&seeds).unwrap_or_else(|e| panic!("{}: {e}", seeds.display()));
        let files: Vec<_> = files.map(|file| file.expect("seeds can be listed").path()).collect();
        assert!(files.len() >= 5, "{} has too few seeds", seeds.display());
        for file in files {
            println!("{}", file.display()); // whose panic it is
            target(&std::fs::read(&file).expect("a seed can be read"));
        }
    }
}

#[test]
fn every_fuzz_target_has_its_program() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    for (name, _) in TARGETS.iter().filter(|_| programs.is_dir()) {
        let program = programs.join(format!("{name}.rs"));
        let text = std::fs::read_to_string(&program).expect("a fuzz target has its program");
        assert!(text.contains(&format!("fuzzed::{name}(bytes)")), "{}", program.display());
    }
}

//! `pack FOLDER TARGET`: packs a folder's files into the wheel `a-1-py3-none-any.whl` and prints
//! its path. For comparing archives and measuring how long packing takes.

use std::path::{Path, PathBuf};

use officina::archive::packing::Packing;
use officina::archive::{dist_info, wheel};
use officina::engine::jobserver::Jobs;
use officina::error::{Error, Result};
use officina::model::{Content, Environment, Manifest, ManifestEntry, Tag};
use officina::process;
use officina::report;

fn main() {
    process::stop_on_signals();
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder, target] = paths.as_slice() else { panic!("usage: pack FOLDER TARGET") };
    match pack(folder, target) {
        Ok(wheel) => println!("{}", wheel.display()),
        Err(error) => {
            report::error(&error, None);
            std::process::exit(1);
        }
    }
}

fn pack(folder: &Path, target: &Path) -> Result<PathBuf> {
    let mut entries = Vec::new();
    collect(folder, "", &mut entries).map_err(|e| Error::io("list", folder, &e))?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let modified = wheel::timestamp(&std::env::vars_os().collect())?;
    let tag = Tag { python: "py3".into(), abi: "none".into(), platform: "any".into() };
    let name = wheel::file_name("a", "1", None, &tag);
    let jobs = Jobs::new(None, &Environment::default());
    let packing = Packing { modified, jobs: &jobs };
    wheel::write(target, &name, &Manifest { entries }, &dist_info::folder_name("a", "1"), &packing)
}

fn collect(folder: &Path, prefix: &str, entries: &mut Vec<ManifestEntry>) -> std::io::Result<()> {
    for found in std::fs::read_dir(folder)? {
        let found = found?;
        let path = format!("{prefix}{}", found.file_name().to_string_lossy());
        if found.file_type()?.is_dir() {
            collect(&found.path(), &format!("{path}/"), entries)?;
        } else {
            entries.push(ManifestEntry {
                path,
                content: Content::File(found.path()),
                executable: false,
            });
        }
    }
    Ok(())
}

//! Prints the manylinux or musllinux tag that the files of a folder, an unpacked wheel, hold: `FOLDER MACHINE`.

use std::path::Path;

use officina::binary::{PlatformNeeds, WheelMember, member};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, machine] = arguments.as_slice() else { panic!("wanted: FOLDER MACHINE") };
    let mut members = Vec::new();
    collect(Path::new(folder), "", &mut members);
    let needs = PlatformNeeds::of(&members, machine, None);
    let tag = needs.fitting().map_or("linux", |policy| policy.name);
    println!("{tag}_{machine}");
    for need in &needs.needs {
        eprintln!("{need:?}");
    }
}

fn collect(folder: &Path, path: &str, members: &mut Vec<WheelMember>) {
    let entries = std::fs::read_dir(folder).expect("a folder");
    for entry in entries.map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        match entry.path().is_dir() {
            true => collect(&entry.path(), &path, members),
            false => members.extend(member(&path, &entry.path())),
        }
    }
}

//! Which keys give a wheel and an sdist the files that they had, found by asking what they hold.

use std::collections::BTreeSet;
use std::path::Path;

use globset::Glob;
use toml_edit::{DocumentMut, Item, Table};

use crate::build::commands::ProjectCommand;
use crate::build::dist::Products;
use crate::build::listing::{self, ProductListing};
use crate::config::config_settings;
use crate::error::{Error, Result};
use crate::fs;
use crate::migrate::contents::{self, Files};
use crate::migrate::{Draft, MoveFinding, MoveVerdict, layout, manifest_in};
use crate::model::{Environment, PYPROJECT, PythonFacts};

/// A copy of the tree in which the new pyproject.toml is tried.
pub struct Trial<'a> {
    /// The copy, without the old files.
    pub tree: &'a Path,
    /// The Python that it is for.
    pub python: &'a PythonFacts,
    /// The variables.
    pub environment: &'a Environment,
}

impl Trial<'_> {
    fn listings(&self, text: &str, products: Products) -> Result<Vec<ProductListing>> {
        fs::write_text(&self.tree.join(PYPROJECT), &with_plain_version(text))?;
        let command = ProjectCommand {
            source_tree: self.tree.to_owned(),
            config: config_settings::parse(None, self.environment)?,
            python: self.python.clone(),
        };
        listing::list(&command, products, self.environment)
    }

    fn wheel(&self, text: &str) -> Result<ProductListing> {
        let mut listings = self.listings(text, Products::Wheel)?;
        Ok(listings.remove(0))
    }
}

/// A version that git would tell is no matter for the files.
fn with_plain_version(text: &str) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else { return text.to_owned() };
    let of_git = |document: &DocumentMut| {
        let dynamic = document.get("tool")?.get("officina")?.get("dynamic")?;
        dynamic.get("version")?.get("vcs").map(drop)
    };
    if of_git(&document).is_none() {
        return text.to_owned();
    }
    if let Some(dynamic) = document["tool"]["officina"]["dynamic"].as_table_like_mut() {
        dynamic.remove("version");
    }
    if let Some(listed) = document["project"]["dynamic"].as_array_mut() {
        listed.retain(|one| one.as_str() != Some("version"));
    }
    document["project"]["version"] = toml_edit::value("0");
    document.to_string()
}

/// Sets the keys about packages and files.
pub fn settle(draft: &mut Draft, trial: &Trial<'_>, manifest: Option<&str>) {
    if let Err(error) = settled(draft, trial, manifest) {
        let parts = error.parts();
        let hints = parts.hints.iter().map(|hint| format!("; {hint}"));
        let text =
            format!("officina refuses what it has written: {error}{}", hints.collect::<String>());
        draft.find(MoveFinding::new(MoveVerdict::YouDecide, text).at(PYPROJECT));
    }
}

fn settled(draft: &mut Draft, trial: &Trial<'_>, manifest: Option<&str>) -> Result<()> {
    let wheel = packages(draft, trial)?;
    let old = draft.old;
    if old.files_failure.is_some() {
        return Ok(());
    }
    let omitted = wheel.listing.omitted.iter();
    let omitted = omitted.map(|one| one.path.clone()).collect::<BTreeSet<_>>();
    let keys = contents::keys(&old.files, &files(&wheel), &omitted);
    contents::write(&mut draft.settings, &keys);
    tell_contents(draft, &keys);
    license_files(draft, &wheel);
    let mut listings = trial.listings(&draft.text(), Products::Both)?;
    let (wheel, sdist) = (listings.remove(1), listings.remove(0));
    let left = contents::keys(&old.files, &files(&wheel), &BTreeSet::new());
    for (what, paths) in [("lacks", &left.include), ("holds besides", &left.exclude)] {
        if let Some(first) = paths.first() {
            let text = match paths.len() {
                1 => format!("the wheel {what} `{first}`"),
                count => format!("the wheel {what} `{first}` and the like: {count} in all"),
            };
            draft.find(MoveFinding::new(MoveVerdict::YouDecide, text));
        }
    }
    settle_sdist(draft, trial, &sdist, &files(&wheel), manifest)
}

/// The shortest way to name the packages with which the wheel has the right modules.
fn packages(draft: &mut Draft, trial: &Trial<'_>) -> Result<ProductListing> {
    let before = draft.settings.clone();
    let mut best: Result<(Table, ProductListing)> = Err(Error::new("no choice was tried"));
    for choice in layout::choices(draft.old) {
        draft.settings = with(&choice, &before);
        match trial.wheel(&draft.text()) {
            Ok(wheel) => {
                let files = files(&wheel);
                let paths = files.iter().map(|(path, source)| (path.as_str(), source.as_str()));
                let fits = layout::has_same_modules(draft.old, paths);
                best = Ok((draft.settings.clone(), wheel));
                if fits {
                    break;
                }
            }
            Err(error) if best.is_err() => best = Err(error),
            Err(_) => {}
        }
    }
    let (settings, wheel) = best?;
    draft.settings = settings;
    Ok(wheel)
}

/// Where packages lie comes behind `cffi_modules`, and before all else.
fn with(choice: &Table, before: &Table) -> Table {
    let mut table = before.clone();
    for (key, item) in choice {
        table.insert(key, item.clone());
    }
    table
}

/// What a wheel holds of the tree, without its metadata and the files of other places.
fn files(product: &ProductListing) -> Files {
    let held = product.listing.included.iter();
    let held = held.filter(|one| {
        let top = one.path.split('/').next().unwrap_or_default();
        !top.ends_with(".dist-info") && !top.ends_with(".data")
    });
    held.filter_map(|one| Some((one.path.clone(), one.source.clone()?))).collect()
}

fn tell_contents(draft: &mut Draft, keys: &contents::ContentKeys) {
    let place = ["package_data", "exclude_package_data", "packages"].iter();
    let place = place.filter_map(|keyword| draft.place(keyword)).next();
    for (key, paths, what) in [
        ("include", &keys.include, "C and the like that the wheel held"),
        (
            "exclude",
            &keys.exclude,
            "what lies in packages and was in no wheel; without the key it is",
        ),
    ] {
        if !paths.is_empty() {
            let text = format!("tool.officina.{key}: {what}");
            let finding = MoveFinding::new(MoveVerdict::Same, text);
            draft.find(MoveFinding { place: place.clone(), ..finding });
        }
    }
    if !keys.files.is_empty() {
        let text = "tool.officina.files: files with another path in the wheel";
        draft.tell(MoveVerdict::Same, "package_dir", text);
    }
}

/// Setuptools and Officina look for the same names; a project may have said others.
fn license_files(draft: &mut Draft, wheel: &ProductListing) {
    let held = wheel.listing.included.iter();
    let new: BTreeSet<&str> =
        held.filter_map(|one| Some(one.path.split_once(".dist-info/licenses/")?.1)).collect();
    let old: BTreeSet<&str> = draft.old.metadata.license_files.iter().map(String::as_str).collect();
    if new == old || draft.project().contains_key("license-files") {
        return;
    }
    if draft.project().get("license").is_some_and(|license| license.as_table_like().is_some()) {
        let names = old.iter().copied().collect::<Vec<_>>().join(", ");
        let text = format!("license_files ({names}) cannot be named beside a table `license`");
        let list = old.into_iter().collect::<toml_edit::Array>();
        let toml = format!("license = \"...\"   # an SPDX expression\nlicense-files = {list}");
        let place = draft.place("license_files");
        draft.find(MoveFinding {
            place,
            ..MoveFinding::new(MoveVerdict::YouDecide, text).propose(toml)
        });
    } else {
        let list = old.into_iter().collect::<toml_edit::Array>();
        draft.project().insert("license-files", toml_edit::value(list));
    }
}

/// Old files of a build that the new one has no use for.
const GONE: &[&str] = &["setup.py", "setup.cfg", "MANIFEST.in", "PKG-INFO"];

fn settle_sdist(
    draft: &mut Draft,
    trial: &Trial<'_>,
    sdist: &ProductListing,
    wheel: &Files,
    manifest: Option<&str>,
) -> Result<()> {
    let Some(listed) = &draft.old.sdist_files else { return Ok(()) };
    let old: BTreeSet<String> =
        listed.iter().filter(|one| !GONE.contains(&one.as_str())).cloned().collect();
    let new: BTreeSet<String> =
        sdist.listing.included.iter().filter_map(|one| one.source.clone()).collect();
    let missing: BTreeSet<String> =
        old.difference(&new).filter(|one| trial.tree.join(one).is_file()).cloned().collect();
    let extra: BTreeSet<String> = new
        .difference(&old)
        .filter(|one| !wheel.values().any(|held| held == *one) && *one != PYPROJECT)
        .cloned()
        .collect();
    let kept: BTreeSet<&String> = new.iter().filter(|one| !extra.contains(*one)).collect();
    let exclude: Vec<String> = manifest_in::excluded(manifest.unwrap_or_default())
        .into_iter()
        .filter(|glob| {
            let Ok(glob) = Glob::new(glob) else { return false };
            let glob = glob.compile_matcher();
            extra.iter().any(|one| glob.is_match(one)) && !kept.iter().any(|one| glob.is_match(one))
        })
        .collect();
    let include = contents::globs(&missing, &new);
    contents::write_sdist(&mut draft.settings, &include, &exclude);
    if manifest.is_some() {
        let text = "an sdist holds what git tracks and what a wheel needs";
        let text = match (include.is_empty(), exclude.is_empty()) {
            (true, true) => text.to_owned(),
            _ => format!("{text}, and tool.officina.sdist says the rest"),
        };
        draft.find(MoveFinding::new(MoveVerdict::Same, text).at("MANIFEST.in"));
    }
    let matched = |one: &&String| {
        let globs = exclude.iter().filter_map(|glob| Glob::new(glob).ok());
        !globs.into_iter().any(|glob| glob.compile_matcher().is_match(one))
    };
    let more: BTreeSet<String> = extra.iter().filter(matched).cloned().collect();
    let is_changed = draft.old.commands.iter().any(|one| one.name == "sdist" && one.is_own);
    if !more.is_empty() && !is_changed {
        let first = more.first().map(String::as_str).unwrap_or_default();
        let files = match more.len() {
            1 => format!("one file more (`{first}`), since git tracks it or would"),
            count => format!("{count} files more (`{first}`, ...), since git tracks them or would"),
        };
        let text = format!("the sdist holds {files}; `sdist.exclude` leaves files out");
        draft.find(MoveFinding::new(MoveVerdict::Better, text));
    }
    // Only a try tells whether the globs are taken.
    trial.listings(&draft.text(), Products::Sdist).map(drop)
}

/// Removes the tables of a draft's `[tool.officina]` that hold nothing.
pub fn tidy(settings: &mut Table) {
    let empty: Vec<String> = settings
        .iter()
        .filter(|(_, item)| matches!(item, Item::Table(table) if table.is_empty()))
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in empty {
        settings.remove(&key);
    }
}

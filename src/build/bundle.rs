//! Shared libraries are copied into the wheel, and its files told to load the copies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use crate::binary::elf_names::NameChanges;
use crate::binary::{BundleSearch, WheelMember};
use crate::build::bundle_licenses;
use crate::build::context::Build;
use crate::build::product::Product;
use crate::build::wheel_platform;
use crate::engine::graph::{Graph, Node};
use crate::engine::scheduler;
use crate::engine::step::Step;
use crate::error::{Error, Result};
use crate::fs;
use crate::model::{
    Bundle, Content, ManifestEntry, Module, PlatformTag, SettingOrigin, SettingValue, Task,
    TaskKind, WheelKind,
};
use crate::steps::bundle::find::{self, FindLibraries};
use crate::steps::bundle::plan::{BundlePlan, BundledLibrary};
use crate::steps::bundle::rename::RenameLibraries;
use crate::steps::make_modules::LinkedModule;

/// The libraries that a wheel has taken in.
#[derive(Default)]
pub struct BundledCopies {
    /// Which ones, and who needs them.
    pub plan: BundlePlan,
    /// The folder of the wheel that they are in.
    folder: String,
}

impl BundledCopies {
    /// The path of a copy in the wheel.
    pub fn path_of(&self, library: &BundledLibrary) -> String {
        format!("{}/{}", self.folder, library.copy)
    }

    /// The SHA-256 of the copy with this path in the wheel, in hexadecimal.
    pub fn digest(&self, build: &Build, path: &str) -> Option<String> {
        let answer = build.folder.cache.answer_of_step(&RenameLibraries::id_of(path))?;
        serde_json::from_str(&answer).ok()
    }
}

/// The wheel with the shared libraries that its files need and `bundle` asks for. An editable wheel
/// is for this machine, and has none.
///
/// # Errors
/// The wheel is for a system where others do that, a library is not there, or its licence.
pub fn bundled(
    build: &Build,
    product: Product,
    modules: &[Module],
    linked: &mut [LinkedModule],
) -> Result<(Product, BundledCopies)> {
    let none = BundledCopies::default();
    let Some(bundle) = &build.project.options.bundle else { return Ok((product, none)) };
    if build.hook.kind == WheelKind::Editable {
        return Ok((product, none));
    }
    say_what_is_opened_later(build, &product, modules);
    let Some(machine) = machine(&product.tag.platform, &bundle.origin)? else {
        return Ok((product, none));
    };
    let start = Instant::now();
    let members = members(&product);
    let plan = found(build, &machine, &members, linked, bundle)?;
    say_what_is_not_needed(build, &bundle.value, &plan, &members);
    say_what_stays_behind(build, &plan);
    if plan.libraries.is_empty() {
        return Ok((product, none));
    }
    let copies = BundledCopies { plan, folder: folder(&product) };
    let wheel = BundledWheel { build, copies: &copies, members: &members };
    wheel.make_copies()?;
    let product = wheel.product(product, linked)?;
    build.console().done("Bundled", &shown(&copies.plan), start.elapsed());
    Ok((product, copies))
}

/// The machine that the wheel is for; `None`: it is for all, so that it holds nothing compiled.
fn machine(platform: &str, origin: &SettingOrigin) -> Result<Option<String>> {
    if let Some(machine) = platform.strip_prefix("linux_") {
        return Ok(Some(machine.to_owned()));
    }
    let tool = match platform {
        "any" => return Ok(None),
        mac if mac.starts_with("macosx_") => "delocate",
        windows if windows.starts_with("win") => "delvewheel",
        _ => {
            let message = format!("`bundle` cannot make a wheel for `{platform}`");
            return Err(Error::new(message).set_by(origin).hint(ONLY_LINUX));
        }
    };
    Err(Error::new(format!("`bundle` cannot make a wheel for `{platform}`: it is for Linux"))
        .set_by(origin)
        .hint(format!("let {tool} put the libraries into the finished wheel"))
        .hint(ONLY_LINUX))
}

/// How the rest of a project's systems do without.
const ONLY_LINUX: &str =
    "set it for Linux alone, in `[[tool.officina.overrides]]` with `if.platform = \"linux\"`";

/// The compiled files of the wheel that lie where Python looks: others have no fixed way to the
/// libraries.
fn members(product: &Product) -> Vec<WheelMember> {
    let is_imported = |member: &WheelMember| {
        !member.path.split('/').next().is_some_and(|top| top.ends_with(".data"))
    };
    wheel_platform::members(product).into_iter().filter(is_imported).collect()
}

/// The folder of the wheel for its libraries: that of `auditwheel`.
fn folder(product: &Product) -> String {
    format!("{}.libs", product.file_name.split('-').next().unwrap_or_default())
}

fn found(
    build: &Build,
    machine: &str,
    members: &[WheelMember],
    linked: &[LinkedModule],
    bundle: &SettingValue<Bundle>,
) -> Result<BundlePlan> {
    let options = &build.project.options;
    let demanded = options.platform_tag.as_ref().and_then(|tag| match &tag.value {
        PlatformTag::Demanded(tag) => Some(tag.as_str()),
        _ => None,
    });
    let folders = |one: &LinkedModule| (one.extension.path.clone(), one.library_folders.clone());
    let linked_from = linked.iter().map(folders).collect();
    let (environment, paths) = (build.hook.environment, build.folder.cache.paths());
    let search = BundleSearch {
        members,
        machine,
        demanded,
        bundle: &bundle.value,
        exclude: &options.bundle_exclude,
        linked_from: &linked_from,
        environment: &fs::listed_folders(environment, find::SEARCHED),
        cross: build.hook.target.sysconfig.cross.as_deref(),
    };
    let step = Box::new(FindLibraries { search, paths, environment });
    let mut graph = Graph::default();
    let group = graph.add_group("the shared libraries", false);
    add(&mut graph, group, step, "the shared libraries");
    run(build, &graph)?;
    let answer = build.folder.cache.answer_of_step(FindLibraries::ID);
    let plan = answer.and_then(|answer| find::found(&answer, paths));
    plan.ok_or_else(|| Error::new("the shared libraries of the wheel are not known"))
}

fn add<'a>(graph: &mut Graph<'a>, group: usize, step: Box<dyn Step + 'a>, name: &str) {
    let task = Task::new(TaskKind::Bundle, name);
    graph.add(Node { step, task, verb: "Bundled", needs: Vec::new(), group });
}

fn run(build: &Build, graph: &Graph) -> Result<()> {
    let context = build.compile_context();
    scheduler::run(graph, &context.engine(), || Ok(())).map(|_| ())
}

/// A wheel that gets libraries.
struct BundledWheel<'a> {
    build: &'a Build<'a>,
    copies: &'a BundledCopies,
    members: &'a [WheelMember],
}

impl BundledWheel<'_> {
    /// Where the file of the wheel is made.
    fn made(&self, wheel_path: &str) -> PathBuf {
        self.build.folder.path.join("bundled").join(wheel_path)
    }

    /// Copies libraries and the files that need them, with the names of copies.
    fn make_copies(&self) -> Result<()> {
        let mut graph = Graph::default();
        let group = graph.add_group("the shared libraries", false);
        let mut copy = |path: &str, from: &PathBuf, changes: NameChanges| {
            let step = Box::new(RenameLibraries {
                from: from.clone(),
                to: self.made(path),
                changes,
                id: RenameLibraries::id_of(path),
                paths: self.build.folder.cache.paths(),
                environment: self.build.hook.environment,
            });
            add(&mut graph, group, step, path);
        };
        for library in &self.copies.plan.libraries {
            let beside = (!library.needs.is_empty()).then_some("$ORIGIN");
            let kept = library.kept_folders.iter().map(String::as_str);
            let folders: Vec<&str> = beside.into_iter().chain(kept).collect();
            let run_path = (!folders.is_empty()).then(|| folders.join(":"));
            let soname = Some(library.copy.clone());
            let changes = NameChanges { soname, needed: self.renamed(&library.needs), run_path };
            copy(&self.copies.path_of(library), &library.file, changes);
        }
        for (member, needs) in self.users() {
            let needed = self.renamed(needs);
            let run_path = Some(self.run_path(member));
            copy(&member.path, &member.file, NameChanges { soname: None, needed, run_path });
        }
        run(self.build, &graph)
    }

    fn users(&self) -> impl Iterator<Item = (&WheelMember, &BTreeMap<String, usize>)> {
        self.members.iter().filter_map(|one| Some((one, self.copies.plan.users.get(&one.path)?)))
    }

    /// The names of copies, by those that are needed.
    fn renamed(&self, needs: &BTreeMap<String, usize>) -> BTreeMap<String, String> {
        let copy = |index: &usize| self.copies.plan.libraries[*index].copy.clone();
        needs.iter().map(|(name, index)| (name.clone(), copy(index))).collect()
    }

    /// The folders where a file looks: those within an installation that it has named before, and the
    /// one with the copies. Others are of this machine: they stay where a library stays outside.
    fn run_path(&self, member: &WheelMember) -> String {
        let elf = &member.needs.elf;
        let before = elf.runpath.as_ref().or(elf.rpath.as_ref());
        let is_needed = self.copies.plan.left_out.contains(&member.path);
        let is_kept = |folder: &&str| {
            is_needed || folder.starts_with("$ORIGIN") || folder.starts_with("${ORIGIN}")
        };
        let before = before.into_iter().flat_map(|list| list.split(':'));
        let before = before.filter(|folder| !folder.is_empty()).filter(is_kept);
        let depth = member.folder().split('/').filter(|part| !part.is_empty()).count();
        let own = format!("$ORIGIN/{}{}", "../".repeat(depth), self.copies.folder);
        let mut folders: Vec<&str> = Vec::new();
        for folder in before.chain([own.as_str()]) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders.join(":")
    }

    /// The wheel with the copies in the place of what they are copies of, and the licences.
    fn product(&self, mut product: Product, linked: &mut [LinkedModule]) -> Result<Product> {
        let made: BTreeMap<&str, PathBuf> =
            self.users().map(|(one, _)| (one.path.as_str(), self.made(&one.path))).collect();
        for entry in product.manifest.entries.iter_mut().chain(&mut product.built) {
            if let Some(file) = made.get(entry.path.as_str()) {
                entry.content = Content::File(file.clone());
            }
        }
        for module in linked {
            if let Some(file) = made.get(module.extension.wheel_path.as_str()) {
                module.extension.path.clone_from(file);
            }
        }
        let copies = self.copies.plan.libraries.iter().map(|library| {
            let path = self.copies.path_of(library);
            ManifestEntry { content: Content::File(self.made(&path)), path, executable: true }
        });
        let licenses =
            bundle_licenses::entries(self.build, &self.copies.plan, &self.copies.folder)?;
        let added: Vec<ManifestEntry> = copies.chain(licenses).collect();
        product.built.extend(added.iter().cloned());
        product.with(added)
    }
}

/// `3 libraries, 31.2 MB: libicudata.so.72 (29.6 MB), …`, the largest first.
fn shown(plan: &BundlePlan) -> String {
    let mut libraries: Vec<&BundledLibrary> = plan.libraries.iter().collect();
    libraries.sort_by_key(|library| std::cmp::Reverse(library.size));
    let one = |library: &&BundledLibrary| format!("{} ({})", library.name, size(library.size));
    let all: Vec<String> = libraries.iter().map(one).collect();
    let count = match libraries.len() {
        1 => "1 library".to_owned(),
        many => format!("{many} libraries"),
    };
    let total = size(libraries.iter().map(|library| library.size).sum());
    format!("{count}, {total}: {}", all.join(", "))
}

fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        return format!("{} kB", bytes.div_ceil(1000));
    }
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

/// A module in ABI mode opens its library when it runs: nothing says which one.
fn say_what_is_opened_later(build: &Build, product: &Product, modules: &[Module]) {
    let is_shared = |entry: &ManifestEntry| {
        let last = entry.path.rsplit('/').next().unwrap_or_default();
        last.starts_with("lib") && (last.ends_with(".so") || last.contains(".so."))
    };
    if product.manifest.entries.iter().any(is_shared) {
        return; // which is likely to be what it opens
    }
    for module in modules.iter().filter_map(Module::python) {
        build.console().warning(&format!(
            "nothing is bundled for `{}`: what `ffi.dlopen()` opens is not known before it runs; put \
             the library into the package, or link it in API mode",
            module.name
        ));
    }
}

/// What a library opens itself when it runs is here, and may not be where the wheel goes.
fn say_what_stays_behind(build: &Build, plan: &BundlePlan) {
    for library in plan.libraries.iter().filter(|library| !library.opens.is_empty()) {
        build.console().warning(&format!(
            "nothing is bundled for `{}`, which `{}` may open when it runs: try the wheel on a system without; if \
             it works there, say so with `bundle-exclude`",
            library.opens.join("`, `"),
            library.name
        ));
    }
}

/// A name that fits nothing is a slip, or of another system.
fn say_what_is_not_needed(
    build: &Build,
    bundle: &Bundle,
    plan: &BundlePlan,
    members: &[WheelMember],
) {
    let Bundle::Named(names) = bundle else { return };
    let needed: BTreeSet<&str> =
        members.iter().flat_map(|one| &one.needs.elf.needed).map(String::as_str).collect();
    for name in names {
        if plan.libraries.iter().any(|library| library.is_called(name)) {
            continue;
        }
        let why = match needed.iter().find(|library| name.matches(library)) {
            Some(library) => {
                format!("`{library}` is in the wheel, or on every system that it is for")
            }
            None => "no file of the wheel needs such a library".to_owned(),
        };
        let name = name.as_str();
        build.console().warning(&format!("nothing is bundled for `{name}`: {why}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_systems_have_other_tools() {
        let origin = SettingOrigin::ConfigSetting("bundle".into());
        let table = [
            ("linux_x86_64", Ok(Some("x86_64"))),
            ("any", Ok(None)),
            ("macosx_11_0_arm64", Err("let delocate put the libraries into the finished wheel")),
            ("win_amd64", Err("let delvewheel put the libraries into the finished wheel")),
            ("freebsd_14_amd64", Err("set it for Linux alone, in `[[tool.officina.overrides]]`")),
        ];
        for (platform, expected) in table {
            match (machine(platform, &origin), expected) {
                (Ok(found), Ok(machine)) => assert_eq!(found.as_deref(), machine, "{platform}"),
                (Err(error), Err(hint)) => {
                    let parts = error.parts();
                    assert!(parts.message.contains(platform), "{parts:?}");
                    assert!(parts.hints.iter().any(|said| said.starts_with(hint)), "{parts:?}");
                }
                (found, _) => panic!("{platform}: {found:?}"),
            }
        }
    }

    #[test]
    fn sizes_are_told_in_kilobytes_and_megabytes() {
        let table =
            [(1, "1 kB"), (999_999, "1000 kB"), (1_250_000, "1.2 MB"), (31_000_000, "31.0 MB")];
        for (bytes, expected) in table {
            assert_eq!(size(bytes), expected);
        }
    }
}

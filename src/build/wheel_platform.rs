//! The platform of a wheel, by the compiled files in it: what a Linux must have to run them, and which
//! Macs do.

use std::path::Path;

use crate::binary::{PlatformNeeds, WheelMember, mac_slices, member};
use crate::build::context::Build;
use crate::build::native_files;
use crate::build::platform_causes::{WheelEvidence, explained, remedies, sentence};
use crate::build::product::Product;
use crate::error::{Error, Result};
use crate::model::{Content, PlatformTag, SettingOrigin, WheelKind};
use crate::python::platform_policies::{PlatformPolicies, PlatformPolicy, TagFamily};
use crate::python::tags::{self, MacFile};
use crate::steps::make_modules::LinkedModule;

/// The wheel with the platform that its files and `platform-tag` make it. An editable wheel is for
/// this machine.
///
/// # Errors
/// A tag is demanded that does not hold, or that does not exist.
pub fn decided(build: &Build, product: Product, linked: &[LinkedModule]) -> Result<Product> {
    if build.hook.kind == WheelKind::Editable {
        return Ok(product);
    }
    if product.tag.platform.starts_with("macosx_") {
        return Ok(for_macs(build, product));
    }
    let Some(machine) = product.tag.platform.strip_prefix("linux_").map(str::to_owned) else {
        return Ok(product);
    };
    let Some(wanted) = &build.project.options.platform_tag else { return Ok(product) };
    if wanted.value == PlatformTag::Linux {
        return Ok(product);
    }
    let members = members(&product);
    let cross = build.hook.target.sysconfig.cross.as_deref();
    let needs = PlatformNeeds::of(&members, &machine, cross);
    let evidence = WheelEvidence { root: &build.project.root, linked, members: &members };
    let platform = match &wanted.value {
        PlatformTag::Demanded(tag) => {
            let demand = DemandedTag { tag, machine: &machine, origin: &wanted.origin };
            Some(demanded(&demand, &needs, &evidence)?)
        }
        _ => needs.fitting().map(|policy| policy.platform(&machine)),
    };
    match platform {
        Some(platform) => {
            let newest = needs.needs.first().map(|need| sentence(need, &evidence));
            build.console().reason("Tagged", &platform, newest.as_deref());
            Ok(product.for_platform(&platform, build.project))
        }
        None => {
            let why = why_none(&needs, &machine, &evidence);
            let platform = &product.tag.platform;
            build
                .console()
                .warning(&format!("the wheel is `{platform}`, which PyPI does not take: {why}"));
            Ok(product)
        }
    }
}

/// The compiled files of the wheel.
pub fn members(product: &Product) -> Vec<WheelMember> {
    files(product).filter_map(|(path, file)| member(path, file)).collect()
}

/// The files that may be compiled: their paths in the wheel, and where they lie.
fn files(product: &Product) -> impl Iterator<Item = (&str, &Path)> {
    let entries =
        product.manifest.entries.iter().filter(|entry| native_files::may_be_linked(entry));
    entries.filter_map(|entry| match &entry.content {
        Content::File(file) => Some((entry.path.as_str(), file.as_path())),
        Content::Text(_) => None,
    })
}

/// The wheel for the Macs that all of its files are for.
fn for_macs(build: &Build, product: Product) -> Product {
    let of_file = |(path, file)| (path, mac_slices(file));
    let found: Vec<(&str, MacFile)> = files(&product).map(of_file).collect();
    let found = || found.iter().filter(|(_, slices)| !slices.is_empty());
    let slices: Vec<MacFile> = found().map(|(_, slices)| slices.clone()).collect();
    let planned = product.tag.platform.as_str();
    let platform = tags::mac_platform_of(planned, &slices);
    if platform == planned {
        return product;
    }
    let is_cause =
        |slices: &MacFile| tags::mac_platform_of(planned, std::slice::from_ref(slices)) != planned;
    if let Some((path, slices)) = found().find(|(_, slices)| is_cause(slices)) {
        let slice = |(name, oldest): &(&str, Option<(u32, u32)>)| match oldest {
            Some((major, minor)) => format!("{name} from macOS {major}.{minor} on"),
            None => (*name).to_owned(),
        };
        let slices: Vec<String> = slices.iter().map(slice).collect();
        build.console().warning(&format!(
            "the wheel is `{platform}` and not `{planned}`: `{path}` is for {}",
            slices.join(" and ")
        ));
    }
    product.for_platform(&platform, build.project)
}

/// A tag that somebody wants.
struct DemandedTag<'a> {
    tag: &'a str,
    machine: &'a str,
    origin: &'a SettingOrigin,
}

/// The platform of a demanded tag.
fn demanded(
    demand: &DemandedTag,
    needs: &PlatformNeeds,
    evidence: &WheelEvidence,
) -> Result<String> {
    let DemandedTag { tag, machine, origin } = *demand;
    let family = TagFamily::of(tag).unwrap_or(TagFamily::Manylinux);
    let policies = PlatformPolicies::of(family, machine);
    let Some(policy) = policies.named(tag) else {
        return Err(unknown(demand, &policies));
    };
    let refused = Error::new(format!(
        "the wheel is no `{}_{machine}`, which `platform-tag` asks for",
        policy.name
    ))
    .set_by(origin);
    if !needs.has_files {
        return Err(refused.note(format!("it holds no linked file for `{machine}`")).hint(AUTO));
    }
    if needs.family != family {
        let (own, other) = match family {
            TagFamily::Manylinux => ("musl", "glibc"),
            TagFamily::Musllinux => ("glibc", "musl"),
        };
        return Err(refused
            .note(format!("its files are linked with {own}, and such a tag stands for {other}"))
            .hint(format!("build it on a system with {other}, such as an image of quay.io/pypa")));
    }
    let against: Vec<_> = needs.against(policy).collect();
    if against.is_empty() {
        return Ok(policy.platform(machine));
    }
    let mut error = explained(refused, &against, evidence);
    for remedy in remedies(&against, family, policy.name, machine) {
        error = error.hint(remedy);
    }
    Err(match needs.fitting() {
        Some(fitting) => {
            error.hint(format!("or set `platform-tag = \"{}\"`, which holds", fitting.name))
        }
        None => error,
    })
}

/// The next step where nobody has to know more.
const AUTO: &str = "set `platform-tag = \"auto\"`, which takes the tag that holds";

fn unknown(demand: &DemandedTag, policies: &PlatformPolicies) -> Error {
    let DemandedTag { tag, machine, origin } = *demand;
    let error = Error::new(format!("there is no tag `{tag}_{machine}`")).set_by(origin);
    let names: Vec<&str> = policies.policies.iter().map(|policy| policy.name).collect();
    match names.as_slice() {
        [] => error.hint("set `platform-tag = \"linux\"`"),
        names => error.hint(format!("there are {}", names.join(", "))).hint(AUTO),
    }
}

fn why_none(needs: &PlatformNeeds, machine: &str, evidence: &WheelEvidence) -> String {
    let family = needs.family.as_str();
    let newest: Option<&PlatformPolicy> = needs.policies.policies.last();
    match (newest, needs.needs.first()) {
        (None, _) => format!("no {family} tag is for `{machine}`"),
        (_, Some(need)) if needs.has_files => sentence(need, evidence),
        _ => format!("it holds no linked file for `{machine}`"),
    }
}

//! The settings of the project and those given at build time -> [`BuildOptions`]. Pure.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::{
    BuildOptions, Bundle, BundleWord, CffiDependency, DebugSections, Detail, Macro,
    PartialBuildOptions, Sanitizer, SettingValue,
};

/// Merges both. What is given at build time wins; its lists are added to the project's.
///
/// # Errors
/// Sanitizers that no compiler has at once.
pub fn merged(project: &PartialBuildOptions, given: &PartialBuildOptions) -> Result<BuildOptions> {
    let is_verbose = given.verbose.or(project.verbose).unwrap_or_default();
    Ok(BuildOptions {
        limited_api: given.limited_api.or(project.limited_api).unwrap_or_default(),
        profile: given.profile.or(project.profile).unwrap_or_default(),
        debug_places: given.debug_places.unwrap_or_default(),
        glue_optimization: given
            .glue_optimization
            .or(project.glue_optimization)
            .unwrap_or_default(),
        debug_sections: match given.strip.or(project.strip) {
            Some(false) => DebugSections::Kept,
            Some(true) | None => DebugSections::Removed,
        },
        cffi_dependency: match given.require_cffi.or(project.require_cffi) {
            Some(false) => CffiDependency::Elsewhere,
            Some(true) | None => CffiDependency::Required,
        },
        cargo_offline: given.cargo_offline.or(project.cargo_offline).unwrap_or_default(),
        jobs: given.jobs.or(project.jobs),
        detail: if is_verbose { Detail::Commands } else { Detail::Steps },
        timings: given.timings.as_ref().or(project.timings.as_ref()).cloned().unwrap_or_default(),
        compile_commands: given.compile_commands.or(project.compile_commands).unwrap_or_default(),
        build_dir: given.build_dir.clone().or_else(|| project.build_dir.clone()),
        define_macros: macros(&project.define_macros, &given.define_macros),
        include_dirs: folders(&project.include_dirs, &given.include_dirs),
        library_dirs: folders(&project.library_dirs, &given.library_dirs),
        libraries: words(&project.libraries, &given.libraries),
        extra_compile_args: words(&project.extra_compile_args, &given.extra_compile_args),
        extra_link_args: words(&project.extra_link_args, &given.extra_link_args),
        sanitizers: sanitizers(&project.sanitize, &given.sanitize)?,
        allow_undefined: [&project.allow_undefined, &given.allow_undefined]
            .into_iter()
            .flatten()
            .map(|symbols| symbols.value.clone())
            .collect(),
        compiler_launcher: given
            .compiler_launcher
            .clone()
            .or_else(|| project.compiler_launcher.clone()),
        build_tag: given.build_tag.clone().or_else(|| project.build_tag.clone()),
        platform_tag: given.platform_tag.clone().or_else(|| project.platform_tag.clone()),
        bundle: bundle(&project.bundle, &given.bundle),
        bundle_exclude: [&project.bundle_exclude, &given.bundle_exclude]
            .into_iter()
            .flatten()
            .map(|names| names.value.clone())
            .collect(),
        sbom: given.sbom.or(project.sbom).unwrap_or_default(),
        editable_rebuild: given.editable_rebuild.or(project.editable_rebuild).unwrap_or_default(),
        editable_verbose: given.editable_verbose.or(project.editable_verbose).unwrap_or_default(),
    })
}

fn bundle(
    project: &[SettingValue<BundleWord>],
    given: &[SettingValue<BundleWord>],
) -> Option<SettingValue<Bundle>> {
    let said = || project.iter().chain(given);
    let value = Bundle::of(said().map(|word| &word.value))?;
    Some(SettingValue { value, origin: said().last()?.origin.clone() })
}

/// Of two values for one macro the later one counts; compilers would warn about both.
fn macros(project: &[SettingValue<Macro>], given: &[SettingValue<Macro>]) -> Vec<Macro> {
    let mut macros: Vec<Macro> = Vec::new();
    for SettingValue { value, .. } in project.iter().chain(given) {
        macros.retain(|earlier| earlier.name() != value.name());
        macros.push(value.clone());
    }
    macros
}

/// Compilers and linkers obey the later one of two words, and a word may belong to the one before it.
fn words(project: &[SettingValue<String>], given: &[SettingValue<String>]) -> Vec<String> {
    project.iter().chain(given).map(|word| word.value.clone()).collect()
}

fn folders(
    project: &[SettingValue<PathBuf>],
    given: &[SettingValue<PathBuf>],
) -> Vec<SettingValue<PathBuf>> {
    let mut folders: Vec<SettingValue<PathBuf>> = Vec::new();
    for folder in project.iter().chain(given) {
        if !folders.iter().any(|earlier| earlier.value == folder.value) {
            folders.push(folder.clone());
        }
    }
    folders
}

fn sanitizers(
    project: &[SettingValue<Sanitizer>],
    given: &[SettingValue<Sanitizer>],
) -> Result<Vec<Sanitizer>> {
    let mut found: Vec<Sanitizer> = Vec::new();
    for SettingValue { value, origin } in project.iter().chain(given) {
        if let Some(other) = found.iter().find(|other| other.excludes(*value)) {
            let error =
                Error::new(format!("the sanitizers `{other}` and `{value}` exclude each other"));
            return Err(error.set_by(origin).hint("build twice, with one of them each time"));
        }
        if !found.contains(value) {
            found.push(*value);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        GlueOptimization, LimitedApi, PlatformTag, Profile, PythonVersion, Sbom, SettingOrigin,
        TimingsPlace,
    };

    fn set<T>(value: T) -> SettingValue<T> {
        SettingValue { value, origin: SettingOrigin::ConfigSetting("x".into()) }
    }

    fn define(name: &str, value: &str) -> Macro {
        Macro::Define(name.into(), Some(value.into()))
    }

    #[test]
    fn a_release_build_is_the_default() {
        let nothing = PartialBuildOptions::default();
        assert_eq!(merged(&nothing, &nothing).unwrap(), BuildOptions::default());
    }

    /// What one place says: the second place says the opposite of the first in each value.
    fn said(place: SaidBy) -> PartialBuildOptions {
        let (on, letter) = (place == SaidBy::Project, place.letter());
        PartialBuildOptions {
            limited_api: Some(LimitedApi::Minimum(place.minimum())),
            profile: Some(if on { Profile::Debug } else { Profile::Release }),
            glue_optimization: Some(if on {
                GlueOptimization::Full
            } else {
                GlueOptimization::Low
            }),
            require_cffi: Some(on),
            strip: Some(!on),
            cargo_offline: Some(!on),
            jobs: Some(place.jobs()),
            verbose: Some(on),
            timings: Some(if on { TimingsPlace::BuildFolder } else { TimingsPlace::Nowhere }),
            compile_commands: Some(on),
            build_dir: Some(set(letter.into())),
            compiler_launcher: Some(set(letter.into())),
            build_tag: Some(format!("1{letter}")),
            platform_tag: Some(set(PlatformTag::Demanded(letter.into()))),
            sbom: Some(Sbom::of(on)),
            editable_rebuild: Some(on),
            editable_verbose: Some(on),
            ..PartialBuildOptions::default()
        }
    }

    #[derive(Clone, Copy, PartialEq)]
    enum SaidBy {
        Project,
        Build,
    }

    impl SaidBy {
        fn letter(self) -> &'static str {
            if self == SaidBy::Project { "a" } else { "b" }
        }

        fn minimum(self) -> PythonVersion {
            PythonVersion(3, if self == SaidBy::Project { 9 } else { 10 })
        }

        fn jobs(self) -> usize {
            if self == SaidBy::Project { 1 } else { 2 }
        }
    }

    #[test]
    fn single_values_given_at_build_time_win() {
        let project = said(SaidBy::Project);
        for (given, winner) in [
            (PartialBuildOptions::default(), SaidBy::Project),
            (said(SaidBy::Build), SaidBy::Build),
        ] {
            let (on, letter) = (winner == SaidBy::Project, winner.letter());
            let options = merged(&project, &given).unwrap();
            assert_eq!(options.limited_api, LimitedApi::Minimum(winner.minimum()));
            assert_eq!(options.profile == Profile::Debug, on);
            assert_eq!(options.jobs, Some(winner.jobs()));
            assert_eq!(options.detail == Detail::Commands, on);
            assert_eq!((options.editable_rebuild, options.editable_verbose), (on, on));
            assert_eq!(options.sbom == Sbom::Written, on);
            assert_eq!(options.timings == TimingsPlace::BuildFolder, on);
            assert_eq!(options.compile_commands, on);
            assert_eq!(options.glue_optimization == GlueOptimization::Full, on);
            assert_eq!(options.debug_sections == DebugSections::Kept, on);
            assert_eq!(options.cffi_dependency == CffiDependency::Required, on);
            assert_eq!(options.build_dir, Some(set(letter.into())));
            assert_eq!(options.compiler_launcher, Some(set(letter.into())));
            assert_eq!(options.build_tag, Some(format!("1{letter}")));
            let platform_tag = Some(set(PlatformTag::Demanded(letter.into())));
            assert_eq!(options.platform_tag, platform_tag);
        }
    }

    #[test]
    fn lists_given_at_build_time_are_added() {
        let project = PartialBuildOptions {
            define_macros: vec![set(define("A", "1")), set(define("B", "1"))],
            include_dirs: vec![set("x".into()), set("y".into())],
            library_dirs: vec![set("l".into())],
            libraries: vec![set("m".into()), set("z".into())],
            extra_compile_args: vec![set("-O3".into())],
            sanitize: vec![set(Sanitizer::Undefined)],
            ..PartialBuildOptions::default()
        };
        let given = PartialBuildOptions {
            define_macros: vec![set(define("A", "2"))],
            include_dirs: vec![set("z".into()), set("x".into())],
            libraries: vec![set("m".into())],
            extra_compile_args: vec![set("-O3".into()), set("-w".into())],
            extra_link_args: vec![set("-s".into())],
            sanitize: vec![set(Sanitizer::Undefined), set(Sanitizer::Address)],
            ..PartialBuildOptions::default()
        };
        let options = merged(&project, &given).unwrap();
        assert_eq!(options.define_macros, [define("B", "1"), define("A", "2")]);
        assert_eq!(options.include_dirs, ["x", "y", "z"].map(|f| set(f.into())));
        assert_eq!(options.library_dirs, [set("l".into())]);
        assert_eq!(options.libraries, ["m", "z", "m"]);
        assert_eq!(options.extra_compile_args, ["-O3", "-O3", "-w"]);
        assert_eq!(options.extra_link_args, ["-s"]);
        assert_eq!(options.sanitizers, [Sanitizer::Address, Sanitizer::Undefined]);
    }

    #[test]
    fn sanitizers_that_exclude_each_other_are_refused() {
        use Sanitizer::{Address, Leak, Memory, Thread, Undefined};
        for (first, second, together) in [
            (Address, Thread, false),
            (Thread, Address, false),
            (Address, Memory, false),
            (Thread, Leak, false),
            (Memory, Thread, false),
            (Memory, Leak, false),
            (Address, Leak, true),
            (Undefined, Thread, true),
            (Undefined, Memory, true),
        ] {
            let one = |value| PartialBuildOptions {
                sanitize: vec![set(value)],
                ..PartialBuildOptions::default()
            };
            let result = merged(&one(first), &one(second));
            assert_eq!(result.is_ok(), together, "{first} {second}");
            if let Err(error) = result {
                let message = format!("the sanitizers `{first}` and `{second}` exclude each other");
                assert_eq!(error.to_string(), message);
                assert!(!error.parts().hints.is_empty() && !error.parts().notes.is_empty());
            }
        }
    }
}

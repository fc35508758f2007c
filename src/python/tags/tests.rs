//! Tables: interpreter facts and what was built, beside the tag that installers look for.

use super::*;
use crate::model::{BuilderRef, ModuleEntry, Spanned};
use proptest::prelude::*;

fn cpython(minor: u8, platform: &str) -> Interpreter {
    Interpreter::cpython(PythonVersion(3, minor), platform)
}

fn linux(minor: u8) -> Interpreter {
    cpython(minor, "linux-x86_64")
}

fn threaded(minor: u8) -> Interpreter {
    Interpreter { free_threaded: true, ..linux(minor) }
}

fn debug(interpreter: Interpreter) -> Interpreter {
    Interpreter { debug: true, ..interpreter }
}

fn pypy(minor: u8) -> Interpreter {
    Interpreter {
        implementation: "pypy".into(),
        pypy_version: Some(PythonVersion(7, 3)),
        ..linux(minor)
    }
}

fn tag(abis: &[Abi], interpreter: &Interpreter, soabi: &str, floor: &Floor) -> Result<String> {
    let platform = platform(interpreter, &MacEnvironment::default())?;
    let soabi = Some(soabi).filter(|soabi| !soabi.is_empty());
    wheel_tag(abis, interpreter, soabi, &platform, floor).map(|tag| tag.to_string())
}

const LIMITED: Abi = Abi::Limited { minimum: None };

#[test]
fn an_interpreters_own_tag() {
    let graalpy = Interpreter { implementation: "graalpy".into(), ..linux(11) };
    let table = [
        (linux(9), "cpython-39-x86_64-linux-gnu", "cp39-cp39-linux_x86_64"),
        (linux(11), "cpython-311-x86_64-linux-gnu", "cp311-cp311-linux_x86_64"),
        (linux(13), "", "cp313-cp313-linux_x86_64"),
        (threaded(13), "cpython-313t-x86_64-linux-gnu", "cp313-cp313t-linux_x86_64"),
        (threaded(14), "cpython-314t-x86_64-linux-gnu", "cp314-cp314t-linux_x86_64"),
        (linux(15), "cpython-315-x86_64-linux-gnu", "cp315-cp315-linux_x86_64"),
        (threaded(15), "cpython-315t-x86_64-linux-gnu", "cp315-cp315t-linux_x86_64"),
        (debug(linux(11)), "cpython-311d-x86_64-linux-gnu", "cp311-cp311d-linux_x86_64"),
        (debug(threaded(14)), "cpython-314td-x86_64-linux-gnu", "cp314-cp314td-linux_x86_64"),
        (debug(cpython(12, "win-amd64")), "cp312-win_amd64", "cp312-cp312d-win_amd64"),
        (cpython(12, "win-amd64"), "cp312-win_amd64", "cp312-cp312-win_amd64"),
        (pypy(9), "pypy39-pp73-x86_64-linux-gnu", "pp39-pypy39_pp73-linux_x86_64"),
        (pypy(10), "pypy310-pp73-x86_64-linux-gnu", "pp310-pypy310_pp73-linux_x86_64"),
        (pypy(11), "", "pp311-pypy311_pp73-linux_x86_64"),
        (
            graalpy.clone(),
            "graalpy242-311-native-x86_64-linux",
            "graalpy311-graalpy242_311_native-linux_x86_64",
        ),
        (graalpy, "", "graalpy311-none-linux_x86_64"),
    ];
    for (interpreter, soabi, expected) in table {
        let found = tag(&[Abi::Version], &interpreter, soabi, &Floor::default()).unwrap();
        assert_eq!(found, expected, "{interpreter:?}");
    }
}

#[test]
fn folders_are_named_by_what_may_share_them() {
    for (interpreter, soabi, expected) in [
        (linux(13), "cpython-313-x86_64-linux-gnu", "cp313-linux_x86_64"),
        (threaded(13), "cpython-313t-x86_64-linux-gnu", "cp313t-linux_x86_64"),
        (debug(linux(11)), "cpython-311d-x86_64-linux-gnu", "cp311d-linux_x86_64"),
        (pypy(10), "pypy310-pp73-x86_64-linux-gnu", "pypy310_pp73-linux_x86_64"),
        (cpython(12, "macosx-11.0-arm64"), "cpython-312-darwin", "cp312-macosx_11_0_arm64"),
    ] {
        assert_eq!(folder_name(&interpreter, Some(soabi)), expected);
    }
}

#[test]
fn what_was_built_decides() {
    let minimum = |minor| Abi::Limited { minimum: Some(PythonVersion(3, minor)) };
    let floor = Floor::default();
    let table: [(&[Abi], Interpreter, &str); 14] = [
        (&[], linux(11), "py3-none-any"),
        (&[], pypy(10), "py3-none-any"),
        (&[LIMITED], linux(11), "cp39-abi3-linux_x86_64"),
        (&[LIMITED, minimum(10), minimum(8)], linux(11), "cp310-abi3-linux_x86_64"),
        (&[minimum(11)], linux(11), "cp311-abi3-linux_x86_64"),
        (&[LIMITED, Abi::Version], linux(11), "cp311-cp311-linux_x86_64"),
        (&[LIMITED, Abi::Embedding], linux(11), "cp311-cp311-linux_x86_64"),
        (&[Abi::Embedding], linux(12), "cp312-cp312-linux_x86_64"),
        (&[LIMITED], cpython(11, "win-amd64"), "cp39-abi3-win_amd64"),
        (&[Abi::LimitedFreeThreaded], threaded(15), "cp315-abi3.abi3t-linux_x86_64"),
        (&[Abi::LimitedFreeThreaded; 2], threaded(16), "cp315-abi3.abi3t-linux_x86_64"),
        (&[Abi::LimitedFreeThreaded, Abi::Version], threaded(15), "cp315-cp315t-linux_x86_64"),
        // Neither of these has a stable ABI, whatever a builder asked for.
        (&[LIMITED], threaded(14), "cp314-cp314t-linux_x86_64"),
        (&[LIMITED], pypy(10), "pp310-pypy310_pp73-linux_x86_64"),
    ];
    for (abis, interpreter, expected) in table {
        assert_eq!(tag(abis, &interpreter, "", &floor).unwrap(), expected, "{abis:?}");
    }
}

#[test]
fn the_floor_of_the_stable_abi() {
    let set = |minor| LimitedApi::Minimum(PythonVersion(3, minor));
    let from = LimitedApi::FromRequiresPython;
    let table = [
        (from, ">=3.9", "cp39"),
        (from, ">=3.10,<4", "cp310"),
        (from, "~=3.8", "cp38"),
        (from, ">=3.8.1", "cp38"),
        (from, ">3.8", "cp38"),
        (from, "==3.10.*", "cp310"),
        (from, ">=3.8,!=3.8.*", "cp39"),
        (from, ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*", "cp34"),
        (from, ">=3.2", "cp32"),
        (from, ">=3.5", "cp35"),
        (from, ">=3", "cp39"),
        (from, ">=2.7", "cp39"),
        (from, ">=3,!=3.9.*", "cp310"),
        (from, "!=3.5.*", "cp39"),
        (from, "<4", "cp39"),
        (from, "<3.9", "cp311"),
        (from, ">=3.12", "cp311"),
        (set(10), ">=3.9", "cp310"),
        (set(8), ">=3.9", "cp38"),
        (set(0), ">=3.9", "cp32"),
    ];
    for (limited_api, range, expected) in table {
        let range: VersionSpecifiers = range.parse().unwrap();
        let floor = Floor { limited_api, requires_python: Some(&range) };
        let found = tag(&[LIMITED], &linux(11), "", &floor).unwrap();
        assert_eq!(found, format!("{expected}-abi3-linux_x86_64"), "{limited_api:?} {range}");
    }
}

#[test]
fn a_minimum_above_the_interpreter_is_refused() {
    let floor =
        Floor { limited_api: LimitedApi::Minimum(PythonVersion(3, 12)), requires_python: None };
    let error = tag(&[LIMITED], &linux(11), "", &floor).unwrap_err();
    assert_eq!(error.to_string(), "`limited-api` asks for Python 3.12, but this is Python 3.11");
    let asked = Abi::Limited { minimum: Some(PythonVersion(3, 13)) };
    let error = tag(&[asked], &linux(11), "", &Floor::default()).unwrap_err();
    assert_eq!(error.to_string(), "`py_limited_api` asks for Python 3.13, but this is Python 3.11");
}

#[test]
fn platforms() {
    let table = [
        ("linux-x86_64", 64, "linux_x86_64"),
        ("linux-x86_64", 32, "linux_i686"),
        ("linux-aarch64", 64, "linux_aarch64"),
        ("linux-aarch64", 32, "linux_armv7l"),
        ("linux-i686", 32, "linux_i686"),
        ("win-amd64", 64, "win_amd64"),
        ("win32", 32, "win32"),
        ("win-arm64", 64, "win_arm64"),
        ("mingw_x86_64_ucrt", 64, "mingw_x86_64_ucrt"),
        ("macosx-10.9-universal2", 64, "macosx_10_9_universal2"),
        ("macosx-10.13-x86_64", 64, "macosx_10_13_x86_64"),
        ("macosx-11.0-arm64", 64, "macosx_11_0_arm64"),
        ("macosx-14.5-arm64", 64, "macosx_14_0_arm64"),
        ("macosx-14-arm64", 64, "macosx_14_0_arm64"),
        ("ios-13.0-arm64-iphoneos", 64, "ios_13_0_arm64_iphoneos"),
        ("freebsd-14.1-RELEASE-amd64", 64, "freebsd_14_1_release_amd64"),
    ];
    for (own, pointer_bits, expected) in table {
        let interpreter = Interpreter { pointer_bits, ..cpython(12, own) };
        assert_eq!(platform(&interpreter, &MacEnvironment::default()).unwrap(), expected, "{own}");
    }
}

#[test]
fn the_environment_of_a_mac() {
    let table = [
        ("macosx-10.9-universal2", None, Some("-arch arm64"), "macosx_11_0_arm64"),
        ("macosx-10.9-universal2", None, Some("-arch x86_64"), "macosx_10_9_x86_64"),
        ("macosx-11.0-arm64", None, Some("-arch x86_64 -arch arm64"), "macosx_11_0_universal2"),
        ("macosx-10.9-universal2", None, Some("-O1"), "macosx_10_9_universal2"),
        ("macosx-10.9-universal2", Some("10.13"), None, "macosx_10_13_universal2"),
        ("macosx-10.9-universal2", Some("12.3"), None, "macosx_12_0_universal2"),
        ("macosx-10.9-x86_64", Some("11"), None, "macosx_11_0_x86_64"),
        ("macosx-11.0-arm64", Some("10.9"), None, "macosx_11_0_arm64"),
        ("linux-x86_64", Some("nonsense"), Some("-arch arm64"), "linux_x86_64"),
    ];
    for (own, deployment_target, archflags, expected) in table {
        let mac = MacEnvironment { deployment_target, archflags };
        assert_eq!(platform(&cpython(12, own), &mac).unwrap(), expected, "{own} {mac:?}");
    }
    let mac = MacEnvironment { deployment_target: Some("11.x"), archflags: None };
    let error = platform(&cpython(12, "macosx-11.0-arm64"), &mac).unwrap_err();
    assert!(error.to_string().contains("`11.x`"), "{error}");
}

#[test]
fn metadata_alone_predicts() {
    let script = crate::model::ScriptRef::Dotted("build".into());
    let builder = BuilderRef { script, object: "ffi".into() };
    let entry = Spanned::new(ModuleEntry { builder, optional: false, condition: None }, 0..1);
    let nothing = Settings::default();
    assert_eq!(predicted_tag(&nothing, &linux(11), "linux_x86_64").to_string(), "py3-none-any");
    let builds = Settings { cffi_modules: vec![entry], ..Settings::default() };
    let predicted = predicted_tag(&builds, &pypy(10), "linux_x86_64");
    assert_eq!(predicted.to_string(), "pp310-pypy310_pp73-linux_x86_64");
}

proptest! {
    #[test]
    fn a_tag_has_three_parts_that_a_file_name_can_hold(
        own in "[a-z]{2,8}[-._ A-Za-z0-9]{0,20}",
        soabi in "[-.a-z0-9]{0,30}",
        minor in 2_u8..40,
        implementation in prop::sample::select(vec!["cpython", "pypy", "graalpy", "pyston"]),
    ) {
        let interpreter =
            Interpreter { implementation: implementation.into(), ..cpython(minor, &own) };
        let platform = platform(&interpreter, &MacEnvironment::default()).unwrap();
        let tag = wheel_tag(&[Abi::Version], &interpreter, Some(&soabi), &platform, &Floor::default());
        let tag = tag.unwrap();
        for part in [&tag.python, &tag.abi, &tag.platform] {
            prop_assert!(!part.is_empty());
            prop_assert!(part.chars().all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit()));
        }
    }
}

#[test]
fn the_files_of_a_wheel_say_which_macs_it_is_for() {
    let file = |slices: &[(&'static str, (u32, u32))]| -> MacFile {
        slices.iter().map(|(name, version)| (*name, Some(*version))).collect()
    };
    let arm = |version| file(&[("arm64", version)]);
    let intel = |version| file(&[("x86_64", version)]);
    let both = |one, other| file(&[("x86_64", one), ("arm64", other)]);
    let table = [
        ("macosx_11_0_arm64", vec![], "macosx_11_0_arm64"),
        ("macosx_11_0_arm64", vec![arm((11, 0))], "macosx_11_0_arm64"),
        ("macosx_11_0_arm64", vec![arm((14, 2))], "macosx_14_0_arm64"),
        ("macosx_12_0_arm64", vec![arm((11, 0))], "macosx_12_0_arm64"),
        ("macosx_10_9_x86_64", vec![intel((10, 9)), intel((10, 13))], "macosx_10_13_x86_64"),
        ("macosx_10_9_universal2", vec![both((10, 9), (11, 0))], "macosx_10_9_universal2"),
        ("macosx_10_9_universal2", vec![both((10, 9), (12, 0))], "macosx_12_0_universal2"),
        ("macosx_10_9_universal2", vec![both((10, 15), (11, 0))], "macosx_10_15_universal2"),
        ("macosx_10_9_universal2", vec![arm((11, 0))], "macosx_11_0_arm64"),
        (
            "macosx_10_9_universal2",
            vec![both((10, 9), (11, 0)), intel((10, 9))],
            "macosx_10_9_x86_64",
        ),
        ("macosx_10_9_universal2", vec![arm((11, 0)), intel((10, 9))], "macosx_10_9_universal2"),
        ("macosx_11_0_arm64", vec![both((10, 9), (11, 0))], "macosx_11_0_universal2"),
        ("macosx_11_0_arm64", vec![both((10, 9), (11, 0)), arm((12, 1))], "macosx_12_0_arm64"),
        ("macosx_10_9_x86_64", vec![vec![("x86_64", None)]], "macosx_10_9_x86_64"),
        ("macosx_10_9_intel", vec![intel((10, 9))], "macosx_10_9_intel"),
        ("linux_x86_64", vec![intel((10, 9))], "linux_x86_64"),
    ];
    for (planned, files, expected) in table {
        assert_eq!(mac_platform_of(planned, &files), expected, "{planned} {files:?}");
    }
}

//! What setuptools is told of a Windows on another machine -> the facts of its Python.
//!
//! cibuildwheel builds for ARM by a Python for x64. It names the platform and the folder of the import
//! libraries in a file of settings for setuptools, and the suffix of modules in a variable.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::{Environment, Interpreter, Sysconfig};

/// The file of settings, as setuptools reads it.
const SETTINGS: &str = "DIST_EXTRA_CONFIG";

/// Changes the facts of a Python on Windows to those of the one that the environment aims at, if it
/// names a platform.
///
/// # Errors
/// The platform is no Windows.
pub fn aim(
    interpreter: &mut Interpreter,
    sysconfig: &mut Sysconfig,
    environment: &Environment,
) -> Result<()> {
    let Some(file) = environment.text(SETTINGS) else { return Ok(()) };
    if !interpreter.platform.starts_with("win") {
        return Ok(());
    }
    // setuptools takes a file that is not there for an empty one.
    let text = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let platform = ["build_ext", "build", "bdist_wheel"]
        .into_iter()
        .find_map(|section| setting(&text, section, "plat_name"));
    let Some(platform) = platform.filter(|platform| *platform != interpreter.platform) else {
        return Ok(());
    };
    if !["win32", "win-amd64", "win-arm64"].contains(&platform) {
        return Err(Error::new(format!("`{platform}` is no platform of Windows"))
            .note(format!("{SETTINGS} names `{file}`, which says so in `plat_name`"))
            .hint("write `win-arm64`, `win-amd64` or `win32`, or unset the variable"));
    }
    let suffix = || {
        let (own, other) = (name(&interpreter.platform), name(platform));
        sysconfig.ext_suffix.as_ref().map(|suffix| suffix.replace(&own, &other))
    };
    let said = environment.text("SETUPTOOLS_EXT_SUFFIX").map(str::to_owned);
    sysconfig.ext_suffix = said.or_else(suffix);
    let folders = setting(&text, "build_ext", "library_dirs").unwrap_or_default();
    let folders = folders.split(';').map(str::trim).filter(|folder| !folder.is_empty());
    sysconfig.import_library_dirs = folders.map(PathBuf::from).collect();
    platform.clone_into(&mut interpreter.platform);
    interpreter.pointer_bits = if platform == "win32" { 32 } else { 64 };
    Ok(())
}

/// As file names have it: `win_arm64`.
fn name(platform: &str) -> String {
    platform.replace('-', "_")
}

/// The value of a key in a section, where it is not empty; the last one counts. Keys may have `-` for `_`.
fn setting<'a>(text: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let mut here = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[') {
            here = title.strip_suffix(']') == Some(section);
        } else if let Some((name, value)) = line.split_once(['=', ':']).filter(|_| here)
            && name.trim().replace('-', "_").eq_ignore_ascii_case(key)
        {
            found = Some(value.trim());
        }
    }
    found.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PythonVersion;

    /// As cibuildwheel 3 writes it.
    const RECORDED: &str = "\
[build]
plat_name=win-arm64
[build_ext]
library_dirs=C:\\cibw\\pythonarm64.3.12.10\\tools\\libs
plat_name=win-arm64
[bdist_wheel]
plat_name=win-arm64
";

    fn aimed(
        platform: &str,
        settings: &str,
        suffix: &str,
    ) -> Result<(String, String, Vec<PathBuf>, u8)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("extra-setup.cfg");
        std::fs::write(&file, settings).unwrap();
        let mut interpreter = Interpreter::cpython(PythonVersion(3, 12), platform);
        let own = format!(".cp312-{}.pyd", name(platform));
        let mut sysconfig = Sysconfig { ext_suffix: Some(own), ..Sysconfig::default() };
        let variables = [
            (SETTINGS, file.to_str().unwrap()),
            ("SETUPTOOLS_EXT_SUFFIX", suffix),
            ("VSCMD_ARG_TGT_ARCH", "arm64"),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        aim(&mut interpreter, &mut sysconfig, &variables.collect())?;
        let suffix = sysconfig.ext_suffix.unwrap_or_default();
        let folders = sysconfig.import_library_dirs;
        Ok((interpreter.platform, suffix, folders, interpreter.pointer_bits))
    }

    #[test]
    fn what_cibuildwheel_sets_aims_at_arm() {
        let folder = PathBuf::from(r"C:\cibw\pythonarm64.3.12.10\tools\libs");
        let arm = ("win-arm64".into(), ".cp312-win_arm64.pyd".into(), vec![folder], 64);
        assert_eq!(aimed("win-amd64", RECORDED, ".cp312-win_arm64.pyd").unwrap(), arm);
        assert_eq!(aimed("win-amd64", RECORDED, "").unwrap(), arm);
    }

    #[test]
    fn a_platform_is_read_where_setuptools_reads_it() {
        for (settings, expected, bits) in [
            ("[build]\nplat-name: win32", "win32", 32),
            ("[bdist_wheel]\nPLAT_NAME = win-arm64\n", "win-arm64", 64),
            ("[build]\nplat_name = win-amd64\n", "win-amd64", 64),
            ("[build]\nplat_name =\n", "win-amd64", 64),
            ("[install]\nplat_name = win-arm64\n", "win-amd64", 64),
            ("", "win-amd64", 64),
        ] {
            let (platform, _, folders, found) = aimed("win-amd64", settings, "").unwrap();
            assert_eq!((platform.as_str(), found), (expected, bits), "{settings}");
            assert_eq!(folders, Vec::<PathBuf>::new());
        }
    }

    #[test]
    fn another_system_does_not_look_and_another_platform_is_refused() {
        let (platform, suffix, ..) = aimed("linux-x86_64", RECORDED, ".x.so").unwrap();
        assert_eq!(
            (platform.as_str(), suffix.as_str()),
            ("linux-x86_64", ".cp312-linux_x86_64.pyd")
        );
        let error = aimed("win-amd64", "[build]\nplat_name=macosx-11.0-arm64", "").unwrap_err();
        assert!(error.to_string().contains("is no platform of Windows"), "{error}");
    }
}

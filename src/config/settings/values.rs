//! Single values as text, wherever they are written: in the file, in a config setting or in a
//! variable. Errors carry no place: the caller knows it.

use std::path::PathBuf;

use crate::config::paths;
use crate::error::{Error, Result, nearest};
use crate::model::{
    BundleWord, GlueOptimization, Language, LibraryPattern, LimitedApi, Macro, PlatformTag,
    Profile, PythonVersion, Sanitizer, SettingOrigin, SettingValue, SymbolPattern, TimingsPlace,
    Triple,
};

/// Reads a value of `limited-api`: `3.10`, `cp310` or `false`; `None` if it is none of these.
pub fn limited_api(text: &str) -> Option<LimitedApi> {
    if text == "false" {
        return Some(LimitedApi::Off);
    }
    limited_api_version(text).map(LimitedApi::Minimum)
}

/// Reads a Python version that has the limited API: `3.10`, `cp310`; `None` if it is none.
pub fn limited_api_version(text: &str) -> Option<PythonVersion> {
    // PEP 384 came with 3.2.
    let version: PythonVersion = text.parse().ok()?;
    (version.0 == 3 && version.1 >= 2).then_some(version)
}

/// Reads a value of `language`.
pub fn language(text: &str) -> Option<Language> {
    match text {
        "c" => Some(Language::C),
        "c++" => Some(Language::Cxx),
        _ => None,
    }
}

/// Reads a value of `profile`.
pub fn profile(text: &str) -> Option<Profile> {
    [Profile::Release, Profile::Debug].into_iter().find(|profile| profile.as_str() == text)
}

/// Reads a value of `glue-optimization`.
pub fn glue_optimization(text: &str) -> Option<GlueOptimization> {
    GlueOptimization::ALL.into_iter().find(|glue| glue.as_str() == text)
}

/// Reads a value of `build-tag`. A `-` separates the parts of a wheel's name.
pub fn build_tag(text: &str) -> Option<String> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.".contains(letter);
    let is_tag = text.starts_with(|first: char| first.is_ascii_digit());
    (is_tag && text.chars().all(is_allowed)).then(|| text.to_owned())
}

/// Reads a value of `platform-tag`.
pub fn platform_tag(text: &str) -> Option<PlatformTag> {
    match text {
        "linux" => return Some(PlatformTag::Linux),
        "auto" => return Some(PlatformTag::Auto),
        "manylinux1" | "manylinux2010" | "manylinux2014" => {}
        _ => {
            let version = ["manylinux_", "musllinux_"].iter().find_map(|n| text.strip_prefix(n))?;
            let (major, minor) = version.split_once('_')?;
            let is_number =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if !is_number(major) || !is_number(minor) {
                return None;
            }
        }
    }
    Some(PlatformTag::Demanded(text.to_owned()))
}

/// Reads a value of `target`.
///
/// # Errors
/// It names no Linux, or a machine that is not known.
pub fn target(text: &str) -> Result<Triple> {
    Triple::new(text).ok_or_else(|| {
        let error = Error::new(format!("`{text}` is no target that is known"));
        let has = |part: &str| text.contains(part);
        let elsewhere = match () {
            () if has("darwin") || has("macos") => {
                "on macOS, `ARCHFLAGS=\"-arch arm64\"` builds for another Mac"
            }
            () if has("windows") || has("win32") || has("mingw") => {
                "on Windows, cibuildwheel builds for ARM, and needs no `target`"
            }
            () if has("android") || has("ios") => {
                "for Android and iOS, cibuildwheel sets up a Python that says itself what it is for"
            }
            () if has("wasm") || has("emscripten") => {
                "for Pyodide, pyodide-build sets up a Python that says itself what it is for"
            }
            () => {
                let machines = Triple::machines().collect::<Vec<_>>().join(", ");
                return error.note(format!("known machines are {machines}")).hint(
                    "write it as `aarch64-unknown-linux-gnu` or `aarch64-unknown-linux-musl`",
                );
            }
        };
        error.note("a target is a Linux with glibc or musl").hint(elsewhere)
    })
}

/// Reads a value of `jobs`.
pub fn count(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| *count > 0)
}

/// Reads a switch. Nothing at all means on: that is how `-C verbose=` arrives.
pub fn switch(text: &str) -> Option<bool> {
    match text {
        "true" | "1" | "" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Reads a value of `timings`: a switch, or a folder that somebody named.
pub fn timings(text: &str, by: &SettingOrigin) -> TimingsPlace {
    match switch(text) {
        Some(true) => TimingsPlace::BuildFolder,
        Some(false) => TimingsPlace::Nowhere,
        None => {
            TimingsPlace::Folder(SettingValue { value: PathBuf::from(text), origin: by.clone() })
        }
    }
}

/// Macros that decide what cffi's C means: a wheel's tag must tell the truth about them.
pub const DECIDED_ELSEWHERE: [&str; 2] = ["Py_LIMITED_API", "_CFFI_NO_LIMITED_API"];

/// Reads an item of `define-macros`: `NAME` or `NAME=value`.
///
/// # Errors
/// What stands before the `=` is no C identifier, or a macro that the build sets by itself.
pub fn macro_definition(text: &str) -> Result<Macro> {
    let definition = Macro::defined(text);
    let name = definition.name();
    if !is_c_identifier(name) {
        let error = Error::new(format!("`{name}` in `define-macros` is not a C identifier"));
        let bare = name.strip_prefix("-D").or_else(|| name.strip_prefix("/D"));
        return Err(match bare.filter(|bare| is_c_identifier(bare)) {
            Some(bare) => error.hint(format!("write `{}`", text.replacen(name, bare, 1))),
            None => error.hint("write `NAME` or `NAME=value`"),
        });
    }
    if DECIDED_ELSEWHERE.contains(&name) {
        return Err(Error::new(format!("`{name}` cannot be in `define-macros`"))
            .hint("set `limited-api`, which also decides the wheel's tag"));
    }
    Ok(definition)
}

fn is_c_identifier(word: &str) -> bool {
    let mut letters = word.bytes();
    letters.next().is_some_and(|c| c == b'_' || c.is_ascii_alphabetic())
        && letters.all(|c| c == b'_' || c.is_ascii_alphanumeric())
}

/// Reads a word of `extra-compile-args`.
///
/// # Errors
/// It is empty, or it defines a macro that the build sets by itself.
pub fn compile_word(text: &str) -> Result<String> {
    let word = word("extra-compile-args", text)?;
    let flag = ["-D", "-U", "/D", "/U"].iter().find_map(|flag| text.strip_prefix(flag));
    let name = flag.unwrap_or(text).split('=').next().unwrap_or_default().trim();
    if DECIDED_ELSEWHERE.contains(&name) {
        return Err(Error::new(format!("`{name}` cannot be in `extra-compile-args`"))
            .hint("set `limited-api`, which also decides the wheel's tag"));
    }
    Ok(word)
}

/// Reads a word of `extra-link-args`.
///
/// # Errors
/// It is empty.
pub fn link_word(text: &str) -> Result<String> {
    word("extra-link-args", text)
}

fn word(key: &str, text: &str) -> Result<String> {
    match text {
        "" => Err(Error::new(format!("`{key}` holds an empty string"))
            .hint("write each word of the command as a string of its own")),
        _ => Ok(text.to_owned()),
    }
}

/// Reads an item of `libraries`.
///
/// # Errors
/// It is empty, or it is a flag.
pub fn library(text: &str) -> Result<String> {
    let refused = |why: &str| Error::new(format!("`{text}` in `libraries` {why}"));
    if let Some(name) = text.strip_prefix("-l").filter(|name| !name.is_empty()) {
        return Err(refused("is a flag").hint(format!("write `{name}`")));
    }
    match text {
        "" => Err(refused("is not the name of a library").hint("write `m` for `-lm`")),
        _ if text.starts_with('-') => Err(refused("is a flag").hint("set `extra-link-args`")),
        _ => Ok(text.to_owned()),
    }
}

/// Reads an item of `sanitize`.
///
/// # Errors
/// There is no such sanitizer.
pub fn sanitizer(text: &str) -> Result<Sanitizer> {
    let names = Sanitizer::ALL.map(Sanitizer::as_str);
    if let Some(found) = Sanitizer::ALL.into_iter().find(|known| known.as_str() == text) {
        return Ok(found);
    }
    let error = Error::new(format!("`{text}` in `sanitize` is not a sanitizer"));
    Err(match nearest(text, names) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("there are: {}", names.join(", "))),
    })
}

/// Reads an item of `allow-undefined`.
///
/// # Errors
/// It is no name of a symbol.
pub fn symbols(text: &str) -> Result<SymbolPattern> {
    let error = || {
        Error::new(format!("`{text}` in `allow-undefined` is not the name of a symbol"))
            .hint("write a name as the linker sees it, `*` allowed: `host_*`")
    };
    SymbolPattern::new(text).ok_or_else(error)
}

/// Reads an item of `bundle` that is given at build time.
///
/// # Errors
/// It is neither a switch nor a name of shared libraries.
pub fn bundle(text: &str) -> Result<BundleWord> {
    match switch(text) {
        Some(true) => Ok(BundleWord::All),
        Some(false) => Ok(BundleWord::Nothing),
        None => library_pattern("bundle", text).map(BundleWord::Named),
    }
}

/// Reads a name of shared libraries.
///
/// # Errors
/// No library is called so.
pub fn library_pattern(key: &str, text: &str) -> Result<LibraryPattern> {
    let error = || {
        Error::new(format!("`{text}` in `{key}` is not the name of a shared library"))
            .hint("write its file name, `*` allowed: `libonig.so.*`")
    };
    LibraryPattern::new(text).ok_or_else(error)
}

/// Reads an item of `include-dirs` or `library-dirs`.
///
/// # Errors
/// It is empty.
pub fn folder(text: &str) -> Result<PathBuf> {
    match text {
        "" => Err(Error::new("an empty string is not a folder")
            .hint("write `.` for the folder of pyproject.toml")),
        _ => Ok(PathBuf::from(text)),
    }
}

/// Reads `build-dir`.
///
/// # Errors
/// It is the project itself, which a build must not fill with its files.
pub fn build_folder(text: &str) -> Result<PathBuf> {
    let is_relative = paths::way_out(text) != Some(paths::WayOut::Absolute);
    if is_relative && paths::normal(text).is_empty() {
        return Err(Error::new(format!("`build-dir` cannot be `{text}`"))
            .note("everything in that folder belongs to the build")
            .hint("name a folder of its own: `build-dir = \"build\"`"));
    }
    Ok(PathBuf::from(text))
}

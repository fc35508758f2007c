//! Entries of `cffi_modules`: `script:object` -> which file to run, and for which objects.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result, nearest};
use crate::model::{Builder, BuilderEntry, BuilderRef, BuilderWork, ModuleId, ScriptRef, Settings};
use crate::model::{SourceText, Spanned, is_dotted_name, is_identifier};

const SHAPE: &str = "cffi_modules entries are `script:object`";

/// Reads an entry. It is split at its last `:`, so that `C:\x\build.py:ffi` works.
///
/// # Errors
/// A part is missing, the object is no Python name, or the script is neither a path nor a dotted
/// name. The error carries no place: the caller knows it.
pub fn parse(entry: &str) -> Result<BuilderRef> {
    let (script, object) = entry.rsplit_once(':').unwrap_or((entry, ""));
    // Without an object, the last `:` of a Windows path is the drive's.
    if object.is_empty() || looks_like_path(object) {
        return Err(Error::new(format!("`{entry}` names no object")).hint(SHAPE));
    }
    if script.is_empty() {
        return Err(Error::new(format!("`{entry}` names no script")).hint(SHAPE));
    }
    if !is_identifier(object) {
        let message = format!("`{object}` in `{entry}` is not a Python name");
        return Err(Error::new(message).hint(SHAPE));
    }
    Ok(BuilderRef { script: script_ref(script, entry)?, object: object.to_owned() })
}

fn script_ref(script: &str, entry: &str) -> Result<ScriptRef> {
    if looks_like_path(script) {
        return Ok(ScriptRef::Path(PathBuf::from(script)));
    }
    if is_dotted_name(script) {
        return Ok(ScriptRef::Dotted(script.to_owned()));
    }
    let message = format!("`{script}` in `{entry}` is neither a path nor a dotted module name");
    Err(Error::new(message).hint("a path ends in `.py` or holds a `/`").hint(SHAPE))
}

fn looks_like_path(text: &str) -> bool {
    text.ends_with(".py") || text.contains(['/', '\\'])
}

/// Finds the script of every entry. Entries in one file make one [`Builder`], which runs once; the
/// order is that of the first entry of each.
///
/// `exists` tells whether a path (relative ones start at the project root) is a file; `scripts`
/// lists all `.py` files of the tree, and is asked only when one is missing. A dotted name is
/// looked up from the project root, then from `python-source` (`src` where it is not set).
///
/// # Errors
/// A script is nowhere (the error names all places, and the nearest script that exists), or two
/// entries turn out to be the same.
pub fn resolve(
    settings: &Settings,
    source: &Arc<SourceText>,
    exists: &dyn Fn(&Path) -> bool,
    scripts: &dyn Fn() -> Vec<String>,
) -> Result<Vec<Builder>> {
    let mut builders: Vec<Builder> = Vec::new();
    for (index, Spanned { value: wanted, span }) in settings.cffi_modules.iter().enumerate() {
        let reference = &wanted.builder;
        let places = places(&reference.script, settings.source_folder());
        let Some(script) = places.iter().find(|place| exists(place)) else {
            return Err(not_found(reference, &places, &scripts()).at(source, span.clone()));
        };
        let entry = BuilderEntry {
            module: ModuleId(index),
            object: reference.object.clone(),
            optional: wanted.optional,
            source: Arc::clone(source),
            span: span.clone(),
        };
        let known = builders.iter_mut().find(|b| b.script().map(plain) == Some(plain(script)));
        match known {
            // Of all that hold somewhere, one counts in each place.
            Some(builder)
                if wanted.condition.is_some()
                    && builder.entries.iter().any(|e| e.object == entry.object) => {}
            Some(builder) if builder.entries.iter().any(|e| e.object == entry.object) => {
                let message = format!("`{reference}` is listed twice in `cffi_modules`");
                return Err(Error::new(message).at(source, span.clone()));
            }
            Some(builder) => builder.entries.push(entry),
            None => builders
                .push(Builder { work: BuilderWork::Script(script.clone()), entries: vec![entry] }),
        }
    }
    Ok(builders)
}

/// Where a script may be, in the order to look.
fn places(script: &ScriptRef, python_source: &Path) -> Vec<PathBuf> {
    let mut places = match script {
        ScriptRef::Path(path) => {
            // Windows spells both; elsewhere a `\` is almost always a Windows user's `/`.
            let slashed = PathBuf::from(path.to_string_lossy().replace('\\', "/"));
            vec![path.clone(), slashed]
        }
        ScriptRef::Dotted(name) => {
            let file = PathBuf::from(format!("{}.py", name.replace('.', "/")));
            vec![file.clone(), plain(&python_source.join(file))]
        }
    };
    places.dedup();
    places
}

/// A path without its `.` parts.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

fn not_found(reference: &BuilderRef, places: &[PathBuf], scripts: &[String]) -> Error {
    let wanted = match &reference.script {
        ScriptRef::Path(path) => path.display().to_string(),
        ScriptRef::Dotted(name) => name.clone(),
    };
    let mut error = Error::new(format!("no builder script `{wanted}`"));
    for place in places {
        error = error.note(format!("looked for `{}`", place.display()));
    }
    let spelled = places.first().map(|p| p.to_string_lossy().replace('\\', "/"));
    match spelled.and_then(|path| nearest_script(&path, scripts)) {
        Some(near) => {
            let near = spelled_alike(near, &reference.script, places);
            error.hint(format!("did you mean `{near}:{}`?", reference.object))
        }
        None => error.hint("paths are relative to the folder of pyproject.toml"),
    }
}

/// A script in the way that the entry spells it: dotted, where a dotted name can find it.
fn spelled_alike(script: &str, wanted: &ScriptRef, places: &[PathBuf]) -> String {
    let source = places.get(1).and_then(|place| place.to_str()?.strip_suffix(places[0].to_str()?));
    let below = source.and_then(|source| script.strip_prefix(source)).unwrap_or(script);
    match (wanted, below.strip_suffix(".py").map(|path| path.replace('/', "."))) {
        (ScriptRef::Dotted(_), Some(dotted)) if is_dotted_name(&dotted) => dotted,
        _ => script.to_owned(),
    }
}

/// The same file name in another folder is a better guess than a similar path.
fn nearest_script<'a>(wanted: &str, scripts: &'a [String]) -> Option<&'a str> {
    let file_name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let name = file_name(wanted);
    let named = scripts.iter().find(|script| file_name(script) == name);
    if let Some(script) = named {
        return Some(script);
    }
    nearest(wanted, scripts.iter().map(String::as_str)).or_else(|| {
        let names: Vec<String> = scripts.iter().map(|script| file_name(script)).collect();
        let near = nearest(&name, names.iter().map(String::as_str))?;
        scripts.iter().find(|script| file_name(script) == near).map(String::as_str)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModuleEntry;
    use crate::report::render;

    fn shown(error: &Error) -> String {
        anstream::adapter::strip_str(&render(error)).to_string()
    }

    #[test]
    fn entries_name_a_path_or_a_dotted_module() {
        let path = |p: &str| ScriptRef::Path(p.into());
        let table = [
            ("foo_build.py:ffi", path("foo_build.py"), "ffi"),
            ("./foo_build.py:ffi", path("./foo_build.py"), "ffi"),
            ("tools/build:make_ffi", path("tools/build"), "make_ffi"),
            (r"C:\x\b.py:ffi", path(r"C:\x\b.py"), "ffi"),
            ("C:/x/b.py:ffi", path("C:/x/b.py"), "ffi"),
            ("foo_build:ffi", ScriptRef::Dotted("foo_build".into()), "ffi"),
            ("pkg.build_föö:_ffi", ScriptRef::Dotted("pkg.build_föö".into()), "_ffi"),
        ];
        for (entry, script, object) in table {
            let expected = BuilderRef { script, object: object.into() };
            assert_eq!(parse(entry).unwrap(), expected, "{entry}");
            assert_eq!(parse(entry).unwrap().to_string(), entry);
        }
    }

    #[test]
    fn bad_entries_say_what_an_entry_is() {
        let table = [
            ("foo_build.py", "`foo_build.py` names no object"),
            ("foo_build", "`foo_build` names no object"),
            ("", "`` names no object"),
            (":", "`:` names no object"),
            (":ffi", "`:ffi` names no script"),
            ("foo_build.py:", "`foo_build.py:` names no object"),
            (r"C:\x\b.py", r"`C:\x\b.py` names no object"),
            ("C:/x/b.py", "`C:/x/b.py` names no object"),
            ("foo_build.py:a.b", "`a.b` in `foo_build.py:a.b` is not a Python name"),
            ("foo_build.py: ffi", "` ffi` in `foo_build.py: ffi` is not a Python name"),
            ("foo-build:ffi", "`foo-build` in `foo-build:ffi` is neither a path nor a dotted"),
            ("a:b:ffi", "`a:b` in `a:b:ffi` is neither"),
        ];
        for (entry, message) in table {
            let text = shown(&parse(entry).unwrap_err());
            assert!(text.contains(message), "{entry}: {text}");
            assert!(text.ends_with("hint: cffi_modules entries are `script:object`\n"), "{text}");
        }
    }

    fn resolved(entries: &[&str], files: &[&str]) -> Result<Vec<Builder>> {
        let text = format!("cffi_modules = ['{}']\n", entries.join("', '"));
        let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.clone() });
        let settings = Settings {
            cffi_modules: entries
                .iter()
                .map(|entry| {
                    let start = text.rfind(entry).unwrap();
                    let builder = parse(entry).unwrap();
                    let entry_of = ModuleEntry { builder, optional: false, condition: None };
                    Spanned::new(entry_of, start..start + entry.len())
                })
                .collect(),
            ..Settings::default()
        };
        let exists = |path: &Path| files.iter().any(|file| plain(path) == Path::new(file));
        let scripts = || files.iter().map(|file| (*file).to_owned()).collect();
        resolve(&settings, &source, &exists, &scripts)
    }

    fn scripts_and_objects(builders: &[Builder]) -> Vec<(String, Vec<&str>)> {
        let objects = |b: &Builder| b.script().unwrap().to_string_lossy().replace('\\', "/");
        let pair = |b| (objects(b), b.entries.iter().map(|e| e.object.as_str()).collect());
        builders.iter().map(pair).collect()
    }

    #[test]
    fn entries_in_one_file_make_one_builder_in_order() {
        let entries = ["b.py:x", "pkg.a:one", "./b.py:y", "b:z"];
        let builders = resolved(&entries, &["b.py", "src/pkg/a.py"]).unwrap();
        let expected = [("b.py".into(), vec!["x", "y", "z"]), ("src/pkg/a.py".into(), vec!["one"])];
        assert_eq!(scripts_and_objects(&builders), expected);
    }

    #[test]
    fn the_project_root_comes_before_the_source_root() {
        let builders = resolved(&["pkg.a:ffi"], &["src/pkg/a.py", "pkg/a.py"]).unwrap();
        assert_eq!(scripts_and_objects(&builders), [("pkg/a.py".into(), vec!["ffi"])]);
    }

    #[test]
    fn a_windows_spelling_is_found_everywhere() {
        let builders = resolved(&[r"tools\b.py:ffi"], &["tools/b.py"]).unwrap();
        assert_eq!(scripts_and_objects(&builders), [("tools/b.py".into(), vec!["ffi"])]);
    }

    #[test]
    fn a_missing_script_names_all_places_and_the_nearest() {
        let files = ["setup.py", "tools/build_foo.py"];
        for (entry, looked, offered) in [
            ("tools/biuld_foo.py:ffi", vec!["tools/biuld_foo.py"], "tools/build_foo.py"),
            ("build_foo.py:ffi", vec!["build_foo.py"], "tools/build_foo.py"),
            ("tools/build_foo:ffi", vec!["tools/build_foo"], "tools/build_foo.py"),
            (
                "tools.buildfoo:ffi",
                vec!["tools/buildfoo.py", "src/tools/buildfoo.py"],
                "tools.build_foo",
            ),
        ] {
            let text = shown(&resolved(&[entry], &files).unwrap_err()).replace('\\', "/");
            assert!(text.contains("no builder script `"), "{text}");
            assert!(text.contains("pyproject.toml:1:"), "{text}");
            for place in looked {
                assert!(text.contains(&format!("looked for `{place}`")), "{entry}: {text}");
            }
            let offer = format!("hint: did you mean `{offered}:ffi`?");
            assert!(text.contains(&offer), "{entry}: {text}");
        }
    }

    #[test]
    fn nothing_alike_gets_a_general_hint() {
        let text = shown(&resolved(&["zzz.py:ffi"], &["a.py"]).unwrap_err());
        assert!(text.contains("relative to the folder of pyproject.toml"), "{text}");
    }

    #[test]
    fn the_same_object_in_two_spellings_is_refused() {
        let text = shown(&resolved(&["b.py:ffi", "b:ffi"], &["b.py"]).unwrap_err());
        assert!(text.contains("`b:ffi` is listed twice in `cffi_modules`"), "{text}");
    }
}

//! A declaration in the words of `_declared.py`. Pure.

use serde_json::{Map, Value, json};

use crate::model::{
    ArgumentValue, CdefPart, DeclaredSource, HeaderImport, ModuleDeclaration, Spanned,
};

/// What the Python process is told of a declared module.
pub fn request(declaration: &ModuleDeclaration) -> Value {
    let mut arguments: Map<String, Value> = declaration
        .arguments
        .iter()
        .map(|(name, value)| ((*name).to_owned(), plain(value)))
        .collect();
    let extension = arguments.remove("source_extension").unwrap_or_else(|| ".c".into());
    if !declaration.list("define_macros").is_empty() {
        let pairs = declaration.list("define_macros").iter().map(|one| pair(&one.value));
        arguments.insert("define_macros".into(), pairs.collect());
    }
    let options = declaration.cdef_options.iter();
    let options: Map<String, Value> =
        options.map(|(name, value)| ((*name).to_owned(), plain(value))).collect();
    json!({
        "name": declaration.name.value,
        "cdef": declaration.cdef.iter().map(part).collect::<Vec<_>>(),
        "cdef_options": options,
        "source": source(declaration),
        "source_extension": extension,
        "arguments": arguments,
    })
}

fn plain(value: &ArgumentValue) -> Value {
    match value {
        ArgumentValue::List(items) => items.iter().map(|item| item.value.as_str()).collect(),
        ArgumentValue::Text(text) => text.as_str().into(),
        ArgumentValue::Switch(value) => (*value).into(),
        ArgumentValue::Number(number) => (*number).into(),
    }
}

/// `("NAME", "value")`, as `define_macros` takes it.
fn pair(definition: &str) -> Value {
    match definition.split_once('=') {
        Some((name, value)) => json!([name, value]),
        None => json!([definition, null]),
    }
}

fn part(part: &CdefPart) -> Value {
    match part {
        CdefPart::File(file) => json!({ "file": file.value }),
        CdefPart::Text(text) => json!({ "text": text.value }),
        CdefPart::Imported(imported) => json!({ "text": imported.text }),
    }
}

fn source(declaration: &ModuleDeclaration) -> Value {
    match &declaration.source {
        DeclaredSource::Absent => Value::Null,
        DeclaredSource::Text(text) => json!({ "text": text }),
        DeclaredSource::File(file) => json!({ "file": file.value }),
        DeclaredSource::Headers => {
            let headers = declaration.headers.iter().flat_map(HeaderImport::included);
            let folders = declaration.list("include_dirs");
            let includes = headers.map(|header| include(&header.value, folders));
            json!({ "text": includes.collect::<String>() })
        }
    }
}

/// The line that includes a header, as it is seen from the folder of headers that it lies in.
fn include(header: &str, folders: &[Spanned<String>]) -> String {
    if header.starts_with('<') {
        return format!("#include {header}\n");
    }
    let header = header.strip_prefix("./").unwrap_or(header);
    let below = folders.iter().find_map(|folder| {
        let folder = folder.value.trim_start_matches("./").trim_end_matches('/');
        match folder {
            "" | "." => Some(header),
            _ => header.strip_prefix(folder)?.strip_prefix('/'),
        }
    });
    format!("#include \"{}\"\n", below.unwrap_or(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_included_as_its_folder_sees_it() {
        let folders = |all: &[&str]| -> Vec<Spanned<String>> {
            all.iter().map(|one| Spanned::new((*one).to_owned(), 0..0)).collect()
        };
        for (header, all, expected) in [
            ("include/a.h", &["include"][..], "a.h"),
            ("include/x/a.h", &["other", "./include/"], "x/a.h"),
            ("./a.h", &["."], "a.h"),
            ("includes/a.h", &["include", "includes"], "a.h"),
        ] {
            let line = include(header, &folders(all));
            assert_eq!(line, format!("#include \"{expected}\"\n"), "{header}");
        }
        assert_eq!(include("<git2.h>", &[]), "#include <git2.h>\n");
    }
}

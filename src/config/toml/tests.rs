use super::*;

fn check(text: &str, read: impl Fn(&TomlTable) -> Result<()>) -> String {
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
    let result = parse(&source).and_then(|document| {
        let root = TomlTable::root(&source, &document);
        read(&root.table("tool")?.expect("[tool] is there"))
    });
    result.map_or_else(
        |error| anstream::adapter::strip_str(&crate::report::render(&error)).to_string(),
        |()| "fine".to_owned(),
    )
}

#[test]
fn errors_point_at_the_value_that_is_wrong() {
    let text = "[tool]\nnames = [\"a\", 1]\n";
    let shown = check(text, |table| table.strings("names").map(drop));
    assert!(shown.contains("`tool.names` must hold strings only, not an integer"), "{shown}");
    assert!(shown.contains("pyproject.toml:2:15"), "{shown}");
}

#[test]
fn an_unknown_key_offers_the_nearest() {
    let shown = check("[tool]\npackage = 1\n", |t| t.refuse_unknown(&["packages", "include"]));
    assert!(shown.contains("did you mean `packages`?"), "{shown}");
    assert!(shown.contains("pyproject.toml:2:1"), "{shown}");
}

#[test]
fn the_key_of_a_place_is_the_innermost() {
    let text = "[project]\nname = \"a\"\nurls = { Home = \"x\" }\n[tool.officina]\n\
                packages = [\n  \"one\",\n  \"two\",\n]\n";
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
    for (word, key) in [
        ("\"a\"", "project.name"),
        ("name", "project.name"),
        ("\"x\"", "project.urls.Home"),
        ("\"two\"", "tool.officina.packages"),
    ] {
        let start = text.find(word).unwrap();
        assert_eq!(key_at(&source, &(start..start + word.len())).as_deref(), Some(key), "{word}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_named_with_its_first_place() {
    let table = [
        ("[tool]\na = 1\na = 2\n", "`a` is there twice", 2, "keep one of the two"),
        ("[a]\nx = 1\n[tool]\n\n[a]\n", "`a` is there twice", 1, "under one `[a]`"),
        ("[a.b]\nx = 1\ny = { z = 1 }\nx = 2\n", "`x` is there twice", 2, "keep one"),
        (
            "[tool]\nlibraries = [\"m\"]\n\n[[tool.libraries]]\n",
            "`libraries` is there twice",
            2,
            "one list: `libraries = [\"m\", { name = \"...\" }]`",
        ),
        ("[[m]]\n[[m]]\nb = 1\n[m.c]\n[m.c]\n", "`c` is there twice", 4, "under one `[m.c]`"),
        ("[tool]\na = { b = 1, b = 2 }\n", "`b` is there twice", 0, "keep one of the two"),
    ];
    for (text, what, line, hint) in table {
        let shown = check(text, |_| Ok(()));
        assert!(shown.contains(what) && shown.contains(hint), "{text}: {shown}");
        let first = format!("the first is in line {line}\n");
        assert_eq!(shown.contains(&first), line > 0, "{text}: {shown}");
    }
}

/// How a key of a table is read.
type Read = fn(&TomlTable, &str) -> Result<()>;

#[test]
fn a_value_of_another_type_has_the_form_to_write() {
    let texts: Read = |table, key| table.strings(key).map(drop);
    let tables: Read = |table, key| table.tables(key).map(drop);
    let table: Read = |table, key| table.table(key).map(drop);
    let text: Read = |table, key| table.string(key).map(drop);
    let switch: Read = |table, key| table.boolean(key).map(drop);
    let both: Read = |table, key| table.texts_and_tables(key).map(drop);
    let cases: &[(Read, &str, &str)] = &[
        (texts, "a = 'b'", "write `a = ['b']`"),
        (texts, "a = { b = 1 }", "write `a = [\"...\", \"...\"]`"),
        (texts, "'a b' = { b = 1 }", "write `\"a b\" = [\"...\", \"...\"]`"),
        (texts, "a = ['b', 1.50]", "text stands in quotes: \"1.50\""),
        (texts, "define-macros = 'A=1'", "write `define-macros = ['A=1']`"),
        (texts, "define-macros = { A = '1', B = 2 }", "write `define-macros = [\"A=1\", \"B=2\"]`"),
        (texts, "define-macros = { A = true }", "write `define-macros = [\"NAME=value\"]`"),
        (texts, "define-macros = [['A', '1']]", "write `\"A=1\"`"),
        (texts, "define-macros = [{ A = '1' }]", "write `define-macros = [\"A=1\"]`"),
        (tables, "a = 'b'", "write each as a table `[[tool.a]]`"),
        (tables, "a = ['b']", "write each as a table `[[tool.a]]`"),
        (tables, "a = { b = 1 }", "write `a = [{ b = 1 }]`"),
        (tables, "[tool.a]", "a list of tables has two brackets: `[[tool.a]]`"),
        (tables, "authors = ['Jo <jo@x.org>']", "write `{ name = \"Jo\", email = \"jo@x.org\" }`"),
        (tables, "authors = ['<jo@x.org>']", "write `{ email = \"jo@x.org\" }`"),
        (tables, "authors = ['jo@x.org']", "write `{ email = \"jo@x.org\" }`"),
        (tables, "authors = ['Jo Bo']", "write `{ name = \"Jo Bo\" }`"),
        (table, "a = 'b'", "write it as a table `[tool.a]`"),
        (table, "scripts = 'x:y'", "write `scripts = { command = 'x:y' }`"),
        (text, "source = ['a.c']", "did you mean `sources`?"),
        (text, "a = ['b']", "write `a = 'b'`"),
        (text, "a = 1.0", "text stands in quotes: a = \"1.0\""),
        (switch, "a = 'True'", "write `a = true`"),
        (switch, "a = 1", "write `a = true` or `a = false`"),
        (both, "a = 'b'", "write `a = ['b']`"),
    ];
    for (read, line, hint) in cases {
        let shown = check(&format!("[tool]\n{line}\n"), |table| {
            let key = table.keys()[0].value.clone();
            read(table, &key)
        });
        assert!(shown.contains(&format!("hint: {hint}")), "{line}: {shown}");
    }
}

#[test]
fn keys_of_the_project_have_forms_of_their_own() {
    let texts: Read = |table, key| table.strings(key).map(drop);
    let tables: Read = |table, key| table.tables(key).map(drop);
    let table: Read = |table, key| table.table(key).map(drop);
    let cases: &[(Read, &str, &str)] = &[
        (tables, "authors = 'Jo'", "`authors = [{ name = \"...\", email = \"...\" }]`"),
        (texts, "dependencies = { a = '1' }", "`dependencies = [\"name>=1.0\"]`"),
        (table, "urls = ['x']", "`urls = { Homepage = \"https://example.org\" }`"),
    ];
    for (read, line, hint) in cases {
        let shown = check(&format!("[tool]\n[project]\n{line}\n"), |tool| {
            let document = parse(tool.source)?;
            let project = TomlTable::root(tool.source, &document).table("project")?.unwrap();
            let key = project.keys()[0].value.clone();
            read(&project, &key)
        });
        assert!(shown.contains(hint), "{line}: {shown}");
    }
}

#[test]
fn broken_toml_is_located() {
    let shown = check("[tool]\na = \n", |_| Ok(()));
    assert!(shown.contains("is not valid TOML") && shown.contains(":2:"), "{shown}");
}

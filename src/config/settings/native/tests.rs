use std::sync::Arc;

use crate::config::settings::read;
use crate::config::toml::{self, TomlTable};
use crate::error::Result;
use crate::model::{
    ExtensionApi, Language, Macro, NativeParts, PythonVersion, SourceText, Spanned,
};

fn parts(text: &str) -> Result<NativeParts> {
    let source = Arc::new(SourceText { name: "pyproject.toml".into(), text: text.into() });
    let document = toml::parse(&source)?;
    Ok(read(&TomlTable::root(&source, &document))?.base.native)
}

fn values(texts: &[Spanned<String>]) -> Vec<&str> {
    texts.iter().map(|text| text.value.as_str()).collect()
}

#[test]
fn every_key_is_read() {
    let read = parts(
        "[[tool.officina.extensions]]\nname = \"pkg._x\"\nif.python = \"cpython\"\n\
         sources = [\"src/*.c\"]\ninclude-dirs = [\"inc\"]\ndefine-macros = [\"A=1\"]\n\
         undef-macros = [\"B\"]\nextra-compile-args = [\"-Wall\"]\ndepends = [\"inc/*.h\"]\n\
         libraries = [\"z\"]\npkg-config = [\"libgit2 >= 1.7\"]\nlibrary-dirs = [\"lib\"]\n\
         runtime-library-dirs = [\"$ORIGIN\"]\nextra-objects = [\"x.o\"]\n\
         extra-link-args = [\"-s\"]\nexport-symbols = [\"f\"]\nlanguage = \"c++\"\n\
         optional = true\nlimited-api = \"3.10\"\n\
         [[tool.officina.libraries]]\nname = \"ada\"\nsources = [\"ada.cpp\"]\n\
         public-include-dirs = [\"ada\"]\n\
         [[tool.officina.steps]]\nname = \"sodium\"\ncommands = [[\"make\", \"-C\", \"{root}/x\"]]\n\
         directory = \"{root}\"\ninputs = [\"x/**\"]\noutputs = [\"pkg/*.py\"]\nenv = { A = \"b\" }\n\
         provides = { include-dirs = [\"i\"], library-dirs = [\"l\"] }\n",
    )
    .unwrap();
    let extension = &read.extensions[0];
    assert_eq!(extension.name.value.as_str(), "pkg._x");
    assert_eq!(extension.condition.python.len(), 1);
    assert_eq!(values(&extension.compile.sources), ["src/*.c"]);
    let define = Macro::Define("A".into(), Some("1".into()));
    assert_eq!(extension.compile.macros, [define, Macro::Undefine("B".into())]);
    assert_eq!(values(&extension.compile.pkg_config), ["libgit2 >= 1.7"]);
    assert_eq!(extension.language, Some(Language::Cxx));
    assert_eq!(extension.api, ExtensionApi::Limited(Some(PythonVersion(3, 10))));
    assert!(extension.optional);
    assert_eq!(extension.runtime_library_dirs, ["$ORIGIN"]);
    assert_eq!(read.libraries[0].name.value, "ada");
    let step = &read.steps[0];
    assert_eq!(values(&step.commands[0]), ["make", "-C", "{root}/x"]);
    assert_eq!(step.env["A"].value, "b");
    assert_eq!(values(&step.provides.library_dirs), ["l"]);
}

#[test]
fn a_name_may_be_there_twice_where_one_of_the_two_counts() {
    let table = |condition: &str| {
        format!("[[tool.officina.extensions]]\nname = \"_x\"\nsources = [\"a.c\"]\n{condition}\n")
    };
    let (linux, windows) = ("if.platform = \"linux\"", "if.platform = \"windows\"");
    for (first, second, is_taken) in
        [(linux, windows, true), (linux, linux, false), (linux, "", false), ("", windows, false)]
    {
        let read = parts(&(table(first) + &table(second)));
        assert_eq!(read.is_ok(), is_taken, "{first} {second}");
    }
}

#[test]
fn what_means_nothing_is_refused_at_its_line() {
    let extension = "[[tool.officina.extensions]]\nname = \"_x\"\nsources = [\"a.c\"]\n";
    let library = "[[tool.officina.libraries]]\nname = \"x\"\nsources = [\"a.c\"]\n";
    let step = "[[tool.officina.steps]]\nname = \"x\"\ncommands = [[\"make\"]]\n";
    for (begin, line, place, expected) in [
        (extension, "source = []", 4, "did you mean `sources`?"),
        (
            extension,
            "limited-api = \"x\"",
            4,
            "`tool.officina.extensions[0].limited-api` cannot be",
        ),
        (extension, "language = \"rust\"", 4, "it is `c` or `c++`"),
        (extension, "define-macros = [\"-DA\"]", 4, "write `A`"),
        (extension, "depends = [\"../x.h\"]", 4, "is outside the project"),
        (extension, "if = {}", 4, "asks for nothing"),
        (extension, "optional = 1", 4, "must be true or false"),
        (extension, extension, 5, "`_x` is there twice in `tool.officina.extensions`"),
        ("", "[[tool.officina.extensions]]\nsources = [\"a.c\"]", 1, "has no `name`"),
        (
            "",
            "[[tool.officina.extensions]]\nname = \"a-b\"",
            2,
            "`a-b` is not the name of a module",
        ),
        ("", "[[tool.officina.extensions]]\nname = \"a\"", 1, "has no `sources`"),
        (library, library, 5, "`x` is there twice in `tool.officina.libraries`"),
        (library, "optional = true", 4, "unknown key `tool.officina.libraries[0].optional`"),
        ("", "[[tool.officina.libraries]]\nname = \"a/b\"", 2, "`a/b` cannot be a `name`"),
        ("", "[[tool.officina.libraries]]\nname = \"m\"", 2, "`m` is a library of the system"),
        ("", "[[tool.officina.libraries]]\nname = \"\"", 2, "`` cannot be a `name`"),
        ("", "[[tool.officina.steps]]\nname = \"x\"", 1, "has no `commands`"),
        ("", "[[tool.officina.steps]]\nname = \"x\"\ncommands = [\"make\"]", 3, "list of lists"),
        ("", "[[tool.officina.steps]]\nname = \"x\"\ncommands = [[]]", 3, "list of lists"),
        ("", "[[tool.officina.steps]]\nname = \"x\"\ncommands = [[1]]", 3, "list of lists"),
        (step, "env = { A = 1 }", 4, "`tool.officina.steps[0].env.A` must be a string"),
        (step, "provides = { libs = [] }", 4, "unknown key `tool.officina.steps[0].provides.libs`"),
        (step, "inputs = [\"/etc/*\"]", 4, "is outside the project"),
        (step, step, 5, "`x` is there twice in `tool.officina.steps`"),
    ] {
        let text = format!("{begin}{line}\n");
        let error = parts(&text).expect_err(&text);
        let shown = anstream::adapter::strip_str(&crate::report::render(&error)).to_string();
        assert!(shown.contains(expected), "{text}: {shown}");
        assert!(shown.contains(&format!("pyproject.toml:{place}:")), "{text}: {shown}");
    }
}

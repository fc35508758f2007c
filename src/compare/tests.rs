//! Tables of pairs of archives.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::*;
use crate::model::LinkedFile;

const OLD: &str = "demo-1.0-cp311-cp311-linux_x86_64.whl";
const METADATA: &str = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";

fn file(text: &str) -> ArchivedFile {
    ArchivedFile {
        size: text.len() as u64,
        sha256: Sha256::digest(text).into(),
        text: Some(text.to_owned()),
        ..ArchivedFile::default()
    }
}

fn archive(name: &str, files: &[(&str, &str)]) -> ArchiveContents {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect();
    ArchiveContents { name: name.to_owned(), files }
}

/// A wheel with its metadata and a `RECORD` that is right.
fn wheel(name: &str, files: &[(&str, &str)]) -> ArchiveContents {
    let mut wheel = archive(name, files);
    let metadata = "demo-1.0.dist-info/METADATA";
    wheel.files.entry(metadata.into()).or_insert_with(|| file(METADATA));
    let row = |(path, file): (&String, &ArchivedFile)| {
        format!("{path},sha256={},{}\n", URL_SAFE_NO_PAD.encode(file.sha256), file.size)
    };
    let record: String = wheel.files.iter().map(row).collect();
    wheel.files.insert("demo-1.0.dist-info/RECORD".into(), file(&record));
    wheel
}

fn linked(exported: &[&str], hidden: &[&str], needed: &[&str]) -> LinkedFile {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    LinkedFile { exported: set(exported), hidden: set(hidden), needed: set(needed) }
}

/// The grades, subjects and hints of what was found.
#[track_caller]
fn expect(found: &[Difference], expected: &[(Grade, &str, &str)]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, (grade, subject, hint)) in found.iter().zip(expected) {
        assert_eq!((found.grade, found.subject.as_str()), (*grade, *subject), "{found:?}");
        let shown = found.hint.as_deref().unwrap_or_default();
        assert!(shown.contains(hint), "{found:?}");
    }
}

use Grade::{Benign, Better, Lost};

type Expected<'a> = &'a [(Grade, &'a str)];

#[test]
fn a_wheel_is_the_same_as_itself() {
    let one = wheel(OLD, &[("demo/__init__.py", "x = 1\n")]);
    assert_eq!(wheels(&one, &one), []);
}

#[test]
fn a_file_that_is_gone_is_named_with_its_key() {
    let table = [
        ("demo/data.txt", "x", "`demo/data.txt` in `include` of `[tool.officina]`"),
        ("demo/inner.h", "x", "`include`"),
        ("demo/sub/__init__.py", "x", "`include`"),
        ("other/__init__.py", "x", "`packages = [\"other\"]`"),
        ("single.py", "x", "`py-modules = [\"single\"]`"),
        ("demo/_a.cpython-311-x86_64-linux-gnu.so", "x", "`cffi_modules`"),
        ("demo/_a.pyd", "x", "`[[tool.officina.extensions]]`"),
        ("demo/_abi.py", "ffi = _cffi_backend.FFI('_abi')", "`cffi_modules`"),
        ("demo/libz.so", "x", "auditwheel"),
        ("demo-1.0.data/scripts/run", "x", "`run` in `scripts` of `[tool.officina.data]`"),
        ("demo-1.0.data/data/share/a", "x", "`share/a` in `data` of `[tool.officina.data]`"),
        ("demo-1.0.dist-info/licenses/COPYING", "x", "`license-files`"),
    ];
    for (path, text, hint) in table {
        let old = wheel(OLD, &[("demo/__init__.py", ""), (path, text)]);
        let new = wheel(OLD, &[("demo/__init__.py", "")]);
        let found = wheels(&old, &new);
        let subject = found[0].subject.clone();
        expect(&found, &[(Lost, &subject, hint)]);
        let added = wheels(&new, &old);
        assert!(added.len() == 1 && added[0].grade == Benign, "{path}: {added:?}");
    }
}

#[test]
fn what_a_build_left_in_a_package_is_no_loss() {
    for (path, text) in [("demo/_a.c", "#define _CFFI_\n"), ("demo/_a.o", "x"), ("demo/a.pyc", "x")]
    {
        let found = wheels(&wheel(OLD, &[(path, text)]), &wheel(OLD, &[]));
        expect(&found, &[(Better, path, "")]);
    }
}

#[test]
fn files_count_where_an_installer_puts_them() {
    let table = [
        ("demo/a.py", "demo-1.0.data/purelib/demo/a.py"),
        ("demo-1.0.data/platlib/demo/a.py", "demo/a.py"),
        ("demo-1.0.dist-info/LICENSE", "demo-1.0.dist-info/licenses/LICENSE"),
    ];
    for (old, new) in table {
        assert_eq!(wheels(&wheel(OLD, &[(old, "x")]), &wheel(OLD, &[(new, "x")])), [], "{old}");
    }
}

#[test]
fn a_module_is_the_same_whatever_its_suffix_is() {
    let path = "demo/_a.cpython-311-x86_64-linux-gnu.so";
    let table = [
        (path, "demo/_a.abi3.so", Better),
        ("demo/_a.abi3.so", path, Lost),
        (path, "demo/_a.so", Benign),
        ("demo/_a.cp311-win_amd64.pyd", "demo/_a.pyd", Benign),
    ];
    for (old, new, grade) in table {
        let found = wheels(&wheel(OLD, &[(old, "x")]), &wheel(OLD, &[(new, "x")]));
        expect(&found, &[(grade, "demo/_a", "")]);
    }
}

#[test]
fn a_module_may_have_a_file_for_each_of_several_abis() {
    let path = |tag: &str| format!("demo/_a.{tag}.so");
    let table: &[(&[&str], &[&str], Expected)] = &[
        (
            &["cpython-311-x86_64-linux-gnu", "cpython-312-x86_64-linux-gnu"],
            &["cpython-312-x86_64-linux-gnu"],
            &[(Lost, "demo/_a.cpython-311-x86_64-linux-gnu.so")],
        ),
        (&["abi3", "cpython-313t-darwin"], &["abi3"], &[(Lost, "demo/_a.cpython-313t-darwin.so")]),
        (&["abi3", "pypy39-pp73-darwin"], &["abi3"], &[(Lost, "demo/_a.pypy39-pp73-darwin.so")]),
        (&["abi3", "cp311-win_amd64"], &["abi3"], &[(Better, "demo/_a")]),
        (&["cpython-311-a", "cpython-312-a"], &["abi3"], &[(Better, "demo/_a"); 2]),
        (&["abi3"], &["abi3", "cpython-313t-a"], &[(Benign, "demo/_a.cpython-313t-a.so")]),
        (&["abi3", "cpython-313t-a"], &["cpython-313t-a", "abi3"], &[]),
    ];
    for (old, new, expected) in table {
        let with = |tags: &[&str]| {
            let paths: Vec<String> = tags.iter().map(|tag| path(tag)).collect();
            wheel(OLD, &paths.iter().map(|path| (path.as_str(), "x")).collect::<Vec<_>>())
        };
        let found = wheels(&with(old), &with(new));
        let found: Vec<_> = found.iter().map(|f| (f.grade, f.subject.as_str())).collect();
        assert_eq!(found, *expected, "{old:?} -> {new:?}");
    }
}

#[test]
fn two_licences_of_one_name_are_two() {
    let old =
        [("demo-1.0.dist-info/LICENSE", "one"), ("demo-1.0.dist-info/licenses/LICENSE", "two")];
    expect(&wheels(&wheel(OLD, &old), &wheel(OLD, &old[1..])), &[(Lost, ".dist-info/LICENSE", "")]);
}

#[test]
fn the_lowest_python_of_the_old_wheel_is_read_from_its_fields() {
    let table = [
        ("Requires-Python: >=3.9\n", Benign),
        ("requires-python: !=3.10.*,>=3.9.1\n", Benign),
        ("Requires-Python: ~=3.9\n", Benign),
        ("Requires-Python: >=3.6\n", Lost),
        ("\nA text\nRequires-Python: >=3.9\n", Lost),
        ("Summary: a\n Requires-Python: >=3.9\n", Lost),
    ];
    for (fields, grade) in table {
        let metadata = format!("{METADATA}{fields}");
        let with = |python: &str| {
            let name = format!("demo-1.0-{python}-abi3-linux_x86_64.whl");
            wheel(&name, &[("demo-1.0.dist-info/METADATA", metadata.as_str())])
        };
        let found = wheels(&with("cp36"), &with("cp39"));
        expect(&found, &[(grade, "tag", "")]);
    }
}

#[test]
fn what_a_module_offers_and_needs_is_compared() {
    let old = linked(&["PyInit__a", "helper", "_init"], &[], &["libz.so.1", "libc.so.6"]);
    let table = [
        (linked(&["PyInit__a", "helper"], &["other"], &["libz.so.1", "libc.so.6"]), None),
        (linked(&["PyInit__a"], &["helper"], &["libz.so.1", "libc.so.6"]), Some(Benign)),
        (linked(&["PyInit__a"], &[], &["libz.so.1", "libc.so.6"]), Some(Lost)),
        (linked(&["helper"], &["PyInit__a"], &["libz.so.1", "libc.so.6"]), Some(Lost)),
        (linked(&["PyInit__a", "helper"], &[], &["libc.so.6"]), Some(Lost)),
        (linked(&["PyInit__a", "helper"], &[], &["libz.so.1", "libq.so", "libc.so.6"]), Some(Lost)),
        (linked(&["PyInit__a", "helper"], &[], &["libz.so.1", "libm.so.6"]), Some(Benign)),
    ];
    for (new, grade) in table {
        let with = |file: &LinkedFile, text| {
            let mut wheel = wheel(OLD, &[("demo/_a.so", text)]);
            wheel.files.get_mut("demo/_a.so").unwrap().linked = Some(file.clone());
            wheel
        };
        let found = wheels(&with(&old, "one"), &with(&new, "two"));
        let grades: Vec<Grade> = found.iter().map(|found| found.grade).collect();
        assert_eq!(grades, grade.into_iter().collect::<Vec<_>>(), "{new:?} {found:?}");
    }
}

#[test]
fn names_versions_and_build_tags_are_compared() {
    let table = [
        ("Demo.x-1.0-py3-none-any.whl", "demo_x-1.0-py3-none-any.whl", Benign),
        ("demo-1.0-py3-none-any.whl", "other-1.0-py3-none-any.whl", Lost),
        ("demo-1.0-py3-none-any.whl", "demo-1.1-py3-none-any.whl", Lost),
        ("demo-1.0-1-py3-none-any.whl", "demo-1.0-py3-none-any.whl", Lost),
        ("demo-1.0-py3-none-any.whl", "demo-1.0-py3-none-linux_x86_64.whl", Lost),
        (OLD, "demo-1.0-cp39-abi3-linux_x86_64.whl", Better),
        ("demo.whl", "demo-1.0-cp39-abi3-linux_x86_64.whl", Benign),
        (OLD, "demo.whl", Lost),
    ];
    for (old, new, grade) in table {
        let found = wheels(&wheel(old, &[]), &wheel(new, &[]));
        assert!(found.len() == 1 && found[0].grade == grade, "{old} -> {new}: {found:?}");
    }
}

/// Fields of an old and a new `METADATA`, and what is found.
#[rustfmt::skip]
const FIELDS: &[(&str, &str, Expected)] = &[
        ("Requires-Dist: Foo (>=1,<2)\n", "Requires-Dist: foo<2,>=1\n", &[]),
        ("Requires-Dist: foo>=1\n", "", &[(Lost, "Requires-Dist")]),
        (
            "Requires-Dist: foo>=1\n",
            "Requires-Dist: foo>=2\n",
            &[(Lost, "Requires-Dist"), (Benign, "Requires-Dist")],
        ),
        ("Requires-Python: >=3.9\n", "Requires-Python: >=3.10\n", &[(Lost, "Requires-Python")]),
        ("Requires-Python: >= 3.9\n", "Requires-Python: >=3.9\n", &[(Benign, "Requires-Python")]),
        ("", "Requires-Python: >=3.9\n", &[(Benign, "Requires-Python")]),
        ("Provides-Extra: a_b\n", "Provides-Extra: a-b\n", &[]),
        ("Provides-Extra: a\n", "", &[(Lost, "Provides-Extra")]),
        ("Summary: a\n", "Summary: b\n", &[(Lost, "Summary")]),
        ("Summary: UNKNOWN\nPlatform: UNKNOWN\n", "", &[]),
        ("Dynamic: license\n", "", &[(Benign, "Dynamic")]),
        ("Platform: any\n", "", &[(Benign, "Platform")]),
        ("Home-page: https://x\n", "Project-URL: Homepage, https://x\n", &[(Benign, "Home-page")]),
        ("Home-page: https://x\n", "Project-URL: Homepage, https://y\n", &[(Lost, "Project-URL")]),
        ("Project-URL: A, https://x\n", "Project-URL: B, https://x\n", &[(Benign, "Project-URL")]),
        ("Author: A\nAuthor-email: a@x\n", "Author-email: A <a@x>\n", &[(Benign, "Author")]),
        ("Author: A\nAuthor-email: a@x\n", "Author: A\n", &[(Lost, "Author")]),
        ("Maintainer: A\n", "", &[(Lost, "Maintainer")]),
        ("License: MIT\n", "License-Expression: MIT\n", &[(Better, "License")]),
        ("License: MIT\n", "License: BSD\n", &[(Lost, "License")]),
        ("License: MIT\n", "", &[(Lost, "License")]),
        ("", "License-Expression: MIT\n", &[(Better, "License")]),
        ("License-Expression: MIT\n", "License: MIT\n", &[(Lost, "License")]),
        ("License-Expression: MIT\n", "License-Expression: BSD-3-Clause\n", &[(Lost, "License")]),
        ("License-File: LICENSE\n", "License-File: legal/LICENSE\n", &[]),
        ("License-File: LICENSE\n", "", &[(Lost, "License-File")]),
        ("", "License-File: LICENSE\n", &[(Better, "License-File")]),
        (
            "License: MIT\nClassifier: License :: OSI Approved :: MIT License\n",
            "License-Expression: MIT\n",
            &[(Better, "License"), (Benign, "Classifier")],
        ),
        ("Classifier: Topic :: A\n", "", &[(Lost, "Classifier")]),
        ("Keywords: a b\n", "Keywords: a,b\n", &[(Benign, "Keywords")]),
        ("Keywords: a,b\n", "Keywords: b, a\n", &[]),
        ("Keywords: a,b\n", "Keywords: a\n", &[(Lost, "Keywords")]),
        ("\nlong \ntext\n", "\nlong\ntext\n\n", &[]),
        ("\nlong\n", "\nother\n", &[(Lost, "Description")]),
        ("Description: long\n        text\n", "\nlong\ntext\n", &[]),
        (
            "\nlong\n",
            "Description-Content-Type: text/x-rst; charset=UTF-8\n\nlong\n",
            &[(Better, "Description-Content-Type")],
        ),
        (
            "Description-Content-Type: text/markdown\n\nlong\n",
            "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM\n\nlong\n",
            &[],
        ),
        (
            "Description-Content-Type: text/markdown\n\nlong\n",
            "Description-Content-Type: text/x-rst\n\nlong\n",
            &[(Lost, "Description-Content-Type")],
        ),
        ("Obsoletes-Dist: old\n", "", &[(Lost, "Obsoletes-Dist")]),
];

#[test]
fn metadata_counts_by_what_it_means() {
    for (old, new, expected) in FIELDS {
        let with = |fields: &str| {
            wheel(OLD, &[("demo-1.0.dist-info/METADATA", &format!("{METADATA}{fields}"))])
        };
        let found = wheels(&with(old), &with(new));
        let found: Vec<_> = found.iter().map(|f| (f.grade, f.subject.as_str())).collect();
        assert_eq!(found, *expected, "{old} -> {new}");
    }
}

#[test]
fn what_setuptools_alone_reads_does_not_matter() {
    let old = wheel(OLD, &[("demo-1.0.dist-info/top_level.txt", "demo\n")]);
    expect(&wheels(&old, &wheel(OLD, &[])), &[(Benign, ".dist-info/top_level.txt", "")]);
}

#[test]
fn a_record_that_is_wrong_is_lost() {
    let right = wheel(OLD, &[("demo/a.py", "x")]);
    let mut wrong = right.clone();
    wrong.files.insert("demo-1.0.dist-info/RECORD".into(), file("demo/a.py,sha256=AAAA,1\n"));
    assert!(wheels(&right, &wrong).iter().all(|found| found.grade == Lost));
    expect(&wheels(&wrong, &right), &[(Better, "RECORD", "")]);
    expect(&wheels(&right, &archive(OLD, &[])), &[(Lost, "demo/a.py", ""), (Lost, "metadata", "")]);
}

#[test]
fn sdists_lose_what_setuptools_alone_reads() {
    let metadata = ("PKG-INFO", METADATA);
    type Found<'a> = Option<(Grade, &'a str)>;
    let table: &[(&str, &str, &str, Found)] = &[
        ("demo.egg-info/SOURCES.txt", "x", "", Some((Benign, "demo.egg-info"))),
        ("src/demo.egg-info/PKG-INFO", "x", "", Some((Benign, "src/demo.egg-info"))),
        ("setup.py", "x", "", Some((Benign, "setup.py"))),
        ("setup.cfg", "x", "", Some((Benign, "setup.cfg"))),
        ("MANIFEST.in", "x", "", Some((Benign, "MANIFEST.in"))),
        ("demo/_a.c", "#define _CFFI_\n", "", Some((Benign, "demo/_a.c"))),
        ("build/temp/_a.c", "int x;", "", Some((Benign, "build/temp/_a.c"))),
        ("tests/test_a.py", "x", "", Some((Lost, "tests/test_a.py"))),
        ("build/tool.py", "x", "", Some((Lost, "build/tool.py"))),
        ("build/lib.linux/a.py", "x", "", Some((Benign, "build/lib.linux/a.py"))),
        ("build/lib/a.py", "x", "", Some((Benign, "build/lib/a.py"))),
        (
            "build/temp.linux-x86_64-3.11/a.o",
            "x",
            "",
            Some((Benign, "build/temp.linux-x86_64-3.11/a.o")),
        ),
        ("build/bdist.linux-x86_64/a", "x", "", Some((Benign, "build/bdist.linux-x86_64/a"))),
        ("build/officina/1/a.c", "x", "", Some((Benign, "build/officina/1/a.c"))),
        ("build/template.html", "x", "", Some((Lost, "build/template.html"))),
        ("build/library.py", "x", "", Some((Lost, "build/library.py"))),
        ("build/libfoo.c", "x", "", Some((Lost, "build/libfoo.c"))),
        ("build/lib.py", "x", "", Some((Lost, "build/lib.py"))),
        ("build/library/a.py", "x", "", Some((Lost, "build/library/a.py"))),
        ("p/build/lib/a.py", "x", "", Some((Lost, "p/build/lib/a.py"))),
        ("tests/x.egg-info/PKG-INFO", "x", "", Some((Lost, "tests/x.egg-info/PKG-INFO"))),
        ("demo/setup.py", "x", "", Some((Lost, "demo/setup.py"))),
        ("pyproject.toml", "one", "two", Some((Benign, "pyproject.toml"))),
        ("demo/a.py", "one", "two", Some((Lost, "demo/a.py"))),
        ("demo/a.py", "one", "one", None),
    ];
    for (path, before, after, expected) in table {
        let old = archive("demo-1.0.tar.gz", &[metadata, (path, before)]);
        let changed = [metadata, (path, after)];
        let kept = if after.is_empty() { &changed[..1] } else { &changed[..] };
        let found = sdists(&old, &archive("demo-1.0.tar.gz", kept));
        let found: Vec<_> = found.iter().map(|f| (f.grade, f.subject.as_str())).collect();
        assert_eq!(found, expected.iter().copied().collect::<Vec<_>>(), "{path}");
    }
}

#[test]
fn sdists_are_compared_by_name_and_metadata_too() {
    let sdist = |name: &str, fields: &str| {
        archive(name, &[("PKG-INFO", &format!("{METADATA}{fields}")), ("a.py", "x")])
    };
    let old = sdist("Demo.App-1.0.zip", "Requires-Python: >=3.9\n");
    expect(
        &sdists(&old, &sdist("demo_app-1.0.tar.gz", "")),
        &[(Lost, "Requires-Python", "`requires-python`"), (Benign, "file name", "")],
    );
    let added = archive("Demo.App-1.0.zip", &[("b.py", "x")]);
    let found = sdists(&archive("Demo.App-1.0.zip", &[]), &added);
    expect(&found, &[(Benign, "b.py", "`exclude = [\"b.py\"]`")]);
    expect(
        &sdists(&old, &sdist("demo_app-1.1.tar.gz", "Requires-Python: >=3.9\n")),
        &[(Lost, "file name", "")],
    );
}

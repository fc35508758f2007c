//! Tests of `walk.rs`.

use std::path::Path;

use crate::files::tree::walk::{walk, walk_within};
use crate::model::Tree;
#[cfg(unix)]
use crate::model::{UnpackableEntry, UnpackableReason};

fn project(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    folder
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn files_come_sorted_and_ignore_rules_have_no_say() {
    let folder = project(&["src/b.py", "src/a/__init__.py", ".gitignore", "z", ".hidden/f"]);
    std::fs::write(folder.path().join(".gitignore"), "*.py\n").unwrap();
    let tree = walk(folder.path()).unwrap();
    assert_eq!(paths(&tree), [".gitignore", ".hidden/f", "src/a/__init__.py", "src/b.py", "z"]);
    assert_eq!(tree.unpackable, []);
}

#[test]
fn of_one_folder_all_is_listed_and_nothing_beside_it() {
    let folder =
        project(&["a.c", "src/b.c", "src/c/d/e.c", "src/c/f.c", "src/cc/g.c", "other/h.c"]);
    let within = |start| walk_within(folder.path(), start).unwrap();
    assert_eq!(paths(&within("src/c")), ["a.c", "src/b.c", "src/c/d/e.c", "src/c/f.c"]);
    assert_eq!(within("src/c").folders, ["src", "src/c", "src/c/d"]);
    assert_eq!(within(""), walk(folder.path()).unwrap());
}

#[test]
fn some_folders_are_never_entered() {
    let folder = project(&[
        "a.py",
        ".git/config",
        "p/.svn/x",
        "p/__pycache__/a.pyc",
        "p/node_modules/x/y.py",
        ".tox/py/x.py",
        "my-env/pyvenv.cfg",
        "my-env/lib/x.py",
        "target/CACHEDIR.TAG",
        "target/x",
    ]);
    let tree = walk(folder.path()).unwrap();
    assert_eq!(paths(&tree), ["a.py"]);
    let skipped: Vec<String> =
        tree.skipped.iter().map(|folder| format!("{}: {}", folder.path, folder.kind)).collect();
    let expected = [
        ".git: version control",
        ".tox: installed packages",
        "my-env: installed packages",
        "p/.svn: version control",
        "p/__pycache__: cache",
        "p/node_modules: installed packages",
        "target: cache",
    ];
    assert_eq!(skipped, expected);
}

#[test]
fn a_project_inside_a_virtual_environment_is_still_walked() {
    let folder = project(&["pyvenv.cfg", "a.py"]);
    assert_eq!(paths(&walk(folder.path()).unwrap()), ["a.py", "pyvenv.cfg"]);
}

/// A tree with ignore files in every place, and what is in them.
fn with_rules() -> tempfile::TempDir {
    let folder = project(&[
        "a.log",
        "keep.log",
        "sub/b.log",
        "sub/keep.txt",
        "sub/x.txt",
        "out/a",
        "out/b/c.txt",
        "deep/out/x",
        "deep/one/two.h",
        "anchored",
        "deep/anchored",
        "spaced name.txt",
        "odd[1].txt",
        "\u{e9}/x.h",
        "#hash",
        "p/q/r.o",
        "p/q/keep.o",
        "private.txt",
    ]);
    for (path, text) in [
        (".gitignore", "\u{feff}# all\n*.log\n!keep.log\nout/\n/anchored\n\\#hash\n\n*.o\n"),
        ("sub/.gitignore", "*.txt   \r\n!keep.txt\n*.log\n"),
        ("deep/.gitignore", "one/*.h\nodd[\n!*.log\n"),
        ("out/.gitignore", "!a\n"),
        ("p/.gitignore", "q/*\n!q/keep.o\n"),
    ] {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    folder
}

fn ignored(root: &Path) -> Vec<String> {
    let files = walk(root).unwrap().files.into_iter();
    let ignored = files.filter_map(|file| Some((file.path, file.ignored?)));
    ignored.map(|(path, rule)| format!("{path}: {rule}")).collect()
}

#[test]
fn what_git_would_not_track_is_marked_with_the_line_that_says_so() {
    let folder = with_rules();
    let expected = [
        "#hash: .gitignore:6 `\\#hash`",
        "a.log: .gitignore:2 `*.log`",
        "anchored: .gitignore:5 `/anchored`",
        "deep/one/two.h: deep/.gitignore:1 `one/*.h`",
        "deep/out/x: .gitignore:4 `out/`",
        "out/.gitignore: .gitignore:4 `out/`",
        "out/a: .gitignore:4 `out/`",
        "out/b/c.txt: .gitignore:4 `out/`",
        "p/q/r.o: p/.gitignore:1 `q/*`",
        "sub/b.log: sub/.gitignore:3 `*.log`",
        "sub/x.txt: sub/.gitignore:1 `*.txt`",
    ];
    assert_eq!(ignored(folder.path()), expected);
}

#[test]
fn the_rules_of_the_repository_count_up_to_its_root() {
    let folder = project(&["top/repo/.git/HEAD", "top/repo/a/b/x.c", "top/repo/a/b/y.c"]);
    let root = folder.path().join("top/repo/a/b");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("top/.gitignore", "*\n");
    write("top/repo/.gitignore", "a/b/x.c\n");
    assert_eq!(ignored(&root), ["x.c: ../../.gitignore:1 `a/b/x.c`"]);
    write("top/repo/.git/info/exclude", "# mine\ny.c\n");
    let expected = ["x.c: ../../.gitignore:1 `a/b/x.c`", "y.c: ../../.git/info/exclude:2 `y.c`"];
    assert_eq!(ignored(&root), expected);
    // What the files of the tree say is stronger than what lies in `.git`.
    write("top/repo/a/.gitignore", "!y.c\n");
    assert_eq!(ignored(&root), expected[..1]);
    // A repository inside has its own rules, and its `.git` may be a file that points away.
    write("top/repo/a/b/module/.git", "gitdir: ../../../.git/modules/m\n");
    write("top/repo/a/b/module/a/b/x.c", "");
    write("top/repo/a/b/module/z.c", "");
    assert_eq!(ignored(&root), expected[..1]);
    write("top/repo/.git/modules/m/info/exclude", "z.c\n");
    let inside = "module/z.c: module/.git/info/exclude:1 `z.c`";
    assert_eq!(ignored(&root), [inside, expected[0]]);
    std::fs::remove_dir_all(folder.path().join("top/repo/.git")).unwrap();
    assert!(ignored(&root).is_empty());
}

/// The walk of ripgrep, which reads the same rules in a way of its own.
fn tracked_by_ripgrep(root: &Path) -> Vec<String> {
    let in_repository = root.ancestors().any(|folder| folder.join(".git").exists());
    let walk = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(true)
        .git_exclude(in_repository)
        .parents(in_repository)
        .require_git(in_repository)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let files = walk.map(Result::unwrap).filter(|entry| entry.path().is_file());
    let path = |entry: ignore::DirEntry| {
        entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/")
    };
    let mut paths: Vec<String> = files.map(path).collect();
    paths.sort();
    paths
}

#[test]
fn another_reader_of_the_rules_agrees() {
    let folder = with_rules();
    let tracked = |root: &Path| -> Vec<String> {
        let files = walk(root).unwrap().files.into_iter();
        files.filter(|file| file.ignored.is_none()).map(|file| file.path).collect()
    };
    assert_eq!(tracked(folder.path()), tracked_by_ripgrep(folder.path()));
    std::fs::create_dir_all(folder.path().join(".git/info")).unwrap();
    std::fs::write(folder.path().join(".git/info/exclude"), "private.*\n").unwrap();
    std::fs::write(folder.path().join(".git/commondir"), ".\n").unwrap();
    assert_eq!(tracked(folder.path()), tracked_by_ripgrep(folder.path()));
    let below = folder.path().join("sub");
    assert_eq!(tracked(&below), tracked_by_ripgrep(&below));
}

/// Runs git in a folder; `None` where there is no git.
fn git(folder: &Path, words: &[&str]) -> Option<()> {
    let mut git = std::process::Command::new("git");
    git.args(["-c", "user.name=n", "-c", "user.email=e"]).args(words).current_dir(folder);
    let done = git.output().ok()?;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(())
}

#[test]
fn the_index_of_git_is_stronger_than_ignore_files() {
    for (version, format) in [("2", "sha1"), ("4", "sha1"), ("2", "sha256")] {
        let folder =
            project(&["p/gen/deep/h.h", "p/gen/i.h", "p/a.c", "p/new.c", "p/x.log", "up.c"]);
        std::fs::write(folder.path().join(".gitignore"), "gen/\n*.log\n").unwrap();
        let run = |words: &[&str]| git(folder.path(), words);
        if run(&["init", "-q", &format!("--object-format={format}")]).is_none() {
            return;
        }
        run(&["update-index", "--index-version", version]);
        run(&["add", "-f", "p/gen/deep/h.h", "p/a.c", "up.c"]);
        run(&["update-index", "--index-version", version]);
        for (root, below) in [(folder.path().to_owned(), "p/"), (folder.path().join("p"), "")] {
            let files = walk(&root).unwrap().files.into_iter();
            let files = files.filter(|file| file.path.starts_with(below) && file.path != "up.c");
            let found: Vec<_> = files
                .filter(|file| !file.path.starts_with('.'))
                .map(|file| {
                    let path = file.path.strip_prefix(below).unwrap().to_owned();
                    (path, file.tracking == crate::model::Tracking::Tracked, file.ignored.is_some())
                })
                .collect();
            let expected = [
                ("a.c", true, false),
                ("gen/deep/h.h", true, false),
                ("gen/i.h", false, true),
                ("new.c", false, false),
                ("x.log", false, true),
            ];
            let expected = expected.map(|(path, tracked, ignored)| (path.into(), tracked, ignored));
            assert_eq!(found, expected, "version {version}, {format}");
        }
    }
}

#[test]
fn a_repository_that_ignores_the_project_has_no_say() {
    for rule in ["p/", "/top/", "*", "top/p"] {
        let folder = project(&[".git/HEAD", "top/p/a.c", "top/p/b.log"]);
        std::fs::write(folder.path().join(".gitignore"), format!("*.log\n{rule}\n")).unwrap();
        let root = folder.path().join("top/p");
        assert!(ignored(&root).is_empty(), "{rule}");
        std::fs::write(root.join(".gitignore"), "a.c\n").unwrap();
        assert_eq!(ignored(&root), ["a.c: .gitignore:1 `a.c`"], "{rule}");
    }
    let folder = project(&[".git/HEAD", "top/p/a.c", "top/p/b.log"]);
    std::fs::write(folder.path().join(".gitignore"), "*.log\np/*.c\n*\n!top/\n!p/\n").unwrap();
    assert_eq!(ignored(&folder.path().join("top/p")).len(), 2);
}

#[test]
fn a_missing_root_is_named() {
    let error = walk(Path::new("/no/such/project")).unwrap_err();
    assert!(error.to_string().contains("cannot read `/no/such/project`"), "{error}");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn the_executable_bit_is_the_owners() {
        let folder = project(&["run", "data"]);
        for (name, mode) in [("run", 0o700), ("data", 0o655)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path().join(name), permissions).unwrap();
        }
        let tree = walk(folder.path()).unwrap();
        let bits: Vec<bool> = tree.files.iter().map(|file| file.executable).collect();
        assert_eq!(bits, [false, true]);
    }

    #[test]
    fn links_inside_are_followed_and_loops_end() {
        let folder = project(&["real/a.py", "real/sub/b.py"]);
        symlink("real", folder.path().join("alias")).unwrap();
        symlink("real/a.py", folder.path().join("c.py")).unwrap();
        symlink("..", folder.path().join("real/sub/up")).unwrap();
        let tree = walk(folder.path()).unwrap();
        let expected = ["alias/a.py", "alias/sub/b.py", "c.py", "real/a.py", "real/sub/b.py"];
        assert_eq!(paths(&tree), expected);
    }

    #[test]
    fn links_out_of_the_tree_and_to_nothing_are_unpackable() {
        let outside = project(&["pkg/__init__.py"]);
        let folder = project(&["a.py"]);
        let target = outside.path().join("pkg");
        symlink(&target, folder.path().join("pkg")).unwrap();
        symlink(target.join("__init__.py"), folder.path().join("b.py")).unwrap();
        symlink("nothing", folder.path().join("gone.py")).unwrap();
        let tree = walk(folder.path()).unwrap();
        assert_eq!(paths(&tree), ["a.py"]);
        let real = target.canonicalize().unwrap();
        let entry =
            |path: &str, reason| UnpackableEntry { path: path.into(), reason, ignored: None };
        let expected = [
            entry("b.py", UnpackableReason::Outside(real.join("__init__.py"))),
            entry("gone.py", UnpackableReason::Dangling),
            entry("pkg", UnpackableReason::Outside(real)),
        ];
        assert_eq!(tree.unpackable, expected);
    }

    #[test]
    fn what_archives_cannot_hold_is_unpackable_and_never_opened() {
        let folder = project(&["a.py"]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
        for name in ["pipe", ".gitignore"] {
            let path = folder.path().join(name);
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.unwrap().success());
        }
        symlink("pipe", folder.path().join("to-pipe")).unwrap();
        let tree = walk(folder.path()).unwrap();
        assert_eq!(paths(&tree), ["a.py"]);
        let unpackable: Vec<String> =
            tree.unpackable.iter().map(|s| format!("{}: {}", s.path, s.reason)).collect();
        let expected = [
            ".gitignore: a named pipe",
            "pipe: a named pipe",
            "socket: a socket",
            "to-pipe: a named pipe",
        ];
        assert_eq!(unpackable, expected);
    }

    #[test]
    fn a_name_that_is_not_utf8_is_unpackable() {
        let folder = project(&["a.py"]);
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
        if std::fs::write(folder.path().join(name), "x").is_err() {
            return; // macOS refuses such names itself.
        }
        let tree = walk(folder.path()).unwrap();
        assert_eq!(tree.unpackable.len(), 1);
        let UnpackableEntry { path, reason, .. } = &tree.unpackable[0];
        assert_eq!((path.as_str(), reason), ("caf\u{fffd}.txt", &UnpackableReason::NotUtf8));
    }
}

//! What programs say, and what we add.

use std::collections::BTreeSet;

use crate::report::advice::install::HostSystem;
use crate::report::advice::rules::for_output_on;

fn for_output(output: &str) -> Vec<String> {
    for_output_on(HostSystem::Linux, output, &BTreeSet::new())
}

#[track_caller]
fn check(output: &str, words: &[&str]) {
    let hints = for_output(output);
    assert_eq!(hints.len(), 1, "{output}: {hints:#?}");
    for word in words {
        assert!(hints[0].contains(word), "{output}: {:?} lacks {word:?}", hints[0]);
    }
}

#[test]
fn the_form_of_a_hint_about_a_known_library() {
    let output = "foo.c:1:10: fatal error: zlib.h: No such file or directory";
    for (host, how) in [
        (
            HostSystem::Linux,
            "`apt install zlib1g-dev` (Debian, Ubuntu) or `dnf install zlib-devel` (Fedora)",
        ),
        (HostSystem::MacOs, "`brew install zlib`"),
        (
            HostSystem::Windows,
            "install it with vcpkg, conda or MSYS2, and name its folders in `include_dirs=` and \
             `library_dirs=`",
        ),
    ] {
        let expected = format!("`zlib.h` comes with zlib: {how}");
        assert_eq!(for_output_on(host, output, &BTreeSet::new()), [expected]);
    }
}

#[test]
fn missing_headers_of_each_compiler() {
    let openssl = ["`openssl/ssl.h` comes with OpenSSL", "libssl-dev"];
    check("a.c:1:10: fatal error: openssl/ssl.h: No such file or directory", &openssl);
    check("a.c:1:10: fatal error: 'openssl/ssl.h' file not found", &openssl);
    check(
        "a.c(1): fatal error C1083: Cannot open include file: 'openssl/ssl.h': No such file or \
         directory",
        &openssl,
    );
    check("a.c:1:10: fatal error: Python.h: No such file or directory", &["python3-dev", "pypy3"]);
    check("a.c:1:10: fatal error: mine.h: No such file or directory", &["mine.h", "include_dirs="]);
    check(
        "\u{1b}[1ma.c:1:10: \u{1b}[31mfatal error: \u{1b}[mzlib.h: No such file or directory",
        &["zlib1g-dev"],
    );
    assert!(for_output("cc1: fatal error: src/gone.c: No such file or directory").is_empty());
}

#[test]
fn headers_of_another_python() {
    for header in ["i386-linux-gnu/python3.15/pyconfig.h", "x86_64-linux-gnu/python3.11/pyconfig.h"]
    {
        let line = format!("a.h:7:12: fatal error: {header}: No such file or directory");
        check(&line, &[header, "-m32", "CC"]);
    }
    let line = "pyport.h:596:2: error: #error \"LONG_BIT definition appears wrong for platform (bad \
                gcc/glibc config?).\"";
    check(line, &["architecture", "-m32", "CC"]);
}

#[test]
fn linkers_that_refuse_pythons_symbols() {
    for line in [
        "/usr/bin/ld: a.c:(.text+0x14c): undefined reference to `PyLong_FromLong'",
        "a.c:function f: error: undefined reference to '_Py_Dealloc'",
        "ld.lld: error: undefined symbol: PyLong_FromLong",
        "mold: error: undefined symbol: _Py_Dealloc",
    ] {
        check(line, &["-z defs", "LDFLAGS"]);
    }
}

#[test]
fn missing_libraries_of_each_linker() {
    for line in [
        "/usr/bin/ld: cannot find -lsodium: No such file or directory",
        "/usr/bin/ld: cannot find -lsodium",
        "ld.lld: error: unable to find library -lsodium",
        "ld: library not found for -lsodium",
        "ld: library 'sodium' not found",
        "mold: fatal: library not found: sodium",
        "LINK : fatal error LNK1181: cannot open input file 'sodium.lib'",
        "LINK : fatal error LNK1104: cannot open file 'sodium.lib'",
    ] {
        check(line, &["libsodium", "apt install libsodium-dev", "dnf install libsodium-devel"]);
    }
    check("/usr/bin/ld: cannot find -lmine: No such file", &["`mine`", "library_dirs="]);
    check("/usr/bin/ld: cannot find -l-lm: No such file", &["the name alone: \"m\", not \"-lm\""]);
    check("/usr/bin/ld: cannot find -lpython3.11", &["python3-dev"]);
}

#[test]
fn pkg_config_says_it_in_many_ways() {
    for line in [
        "Package libffi was not found in the pkg-config search path.",
        "Package 'libffi', required by 'virtual:world', not found",
        "No package 'libffi' found",
    ] {
        check(line, &["`libffi` comes with libffi", "libffi-dev", "libffi-devel"]);
    }
    check("No package 'mine' found", &["mine.pc", "PKG_CONFIG_PATH"]);
    let lost = "cffi.PkgConfigError: cannot run pkg-config: [Errno 2] No such file or directory: \
                'pkg-config'";
    check(lost, &["apt install pkg-config"]);
}

#[test]
fn programs_that_are_not_there() {
    check("bash: line 1: magick: command not found", &["`magick`", "PATH"]);
    check("sh: 1: xml2-config: not found", &["libxml2-dev"]);
    check("/bin/sh: 1: g++: not found", &["gcc-c++"]);
    let builder = "FileNotFoundError: [Errno 2] No such file or directory: 'swig'";
    check(builder, &["`swig`"]);
    assert!(for_output(&builder.replace("swig", "data/table.txt")).is_empty());
    check(
        "gcc: fatal error: cannot execute 'cc1plus': execvp: No such file or directory",
        &["C++", "gcc-c++"],
    );
}

#[test]
fn flags_architectures_and_position() {
    check("gcc: error: unrecognized command-line option ‘-fbogus’", &["`-fbogus`", "CFLAGS"]);
    check("clang: error: unknown argument: '-fbogus'", &["`-fbogus`"]);
    check(
        "/usr/bin/ld: p.o: relocation R_X86_64_32 against symbol `a' can not be used when making \
         a shared object; recompile with -fPIC",
        &["`p.o`", "-fPIC"],
    );
    check("bad.o: file not recognized: file format not recognized", &["bad.o", "architecture"]);
    check("/usr/bin/ld: pa.o: error adding symbols: file in wrong format", &["`pa.o`"]);
}

#[test]
fn an_incompatible_library_is_told_from_a_missing_one() {
    let hints = for_output(
        "/usr/bin/ld: skipping incompatible L/libmine.so when searching for -lmine\n\
         /usr/bin/ld: cannot find -lmine: No such file or directory\n\
         /usr/bin/ld: skipping incompatible L/libmine.so when searching for -lmine\n",
    );
    assert!(hints[0].contains("`L/libmine.so`") && hints[0].contains("architecture"), "{hints:?}");
}

#[test]
fn c_code_that_does_not_fit_the_header() {
    check(
        "f.c:1:20: warning: implicit declaration of function ‘foo_bar’",
        &["`foo_bar`", "include the one that does"],
    );
    check("f.c:1:1: error: call to undeclared function 'foo_bar'; ISO C99", &["`foo_bar`"]);
    check("f.c:1:1: error: ‘FOO_MAX’ undeclared (first use in this function)", &["`FOO_MAX`"]);
    check("f.c:1:77: error: ‘struct s’ has no member named ‘b’", &["field `b`"]);
    check("f.c:1:79: error: no member named 'b' in 'struct s'", &["field `b`"]);
}

#[test]
fn undefined_references_only_where_certain() {
    check("a.o: undefined reference to `sqlite3_open'", &["SQLite", "\"sqlite3\""]);
    check("ld.lld: error: undefined symbol: ZSTD_compress", &["\"zstd\""]);
    check("  \"_inflateInit_\", referenced from:", &["\"z\""]);
    assert!(for_output("a.o: undefined reference to `frobnicate'").is_empty());
}

#[test]
fn the_machine_gave_up() {
    check("gcc: fatal error: Killed signal terminated program cc1", &["jobs=1"]);
    check("a.c:9: error: writing to /tmp/x.s: No space left on device", &["TMPDIR"]);
}

#[test]
fn a_launcher_gave_up() {
    for line in [
        "sccache: error: Timed out waiting for server startup",
        "ccache: error: Failed to create directory /cache/tmp: Permission denied",
        "distcc[7] (dcc_build_somewhere) ERROR: failed to distribute and fallbacks are disabled",
    ] {
        check(line, &["`-C compiler-launcher=`"]);
    }
}

#[test]
fn nothing_is_repeated_and_little_is_said() {
    let header = |name| format!("a.c:1:1: fatal error: {name}: No such file or directory\n");
    let twice = header("openssl/ssl.h") + &header("openssl/evp.h") + &header("openssl/ssl.h");
    assert_eq!(for_output(&twice).len(), 1);
    let many: String = ["a.h", "b.h", "c.h", "d.h", "e.h", "f.h"].map(header).concat();
    assert_eq!(for_output(&many).len(), 4);
    assert!(for_output("a.c:3:9: error: expected ';' before 'return'\n").is_empty());
}

#[test]
fn a_function_that_two_files_define() {
    for line in [
        "b.c:(.text+0x0): multiple definition of `add'; a.o:a.c:(.text+0x0): first defined here",
        "ld.lld: error: duplicate symbol: add",
        "duplicate symbol '_add' in:",
        "b.obj : error LNK2005: add already defined in a.obj",
    ] {
        check(line, &["add` is defined twice", "`sources=`", "static"]);
    }
}

#[test]
fn a_package_in_another_version() {
    let newer = ["zlib 1.2.13", "`>= 99` is asked for", "install a newer version"];
    check("Package 'zlib' has version '1.2.13', required version is '>= 99'", &newer);
    check("Requested 'zlib >= 99' but version of zlib is 1.2.13", &newer);
    check(
        "Package 'a' has version '2.1', required version is '< 2'",
        &["a 2.1", "`< 2` is asked for", "install an older version"],
    );
    check("Requested 'b = 1' but version of b is 2.0", &["b 2.0", "install that version"]);
    let said = "Package dependency requirement 'zlib >= 99' could not be satisfied.\nPackage 'zlib' \
                has version '1.2.13', required version is '>= 99'";
    check(said, &newer);
}

#[test]
fn a_library_is_named_without_what_its_file_has_around_it() {
    for (given, bare) in [
        ("libm.so", "m"),
        ("libfoo.a", "foo"),
        ("libfoo.so.1", "foo"),
        ("-lfoo", "foo"),
        ("foo.dylib", "foo"),
        ("libssl", "ssl"),
    ] {
        let said = format!("/usr/bin/ld: cannot find -l{given}: No such file or directory");
        check(&said, &["wants the name alone", &format!("\"{bare}\", not \"{given}\"")]);
    }
    let said = "/usr/bin/ld: cannot find -llibrary: No such file or directory";
    check(said, &["the linker found no library `library`"]);
}

#[test]
fn a_field_that_c_lacks() {
    use crate::report::advice::lacks_member;
    for line in [
        "x.c:676:10: error: \u{2018}struct s\u{2019} has no member named \u{2018}b\u{2019}",
        "x.c:6:1: error: no member named 'b' in 'struct s'",
        "x.c(6): error C2039: 'b': is not a member of 's'",
    ] {
        check(line, &["the header has no field `b`"]);
        assert!(lacks_member(line), "{line}");
    }
    assert!(!lacks_member("x.c:6:1: error: conflicting types for 'b'"));
}

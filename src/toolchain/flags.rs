//! What of the interpreter's own flags is good for others: sysconfig's words, cleaned. Pure.

use std::path::Path;

use crate::model::Profile;

/// Flags from sysconfig for compiling: without debug information (whoever wants it asks for
/// [`Profile::Debug`]), and without `-isysroot` of an SDK that only the builder of Python had.
pub fn for_compiling(
    words: Vec<String>,
    profile: Profile,
    exists: &dyn Fn(&Path) -> bool,
) -> Vec<String> {
    let mut kept = without_missing_sdk(words, exists);
    kept.retain(|word| !is_debug_information(word));
    if profile == Profile::Debug {
        kept.retain(|word| !is_release_only(word));
    }
    kept
}

/// Flags from sysconfig for C++: the ones that are about C alone would only raise warnings.
pub fn for_cxx(mut words: Vec<String>) -> Vec<String> {
    words.retain(|word| {
        word != "-Wstrict-prototypes"
            && word != "-Wimplicit-function-declaration"
            && ![
                "-std=c8",
                "-std=c9",
                "-std=c1",
                "-std=c2",
                "-std=gnu8",
                "-std=gnu9",
                "-std=gnu1",
                "-std=gnu2",
            ]
            .iter()
            .any(|standard| word.starts_with(standard))
    });
    words
}

fn is_debug_information(word: &str) -> bool {
    word.starts_with("-g") && !word.starts_with("-gcc-")
}

/// `-DNDEBUG` silences the assertions that one debugs with, and fortifying needs optimisation.
fn is_release_only(word: &str) -> bool {
    word == "-DNDEBUG"
        || word.trim_start_matches("-Wp,").starts_with("-D_FORTIFY_SOURCE")
        || word.trim_start_matches("-Wp,").starts_with("-U_FORTIFY_SOURCE")
}

/// Whether a word is about optimising as a whole: a level (`-O2`, `-Os`, `/O2`), or optimising at
/// link time, which a second level would get in the way of.
pub fn is_optimization(word: &str) -> bool {
    ["-O", "-flto", "/O", "--optimize"].iter().any(|option| word.starts_with(option))
}

/// Whether a word may make the compiler write down where it works: debug information, coverage, and
/// options that nobody sees here.
pub fn may_tell_places(word: &str) -> bool {
    const OTHERS: [&str; 11] = [
        "--debug",
        "--coverage",
        "-coverage",
        "-fprofile",
        "-ftest-coverage",
        "-fcoverage",
        "-Wa,",
        "-Xassembler",
        "-specs",
        "--config",
        "@",
    ];
    is_debug_information(word) || OTHERS.iter().any(|option| word.starts_with(option))
}

/// Whether words ask for the level of a release, and for nothing that depends on it.
pub fn is_high(words: &[String]) -> bool {
    let mut about = words.iter().filter(|word| is_optimization(word));
    let last = about.clone().next_back();
    last.is_some_and(|last| matches!(last.as_str(), "-O2" | "-O3"))
        && about.all(|word| word.starts_with("-O"))
}

fn without_missing_sdk(words: Vec<String>, exists: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let mut kept = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("-isysroot") {
            Some("") => {
                if let Some(sdk) = words.next().filter(|sdk| exists(Path::new(sdk))) {
                    kept.extend([word, sdk]);
                }
            }
            Some(sdk) if !exists(Path::new(sdk)) => {}
            _ => kept.push(word),
        }
    }
    kept
}

/// Link flags from sysconfig, parted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LinkWords {
    /// What every extension is linked with.
    pub kept: Vec<String>,
    /// `-L` and run paths: folders of the machine that Python was built on. They have no place in
    /// a wheel; only a library that embeds this very Python needs the folder of libpython.
    pub search: Vec<String>,
}

/// Parts the search folders and run paths of sysconfig's `LDSHARED` from the rest.
pub fn part_link_words(words: Vec<String>) -> LinkWords {
    let mut parted = LinkWords::default();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if matches!(word.as_str(), "-L" | "-R" | "-rpath") {
            parted.search.push(word);
            parted.search.extend(words.next());
        } else if word.starts_with("-L") || word.starts_with("-R/") || word.starts_with("-R$") {
            parted.search.push(word);
        } else if let Some(list) = word.strip_prefix("-Wl,") {
            let mut list: Vec<String> = list.split(',').map(str::to_owned).collect();
            // `-Wl,-rpath -Wl,/lib` says in two words what is one thing to the linker.
            while list.last().is_some_and(|last| takes_a_folder(last)) {
                let Some(next) = words.peek().and_then(|next| next.strip_prefix("-Wl,")) else {
                    break;
                };
                list.extend(next.split(',').map(str::to_owned));
                words.next();
            }
            part_linker_list(list, &mut parted);
        } else {
            parted.kept.push(word);
        }
    }
    parted
}

fn part_linker_list(list: Vec<String>, parted: &mut LinkWords) {
    let (mut kept, mut search) = (Vec::new(), Vec::new());
    let mut list = list.into_iter();
    while let Some(part) = list.next() {
        if takes_a_folder(&part) {
            search.push(part);
            search.extend(list.next());
        } else if is_folder_option(&part) {
            search.push(part);
        } else {
            kept.push(part);
        }
    }
    for (parts, words) in [(kept, &mut parted.kept), (search, &mut parted.search)] {
        if !parts.is_empty() {
            words.push(format!("-Wl,{}", parts.join(",")));
        }
    }
}

fn takes_a_folder(part: &str) -> bool {
    matches!(part, "-rpath" | "--rpath" | "-R" | "-L" | "-rpath-link" | "--rpath-link")
}

fn is_folder_option(part: &str) -> bool {
    ["-rpath=", "--rpath=", "-rpath-link=", "--rpath-link=", "-R", "-L"]
        .iter()
        .any(|option| part.starts_with(option))
}

/// The words that say where libpython is, of those that [`part_link_words`] took out.
pub fn search_of(search: Vec<String>, libdir: &Path) -> Vec<String> {
    let libdir = libdir.to_string_lossy();
    let mut found: Vec<String> = Vec::new();
    for word in search {
        let about_libdir = word.ends_with(libdir.as_ref()) && word.starts_with('-');
        if about_libdir && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// Without `-arch X` pairs: for macOS, where a second set of them would add to the first.
pub fn without_arch(words: &[String]) -> Vec<String> {
    without_pairs(words, "-arch")
}

/// What of the base flags is left on macOS when a module's own arguments choose architectures or
/// an SDK: each would otherwise be there twice.
pub fn yielding_to(base: &[String], own: &[String]) -> Vec<String> {
    let mut base = base.to_vec();
    if own.iter().any(|word| word == "-arch") {
        base = without_pairs(&base, "-arch");
    }
    if own.iter().any(|word| word.starts_with("-isysroot")) {
        base = without_pairs(&base, "-isysroot");
        base.retain(|word| !word.starts_with("-isysroot"));
    }
    base
}

fn without_pairs(words: &[String], option: &str) -> Vec<String> {
    let mut kept = Vec::with_capacity(words.len());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == option {
            words.next();
        } else {
            kept.push(word.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        shlex::split(text).unwrap()
    }

    #[test]
    fn compile_flags_lose_debug_information_and_missing_sdks() {
        let cases = [
            (Profile::Release, "-g -ggdb3 -gdwarf-4 -O3 -DNDEBUG -Wall", "-O3 -DNDEBUG -Wall"),
            (
                Profile::Release,
                "--gcc-toolchain=/x -gcc-toolchain /y",
                "--gcc-toolchain=/x -gcc-toolchain /y",
            ),
            (
                Profile::Debug,
                "-O3 -DNDEBUG -Wp,-D_FORTIFY_SOURCE=2 -D_FORTIFY_SOURCE=3 -fwrapv",
                "-O3 -fwrapv",
            ),
            (
                Profile::Release,
                "-isysroot /there -isysroot /gone -isysroot/gone -isysroot/there -O2",
                "-isysroot /there -isysroot/there -O2",
            ),
        ];
        for (profile, before, after) in cases {
            let exists = |path: &Path| path == Path::new("/there");
            assert_eq!(for_compiling(words(before), profile, &exists), words(after), "{before}");
        }
    }

    #[test]
    fn cxx_gets_no_c_only_flags() {
        assert_eq!(
            for_cxx(words("-Wstrict-prototypes -std=c11 -std=gnu99 -std=c++17 -O2")),
            words("-std=c++17 -O2")
        );
    }

    #[test]
    fn search_folders_are_parted_in_every_spelling() {
        let cases = [
            ("-shared -L/p/lib -Wl,-rpath,/p/lib", "-shared", "-L/p/lib -Wl,-rpath,/p/lib"),
            ("-Wl,-rpath=/p/lib -Wl,-R/p -R/p -R /p", "", "-Wl,-rpath=/p/lib -Wl,-R/p -R/p -R /p"),
            ("-Wl,-rpath -Wl,/p/lib -shared", "-shared", "-Wl,-rpath,/p/lib"),
            ("-Wl,-O1,-rpath,/p,-z,now", "-Wl,-O1,-z,now", "-Wl,-rpath,/p"),
            (
                "-L /p -bundle -undefined dynamic_lookup",
                "-bundle -undefined dynamic_lookup",
                "-L /p",
            ),
            ("-Wl,--exclude-libs,ALL -Wl,-z,relro", "-Wl,--exclude-libs,ALL -Wl,-z,relro", ""),
        ];
        for (before, kept, search) in cases {
            let parted = part_link_words(words(before));
            assert_eq!(parted, LinkWords { kept: words(kept), search: words(search) }, "{before}");
        }
    }

    #[test]
    fn only_libpythons_own_folder_is_worth_keeping() {
        let search = words("-L/p/lib -Wl,-rpath,/p/lib -L/p/lib -L/other -Wl,-rpath,/other");
        assert_eq!(search_of(search, Path::new("/p/lib")), words("-L/p/lib -Wl,-rpath,/p/lib"));
    }

    #[test]
    fn a_modules_own_architectures_and_sdk_win() {
        let base = words("-arch arm64 -arch x86_64 -isysroot /a -isysroot/b -O2");
        assert_eq!(
            yielding_to(&base, &words("-arch arm64")),
            words("-isysroot /a -isysroot/b -O2")
        );
        assert_eq!(
            yielding_to(&base, &words("-isysroot /c")),
            words("-arch arm64 -arch x86_64 -O2")
        );
        assert_eq!(yielding_to(&base, &words("-O3")), base);
    }
}

//! What stays of setup.cfg: the sections of other programs.

/// Sections that setuptools and its commands read.
const OURS: &[&str] = &[
    "metadata",
    "options",
    "egg_info",
    "bdist_wheel",
    "wheel",
    "sdist",
    "build",
    "build_ext",
    "build_py",
    "build_clib",
    "install",
    "develop",
    "easy_install",
    "aliases",
    "global",
    "bdist",
    "bdist_rpm",
    "bdist_egg",
    "upload",
    "upload_docs",
    "build_sphinx",
    "test",
    "check",
    "rotate",
    "files",
    "backwards_compat",
    "bdist_wininst",
    "register",
    "dist_info",
    "clean",
];

/// The text without these sections; `None` if nothing stays.
pub fn rest(text: &str) -> Option<String> {
    let (mut kept, mut is_kept) = (String::new(), true);
    for line in text.split_inclusive('\n') {
        let name = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Some(name) = name {
            let name = name.trim();
            is_kept = !OURS.contains(&name) && !name.starts_with("options.");
        }
        if is_kept {
            kept.push_str(line);
        }
    }
    let has_section = kept.lines().any(|line| line.trim_start().starts_with('['));
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    has_section.then(|| kept.trim_end().to_owned() + line_break)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_other_programs_stay_as_they_are() {
        let text = "# mine\n[metadata]\nname = a\n\n[flake8]\nmax = 9  # wide\n\n[options.extras_require]\nx = y\n";
        assert_eq!(rest(text).as_deref(), Some("# mine\n[flake8]\nmax = 9  # wide\n"));
        assert_eq!(rest("[a]\r\nb = 1\r\n").as_deref(), Some("[a]\r\nb = 1\r\n"));
        assert_eq!(rest("[egg_info]\ntag_build =\n"), None);
    }
}

//! Commands of setuptools that the project changes or sets options of, and arguments without a key.

use toml_edit::Item;

use crate::migrate::draft::Draft;
use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::toml_text::{set, strings};

/// What becomes of a subclass of each command.
const FATES: &[(&str, MoveVerdict, &str)] = &[
    ("bdist_wheel", MoveVerdict::Better, "the tag follows from what was built"),
    (
        "sdist",
        MoveVerdict::Better,
        "an sdist holds what git tracks, and what `sdist.include` names",
    ),
    ("egg_info", MoveVerdict::Better, "there is no egg-info"),
    ("test", MoveVerdict::Same, "run the tests with their own program"),
    ("clean", MoveVerdict::Better, "`officina clean` removes what builds leave"),
    ("develop", MoveVerdict::Same, "an editable install runs what a build runs"),
    ("upload", MoveVerdict::Same, "upload with twine"),
];

/// What plugins of setuptools bring by themselves.
const OF_PLUGINS: &[&str] =
    &["setuptools_scm", "vcs_versioning", "wheel", "setuptools", "officina"];

/// Adds a line for each class of `cmdclass`.
pub fn classes(draft: &mut Draft) {
    for command in draft.old.commands.clone() {
        let top = command.module.split('.').next().unwrap_or_default();
        if !command.is_own && OF_PLUGINS.contains(&top) {
            continue;
        }
        let line = draft.old.class_lines.get(&command.class);
        let place = line.map(|line| format!("setup.py:{line}"));
        let place = place.or_else(|| draft.place("cmdclass"));
        let fate = FATES.iter().find(|(name, ..)| *name == command.name);
        let name = format!("cmdclass: `{}` of `{}`", command.class, command.name);
        let finding = match fate {
            Some((_, verdict, text)) => MoveFinding::new(*verdict, format!("{name}: {text}")),
            None if command.methods.iter().any(|method| method == "pre_run") => {
                let text = format!("{name}: do the work of `pre_run` in the builder");
                MoveFinding::new(MoveVerdict::YouDecide, text)
            }
            None => own_work(&command.name, &name),
        };
        draft.find(MoveFinding { place, ..finding });
    }
    if let Some(class) = &draft.old.distribution_class {
        let text = format!("distclass: `{class}`: what it does besides is not read");
        draft.tell(MoveVerdict::YouDecide, "distclass", text);
    }
}

fn own_work(command: &str, name: &str) -> MoveFinding {
    let toml = match command {
        "build_ext" | "build_clib" => {
            "[[tool.officina.libraries]]   # C that modules link; or a step, for configure and make\n\
             name = \"NAME\"\nsources = [\"csrc/*.c\"]"
        }
        _ => {
            "[[tool.officina.steps]]\nname = \"generate\"\n\
             commands = [[\"{python}\", \"generate.py\"]]\ndirectory = \"{root}\"\n\
             inputs = [\"generate.py\"]\noutputs = [\"PACKAGE/*.py\"]"
        }
    };
    let text = format!("{name}: a build with Officina has no such command; a step can do its work");
    MoveFinding::new(MoveVerdict::YouDecide, text).propose(toml)
}

/// Options of commands, of setup.cfg and of `options=`.
pub fn options(draft: &mut Draft) {
    let options = draft.old.command_options.clone();
    for (command, given) in &options {
        for (option, (_, value)) in given {
            let option = option.replace('-', "_");
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            one_option(draft, command, &option, value.trim());
        }
    }
}

fn one_option(draft: &mut Draft, command: &str, option: &str, value: &str) {
    let place = option_place(draft, command, option);
    let words = || value.split([' ', '\n', ',']).map(str::trim).filter(|word| !word.is_empty());
    let folders = || value.split([':', '\n']).map(str::trim).filter(|one| !one.is_empty());
    let (key, list): (&str, Vec<&str>) = match (command, option) {
        ("build_ext", "include_dirs") => ("include-dirs", folders().collect()),
        ("build_ext", "library_dirs") => ("library-dirs", folders().collect()),
        ("build_ext", "libraries") => ("libraries", words().collect()),
        ("build_ext", "define") => ("define-macros", words().collect()),
        ("bdist_wheel", "build_number") => {
            draft.settings.insert("build-tag", toml_edit::value(value));
            let text = "bdist_wheel: build_number -> tool.officina.build-tag";
            draft.find(MoveFinding { place, ..MoveFinding::new(MoveVerdict::Same, text) });
            return;
        }
        ("bdist_wheel", _) => {
            let text = format!("bdist_wheel: {option}: the tag follows from what was built");
            draft.find(MoveFinding { place, ..MoveFinding::new(MoveVerdict::Better, text) });
            return;
        }
        ("egg_info", "tag_build" | "tag_date" | "tag_svn_revision")
            if matches!(value, "" | "0" | "false" | "False") =>
        {
            return;
        }
        ("build_ext", "inplace") => return,
        ("egg_info", "tag_build" | "tag_date") => {
            let text = format!("egg_info: {option} = {value}: write it into the version");
            draft.find(MoveFinding { place, ..MoveFinding::new(MoveVerdict::YouDecide, text) });
            return;
        }
        ("build" | "build_py" | "build_ext" | "build_clib", _) => {
            let text = format!("{command}: {option} = {value}: it has no effect any more");
            draft.find(MoveFinding { place, ..MoveFinding::new(MoveVerdict::YouDecide, text) });
            return;
        }
        _ => return,
    };
    set(&mut draft.settings, key, strings(list));
    let text = format!("{command}: {option} -> tool.officina.{key}");
    draft.find(MoveFinding { place, ..MoveFinding::new(MoveVerdict::Same, text) });
}

fn option_place(draft: &Draft, command: &str, option: &str) -> Option<String> {
    let is_it = |key: &str| key.replace('-', "_") == option;
    let mut lines = draft.old.setup_cfg.iter();
    let line = lines.find(|one| one.section == command && is_it(&one.key));
    line.map(|one| format!("setup.cfg:{}", one.line)).or_else(|| draft.place("options"))
}

/// Arguments that mean nothing to a build with Officina.
const IDLE: &[(&str, MoveVerdict, &str)] = &[
    ("zip_safe", MoveVerdict::Same, "eggs are a thing of the past"),
    ("include_package_data", MoveVerdict::Same, "a wheel holds what lies in its packages"),
    ("package_data", MoveVerdict::Same, "a wheel holds what lies in its packages"),
    ("exclude_package_data", MoveVerdict::Same, "see `exclude` of tool.officina"),
    ("packages", MoveVerdict::Same, "packages -> tool.officina.packages, or found"),
    ("package_dir", MoveVerdict::Same, "package_dir -> tool.officina.python-source, or found"),
    ("py_modules", MoveVerdict::Same, "py_modules -> tool.officina.py-modules, or found"),
    ("namespace_packages", MoveVerdict::Same, "a namespace package is one without `__init__.py`"),
    ("tests_require", MoveVerdict::Same, "setuptools has no command `test` any more"),
    ("test_suite", MoveVerdict::Same, "setuptools has no command `test` any more"),
    ("test_loader", MoveVerdict::Same, "setuptools has no command `test` any more"),
    ("dependency_links", MoveVerdict::Same, "installers do not look at it"),
    ("eager_resources", MoveVerdict::Same, "eggs are a thing of the past"),
    ("use_2to3", MoveVerdict::Same, "setuptools has no 2to3 any more"),
    ("obsoletes_dist", MoveVerdict::Same, "installers do not look at it"),
    ("provides", MoveVerdict::Same, "installers do not look at it"),
    ("requires", MoveVerdict::Same, "installers do not look at it"),
    ("obsoletes", MoveVerdict::Same, "installers do not look at it"),
    ("py_limited_api", MoveVerdict::Better, "the tag follows from what was built"),
];

/// Arguments that others tell of.
const TOLD: &[&str] = &[
    "name",
    "version",
    "description",
    "long_description",
    "long_description_content_type",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "url",
    "project_urls",
    "download_url",
    "license",
    "license_expression",
    "license_files",
    "license_file",
    "keywords",
    "platforms",
    "classifiers",
    "python_requires",
    "install_requires",
    "extras_require",
    "entry_points",
    "cffi_modules",
    "ext_package",
    "ext_modules",
    "libraries",
    "scripts",
    "data_files",
    "headers",
    "cmdclass",
    "distclass",
    "options",
    "setup_requires",
    "use_scm_version",
    "rust_extensions",
    "script_name",
    "script_args",
    "command_packages",
    "command_options",
];

/// Adds a line for each argument that nobody else tells of.
pub fn others(draft: &mut Draft) {
    let mut keywords: Vec<String> = draft.old.keywords.clone();
    let of_cfg = draft.old.setup_cfg.iter();
    let of_cfg = of_cfg.filter(|one| one.section == "options" || one.section == "metadata");
    keywords.extend(of_cfg.map(|one| one.key.replace('-', "_")));
    let whole = draft.old.setup_cfg.iter().filter_map(|one| one.section.strip_prefix("options."));
    keywords.extend(whole.map(str::to_owned));
    keywords.sort();
    keywords.dedup();
    for keyword in keywords {
        if let Some((_, verdict, text)) = IDLE.iter().find(|(name, ..)| *name == keyword) {
            let text = match text.contains("->") {
                true => (*text).to_owned(),
                false => format!("{keyword}: {text}"),
            };
            draft.tell(*verdict, &keyword, text);
        } else if !TOLD.contains(&keyword.as_str()) && is_alien(draft, &keyword) {
            let text = format!("{keyword}: a plugin of setuptools reads it; nothing does here");
            draft.tell(MoveVerdict::YouDecide, &keyword, text);
        }
    }
}

/// Not a section such as `packages.find`, and not an argument whose line is not known.
fn is_alien(draft: &Draft, keyword: &str) -> bool {
    !keyword.contains('.')
        && !["summary", "home_page", "description_file", "long_description_file"].contains(&keyword)
        && draft.place(keyword).is_some()
}

/// Takes the tables of setuptools out of pyproject.toml.
pub fn tables(draft: &mut Draft) {
    let Some(tool) = draft.document.get_mut("tool").and_then(Item::as_table_mut) else { return };
    let mut gone = Vec::new();
    for name in ["setuptools", "setuptools_scm", "setuptools-scm", "distutils"] {
        if tool.remove(name).is_some() {
            gone.push(format!("tool.{name}"));
        }
    }
    if tool.is_empty() {
        draft.document.remove("tool");
    }
    if !gone.is_empty() {
        let text = format!("{}: it says nothing to Officina, and is removed", gone.join(", "));
        draft.find(MoveFinding::new(MoveVerdict::Same, text).at("pyproject.toml"));
    }
}

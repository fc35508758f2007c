//! Who builds a project, and what is read of its tree.

/// A backend that is not setuptools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `[tool.poetry]` with a build script.
    Poetry,
    /// A build hook of hatch.
    Hatch,
    /// flit, which builds nothing by itself.
    Flit,
    /// meson-python.
    Meson,
    /// scikit-build-core.
    ScikitBuild,
}

impl Origin {
    /// The origin that a `build-backend` stands for; `None` for setuptools and strangers.
    pub fn of_backend(backend: &str) -> Option<Self> {
        let module = backend.split(':').next().unwrap_or(backend).trim();
        Some(match module {
            "poetry.core.masonry.api" | "poetry.masonry.api" => Origin::Poetry,
            "hatchling.build" | "hatchling.ouroboros" => Origin::Hatch,
            "flit_core.buildapi" | "flit.buildapi" => Origin::Flit,
            "mesonpy" => Origin::Meson,
            "scikit_build_core.build" | "scikit_build_core.setuptools.build_meta" => {
                Origin::ScikitBuild
            }
            _ => return None,
        })
    }

    /// How people call it.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Poetry => "poetry",
            Origin::Hatch => "hatch",
            Origin::Flit => "flit",
            Origin::Meson => "meson-python",
            Origin::ScikitBuild => "scikit-build-core",
        }
    }

    /// Its table in `[tool]`.
    pub fn table(self) -> &'static str {
        match self {
            Origin::Poetry => "poetry",
            Origin::Hatch => "hatch",
            Origin::Flit => "flit",
            Origin::Meson => "meson-python",
            Origin::ScikitBuild => "scikit-build",
        }
    }

    /// Whether a build requirement, by its normal name, serves this backend alone.
    pub fn owns(self, requirement: &str) -> bool {
        let starts: &[&str] = match self {
            Origin::Poetry => &["poetry"],
            Origin::Hatch => &["hatch"],
            Origin::Flit => &["flit"],
            Origin::Meson => &["meson", "ninja"],
            Origin::ScikitBuild => &["scikit-build", "cmake", "ninja"],
        };
        starts.iter().any(|start| requirement.starts_with(start))
    }
}

/// What is read of a tree: texts by their paths from the root, with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginTree {
    /// pyproject.toml.
    pub pyproject: String,
    /// The Python files.
    pub python: Vec<(String, String)>,
    /// `meson.build` and `CMakeLists.txt`, wherever they lie.
    pub build_files: Vec<(String, String)>,
}

impl OriginTree {
    /// The text of a Python file.
    pub fn script(&self, path: &str) -> Option<&str> {
        let path = path.trim_start_matches("./");
        self.python.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }
}

//! The workflow for GitHub that builds, tests and uploads a project's wheels. Pure.

use crate::model::PythonVersion;
use crate::report::advice::library_by_package;

/// Which wheels a project has for one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WheelKinds {
    /// One for all platforms: nothing is compiled.
    Pure,
    /// One for all Pythons: what is compiled does not use Python.
    AnyPython,
    /// One for all versions of CPython from this one on.
    Limited(PythonVersion),
    /// One for each version of Python.
    EachVersion,
}

/// What says which distributions tests need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestNeeds {
    /// This group of `[dependency-groups]`.
    Group(String),
    /// This extra of the project.
    Extra(String),
    /// Nothing: pytest will do.
    Pytest,
}

/// What a workflow is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Which wheels there are.
    pub wheels: WheelKinds,
    /// The oldest Python that the project takes, or that wheels are built for.
    pub least: PythonVersion,
    /// The folder of its tests, from the project root; `None`: none are there.
    pub tests: Option<String>,
    /// A module that can be imported, which is the test where there is no other.
    pub module: Option<String>,
    /// What tests need besides the project.
    pub needs: TestNeeds,
    /// The packages that pkg-config is asked for.
    pub pkg_config: Vec<String>,
    /// Whether cargo builds something.
    pub crates: bool,
    /// The keys of `[tool.cibuildwheel]`, which say what it says.
    pub said: Vec<String>,
}

/// The oldest Python that the pinned cibuildwheel builds for and that is still maintained.
pub const OLDEST: PythonVersion = PythonVersion(3, 10);

/// The pinned version: its build identifiers are those that the selectors are tested with.
const CIBUILDWHEEL: &str = "4.3.5";

impl Workflow {
    /// The file, in YAML.
    pub fn text(&self) -> String {
        match self.wheels {
            WheelKinds::Pure => self.pure(),
            _ => include_str!("workflow/wheels.yml")
                .replace("CIBUILDWHEEL", CIBUILDWHEEL)
                .replace("RUNNERS\n", &self.runners())
                .replace("SETTINGS\n", &self.settings())
                .replace("GUARD\n", self.guard())
                .replace("SDIST\n", include_str!("workflow/sdist.yml"))
                .replace("PUBLISH\n", &publish("wheels, sdist")),
        }
    }

    fn pure(&self) -> String {
        let install = match &self.needs {
            TestNeeds::Group(group) => format!("dist/*.whl --group {group}"),
            TestNeeds::Extra(extra) => format!("\"$(echo dist/*.whl)[{extra}]\""),
            TestNeeds::Pytest => "dist/*.whl pytest".to_owned(),
        };
        let checkout = self
            .tests
            .as_ref()
            .map(|tests| include_str!("workflow/checkout-tests.yml").replace("TESTS", tests));
        include_str!("workflow/pure.yml")
            .replace("CHECKOUT\n", checkout.as_deref().unwrap_or_default())
            .replace("LEAST", &self.least.to_string())
            .replace("INSTALL", &install)
            .replace("RUN_TESTS", &self.test_command())
            .replace("PUBLISH\n", &publish("test"))
    }

    fn runners(&self) -> String {
        const ALL: [&str; 6] = [
            "ubuntu-latest",
            "ubuntu-24.04-arm",
            "windows-latest",
            "windows-11-arm",
            "macos-15-intel",
            "macos-latest",
        ];
        let lines = |runners: &mut dyn Iterator<Item = &str>| -> String {
            runners.map(|runner| format!("          - {runner}\n")).collect()
        };
        if self.pkg_config.is_empty() {
            return lines(&mut ALL.into_iter());
        }
        let unix = &mut ALL.into_iter().filter(|runner| !runner.starts_with("windows"));
        let why = "          # Windows has no packages of pkg-config: add `windows-latest` with what \
                   provides them (vcpkg).\n";
        format!("{}{why}", lines(unix))
    }

    fn settings(&self) -> String {
        let mut lines = String::new();
        let mut put = |key: &str, value: &str, why: &str| {
            let own = key.split(['_']).map(str::to_lowercase).collect::<Vec<_>>().join("-");
            let option = ["-linux", "-macos"].iter().find_map(|system| own.strip_suffix(system));
            if self.said.iter().any(|said| said == option.unwrap_or(&own)) {
                return; // `[tool.cibuildwheel]` says it
            }
            if !why.is_empty() {
                lines.push_str(&format!("          # {why}\n"));
            }
            lines.push_str(&format!("          CIBW_{key}: {}\n", quoted(value)));
        };
        let (selectors, why) = self.selectors();
        put("BUILD", &selectors, why);
        put("ENABLE", "pypy", "");
        if !self.pkg_config.is_empty() {
            put("SKIP", "*-musllinux_*", "Alpine's names of packages are not known here.");
        }
        if self.crates {
            put("ARCHS", "auto64", "The runners have Rust for their own machine alone.");
        }
        for (key, commands) in
            [("BEFORE_ALL_LINUX", self.before_linux()), ("BEFORE_ALL_MACOS", self.before_macos())]
        {
            if !commands.is_empty() {
                put(key, &commands.join(" && "), "");
            }
        }
        if self.crates {
            put("ENVIRONMENT_LINUX", "PATH=\"$HOME/.cargo/bin:$PATH\"", "");
        }
        if let Some(tests) = &self.tests {
            put("TEST_SOURCES", tests, "Tests run outside the project, with the installed wheel.");
            match &self.needs {
                TestNeeds::Group(group) => put("TEST_GROUPS", group, ""),
                TestNeeds::Extra(extra) => put("TEST_EXTRAS", extra, ""),
                TestNeeds::Pytest => put("TEST_REQUIRES", "pytest", ""),
            }
        }
        put("TEST_COMMAND", &self.test_command(), "");
        lines
    }

    /// What is built, and what to say about it.
    fn selectors(&self) -> (String, &'static str) {
        match self.wheels {
            WheelKinds::Limited(PythonVersion(major, minor)) => {
                let mut selectors = vec![format!("cp{major}{minor}-*")];
                // Free-threaded Pythons have a stable ABI of their own from 3.15 on.
                let free_threaded = ["cp314t-*", "cp315t-*"];
                selectors.extend(free_threaded.map(str::to_owned));
                selectors.push("pp3*-*".to_owned());
                let why = "One wheel for all of CPython (abi3); one for free-threaded 3.14, one for \
                           3.15 and later; PyPy.";
                (selectors.join(" "), why)
            }
            WheelKinds::AnyPython | WheelKinds::Pure => {
                let PythonVersion(major, minor) = self.least;
                (format!("cp{major}{minor}-*"), "One wheel for all Pythons.")
            }
            WheelKinds::EachVersion => (
                "cp3*-* pp3*-*".to_owned(),
                "A wheel for each version that `requires-python` takes.",
            ),
        }
    }

    fn guard(&self) -> &'static str {
        match self.wheels {
            WheelKinds::Limited(_) => include_str!("workflow/guard.yml"),
            _ => "",
        }
    }

    fn before_linux(&self) -> Vec<String> {
        let mut commands = Vec::new();
        if !self.pkg_config.is_empty() {
            let packages = self.pkg_config.iter().map(|name| format!("'pkgconfig({name})'"));
            let packages: Vec<String> = packages.collect();
            commands.push(format!("dnf install -y {}", packages.join(" ")));
        }
        if self.crates {
            let rustup = "curl -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal";
            commands.push(rustup.to_owned());
        }
        commands
    }

    fn before_macos(&self) -> Vec<String> {
        let formula = |name: &String| {
            let known = library_by_package(name).and_then(|known| known.packages.homebrew);
            known.map_or_else(|| name.clone(), str::to_owned)
        };
        let formulas: Vec<String> = self.pkg_config.iter().map(formula).collect();
        if formulas.is_empty() {
            return Vec::new();
        }
        vec![format!("brew install pkgconf {}", formulas.join(" "))]
    }

    fn test_command(&self) -> String {
        match (&self.tests, &self.module) {
            (Some(tests), _) => format!("python -m pytest {tests}"),
            (None, Some(module)) => format!("python -c \"import {module}\""),
            (None, None) => "python -c \"\"".to_owned(),
        }
    }
}

fn publish(needs: &str) -> String {
    include_str!("workflow/publish.yml").replace("NEEDS", needs)
}

/// A scalar of YAML: in double quotes, which mean what they mean in JSON.
fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

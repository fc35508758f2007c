//! Which ABI is wanted, and whether the C has it.

use officina::error::{Error, Result};
use officina::model::{
    Abi, ExtensionSpec, Interpreter, LimitedApi as Setting, Macro, PythonVersion,
};
use officina::python::abi::{ABI3T, LIMITED_API};
use officina::steps::compiled_api::CompiledApi;

use crate::limited_api::LimitedApi;
use crate::pyo3::{self, Pyo3Abi, Pyo3Config};

/// The ABI that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The one that the builder has.
    Builders,
    /// The limited API of this version, where there is one.
    Limited(PythonVersion),
    /// The limited API of this version, which the rest of the crate has.
    LimitedOnly(PythonVersion),
    /// The limited API that free-threaded Python has too, which the rest of the crate has.
    FreeThreadedOnly(PythonVersion),
    /// That of one version of Python.
    Version,
}

impl Wanted {
    /// What a build script asks for.
    ///
    /// # Errors
    /// It is what PyO3 builds for, and that is not known.
    pub fn of(api: LimitedApi, config: Option<&Pyo3Config>) -> Result<Self> {
        match api {
            LimitedApi::Since(major, minor) => Ok(Wanted::Limited(PythonVersion(major, minor))),
            LimitedApi::FromPyo3 => match config.ok_or_else(pyo3::not_found)?.abi {
                Pyo3Abi::Abi3(since) => Ok(Wanted::LimitedOnly(since)),
                Pyo3Abi::Abi3t(since) => Ok(Wanted::FreeThreadedOnly(since)),
                Pyo3Abi::Version => Ok(Wanted::Version),
            },
            LimitedApi::Off => Ok(Wanted::Version),
            LimitedApi::FromBuilder => Ok(Wanted::Builders),
        }
    }

    /// The same as the setting of a wheel that has the module.
    pub fn setting(self) -> Setting {
        match self {
            Wanted::Version => Setting::Off,
            _ => Setting::FromRequiresPython,
        }
    }

    /// The macros by which a module gets the ABI; those that its builder needs are in it already.
    ///
    /// # Errors
    /// The module has another ABI than the rest of the crate.
    pub fn macros(self, spec: &ExtensionSpec, interpreter: &Interpreter) -> Result<Vec<Macro>> {
        let is_stable = spec.abi.is_limited();
        let (since, own) = match (self, spec.abi) {
            (Wanted::LimitedOnly(_) | Wanted::FreeThreadedOnly(_), _) if !is_stable => {
                return self.refuse(spec, interpreter);
            }
            (Wanted::FreeThreadedOnly(since), Abi::Limited { minimum }) => {
                return Ok(vec![
                    define(ABI3T, since),
                    define(LIMITED_API, since.max(minimum.unwrap_or(since))),
                ]);
            }
            (Wanted::Limited(since) | Wanted::LimitedOnly(since), Abi::Limited { minimum }) => {
                (Some(since), minimum)
            }
            (Wanted::Builders, Abi::Limited { minimum }) => (None, minimum),
            _ => return Ok(Vec::new()),
        };
        let is_defined = spec.macros.iter().any(|known| known.name() == LIMITED_API);
        match since.max(own) {
            Some(version) if !is_defined => Ok(vec![define(LIMITED_API, version)]),
            _ => Ok(Vec::new()),
        }
    }

    fn refuse(self, spec: &ExtensionSpec, interpreter: &Interpreter) -> Result<Vec<Macro>> {
        if interpreter.debug {
            return Ok(Vec::new()); // cffi leaves the limited API alone there
        }
        Err(Error::new(format!(
            "PyO3 builds for the limited API, and `{}` is for one version of Python",
            spec.name
        ))
        .note(format!("`{}` makes it", spec.declared_in))
        .hint("leave `py_limited_api=False` out of `set_source()`, or drop PyO3's feature `abi3`"))
    }

    /// Whether the compiler has made of a module what was asked for, by the headers that it read.
    ///
    /// # Errors
    /// It was compiled for one version of Python, and the rest of the crate is not.
    pub fn check(
        self,
        spec: &ExtensionSpec,
        interpreter: &Interpreter,
        compiled: Option<CompiledApi>,
    ) -> Result<()> {
        let is_only = matches!(self, Wanted::LimitedOnly(_) | Wanted::FreeThreadedOnly(_));
        if is_only && interpreter.is_cpython() && compiled == Some(CompiledApi::Whole) {
            return self.refuse(spec, interpreter).map(drop);
        }
        Ok(())
    }
}

/// A macro with the hexadecimal version that Python's headers take.
fn define(name: &str, version: PythonVersion) -> Macro {
    Macro::Define(name.to_owned(), Some(version.hexadecimal()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use officina::model::ModuleName;

    const SINCE_39: PythonVersion = PythonVersion(3, 9);
    const SINCE_310: PythonVersion = PythonVersion(3, 10);
    const SINCE_315: PythonVersion = PythonVersion(3, 15);

    fn interpreter() -> Interpreter {
        Interpreter::cpython(PythonVersion(3, 12), "linux-x86_64")
    }

    fn spec(abi: Abi) -> ExtensionSpec {
        ExtensionSpec::new(ModuleName::new("_x").expect("a name"), "build_x.py", abi)
    }

    fn spelled(macros: Vec<Macro>) -> Vec<String> {
        let text = |one| match one {
            Macro::Define(name, value) => format!("{name}={}", value.unwrap_or_default()),
            Macro::Undefine(name) => name,
        };
        macros.into_iter().map(text).collect()
    }

    #[test]
    fn macros_say_the_version_that_is_wanted() {
        let limited = |minimum| Abi::Limited { minimum };
        let table: [(Wanted, Abi, &[&str]); 9] = [
            (Wanted::Builders, limited(None), &[]),
            (Wanted::Builders, limited(Some(SINCE_310)), &["Py_LIMITED_API=0x030a0000"]),
            (Wanted::Limited(SINCE_39), limited(None), &["Py_LIMITED_API=0x03090000"]),
            (
                Wanted::LimitedOnly(SINCE_39),
                limited(Some(SINCE_310)),
                &["Py_LIMITED_API=0x030a0000"],
            ),
            (Wanted::Limited(SINCE_39), Abi::Version, &[]),
            (Wanted::Version, Abi::Version, &[]),
            (Wanted::LimitedOnly(SINCE_39), Abi::LimitedFreeThreaded, &[]),
            (Wanted::FreeThreadedOnly(SINCE_315), Abi::LimitedFreeThreaded, &[]),
            (
                Wanted::FreeThreadedOnly(SINCE_315),
                limited(None),
                &["Py_TARGET_ABI3T=0x030f0000", "Py_LIMITED_API=0x030f0000"],
            ),
        ];
        for (wanted, abi, expected) in table {
            let macros =
                wanted.macros(&spec(abi), &interpreter()).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(spelled(macros), expected, "{wanted:?} {abi:?}");
        }
        let mut own = spec(limited(Some(SINCE_310)));
        own.macros = vec![define(LIMITED_API, SINCE_310)];
        assert_eq!(Wanted::Limited(SINCE_39).macros(&own, &interpreter()), Ok(vec![]));
    }

    #[test]
    fn one_crate_has_one_abi() {
        let wanted = Wanted::LimitedOnly(SINCE_39);
        let message = "PyO3 builds for the limited API, and `_x` is for one version of Python";
        let refused = wanted.macros(&spec(Abi::Version), &interpreter()).map_err(|e| e.to_string());
        assert_eq!(refused, Err(message.to_owned()));
        let limited = spec(Abi::Limited { minimum: None });
        let check = |wanted: Wanted, compiled| {
            wanted.check(&limited, &interpreter(), compiled).map_err(|e| e.to_string())
        };
        assert_eq!(check(wanted, Some(CompiledApi::Whole)), Err(message.to_owned()));
        assert_eq!(check(wanted, Some(CompiledApi::Limited { since: None })), Ok(()));
        assert_eq!(check(Wanted::Limited(SINCE_39), Some(CompiledApi::Whole)), Ok(()));
    }
}

//! What a linked file was made for, and whether that is what the target interpreter runs on. A
//! compiler for another machine links without a word. Pure.

use crate::binary::elf::Machine;
use crate::error::{Error, Result};
use crate::model::{CrossTarget, ExtensionSpec, Interpreter};

/// Refuses an ELF file that the target interpreter cannot load. `python` is the machine of its
/// executable, where that could be read.
///
/// # Errors
/// The two differ, and the file is not for the platform that the wheel is for either: where Pythons
/// are built for other machines, the executable runs here and only its `sysconfig` is theirs.
pub fn check_elf(
    file: Machine,
    python: Option<Machine>,
    spec: &ExtensionSpec,
    interpreter: &Interpreter,
) -> Result<()> {
    let Some(python) = python.filter(|python| *python != file) else { return Ok(()) };
    if is_of_platform(file, interpreter) {
        return Ok(());
    }
    Err(other_machine(&file.to_string(), &python.to_string(), spec, interpreter))
}

/// Refuses an ELF file that is for another machine than the target.
///
/// # Errors
/// It is: the compiler makes code for this machine, or for another one still.
pub fn check_target(
    file: Machine,
    target: &CrossTarget,
    spec: &ExtensionSpec,
    interpreter: &Interpreter,
) -> Result<()> {
    if is_of_platform(file, interpreter) {
        return Ok(());
    }
    let message = format!("`{}` is for {file}, and the target is `{}`", spec.name, target.triple);
    Err(Error::new(message).hint(format!(
        "build with a compiler for that machine, such as `{}-gcc`: see CC, LDSHARED, CFLAGS and \
         LDFLAGS",
        target.triple.gnu()
    )))
}

/// Refuses a Mach-O file of which no part is for a machine that the target interpreter runs on.
/// Both are `cputype`s; where the interpreter's are unknown there are none.
///
/// # Errors
/// They have nothing in common, nor with the platform that the wheel is for.
pub fn check_macho(
    file: &[u32],
    python: &[u32],
    spec: &ExtensionSpec,
    interpreter: &Interpreter,
) -> Result<()> {
    let platform = interpreter.platform.rsplit('-').next().unwrap_or_default();
    let fits = |kind: &u32| python.contains(kind) || cpu_name(*kind) == Some(platform);
    if python.is_empty() || file.is_empty() || file.iter().any(fits) {
        return Ok(());
    }
    Err(other_machine(&cpu_names(file), &cpu_names(python), spec, interpreter))
}

fn other_machine(
    file: &str,
    python: &str,
    spec: &ExtensionSpec,
    interpreter: &Interpreter,
) -> Error {
    Error::new(format!(
        "`{}` would fail to import: the linked file is for {file}, and this Python for {python}",
        spec.name,
    ))
    .note(format!("this Python is `{}`", interpreter.executable.display()))
    .hint(
        "build with a compiler for that machine: see CC, LDSHARED, CFLAGS and LDFLAGS, and flags \
         like `-m32`, `-arch` or `--target` in the builder",
    )
}

/// Whether a file is for the machine that `sysconfig` names, in its number of bits.
fn is_of_platform(file: Machine, interpreter: &Interpreter) -> bool {
    let name = interpreter.platform.rsplit('-').next().unwrap_or_default();
    let known = PLATFORMS.iter().find(|(platform, _)| *platform == name);
    // A Python that only says that it is another machine's has the pointers of this one.
    let bits = if has_short_pointers(name) { 32 } else { interpreter.pointer_bits };
    known.is_some_and(|(_, number)| *number == file.number) && file.bits() == Some(bits)
}

fn has_short_pointers(name: &str) -> bool {
    let of_arm = name.starts_with("arm") && !name.starts_with("arm64");
    of_arm || name == "riscv32" || (name.starts_with('i') && name.ends_with("86")) || name == "x86"
}

/// What `sysconfig.get_platform()` ends in, and the number of that machine in ELF files.
const PLATFORMS: [(&str, u16); 20] = [
    ("x86_64", 62),
    ("amd64", 62),
    ("i386", 3),
    ("i486", 3),
    ("i586", 3),
    ("i686", 3),
    ("aarch64", 183),
    ("arm64", 183),
    ("arm64_v8a", 183),
    ("armeabi_v7a", 40),
    ("x86", 3),
    ("armv6l", 40),
    ("armv7l", 40),
    ("armv8l", 40),
    ("ppc64", 21),
    ("ppc64le", 21),
    ("s390x", 22),
    ("riscv32", 243),
    ("riscv64", 243),
    ("loongarch64", 258),
];

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = PLATFORMS.iter().find(|(_, number)| *number == self.number);
        match name {
            Some((_, 243)) => f.write_str("RISC-V")?,
            Some((_, 40)) => f.write_str("ARM")?,
            Some((_, 21)) => f.write_str("PowerPC")?,
            Some((name, _)) => f.write_str(name)?,
            None => write!(f, "machine {}", self.number)?,
        }
        if let Some(bits) = self.bits() {
            write!(f, " ({bits} bits)")?;
        }
        if self.byte_order == 2 { f.write_str(" with big-endian bytes") } else { Ok(()) }
    }
}

fn cpu_names(kinds: &[u32]) -> String {
    let name = |kind: &u32| {
        let known = cpu_name(*kind).map(str::to_owned);
        known.unwrap_or_else(|| format!("the processor {kind:#x}"))
    };
    kinds.iter().map(name).collect::<Vec<_>>().join(" and ")
}

/// What a Mac calls a processor (`<mach/machine.h>`).
pub fn cpu_name(kind: u32) -> Option<&'static str> {
    match kind {
        0x0100_0007 => Some("x86_64"),
        0x0100_000c => Some("arm64"),
        0x0000_0007 => Some("i386"),
        0x0000_0012 => Some("ppc"),
        0x0100_0012 => Some("ppc64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Abi, ModuleName, PythonVersion};

    const X86_64: u32 = 0x0100_0007;
    const ARM64: u32 = 0x0100_000c;

    fn spec() -> ExtensionSpec {
        let name = ModuleName::new("_foo").unwrap();
        ExtensionSpec::new(name, "build.py", Abi::Version)
    }

    /// Pointers are those of the Python that runs, here one of 64 bits.
    #[test]
    fn a_python_that_says_that_it_is_another_machines_is_believed() {
        let machine = |number, class| Machine { number, class, byte_order: 1 };
        let here = machine(62, 2);
        for (platform, file, loads) in [
            ("linux-aarch64", machine(183, 2), true),
            ("linux-aarch64", machine(183, 1), false),
            ("linux-armv7l", machine(40, 1), true),
            ("linux-i686", machine(3, 1), true),
            ("android-24-arm64_v8a", machine(183, 2), true),
            ("android-24-armeabi_v7a", machine(40, 1), true),
            ("android-24-x86", machine(3, 1), true),
            ("linux-riscv64", machine(183, 2), false),
            ("linux-x86_64", machine(62, 1), false),
        ] {
            let interpreter = Interpreter::cpython(PythonVersion(3, 13), platform);
            let verdict = check_elf(file, Some(here), &spec(), &interpreter);
            assert_eq!(verdict.is_ok(), loads, "{platform} {file}");
        }
    }

    #[test]
    fn one_processor_of_a_universal_file_is_enough() {
        let table: [(&[u32], &[u32], &str, bool); 7] = [
            (&[ARM64], &[ARM64], "arm64", true),
            (&[X86_64, ARM64], &[ARM64], "arm64", true),
            (&[ARM64], &[X86_64, ARM64], "universal2", true),
            (&[X86_64], &[ARM64], "arm64", false),
            (&[ARM64], &[X86_64], "x86_64", false),
            // Built for another Mac: `sysconfig` says so.
            (&[ARM64], &[X86_64], "arm64", true),
            (&[ARM64], &[], "x86_64", true),
        ];
        for (file, python, architecture, loads) in table {
            let interpreter =
                Interpreter::cpython(PythonVersion(3, 12), &format!("macosx-11.0-{architecture}"));
            let verdict = check_macho(file, python, &spec(), &interpreter);
            assert_eq!(verdict.is_ok(), loads, "{file:x?} {python:x?} {architecture}");
            if let Err(error) = verdict {
                let text = error.to_string();
                assert!(text.contains("arm64") && text.contains("x86_64"), "{text}");
            }
        }
    }
}

//! The machine and the C library that something is built for, as compilers name them.

use std::fmt;

/// A Linux that something is built for: `aarch64-unknown-linux-gnu`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triple {
    /// As somebody wrote it.
    pub text: String,
    machine: &'static MachineNames,
    is_musl: bool,
}

/// One machine, by all of its names.
#[derive(Debug, PartialEq, Eq)]
struct MachineNames {
    /// Of `sysconfig.get_platform()`, behind `linux-`.
    python: &'static str,
    /// Of Rust's targets, up to the first `-`.
    rust: &'static str,
    /// Of GNU's types, and of Debian's compilers.
    gnu: &'static str,
    /// Of zig's targets.
    zig: &'static str,
    /// Of Debian's packages.
    debian: &'static str,
    /// Of `std::env::consts::ARCH`, in a program for it.
    arch: &'static str,
    /// What follows `gnu` and `musl` in all of these.
    float: &'static str,
    /// Bits in a pointer.
    bits: u8,
    /// Further names, besides these.
    others: &'static [&'static str],
}

const fn machine(name: &'static str, bits: u8, debian: &'static str) -> MachineNames {
    MachineNames {
        python: name,
        rust: name,
        gnu: name,
        zig: name,
        debian,
        arch: name,
        float: "",
        bits,
        others: &[],
    }
}

/// Every machine that a target can have.
const MACHINES: [MachineNames; 8] = [
    machine("x86_64", 64, "amd64"),
    MachineNames {
        zig: "x86",
        arch: "x86",
        others: &["i486", "i586"],
        ..machine("i686", 32, "i386")
    },
    machine("aarch64", 64, "arm64"),
    MachineNames {
        rust: "armv7",
        gnu: "arm",
        zig: "arm",
        arch: "arm",
        float: "eabihf",
        others: &["armv7a", "armv8l"],
        ..machine("armv7l", 32, "armhf")
    },
    MachineNames {
        rust: "powerpc64le",
        gnu: "powerpc64le",
        zig: "powerpc64le",
        arch: "powerpc64",
        ..machine("ppc64le", 64, "ppc64el")
    },
    MachineNames { rust: "riscv64gc", ..machine("riscv64", 64, "riscv64") },
    machine("s390x", 64, "s390x"),
    machine("loongarch64", 64, "loong64"),
];

impl Triple {
    /// Reads a target of Rust's, a GNU type or a name of Debian's: `aarch64-unknown-linux-gnu`,
    /// `aarch64-linux-gnu`, `x86_64-alpine-linux-musl`; `None` for all that is no Linux, and for a
    /// machine that is not known.
    pub fn new(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let name = parts.next()?;
        let machine = MACHINES.iter().find(|machine| machine.is_called(name))?;
        let mut behind = parts.skip_while(|part| *part != "linux").skip(1);
        let c_library = behind.next()?;
        let is_musl = c_library.starts_with("musl");
        let is_known = is_musl || c_library.starts_with("gnu");
        let is_hard_float = machine.float.is_empty() || c_library.ends_with(machine.float);
        (is_known && is_hard_float && behind.next().is_none()).then(|| Triple {
            text: text.to_owned(),
            machine,
            is_musl,
        })
    }

    /// What a Python of this platform (`linux-aarch64`) is for, with glibc; `None` as in
    /// [`new`](Self::new).
    pub fn of_platform(platform: &str) -> Option<Self> {
        let name = platform.strip_prefix("linux-")?;
        let machine = MACHINES.iter().find(|machine| machine.python == name)?;
        let triple = Triple { text: String::new(), machine, is_musl: false };
        Some(Triple { text: triple.rust(), ..triple })
    }

    /// The names of all machines, as Rust's targets begin.
    pub fn machines() -> impl Iterator<Item = &'static str> {
        MACHINES.iter().map(|machine| machine.rust)
    }

    /// Whether both are for the same machine and C library.
    pub fn is_same(&self, other: &Self) -> bool {
        self.machine == other.machine && self.is_musl == other.is_musl
    }

    /// Whether programs for a machine of this name, as `std::env::consts::ARCH` has it, are for its
    /// machine.
    pub fn is_for(&self, arch: &str) -> bool {
        self.machine.arch == arch
    }

    /// Whether its C library is musl; else it is glibc.
    pub fn is_musl(&self) -> bool {
        self.is_musl
    }

    /// Bits in a pointer: 32 or 64.
    pub fn bits(&self) -> u8 {
        self.machine.bits
    }

    /// As `sysconfig.get_platform()` says it: `linux-aarch64`.
    pub fn platform(&self) -> String {
        format!("linux-{}", self.machine.python)
    }

    /// As Debian calls its compilers and folders: `aarch64-linux-gnu`.
    pub fn gnu(&self) -> String {
        format!("{}-linux-{}", self.machine.gnu, self.c_library())
    }

    /// As rustc calls it: `aarch64-unknown-linux-gnu`.
    pub fn rust(&self) -> String {
        format!("{}-unknown-linux-{}", self.machine.rust, self.c_library())
    }

    /// As zig calls it: `aarch64-linux-gnu`.
    pub fn zig(&self) -> String {
        format!("{}-linux-{}", self.machine.zig, self.c_library())
    }

    /// The folder names of Debian for this machine, of which i686 has another one than its compiler.
    pub fn multiarch(&self) -> String {
        match self.machine.python {
            "i686" => format!("i386-linux-{}", self.c_library()),
            _ => self.gnu(),
        }
    }

    /// As Debian calls the architecture of its packages: `arm64`.
    pub fn debian(&self) -> &'static str {
        self.machine.debian
    }

    fn c_library(&self) -> String {
        let name = if self.is_musl { "musl" } else { "gnu" };
        format!("{name}{}", self.machine.float)
    }
}

impl MachineNames {
    fn is_called(&self, name: &str) -> bool {
        let names = [self.python, self.rust, self.gnu, self.debian];
        names.contains(&name) || self.others.contains(&name)
    }
}

impl fmt::Display for Triple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_the_names_that_its_tools_know() {
        for (text, platform, gnu, rust, zig) in [
            (
                "aarch64-unknown-linux-gnu",
                "linux-aarch64",
                "aarch64-linux-gnu",
                "aarch64-unknown-linux-gnu",
                "aarch64-linux-gnu",
            ),
            (
                "x86_64-alpine-linux-musl",
                "linux-x86_64",
                "x86_64-linux-musl",
                "x86_64-unknown-linux-musl",
                "x86_64-linux-musl",
            ),
            (
                "arm-linux-gnueabihf",
                "linux-armv7l",
                "arm-linux-gnueabihf",
                "armv7-unknown-linux-gnueabihf",
                "arm-linux-gnueabihf",
            ),
            (
                "i386-linux-gnu",
                "linux-i686",
                "i686-linux-gnu",
                "i686-unknown-linux-gnu",
                "x86-linux-gnu",
            ),
            (
                "riscv64gc-unknown-linux-gnu",
                "linux-riscv64",
                "riscv64-linux-gnu",
                "riscv64gc-unknown-linux-gnu",
                "riscv64-linux-gnu",
            ),
            (
                "powerpc64le-linux-gnu",
                "linux-ppc64le",
                "powerpc64le-linux-gnu",
                "powerpc64le-unknown-linux-gnu",
                "powerpc64le-linux-gnu",
            ),
        ] {
            let triple = Triple::new(text).unwrap();
            assert_eq!(triple.platform(), platform);
            assert_eq!(triple.gnu(), gnu);
            assert_eq!(triple.rust(), rust);
            assert_eq!(triple.zig(), zig);
        }
    }

    #[test]
    fn each_machine_is_found_by_what_python_and_debian_call_it() {
        for (platform, debian, arch) in [
            ("linux-x86_64", "amd64", "x86_64"),
            ("linux-i686", "i386", "x86"),
            ("linux-aarch64", "arm64", "aarch64"),
            ("linux-armv7l", "armhf", "arm"),
            ("linux-ppc64le", "ppc64el", "powerpc64"),
            ("linux-riscv64", "riscv64", "riscv64"),
            ("linux-s390x", "s390x", "s390x"),
            ("linux-loongarch64", "loong64", "loongarch64"),
        ] {
            let triple = Triple::of_platform(platform).unwrap();
            assert_eq!((triple.platform().as_str(), triple.debian()), (platform, debian));
            assert!(triple.is_for(arch), "{arch}");
            let float = triple.machine.float;
            let named = Triple::new(&format!("{debian}-linux-gnu{float}")).unwrap();
            assert!(named.is_same(&triple), "{debian}");
            assert_eq!(Triple::new(&triple.text), Some(triple));
        }
        assert_eq!(Triple::of_platform("linux-vax"), None);
        assert_eq!(Triple::of_platform("macosx-11.0-arm64"), None);
    }

    #[test]
    fn what_is_no_linux_is_none() {
        for text in [
            "",
            "aarch64",
            "aarch64-linux",
            "aarch64-linux-android",
            "aarch64-apple-darwin",
            "x86_64-pc-windows-msvc",
            "wasm32-unknown-emscripten",
            "vax-unknown-linux-gnu",
            "arm-linux-gnueabi",
            "aarch64-linux-gnu-12",
        ] {
            assert_eq!(Triple::new(text), None, "{text}");
        }
    }
}

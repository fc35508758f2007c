//! The families of compilers, and what they differ in.

/// The families of compilers by the flags that they understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// GCC and what passes for it; the major version where known.
    Gcc {
        /// `12`
        version: Option<u32>,
    },
    /// Clang with its GNU-like driver (`zig cc` too).
    Clang {
        /// `14`; on macOS it is Apple's own count.
        version: Option<u32>,
    },
    /// Microsoft's `cl` and those that take its flags.
    Msvc {
        /// `clang-cl`, which knows no `/GL`.
        clang_cl: bool,
    },
}

impl Family {
    /// Whether the flags are Microsoft's.
    pub fn is_msvc(self) -> bool {
        matches!(self, Family::Msvc { .. })
    }
}

/// Whether `-ffile-prefix-map` is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixMap {
    /// Folders can be renamed in debug information and in `__FILE__`.
    Supported,
    /// The compiler is too old, or of another family.
    Unsupported,
}

//! A compiler that was found, and who named it.

/// A compiler command that exists on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerChoice {
    /// The command.
    pub words: Vec<String>,
    /// Who named it.
    pub named_by: NamedBy,
}

/// Who named a compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// A variable of the environment.
    Environment,
    /// The interpreter.
    Sysconfig,
    /// Nobody: it was there.
    Machine,
}

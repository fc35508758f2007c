//! What the `FFI` of a module declares, as its builder's process tells it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A module, and what its `FFI` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FfiModule {
    /// Its full name.
    pub name: String,
    /// Whether it has a `lib`: in ABI mode, libraries are opened.
    pub has_lib: bool,
    /// What its `FFI` declares.
    pub model: FfiModel,
}

/// The declarations of an `FFI`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct FfiModel {
    /// Those that it includes.
    pub includes: Vec<IncludedFfi>,
    /// Its own declarations, in the order of its cdef.
    pub declarations: Vec<CDeclaration>,
    /// The texts that the project's code names types by, each with its position in `types`.
    pub literals: BTreeMap<String, usize>,
    /// The texts of its cdefs.
    pub sources: Vec<String>,
    /// Where a name is declared: the position of the source, and the line, from 1.
    pub places: BTreeMap<String, (usize, usize)>,
    /// The names of the parameters of functions.
    pub parameters: BTreeMap<String, Vec<Option<String>>>,
    /// Every type that it knows.
    pub types: Vec<CType>,
}

/// An `FFI` that another one includes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IncludedFfi {
    /// The module that it makes.
    pub module: Option<String>,
    /// Those that it includes itself.
    pub includes: Vec<IncludedFfi>,
    /// Its own declarations.
    pub declarations: Vec<CDeclaration>,
}

/// One declaration of a cdef.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CDeclaration {
    /// What it declares.
    pub kind: CDeclarationKind,
    /// Its name.
    pub name: String,
    /// The position of its type; a macro has none.
    #[serde(default)]
    pub r#type: Option<usize>,
}

/// What a declaration declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CDeclarationKind {
    /// A function of the library.
    Function,
    /// A function of C that Python code is put behind.
    ExternPython,
    /// The same, exported.
    DllexportPython,
    /// `#define`: an integer.
    Macro,
    /// A constant of some type.
    Constant,
    /// A global variable.
    Variable,
    /// A name for a type.
    Typedef,
    /// A type with a name of its own, or one that a typedef names.
    #[serde(other)]
    Tag,
}

/// A type of C.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CType {
    /// As C and cffi write it: `struct point *`.
    pub name: String,
    /// What it is made of.
    #[serde(flatten)]
    pub shape: CShape,
}

/// What a type is made of: positions of other types.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)] // the fields say what they are
pub enum CShape {
    /// `void`
    Void,
    /// A number, a character or a truth value, by its name.
    Primitive,
    /// `typedef int... name`
    Integer,
    /// `typedef float... name`
    Float,
    /// `T *`
    Pointer { item: usize },
    /// `T[n]`, or `T[]`, which is open.
    Array { item: usize, is_open: bool },
    /// A function, which is no value.
    Function(CSignature),
    /// A pointer to one.
    FunctionPointer(CSignature),
    /// A struct or union; without fields it is opaque.
    Record { fields: Option<Vec<(String, usize)>> },
    /// An enum.
    Enum { enumerators: Vec<String> },
}

/// What a function takes and returns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CSignature {
    /// The types of its arguments.
    pub arguments: Vec<usize>,
    /// The type of its result.
    pub result: usize,
    /// Whether it takes more arguments.
    pub variadic: bool,
}

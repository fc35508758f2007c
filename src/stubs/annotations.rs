//! The annotations of C's types: what is read, what is written, what is passed.

use crate::model::{CShape, CSignature, FfiModel};
use crate::stubs::names::Names;

/// A module's types and the names of their classes.
#[derive(Clone, Copy)]
pub struct Annotations<'a> {
    /// The types.
    pub model: &'a FfiModel,
    /// The names.
    pub names: &'a Names,
}

/// What Python makes of a primitive type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primitive {
    Integer,
    Bool,
    Float,
    LongDouble,
    Complex,
    Char,
    Wide,
}

/// Integers of one byte.
const ONE_BYTE: [&str; 8] = [
    "signed char",
    "unsigned char",
    "int8_t",
    "uint8_t",
    "int_least8_t",
    "uint_least8_t",
    "int_fast8_t",
    "uint_fast8_t",
];

/// The kind of a primitive type, by its name.
pub fn primitive(name: &str) -> Primitive {
    match name {
        "_Bool" => Primitive::Bool,
        "float" | "double" => Primitive::Float,
        "long double" => Primitive::LongDouble,
        "char" => Primitive::Char,
        "wchar_t" | "char16_t" | "char32_t" => Primitive::Wide,
        _ if name.contains("omplex") => Primitive::Complex,
        _ => Primitive::Integer,
    }
}

impl Annotations<'_> {
    fn shape(&self, at: usize) -> &CShape {
        &self.model.types[at].shape
    }

    fn c_name(&self, at: usize) -> &str {
        &self.model.types[at].name
    }

    /// What Python makes of a number, a character or a truth value; `None`: it is none.
    pub fn primitive(&self, at: usize) -> Option<Primitive> {
        match self.shape(at) {
            CShape::Primitive => Some(primitive(self.c_name(at))),
            CShape::Integer | CShape::Enum { .. } => Some(Primitive::Integer),
            CShape::Float => Some(Primitive::Float),
            _ => None,
        }
    }

    /// Whether nobody knows what a type consists of.
    pub fn is_opaque(&self, at: usize) -> bool {
        matches!(
            self.shape(at),
            CShape::Record { fields: None } | CShape::Void | CShape::Function(_)
        )
    }

    /// Whether items of a type are read as bytes in a row: those that `bytes` may stand for.
    pub fn is_one_byte(&self, at: usize) -> bool {
        let name = self.c_name(at);
        matches!(self.shape(at), CShape::Primitive)
            && (name == "char" || name == "_Bool" || ONE_BYTE.contains(&name))
    }

    /// The classes beside `Pointer` or `Array` of what leads to items of a type.
    pub fn marks(&self, item: usize) -> Vec<&'static str> {
        let text = match self.primitive(item) {
            Some(Primitive::Wide) => Some("Text[str]"),
            Some(Primitive::Bool) => None,
            _ => self.is_one_byte(item).then_some("Text[bytes]"),
        };
        let byte = self.is_one_byte(item).then_some("OneByte");
        byte.into_iter().chain(text).collect()
    }

    /// What Python reads from memory, and what a function returns.
    pub fn read(&self, at: usize) -> String {
        if let Some(primitive) = self.primitive(at) {
            let name = match primitive {
                Primitive::Integer => "int",
                Primitive::Bool => "bool",
                Primitive::Float => "float",
                Primitive::LongDouble => "Real",
                Primitive::Complex => "complex",
                Primitive::Char => "bytes",
                Primitive::Wide => "str",
            };
            return name.to_owned();
        }
        match self.shape(at) {
            CShape::Void => "None".into(),
            CShape::Record { .. } => self.names.record(self.c_name(at)).class.clone(),
            CShape::Pointer { item } if matches!(self.shape(*item), CShape::Void) => {
                "void_p".into()
            }
            CShape::Pointer { item } => self.pair(*item, |pair| &pair.pointer),
            CShape::Array { item, .. } => self.pair(*item, |pair| &pair.array),
            CShape::Function(signature) | CShape::FunctionPointer(signature) => {
                self.function(signature)
            }
            _ => "Any".into(),
        }
    }

    fn pair(&self, item: usize, of: impl Fn(&crate::stubs::names::PairNames) -> &String) -> String {
        let pair = self.names.pair(&self.names.base(self.model, item));
        pair.map_or_else(|| "Any".to_owned(), |pair| of(pair).clone())
    }

    /// What can be written into memory of a type.
    pub fn accept(&self, at: usize) -> String {
        if let Some(primitive) = self.primitive(at) {
            let name = match primitive {
                Primitive::Integer | Primitive::Bool => "IntValue",
                Primitive::Float | Primitive::LongDouble => "FloatValue",
                Primitive::Complex => "ComplexValue",
                Primitive::Char => "CharValue",
                Primitive::Wide => "TextValue",
            };
            return name.to_owned();
        }
        match self.shape(at) {
            CShape::Record { .. } => self.names.record(self.c_name(at)).init.clone(),
            CShape::Pointer { item } => self.accept_pointer(*item),
            CShape::Array { item, .. } => {
                format!("{} | {}", self.pair(*item, |pair| &pair.array), self.rows(*item))
            }
            CShape::FunctionPointer(signature) => format!("{} | void_p", self.function(signature)),
            _ => self.read(at),
        }
    }

    fn accept_pointer(&self, item: usize) -> String {
        let own = || self.pair(item, |pair| &pair.pointer);
        match self.shape(item) {
            CShape::Void => "Address".into(),
            _ if self.primitive(item) == Some(Primitive::Char) => "OneByte | void_p".into(),
            _ if self.is_opaque(item) => format!("{} | void_p", own()),
            _ => {
                let array = self.pair(item, |pair| &pair.array);
                let others = if self.is_one_byte(item) { " | char_p | char_a" } else { "" };
                format!("{} | {array}{others} | void_p", own())
            }
        }
    }

    /// What a row of items can be made from.
    fn rows(&self, item: usize) -> String {
        let listed = match self.primitive(item) {
            Some(Primitive::Integer | Primitive::Bool) => "IntList".to_owned(),
            Some(Primitive::Float | Primitive::LongDouble) => "FloatList".to_owned(),
            _ => format!("Sequence[{}]", self.accept(item)),
        };
        if self.is_one_byte(item) { format!("{listed} | bytes") } else { listed }
    }

    /// What can be passed where a function wants a pointer to items of a type.
    pub fn passed_pointer(&self, item: usize) -> String {
        let accepted = self.accept_pointer(item);
        match self.shape(item) {
            CShape::Void => format!("{accepted} | bytes"),
            _ if self.c_name(item) == "FILE" => format!("{accepted} | IO[Any]"),
            _ if self.is_opaque(item) => accepted,
            _ => format!("{accepted} | {}", self.rows(item)),
        }
    }

    /// What can be passed to a function.
    pub fn argument(&self, at: usize) -> String {
        match self.shape(at) {
            CShape::Pointer { item } if matches!(self.shape(*item), CShape::Void) => {
                self.passed_pointer(*item)
            }
            CShape::Pointer { item } => self.pair(*item, |pair| &pair.argument),
            _ => self.accept(at),
        }
    }

    /// A pointer to a function.
    pub fn function(&self, signature: &CSignature) -> String {
        let arguments = match signature.variadic {
            true => "...".to_owned(),
            false => format!("[{}]", self.joined(signature, |at| self.argument(at))),
        };
        format!("Function[{arguments}, {}]", self.read(signature.result))
    }

    /// The Python function that C calls.
    pub fn python_callable(&self, signature: &CSignature) -> String {
        let arguments = self.joined(signature, |at| self.read(at));
        format!("Callable[[{arguments}], {}]", self.accept(signature.result))
    }

    fn joined(&self, signature: &CSignature, of: impl Fn(usize) -> String) -> String {
        signature.arguments.iter().map(|at| of(*at)).collect::<Vec<_>>().join(", ")
    }

    /// What a cast to a type gives; `None`: there is no such cast.
    pub fn cast(&self, at: usize) -> Option<String> {
        if matches!(self.shape(at), CShape::Enum { .. }) {
            return Some("Enumerator".into());
        }
        if let Some(primitive) = self.primitive(at) {
            let name = match primitive {
                Primitive::Integer | Primitive::Bool => "Integer",
                Primitive::Float | Primitive::LongDouble => "Real",
                Primitive::Complex => "Complex",
                Primitive::Char => "Character[bytes]",
                Primitive::Wide => "Character[str]",
            };
            return Some(name.to_owned());
        }
        let is_pointer =
            matches!(self.shape(at), CShape::Pointer { .. } | CShape::FunctionPointer(_));
        is_pointer.then(|| self.read(at))
    }

    /// The values of a type; `None`: it has none.
    pub fn value(&self, at: usize) -> Option<String> {
        let has_none = matches!(self.shape(at), CShape::Void | CShape::Function(_));
        self.cast(at).or_else(|| (!has_none).then(|| self.read(at)))
    }

    /// What `ffi.new()` of a type makes, what it is made from, and whether it can do without.
    pub fn made(&self, at: usize) -> Option<(String, String, bool)> {
        match self.shape(at) {
            CShape::Pointer { item } if !self.is_opaque(*item) => {
                Some((self.read(at), format!("{} | None", self.accept(*item)), true))
            }
            // Another array is no initializer: its length may be another.
            CShape::Array { item, is_open: true } => {
                Some((self.read(at), format!("SupportsIndex | {}", self.rows(*item)), false))
            }
            CShape::Array { .. } => {
                Some((self.read(at), format!("{} | None", self.accept(at)), true))
            }
            _ => None,
        }
    }

    /// The signature of a function, or of what points to one.
    pub fn signature(&self, at: usize) -> Option<&CSignature> {
        match self.shape(at) {
            CShape::Function(signature) | CShape::FunctionPointer(signature) => Some(signature),
            _ => None,
        }
    }
}

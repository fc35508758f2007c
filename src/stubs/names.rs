//! The names of the classes that stand for C's types. They are public, and no two are the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CDeclaration, CDeclarationKind, CShape, CType, FfiModel, PYTHON_KEYWORDS};

/// The classes that are the same in every module.
pub const PREAMBLE: &str = include_str!("preamble.pyi");

/// What annotations use of Python itself, by the module that has it.
pub const BUILTINS: [&str; 15] = [
    "bool",
    "bytes",
    "complex",
    "dict",
    "float",
    "int",
    "list",
    "memoryview",
    "object",
    "property",
    "slice",
    "staticmethod",
    "str",
    "tuple",
    "type",
];
/// The same, of `typing`.
pub const TYPING: [&str; 17] = [
    "Any",
    "Callable",
    "ClassVar",
    "Final",
    "Generic",
    "IO",
    "Iterable",
    "Iterator",
    "Literal",
    "ParamSpec",
    "Protocol",
    "Sequence",
    "SupportsFloat",
    "SupportsIndex",
    "TypeAlias",
    "TypeVar",
    "overload",
];
/// Names of the stub itself.
const OWN: [&str; 15] = [
    "Buffer", "Lib", "Self", "builtins", "typing", "ffi", "lib", "_R", "_W", "_P", "_S", "_C",
    "_T", "_F", "_Q",
];
/// The classes of a struct or union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordNames {
    /// The value.
    pub class: String,
    /// The fields, which values and pointers have; empty for what is opaque.
    pub fields: String,
    /// What a value is made from.
    pub init: String,
}

/// The classes of what leads to items of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairNames {
    /// A pointer to them.
    pub pointer: String,
    /// An array of them; empty for what is opaque.
    pub array: String,
    /// What is passed where a function wants a pointer.
    pub argument: String,
}

/// The names of a module's classes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Structs and unions, by their names in C.
    records: BTreeMap<String, RecordNames>,
    /// Pointers and arrays, by what their items are called.
    pairs: BTreeMap<String, PairNames>,
    /// The first typedef of each type that has one, by the type's name in C.
    typedefs: BTreeMap<String, String>,
    /// Every name, and the module that defines it.
    owners: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

/// The top-level names of the preamble.
pub fn of_preamble() -> impl Iterator<Item = &'static str> {
    PREAMBLE.lines().filter_map(|line| {
        let name =
            line.strip_prefix("class ").or_else(|| line.contains(": TypeAlias").then_some(line))?;
        name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
    })
}

impl Names {
    /// The names of a module that includes others.
    pub fn of(
        module: &str,
        model: &FfiModel,
        declarations: &[&CDeclaration],
        included: &[&Names],
    ) -> Self {
        let mut names = Names::default();
        let fixed = of_preamble().chain(BUILTINS).chain(TYPING).chain(OWN).chain(PYTHON_KEYWORDS);
        names.taken.extend(fixed.map(str::to_owned));
        for other in included {
            names.records.extend(other.records.clone());
            names.pairs.extend(other.pairs.clone());
            names.typedefs.extend(other.typedefs.clone());
            names.owners.extend(other.owners.clone());
            names.taken.extend(other.taken.iter().cloned());
        }
        for declared in declarations.iter().filter(|one| one.kind == CDeclarationKind::Typedef) {
            let Some(kind) = declared.r#type.and_then(|at| model.types.get(at)) else { continue };
            names.typedefs.entry(kind.name.clone()).or_insert_with(|| declared.name.clone());
        }
        for kind in &model.types {
            if matches!(kind.shape, CShape::Record { .. })
                && !names.records.contains_key(&kind.name)
            {
                let wanted = names.typedefs.get(&kind.name).unwrap_or(&kind.name).clone();
                names.add_record(module, kind, &as_identifier(&wanted));
            }
        }
        names.add_pair(module, "char", Some("char_a"));
        for (at, kind) in model.types.iter().enumerate() {
            let item = match kind.shape {
                CShape::Pointer { item } | CShape::Array { item, .. } => item,
                CShape::Record { .. } => at,
                _ => continue,
            };
            let base = names.base(model, item);
            let is_opaque = matches!(model.types[item].shape, CShape::Record { fields: None });
            let array = (!is_opaque).then(|| format!("{base}_a"));
            names.add_pair(module, &base, array.as_deref());
        }
        names
    }

    fn add_record(&mut self, module: &str, kind: &CType, wanted: &str) {
        let class = self.allocate(module, wanted);
        let fields = match kind.shape {
            CShape::Record { fields: None } => String::new(),
            _ => self.allocate(module, &format!("{class}_fields")),
        };
        let init = self.allocate(module, &format!("{class}_init"));
        self.records.insert(kind.name.clone(), RecordNames { class, fields, init });
    }

    fn add_pair(&mut self, module: &str, base: &str, array: Option<&str>) {
        if base == "void" || self.pairs.contains_key(base) {
            return;
        }
        let joint = if base.ends_with("_p") || base.ends_with("_pp") { "" } else { "_" };
        let pointer = self.allocate(module, &format!("{base}{joint}p"));
        let array = array.map_or(String::new(), |array| self.allocate(module, array));
        let argument = self.allocate(module, &format!("{pointer}_arg"));
        self.pairs.insert(base.to_owned(), PairNames { pointer, array, argument });
    }

    /// A name that is free: the wanted one, if it is.
    pub fn allocate(&mut self, module: &str, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        self.owners.insert(name.clone(), module.to_owned());
        name
    }

    /// What the items of a pointer or an array are called.
    pub fn base(&self, model: &FfiModel, at: usize) -> String {
        let kind = &model.types[at];
        let of_pair = |item: usize| self.pairs.get(&self.base(model, item)).cloned();
        match kind.shape {
            CShape::Record { .. } => self.record(&kind.name).class.clone(),
            CShape::Pointer { item } if matches!(model.types[item].shape, CShape::Void) => {
                "void_p".into()
            }
            CShape::Pointer { item } => match of_pair(item) {
                Some(pair) => pair.pointer,
                None => format!("{}_p", self.base(model, item)),
            },
            CShape::Array { item, .. } => match of_pair(item) {
                Some(pair) => pair.array,
                None => format!("{}_a", self.base(model, item)),
            },
            CShape::FunctionPointer(_) => {
                as_identifier(self.typedefs.get(&kind.name).unwrap_or(&kind.name))
            }
            _ => as_identifier(&kind.name),
        }
    }

    /// The classes of a struct or union.
    pub fn record(&self, c_name: &str) -> &RecordNames {
        &self.records[c_name]
    }

    /// The classes of what leads to items of this name.
    pub fn pair(&self, base: &str) -> Option<&PairNames> {
        self.pairs.get(base)
    }

    /// The names that other modules define, by these modules.
    pub fn imported(&self, module: &str) -> BTreeMap<&str, Vec<&str>> {
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, owner) in self.owners.iter().filter(|(_, owner)| *owner != module) {
            found.entry(owner).or_default().push(name);
        }
        found
    }

    /// Every class of C's types.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.owners.keys().map(String::as_str)
    }

    /// Whether the module itself defines a name.
    pub fn is_own(&self, name: &str, module: &str) -> bool {
        self.owners.get(name).is_some_and(|owner| owner == module)
    }
}

/// The name of a C type as an identifier: `unsigned int` -> `unsigned_int`.
fn as_identifier(c_name: &str) -> String {
    let plain = ["struct ", "union ", "enum "].iter().find_map(|tag| c_name.strip_prefix(tag));
    let plain = plain.unwrap_or(c_name).replace('*', " p ").replace(" _Complex", " complex");
    let words = plain.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let name = name.trim_start_matches('_');
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("anonymous_{name}"),
        Some(_) => {
            if name == "Bool" {
                "bool".into()
            } else {
                name.to_owned()
            }
        }
        None => "anonymous".into(),
    }
}

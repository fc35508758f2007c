//! The classes of C's types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::{CDeclaration, CDeclarationKind, CShape, is_keyword};
use crate::stubs::annotations::Annotations;
use crate::stubs::comments;
use crate::stubs::names::{BUILTINS, TYPING};

/// A class body: the names that stand in it hide those of the module.
pub struct Body<'a> {
    /// Its own names.
    pub members: BTreeSet<String>,
    /// Other names for classes of the module that it hides, which the module needs too.
    pub aliases: &'a mut BTreeMap<String, String>,
}

impl Body<'_> {
    /// A line of the body, with the names in it such that they are found.
    pub fn line(&mut self, text: &str) -> String {
        let mut written = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
            let length = match first {
                '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
                _ if is_word(first) => rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()),
                _ => first.len_utf8(),
            };
            let (word, more) = rest.split_at(length);
            let is_declared =
                written.ends_with("def ") || more.starts_with(": ") || more.starts_with('=');
            // `self` is a parameter, also where a field is called so.
            let is_hidden = self.members.contains(word)
                && word != "self"
                && !is_declared
                && !written.ends_with(['.', '@']);
            let is_decorator = self.members.contains(word) && written.ends_with('@');
            written.push_str(&match (is_hidden, is_decorator) {
                (true, _) => self.other_name(word),
                (_, true) if !more.starts_with('.') => self.other_name(word),
                _ => word.to_owned(),
            });
            rest = more;
        }
        written
    }

    fn other_name(&mut self, name: &str) -> String {
        if BUILTINS.contains(&name) {
            return format!("builtins.{name}");
        }
        if TYPING.contains(&name) {
            return format!("typing.{name}");
        }
        let other = format!("_of_{name}");
        self.aliases.insert(name.to_owned(), other.clone());
        other
    }
}

/// A docstring, indented.
pub fn docstring(text: Option<String>, indent: &str) -> Option<String> {
    let text = text?.replace('\\', "\\\\").replace("\"\"\"", "'''");
    let text = text.strip_suffix('"').map_or(text.clone(), |start| format!("{start}\" "));
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(
            |(at, line)| {
                if at == 0 || line.is_empty() { line.into() } else { format!("{indent}{line}") }
            },
        )
        .collect();
    Some(match lines.as_slice() {
        [one] => format!("{indent}\"\"\"{one}\"\"\"\n"),
        _ => format!("{indent}\"\"\"{}\n{indent}\"\"\"\n", lines.join("\n")),
    })
}

impl Annotations<'_> {
    /// What the cdef says about a name.
    pub fn about(&self, name: &str) -> Option<String> {
        let (source, line) = self.model.places.get(name)?;
        comments::about(self.model.sources.get(*source)?, *line)
    }

    /// The classes of the types that the module does not import.
    pub fn classes(&self, module: &str, aliases: &mut BTreeMap<String, String>) -> String {
        let mut text = String::new();
        let mut done = BTreeSet::new();
        for (at, kind) in self.model.types.iter().enumerate() {
            if let CShape::Record { fields } = &kind.shape {
                if self.names.is_own(&self.names.record(&kind.name).class, module) {
                    text.push_str(&self.record(&kind.name, fields.as_deref(), aliases));
                }
                text.push_str(&self.pair_once(at, module, &mut done));
            }
            if let CShape::Pointer { item } | CShape::Array { item, .. } = kind.shape {
                text.push_str(&self.pair_once(item, module, &mut done));
            }
        }
        if self.names.is_own("char_p", module) && done.insert("char".to_owned()) {
            text.push_str(CHAR);
        }
        text
    }

    fn record(
        &self,
        c_name: &str,
        fields: Option<&[(String, usize)]>,
        aliases: &mut BTreeMap<String, String>,
    ) -> String {
        let names = self.names.record(c_name);
        let (class, init) = (&names.class, &names.init);
        let pair = self.names.pair(class);
        let pointer = pair.map_or("Any", |pair| &pair.pointer);
        let doc = docstring(self.about(class).or_else(|| self.about(c_name)), "    ");
        let doc = doc.unwrap_or_else(|| format!("    \"\"\"`{c_name}`\"\"\"\n"));
        let Some(fields) = fields else {
            return format!(
                "class {class}(Record[{pointer}]):\n{doc}\n{init}: TypeAlias = {class}\n"
            );
        };
        let members = fields.iter().map(|(name, _)| name.clone()).collect();
        let mut body = Body { members, aliases };
        let mut text = format!("class {}:\n{doc}", names.fields);
        for (name, at) in fields.iter().filter(|(name, _)| !name.is_empty()) {
            text.push_str(&self.member(name, *at, &mut body));
        }
        let _ = write!(
            text,
            "class {class}({}, Record[{pointer}]): ...\n\
             {init}: TypeAlias = {class} | dict[str, Any] | list[Any] | tuple[Any, ...]\n",
            names.fields
        );
        text
    }

    /// A field, or a variable of the library: what is written is more than what is read.
    pub fn member(&self, name: &str, at: usize, body: &mut Body) -> String {
        let (read, accept) = (self.read(at), self.accept(at));
        if is_keyword(name) {
            return format!("    # `{name}` is a word of Python's own: `getattr()` reads it.\n");
        }
        let lines = [
            "@property".to_owned(),
            format!("def {name}(self) -> {read}: ..."),
            format!("@{name}.setter"),
            format!("def {name}(self, value: {accept}, /) -> None: ..."),
        ];
        lines.iter().map(|line| format!("    {}\n", body.line(line))).collect()
    }

    fn pair_once(&self, item: usize, module: &str, done: &mut BTreeSet<String>) -> String {
        let base = self.names.base(self.model, item);
        let Some(pair) = self.names.pair(&base) else { return String::new() };
        if !self.names.is_own(&pair.pointer, module) || !done.insert(base) {
            return String::new();
        }
        let (pointer, array, argument) = (&pair.pointer, &pair.array, &pair.argument);
        let passed = self.passed_pointer(item);
        if self.is_opaque(item) {
            return format!("class {pointer}(Address): ...\n{argument}: TypeAlias = {passed}\n");
        }
        let (read, accept) = (self.read(item), self.accept(item));
        let marks: String = self.marks(item).iter().map(|mark| format!(", {mark}")).collect();
        let fields = match &self.model.types[item].shape {
            CShape::Record { .. } => {
                format!("{}, ", self.names.record(&self.model.types[item].name).fields)
            }
            _ => String::new(),
        };
        format!(
            "class {pointer}({fields}Pointer[{read}, {accept}, {array}]{marks}): ...\n\
             class {array}(Array[{read}, {accept}, {pointer}]{marks}): ...\n\
             {argument}: TypeAlias = {passed}\n"
        )
    }

    /// Other names for types: the typedefs that no class is called by.
    pub fn typedefs(
        &self,
        declarations: &[&CDeclaration],
        is_free: impl Fn(&str) -> bool,
    ) -> String {
        let mut text = String::new();
        let mut seen = BTreeSet::new();
        for declared in declarations.iter().filter(|one| one.kind == CDeclarationKind::Typedef) {
            let Some(value) = declared.r#type.map(|at| self.read(at)) else { continue };
            if is_free(&declared.name) && value != "None" && seen.insert(&declared.name) {
                let _ = writeln!(text, "{}: TypeAlias = {value}", declared.name);
            }
        }
        text
    }
}

/// `char *` and `char[]`, which `ffi.from_buffer()` makes in every module.
const CHAR: &str = "class char_p(Pointer[bytes, CharValue, char_a], OneByte, Text[bytes]): ...\n\
                    class char_a(Array[bytes, CharValue, char_p], OneByte, Text[bytes]): ...\n\
                    char_p_arg: TypeAlias = OneByte | void_p | Sequence[CharValue] | bytes\n";

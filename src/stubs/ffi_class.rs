//! The class of `ffi`: what is the same in every module, and overloads for what this one knows.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CDeclaration, CDeclarationKind};
use crate::stubs::annotations::{Annotations, Primitive};
use crate::stubs::classes::Body;
use crate::stubs::uses::Uses;

const TEXT: &str = include_str!("ffi.pyi");
const MARK: &str = "    # overloads of ";
/// What a known text gives with an argument that it does not take: else the overload for any text would come next.
const WRONG: &str = "WrongArgument";

/// Texts that give the same result, by its annotations.
type Groups = BTreeMap<Vec<String>, BTreeSet<String>>;

impl Annotations<'_> {
    /// The class.
    pub fn ffi_class(
        &self,
        declarations: &[&CDeclaration],
        uses: &Uses,
        aliases: &mut BTreeMap<String, String>,
    ) -> String {
        let methods = TEXT.lines().filter_map(|line| line.trim_start().strip_prefix("def "));
        let methods = methods.filter_map(|line| line.split('(').next());
        let fields = TEXT.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(": "));
        let fields = fields.map(|(name, _)| name).filter(|name| !name.contains([' ', '(', '"']));
        let own = ["CData", "CType", "buffer", "error", "def_extern"];
        let hidden = methods.chain(fields).chain(own).map(str::to_owned);
        let mut body = Body { members: hidden.collect(), aliases };
        let mut text = String::new();
        for line in TEXT.lines() {
            let Some(method) = line.strip_prefix(MARK) else {
                text.push_str(line);
                text.push('\n');
                continue;
            };
            for (marks, line) in self.overloads(method, declarations, uses) {
                marks.iter().for_each(|mark| text.push_str(&format!("    @{mark}\n")));
                text.push_str(&format!("    {}\n", body.line(&line)));
            }
        }
        text
    }

    /// The overloads of a method: decorators, and the line of each.
    fn overloads(
        &self,
        method: &str,
        declarations: &[&CDeclaration],
        uses: &Uses,
    ) -> Vec<(Vec<&'static str>, String)> {
        let lines = match method {
            "new" => {
                let mut lines = self.of_literals(method, uses, |at| {
                    let (made, from, is_optional) = self.made(at)?;
                    let default = if is_optional { " = ..." } else { "" };
                    Some(vec![format!(", init: {from}{default}"), made])
                });
                lines.extend(self.of_literals(method, uses, |at| {
                    self.made(at)?;
                    Some(vec![", init: object = ...".into(), WRONG.into()])
                }));
                lines
            }
            "cast" => self.of_literals(method, uses, |at| {
                Some(vec![", value: CastValue".into(), self.cast(at)?])
            }),
            "typeof" => self.of_literals(method, uses, |at| {
                Some(vec![", /".into(), format!("TypeOf[{}]", self.value(at)?)])
            }),
            "from_buffer" => self.of_literals(method, uses, |at| {
                let is_address = self.cast(at).is_none() || self.primitive(at).is_none();
                let made = self.value(at).filter(|_| is_address)?;
                Some(vec![", python_buffer: Buffer, require_writable: bool = ...".into(), made])
            }),
            "callback" => self.callbacks(uses),
            "addressof" => self.addresses(declarations, uses),
            "unpack" => self.wide_texts(),
            _ => return self.externs(declarations),
        };
        lines.into_iter().map(|line| (vec!["overload", "staticmethod"], line)).collect()
    }

    /// One overload for all texts whose further arguments and result are the same.
    fn of_literals(
        &self,
        method: &str,
        uses: &Uses,
        annotated: impl Fn(usize) -> Option<Vec<String>>,
    ) -> Vec<String> {
        let mut groups = Groups::new();
        for text in uses.texts(method) {
            let found = self.model.literals.get(text).and_then(|at| annotated(*at));
            if let Some(found) = found {
                groups.entry(found).or_default().insert(text.clone());
            }
        }
        let line = |(found, texts): (Vec<String>, BTreeSet<String>)| {
            format!("def {method}(cdecl: {}{}) -> {}: ...", literal(&texts), found[0], found[1])
        };
        groups.into_iter().map(line).collect()
    }

    fn callbacks(&self, uses: &Uses) -> Vec<String> {
        let of_function = |at: usize| {
            let signature = self.signature(at)?;
            let callable = self.python_callable(signature);
            let result = self.accept(signature.result);
            Some((callable, self.function(signature), result))
        };
        let options = |result: &str| {
            format!(
                "error: {result} = ..., onerror: Callable[[Any, Any, Any], object] | None = ..."
            )
        };
        let mut lines = self.of_literals("callback", uses, |at| {
            let (callable, function, result) = of_function(at)?;
            let more = options(&result);
            let given = format!(", python_callable: None = ..., {more}");
            Some(vec![given, format!("Callable[[{callable}], {function}]")])
        });
        lines.extend(self.of_literals("callback", uses, |at| {
            let (callable, function, result) = of_function(at)?;
            Some(vec![format!(", python_callable: {callable}, {}", options(&result)), function])
        }));
        lines.extend(self.of_literals("callback", uses, |at| {
            self.signature(at)?;
            let given =
                ", python_callable: object = ..., error: object = ..., onerror: object = ...";
            Some(vec![given.into(), WRONG.into()])
        }));
        lines
    }

    fn addresses(&self, declarations: &[&CDeclaration], uses: &Uses) -> Vec<String> {
        let is_asked = |one: &&&CDeclaration| uses.addresses.contains(&one.name);
        let line = |one: &&CDeclaration| {
            let at = one.r#type?;
            let found = match one.kind {
                CDeclarationKind::Function => self.function(self.signature(at)?),
                CDeclarationKind::Variable | CDeclarationKind::Constant => {
                    let base = self.names.base(self.model, at);
                    self.names.pair(&base)?.pointer.clone()
                }
                _ => return None,
            };
            let name = &one.name;
            Some(format!(
                "def addressof(library: Library, name: Literal[\"{name}\"], /) -> {found}: ..."
            ))
        };
        declarations.iter().filter(is_asked).filter_map(line).collect()
    }

    /// `ffi.unpack()` makes text of wide characters.
    fn wide_texts(&self) -> Vec<String> {
        let wide =
            (0..self.model.types.len()).filter(|at| self.primitive(*at) == Some(Primitive::Wide));
        let pair = |at| self.names.pair(&self.names.base(self.model, at));
        let line = |pair: &crate::stubs::names::PairNames| {
            format!("def unpack(cdata: {} | {}, length: int) -> str: ...", pair.pointer, pair.array)
        };
        wide.filter_map(pair).map(line).collect()
    }

    /// Python functions for C: each by its name. Where there is one alone, it needs no name.
    fn externs(&self, declarations: &[&CDeclaration]) -> Vec<(Vec<&'static str>, String)> {
        let is_extern = |one: &&&CDeclaration| {
            matches!(one.kind, CDeclarationKind::ExternPython | CDeclarationKind::DllexportPython)
        };
        let found = declarations.iter().filter(is_extern).filter_map(|one| {
            let signature = self.signature(one.r#type?)?;
            Some((&one.name, self.python_callable(signature), self.accept(signature.result)))
        });
        let found: Vec<_> = found.collect();
        let line = |name: &str, error: &str, takes: &str, gives: &str| {
            format!(
                "def def_extern({name}error: {error} = ..., \
                 onerror: Callable[[Any, Any, Any], object] | None = ...) -> Callable[[{takes}], {gives}]: ..."
            )
        };
        let by_name = |(name, callable, error): &(&String, String, String)| {
            line(&format!("name: Literal[\"{name}\"], "), error, callable, callable)
        };
        let mut lines: Vec<String> = found.iter().map(by_name).collect();
        match found.as_slice() {
            [] => lines.push(line("name: str = ..., ", "Any", "_F", "_F")),
            [(_, callable, error)] => lines.push(line("*, ", error, callable, callable)),
            _ => lines.push(line("*, ", "Any", "_F", "_F")),
        }
        let is_overloaded = lines.len() > 1;
        let marks = || match is_overloaded {
            true => vec!["overload", "staticmethod"],
            false => vec!["staticmethod"],
        };
        lines.into_iter().map(|line| (marks(), line)).collect()
    }
}

/// `Literal["int *", "int*"]`
fn literal(texts: &BTreeSet<String>) -> String {
    let quoted: Vec<String> =
        texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\\\""))).collect();
    format!("Literal[{}]", quoted.join(", "))
}

//! What `lib` has: functions, constants and variables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::{CDeclaration, CDeclarationKind, CShape, CSignature, is_keyword};
use crate::stubs::annotations::Annotations;
use crate::stubs::classes::{Body, docstring};

/// How the contents of the library are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LibraryForm {
    /// As members of the class of `lib`.
    Class,
    /// As a module of its own, which names can be imported from.
    Module,
}

impl Annotations<'_> {
    /// The integer constants, by the names of macros and enumerators.
    fn constants(&self, declarations: &[&CDeclaration]) -> BTreeSet<String> {
        let macros = declarations.iter().filter(|one| one.kind == CDeclarationKind::Macro);
        let mut found: BTreeSet<String> = macros.map(|one| one.name.clone()).collect();
        for declared in declarations {
            let at = match declared.kind {
                CDeclarationKind::Tag | CDeclarationKind::Typedef => declared.r#type,
                _ => None,
            };
            if let Some(CShape::Enum { enumerators }) = at.map(|at| &self.model.types[at].shape) {
                found.extend(enumerators.iter().cloned());
            }
        }
        found
    }

    /// The names in the library.
    fn members(&self, declarations: &[&CDeclaration]) -> BTreeSet<String> {
        let is_member = |one: &&&CDeclaration| {
            !matches!(one.kind, CDeclarationKind::Tag | CDeclarationKind::Typedef)
        };
        let named = declarations.iter().filter(is_member).map(|one| one.name.clone());
        named.chain(self.constants(declarations)).collect()
    }

    /// The contents of the library.
    pub fn library(
        &self,
        declarations: &[&CDeclaration],
        form: LibraryForm,
        aliases: &mut BTreeMap<String, String>,
    ) -> String {
        let indent = if form == LibraryForm::Class { "    " } else { "" };
        let mut body = Body { members: self.members(declarations), aliases };
        let mut text = String::new();
        for name in self.constants(declarations).iter().filter(|name| !is_keyword(name)) {
            let _ = writeln!(text, "{indent}{}", body.line(&format!("{name}: Final[int]")));
            text.push_str(&docstring(self.about(name), indent).unwrap_or_default());
        }
        for declared in declarations.iter().filter(|one| !is_keyword(&one.name)) {
            let Some(at) = declared.r#type else { continue };
            let name = declared.name.as_str();
            match declared.kind {
                CDeclarationKind::Function => {
                    if let Some(signature) = self.signature(at) {
                        text.push_str(&self.declared_function(name, signature, form, &mut body));
                    }
                }
                CDeclarationKind::ExternPython
                | CDeclarationKind::DllexportPython
                | CDeclarationKind::Constant => {
                    let line = body.line(&format!("{name}: Final[{}]", self.read(at)));
                    let _ = writeln!(text, "{indent}{line}");
                    text.push_str(&docstring(self.about(name), indent).unwrap_or_default());
                }
                CDeclarationKind::Variable if form == LibraryForm::Class => {
                    text.push_str(&self.member(name, at, &mut body));
                }
                CDeclarationKind::Variable => {
                    let _ = writeln!(text, "{}", body.line(&format!("{name}: {}", self.read(at))));
                }
                _ => {}
            }
        }
        text
    }

    fn declared_function(
        &self,
        name: &str,
        signature: &CSignature,
        form: LibraryForm,
        body: &mut Body,
    ) -> String {
        let indent = if form == LibraryForm::Class { "    " } else { "" };
        let names = self.model.parameters.get(name).map_or(&[][..], Vec::as_slice);
        let mut used = BTreeSet::from(["self".to_owned()]);
        let mut parameters: Vec<String> = Vec::new();
        parameters.extend((form == LibraryForm::Class).then(|| "self".to_owned()));
        for (index, at) in signature.arguments.iter().enumerate() {
            let given =
                names.get(index).cloned().flatten().unwrap_or_else(|| format!("arg{index}"));
            let mut parameter = given;
            while is_keyword(&parameter)
                || parameter.starts_with("__")
                || !used.insert(parameter.clone())
            {
                parameter = format!("{}_", parameter.trim_start_matches('_'));
            }
            parameters.push(format!("{parameter}: {}", self.argument(*at)));
        }
        if !signature.arguments.is_empty() {
            parameters.push("/".into());
        }
        if signature.variadic {
            parameters.push("*more: CData".into());
        }
        let result = self.read(signature.result);
        let head = body.line(&format!("def {name}({}) -> {result}:", parameters.join(", ")));
        match docstring(self.about(name), &format!("{indent}    ")) {
            Some(doc) => format!("{indent}{head}\n{doc}"),
            None => format!("{indent}{head} ...\n"),
        }
    }
}

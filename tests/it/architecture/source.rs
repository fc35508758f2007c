//! The production code of a crate, as far as its architecture is concerned.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// One file of production code.
pub(super) struct SourceFile {
    /// Relative to `src`, with `/`: `config/toml.rs`.
    pub path: String,
    /// The module that it is: `config`, `toml`; nothing for `lib.rs`.
    pub module: Vec<String>,
    /// What stands in it.
    pub facts: Facts,
}

/// What stands in a file, test code left out.
#[derive(Default)]
pub(super) struct Facts {
    /// Its lines.
    pub lines: usize,
    /// Its functions, each with its number of lines.
    pub functions: Vec<(Place, usize)>,
    /// The structs, enums, traits, unions and type aliases that it defines.
    pub types: Vec<Place>,
    /// The paths that it uses, written out from the crate's root or from another crate.
    pub paths: Vec<(Vec<String>, usize)>,
    /// The methods that it calls and the macros that it uses: `exists()`, `println!`.
    pub calls: Vec<Place>,
    /// Items that are neither modules nor re-exports.
    pub definitions: Vec<Place>,
    /// The names that it re-exports.
    exports: BTreeSet<String>,
}

/// A name and its line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub name: String,
    pub line: usize,
}

/// The files of a crate by their paths relative to `src`.
pub(super) struct Crate(pub Vec<SourceFile>);

impl Crate {
    /// Reads the texts of `src`. Files whose module is declared with `#[cfg(test)]` are left out.
    pub(super) fn parse(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let parse = |(path, text): (String, String)| {
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            (path, text, file)
        };
        let parsed: Vec<_> = texts.into_iter().map(parse).collect();
        let test_modules: BTreeSet<Vec<String>> =
            parsed.iter().flat_map(|(path, _, file)| test_modules(path, file)).collect();
        let is_production = |path: &str| {
            let module = module_of(path);
            (0..=module.len()).all(|end| !test_modules.contains(&module[..end]))
        };
        let files = parsed.into_iter().filter(|(path, ..)| is_production(path));
        Crate(files.map(|(path, text, file)| SourceFile::read(path, &text, &file)).collect())
    }

    /// The files whose items a file uses, each with a line that does so.
    pub(super) fn imports(&self, file: &SourceFile) -> BTreeMap<&str, usize> {
        let mut found = BTreeMap::new();
        for (path, line) in &file.facts.paths {
            for target in self.targets(path) {
                if target.path != file.path {
                    found.entry(target.path.as_str()).or_insert(*line);
                }
            }
        }
        found
    }

    /// The file that a path leads to: that of the longest module in it. A module and an item that
    /// its parent re-exports may have one name: then both files count.
    fn targets(&self, path: &[String]) -> Vec<&SourceFile> {
        let Some((root, names)) = path.split_first().filter(|(root, _)| *root == "crate") else {
            return Vec::new();
        };
        debug_assert_eq!(root, "crate");
        let of_module = |module: &[String]| {
            self.0.iter().find(|file| file.path != "main.rs" && file.module == module)
        };
        let Some(end) = (0..=names.len()).rev().find(|end| of_module(&names[..*end]).is_some())
        else {
            return Vec::new();
        };
        let parent = names[..end].split_last().filter(|_| end == names.len());
        let exporting = parent.and_then(|(name, parent)| {
            of_module(parent).filter(|file| file.facts.exports.contains(name))
        });
        of_module(&names[..end]).into_iter().chain(exporting).collect()
    }
}

impl SourceFile {
    fn read(path: String, text: &str, file: &syn::File) -> Self {
        let module = module_of(&path);
        let mut reader = Reader::new(module.clone(), file);
        reader.visit_file(file);
        let Reader { mut facts, imported, test_lines, .. } = reader;
        facts.lines = text.lines().count() - test_lines;
        for (path, _) in &mut facts.paths {
            if let Some(full) = imported.get(&path[0]) {
                path.splice(..1, full.iter().cloned());
            }
        }
        SourceFile { path, module, facts }
    }
}

/// `config/toml.rs` and `config/toml/mod.rs` are the module `config::toml`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if matches!(path, "lib" | "main") {
        return Vec::new();
    }
    path.split('/').map(str::to_owned).collect()
}

/// The modules that a file declares for tests only.
fn test_modules(path: &str, file: &syn::File) -> Vec<Vec<String>> {
    let declared = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if is_for_tests(&module.attrs) => Some(module.ident.to_string()),
        _ => None,
    });
    declared.map(|name| [module_of(path), vec![name]].concat()).collect()
}

/// Whether one of the attributes is `#[cfg(test)]`, perhaps with further conditions.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    let tests = |list: &syn::MetaList| {
        let words = list.tokens.to_string();
        let is_all_of = words.starts_with("all") && !words.contains("not");
        words == "test" || (is_all_of && words.contains("test"))
    };
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && tests(list),
        _ => false,
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item;
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Walks through a file and writes down what stands in it.
struct Reader {
    facts: Facts,
    /// What the file's imports call by a short name.
    imported: BTreeMap<String, Vec<String>>,
    /// The module that is being read.
    module: Vec<String>,
    /// The modules that the file declares.
    children: BTreeSet<String>,
    test_lines: usize,
}

impl Reader {
    fn new(module: Vec<String>, file: &syn::File) -> Self {
        let children = file.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        });
        Reader {
            facts: Facts::default(),
            imported: BTreeMap::new(),
            module,
            children: children.collect(),
            test_lines: 0,
        }
    }

    /// A path written out from the crate's root, if it leads into the crate.
    fn absolute(&self, path: &[String]) -> Vec<String> {
        let here = self.module.as_slice();
        let (module, rest) = match path[0].as_str() {
            "crate" | "officina" => (&here[..0], &path[1..]),
            "self" | "super" => {
                let path = path.strip_prefix(&["self".to_owned()]).unwrap_or(path);
                let up = path.iter().take_while(|name| *name == "super").count();
                (&here[..here.len().saturating_sub(up)], &path[up..])
            }
            name if self.children.contains(name) => (here, path),
            _ => return path.to_vec(),
        };
        [&["crate".to_owned()], module, rest].concat()
    }

    fn uses(&mut self, path: &[String], line: usize) {
        if path.len() > 1 {
            let path = self.absolute(path);
            self.facts.paths.push((path, line));
        }
    }

    /// One path of a `use`: `a::b`, `a::b as c`, `a::*`.
    fn import(&mut self, path: &[String], name: &str, item: &syn::ItemUse) {
        let full = self.absolute(path);
        if !matches!(item.vis, syn::Visibility::Inherited) {
            self.facts.exports.insert(name.to_owned());
        }
        self.imported.insert(name.to_owned(), full.clone());
        self.facts.paths.push((full, item.span().start().line));
    }

    fn import_tree(&mut self, before: &[String], tree: &syn::UseTree, item: &syn::ItemUse) {
        let joined = |name: &syn::Ident| [before.to_vec(), vec![name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.import_tree(&joined(&path.ident), &path.tree, item),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import_tree(before, tree, item));
            }
            syn::UseTree::Glob(_) => self.import(before, "*", item),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.import(before, before.last().map_or("", String::as_str), item);
            }
            syn::UseTree::Name(name) => {
                self.import(&joined(&name.ident), &name.ident.to_string(), item);
            }
            syn::UseTree::Rename(rename) if rename.ident == "self" => {
                self.import(before, &rename.rename.to_string(), item);
            }
            syn::UseTree::Rename(rename) => {
                self.import(&joined(&rename.ident), &rename.rename.to_string(), item);
            }
        }
    }

    /// The paths, method calls and macros in what a macro is given, which has no grammar.
    fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, symbol: char| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == symbol);
        let mut at = 0;
        while at < trees.len() {
            let (start, line) = (at, trees[at].span().start().line);
            at += 1;
            match &trees[start] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut path = vec![first.to_string()];
                    while let (true, true, Some(TokenTree::Ident(next))) =
                        (is(at, ':'), is(at + 1, ':'), trees.get(at + 2))
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    self.uses(&path, line);
                    let last = path.last().cloned().unwrap_or_default();
                    let called = matches!(trees.get(at), Some(TokenTree::Group(_)));
                    if start > 0 && is(start - 1, '.') && called {
                        self.facts.calls.push(Place { name: format!("{last}()"), line });
                    } else if is(at, '!') && !is(at + 1, '=') {
                        self.facts.calls.push(Place { name: format!("{last}!"), line });
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.span().start().line;
        let lines = body.span().end().line + 1 - line;
        let name = signature.ident.to_string();
        self.facts.functions.push((Place { name, line }, lines));
    }

    fn skip_test(&mut self, code: &impl Spanned) {
        let span = code.span();
        self.test_lines += span.end().line + 1 - span.start().line;
    }

    fn defines(&mut self, name: &syn::Ident) {
        let line = name.span().start().line;
        self.facts.types.push(Place { name: name.to_string(), line });
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_for_tests(attributes(item)) {
            return self.skip_test(item);
        }
        let is_declaration = match item {
            syn::Item::Mod(module) => module.content.is_none(),
            syn::Item::Use(item) => !matches!(item.vis, syn::Visibility::Inherited),
            _ => false,
        };
        if !is_declaration {
            let line = item.span().start().line;
            self.facts.definitions.push(Place { name: kind_of(item).to_owned(), line });
        }
        match item {
            syn::Item::Struct(item) => self.defines(&item.ident),
            syn::Item::Enum(item) => self.defines(&item.ident),
            syn::Item::Trait(item) => self.defines(&item.ident),
            syn::Item::Type(item) => self.defines(&item.ident),
            syn::Item::Union(item) => self.defines(&item.ident),
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.module.push(module.ident.to_string());
        syn::visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import_tree(&[], &item.tree, item);
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.function(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if is_for_tests(&function.attrs) {
            return self.skip_test(function);
        }
        self.function(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.function(&function.sig, body);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        self.uses(&names, path.span().start().line);
        syn::visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let line = call.method.span().start().line;
        self.facts.calls.push(Place { name: format!("{}()", call.method), line });
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last() {
            let line = last.ident.span().start().line;
            self.facts.calls.push(Place { name: format!("{}!", last.ident), line });
        }
        self.tokens(call.tokens.clone());
    }

    // `pub(in crate::config)` uses nothing, and neither does `#[derive(…)]`.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

fn kind_of(item: &syn::Item) -> &'static str {
    match item {
        syn::Item::Const(_) => "a constant",
        syn::Item::Enum(_) => "an enum",
        syn::Item::Fn(_) => "a function",
        syn::Item::Impl(_) => "an impl",
        syn::Item::Macro(_) => "a macro",
        syn::Item::Mod(_) => "a module with its content",
        syn::Item::Static(_) => "a static",
        syn::Item::Struct(_) => "a struct",
        syn::Item::Trait(_) => "a trait",
        syn::Item::Type(_) => "a type",
        syn::Item::Use(_) => "an import",
        _ => "another item",
    }
}

//! Static libraries in an order in which a linker takes too little from them: it takes what is wanted by then, so
//! what uses a library stands before it.

use std::path::{Path, PathBuf};

use crate::binary::object_symbols;
use crate::binary::symbols::Symbols;
use crate::error::Error;
use crate::model::few_names;

/// A library of `libraries=` that is no shared one.
#[derive(Debug, Default)]
pub struct StaticLibrary {
    /// As it is named there.
    pub name: String,
    /// What all its objects define and want together.
    pub symbols: Symbols,
}

/// What a module links besides its own objects, each in the order in which they are named.
#[derive(Debug, Default)]
pub struct StaticLibraries {
    /// Those of `libraries=`.
    pub named: Vec<StaticLibrary>,
    /// The libraries of the project.
    pub own: Vec<StaticLibrary>,
}

impl StaticLibraries {
    /// Reads those of `names` that the folders have, and the objects of the project's.
    pub fn read(
        names: &[String],
        folders: &[PathBuf],
        own: &[(String, Vec<PathBuf>)],
        root: &Path,
    ) -> Self {
        let named = |name: &String| {
            let file = folders.iter().find_map(|folder| file_of(name, folder))?;
            let symbols = object_symbols::of_object(&file);
            (file.extension()? == "a").then(|| StaticLibrary { name: name.clone(), symbols })
        };
        let of_project = |(name, objects): &(String, Vec<PathBuf>)| {
            let mut symbols = Symbols::default();
            for object in objects {
                symbols.absorb(object_symbols::of_object(&root.join(object)));
            }
            StaticLibrary { name: name.clone(), symbols }
        };
        StaticLibraries {
            named: names.iter().filter_map(named).collect(),
            own: own.iter().map(of_project).collect(),
        }
    }

    /// What to do about a symbol that one of them defines, behind the back of the one that uses it;
    /// `libraries` is all of `libraries=`.
    pub fn cause(&self, symbol: &str, libraries: &[String]) -> Option<String> {
        let pair = |all: &[StaticLibrary]| {
            let owner = all.iter().position(|one| one.symbols.defined.contains(symbol))?;
            let user =
                all.iter().rposition(|one| one.wants(symbol)).filter(|user| *user > owner)?;
            Some((owner, user))
        };
        if let Some((owner, user)) = pair(&self.named) {
            let (owner, user) = (&self.named[owner].name, &self.named[user].name);
            let order = self.order(libraries);
            let order = order.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
            return Some(format!(
                "`lib{owner}.a` defines `{symbol}`, but stands before `-l{user}`, which uses it: write \
                 `libraries=[{}]`",
                order.join(", ")
            ));
        }
        let (owner, user) = pair(&self.own)?;
        let (owner, user) = (&self.own[owner].name, &self.own[user].name);
        Some(format!(
            "`{owner}` defines `{symbol}`, and `{user}` uses it: add \"{owner}\" to `libraries` of `{user}` in \
             `[[tool.officina.libraries]]`"
        ))
    }

    /// All of `libraries=`, each static one behind those that use it; where two use each other, one of them stands there
    /// twice.
    fn order(&self, libraries: &[String]) -> Vec<String> {
        let find = |name: &str| self.named.iter().find(|one| one.name == name);
        let uses = |user: &str, owner: &str| match (find(user), find(owner)) {
            (Some(user), Some(owner)) => user.name != owner.name && user.uses(owner),
            _ => false,
        };
        let mut order = Vec::new();
        for name in libraries.iter().rev() {
            visit(name, libraries, &uses, &mut Vec::new(), &mut order);
        }
        order.reverse();
        let stands_before = |(at, owner): (usize, &&String)| {
            order[at..].iter().any(|user| uses(user, owner)).then(|| (*owner).clone())
        };
        let again: Vec<String> = order.iter().enumerate().filter_map(stands_before).collect();
        order.into_iter().cloned().chain(again).collect()
    }
}

impl StaticLibrary {
    fn wants(&self, symbol: &str) -> bool {
        self.symbols.undefined.contains(symbol) && !self.symbols.defined.contains(symbol)
    }

    fn uses(&self, owner: &StaticLibrary) -> bool {
        self.symbols
            .undefined
            .iter()
            .any(|one| self.wants(one) && owner.symbols.defined.contains(one))
    }
}

/// What a library uses comes before it in `found`, which is read from its end.
fn visit<'a>(
    name: &'a String,
    libraries: &'a [String],
    uses: &impl Fn(&str, &str) -> bool,
    way: &mut Vec<&'a String>,
    found: &mut Vec<&'a String>,
) {
    if found.contains(&name) || way.contains(&name) {
        return;
    }
    way.push(name);
    for owner in libraries.iter().rev().filter(|owner| uses(name, owner)) {
        visit(owner, libraries, uses, way, found);
    }
    way.pop();
    found.push(name);
}

/// What a linker takes for `-lNAME` in a folder: the shared library, if there are both.
fn file_of(name: &str, folder: &Path) -> Option<PathBuf> {
    let candidates = [format!("lib{name}.so"), format!("lib{name}.dylib"), format!("lib{name}.a")];
    candidates.iter().map(|file| folder.join(file)).find(|file| file.is_file())
}

/// The error for symbols of which each is defined in a library at the wrong place.
pub fn error(module: &str, symbols: &[String]) -> Error {
    Error::new(format!(
        "`{module}` would fail to import: its libraries stand in an order in which nothing defines {}",
        few_names(symbols.iter(), 3)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a: x > y; b: y` is a library `a` that defines `x` and uses `y`, and one `b` that defines `y`.
    fn libraries(text: &str) -> (StaticLibraries, Vec<String>) {
        let names = |text: &str| text.split_whitespace().map(Box::from).collect::<Vec<Box<str>>>();
        let one = |line: &str| {
            let (name, rest) = line.split_once(':').unwrap();
            let (defined, undefined) = rest.split_once('>').unwrap_or((rest, ""));
            let (defined, undefined) = (names(defined), names(undefined));
            let symbols = Symbols {
                defined: defined.into_iter().collect(),
                undefined: undefined.into_iter().collect(),
            };
            StaticLibrary { name: name.trim().to_owned(), symbols }
        };
        let named: Vec<StaticLibrary> = text.split(';').map(one).collect();
        let mut all: Vec<String> = named.iter().map(|one| one.name.clone()).collect();
        all.push("z".to_owned());
        (StaticLibraries { named, own: Vec::new() }, all)
    }

    #[test]
    fn what_uses_a_library_is_to_stand_before_it() {
        for (text, symbol, expected) in [
            ("low: l; high: h > l", "l", "write `libraries=[\"high\", \"low\", \"z\"]`"),
            ("a: x; b: y > x; c: w > y", "x", "[\"c\", \"b\", \"a\", \"z\"]"),
            ("a: x; o: q; b: y > x", "x", "[\"o\", \"b\", \"a\", \"z\"]"),
            ("a: x > y; b: y > x", "x", "[\"b\", \"a\", \"z\", \"b\"]"),
            ("high: h > l; low: l", "l", ""),
            ("a: x > x; b: y", "x", ""),
            ("a: x; b: y", "gone", ""),
        ] {
            let (libraries, names) = libraries(text);
            let told = libraries.cause(symbol, &names).unwrap_or_default();
            assert!(
                told.contains(expected) && told.is_empty() == expected.is_empty(),
                "{text}: {told}"
            );
        }
    }

    #[test]
    fn a_library_of_the_project_says_what_it_needs() {
        let (libraries, names) = libraries("low: l; high: h > l");
        let libraries = StaticLibraries { own: libraries.named, named: Vec::new() };
        let told = libraries.cause("l", &names).unwrap();
        assert!(
            told.ends_with("add \"low\" to `libraries` of `high` in `[[tool.officina.libraries]]`"),
            "{told}"
        );
    }
}

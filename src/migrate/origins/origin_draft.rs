//! The new pyproject.toml while it is written, and the report about it.

use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::config::metadata::Carried;
use crate::error::{Error, Result};
use crate::migrate::migration::{Change, Migration, MoveFinding, MoveVerdict};
use crate::migrate::origins::origin::{Origin, OriginTree};
use crate::migrate::toml_text;

/// What is written so far.
pub struct OriginDraft<'a> {
    /// Who builds the project now.
    pub origin: Origin,
    /// What was read of its tree.
    pub tree: &'a OriginTree,
    /// `[project]`.
    pub project: Table,
    /// `[tool.officina]`.
    pub settings: Table,
    /// pyproject.toml as it was; what is moved goes out of it.
    pub document: DocumentMut,
    /// The plugin that takes the version from git.
    pub git_version: Option<Carried>,
    findings: Vec<MoveFinding>,
}

impl<'a> OriginDraft<'a> {
    /// Nothing is decided yet.
    ///
    /// # Errors
    /// pyproject.toml is no TOML.
    pub fn new(origin: Origin, tree: &'a OriginTree) -> Result<Self> {
        let mut document: DocumentMut = tree.pyproject.parse().map_err(|e| {
            Error::new(format!("pyproject.toml is not valid TOML: {e}")).hint("correct it first")
        })?;
        let taken = |item: Option<Item>| match item {
            Some(Item::Table(table)) => table,
            _ => Table::new(),
        };
        let project = taken(document.remove("project"));
        let settings = Table::new();
        let findings = Vec::new();
        Ok(OriginDraft { origin, tree, project, settings, document, git_version: None, findings })
    }

    /// Adds a line to the report.
    pub fn tell(
        &mut self,
        verdict: MoveVerdict,
        place: impl Into<String>,
        text: impl Into<String>,
    ) {
        self.findings.push(MoveFinding::new(verdict, text).at(place));
    }

    /// The same, about a key of the backend's own table, with the line where it stands.
    pub fn tell_key(&mut self, verdict: MoveVerdict, key: &str, text: impl Into<String>) {
        let line = self.tree.pyproject.lines().position(|line| {
            let line = line.trim_start();
            let rest = line.strip_prefix(key).map(str::trim_start);
            rest.is_some_and(|rest| rest.starts_with(['=', '.']))
                || line.starts_with(&format!("[tool.{}.{key}", self.origin.table()))
        });
        let place = match line {
            Some(line) => format!("pyproject.toml:{}", line + 1),
            None => "pyproject.toml".to_owned(),
        };
        self.tell(verdict, place, text);
    }

    /// Adds a whole line to the report.
    pub fn find(&mut self, finding: MoveFinding) {
        self.findings.push(finding);
    }

    /// A table of the backend's own: `["build", "hooks"]` below `[tool.hatch]`.
    pub fn own(&self, path: &[&str]) -> Option<&dyn TableLike> {
        let mut table = self.document.get("tool")?.get(self.origin.table())?.as_table_like()?;
        for key in path {
            table = table.get(key)?.as_table_like()?;
        }
        Some(table)
    }

    /// A string of the backend's own tables.
    pub fn own_text(&self, path: &[&str], key: &str) -> Option<String> {
        self.own(path)?.get(key)?.as_str().map(str::to_owned)
    }

    /// A list of strings of the backend's own tables; a single string is a list of one.
    pub fn own_texts(&self, path: &[&str], key: &str) -> Vec<String> {
        match self.own(path).and_then(|table| table.get(key)) {
            Some(item) => texts(item),
            None => Vec::new(),
        }
    }

    /// The name of the distribution.
    pub fn name(&self) -> String {
        self.project.get("name").and_then(Item::as_str).unwrap_or_default().to_owned()
    }

    /// Says where a field of `[project]` is read from: a value of `[tool.officina.dynamic]`.
    pub fn dynamic(&mut self, field: &str, key: &str, value: &str) {
        let from = toml_text::inline(&[(key, value.into())]);
        if let Some(table) = toml_text::table_of(&mut self.settings, "dynamic") {
            table.insert(field, toml_edit::value(from));
        }
    }

    /// The new file and the report.
    pub fn finished(mut self, requires: &[String]) -> Migration {
        let mut head = DocumentMut::new();
        let mut system = Table::new();
        toml_text::set(&mut system, "requires", toml_text::strings(requires));
        system.insert("build-backend", toml_edit::value("officina"));
        head.insert("build-system", Item::Table(system));
        self.project.set_position(None);
        head.insert("project", Item::Table(self.project));
        self.document.remove("build-system");
        if let Some(tool) = self.document.get_mut("tool").and_then(Item::as_table_like_mut) {
            tool.remove(self.origin.table());
        }
        let mut tail = DocumentMut::new();
        let mut tool = Table::new();
        tool.set_implicit(true);
        tool.insert("officina", Item::Table(self.settings));
        tail.insert("tool", Item::Table(tool));
        let parts = [head.to_string(), self.document.to_string(), tail.to_string()];
        let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
        let after = parts.collect::<Vec<_>>().join("\n\n") + "\n";
        let after = toml_text::with_line_breaks_of(&self.tree.pyproject, after);
        let change = Change {
            path: "pyproject.toml".to_owned(),
            before: Some(self.tree.pyproject.clone()),
            after: Some(after),
        };
        Migration { changes: vec![change], findings: self.findings }
    }
}

/// A string, or the strings of an array.
pub fn texts(item: &Item) -> Vec<String> {
    if let Some(text) = item.as_str() {
        return vec![text.to_owned()];
    }
    let items = item.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

//! The new pyproject.toml while it is written, with the report about it.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike};

use crate::migrate::migration::{MoveFinding, MoveVerdict};
use crate::migrate::old_build::OldBuild;
use crate::migrate::toml_text::table_of;

/// What is written so far.
pub struct Draft<'a> {
    /// What the old build says.
    pub old: &'a OldBuild,
    /// pyproject.toml as it was, edited.
    pub document: DocumentMut,
    /// Tables that were not there and come first.
    pub head: DocumentMut,
    /// `[tool.officina]`.
    pub settings: Table,
    /// The report.
    pub findings: Vec<MoveFinding>,
    /// Whether pyproject.toml had a `[project]`.
    pub has_project: bool,
}

impl<'a> Draft<'a> {
    /// Nothing is decided yet.
    pub fn new(old: &'a OldBuild, document: DocumentMut) -> Self {
        let has_project = document.contains_key("project");
        let settings = table_in(&document, &["tool", "officina"]).cloned().unwrap_or_default();
        let (head, findings) = (DocumentMut::new(), Vec::new());
        Draft { old, document, head, settings, findings, has_project }
    }

    /// `[project]`, old or new.
    pub fn project(&mut self) -> &mut Table {
        let document = if self.has_project { &mut self.document } else { &mut self.head };
        table_of(document.as_table_mut(), "project").expect("`[project]` was checked to be a table")
    }

    /// Adds a line to the report.
    pub fn find(&mut self, finding: MoveFinding) {
        self.findings.push(finding);
    }

    /// Adds a line about an argument of `setup()` or a key of setup.cfg.
    pub fn tell(&mut self, verdict: MoveVerdict, keyword: &str, text: impl Into<String>) {
        let mut finding = MoveFinding::new(verdict, text);
        finding.place = self.place(keyword);
        self.findings.push(finding);
    }

    /// Where the old build says something: in setup.py, in setup.cfg.
    pub fn place(&self, keyword: &str) -> Option<String> {
        if let Some(said) = self.old.keyword_lines.get(keyword) {
            return Some(format!("setup.py:{}", said.line));
        }
        let dashed = keyword.replace('_', "-");
        let is_it = |key: &str| key == keyword || key == dashed;
        let lines = self.old.setup_cfg.iter();
        let own = |section: &str| section == "metadata" || section.starts_with("options");
        let found = lines.clone().find(|one| own(&one.section) && is_it(&one.key));
        let whole = || {
            let section = format!("options.{keyword}");
            lines.clone().find(|one| one.section == section)
        };
        found.or_else(whole).map(|one| format!("setup.cfg:{}", one.line))
    }

    /// Has a field of `[project]` read from elsewhere.
    pub fn dynamic(&mut self, field: &str, from: InlineTable) {
        if let Some(table) = table_of(&mut self.settings, "dynamic") {
            table.insert(field, toml_edit::value(from));
        }
        let listed = self.project().entry("dynamic");
        let listed = listed.or_insert_with(|| toml_edit::value(Array::new()));
        let Some(listed) = listed.as_array_mut() else { return };
        if !listed.iter().any(|one| one.as_str() == Some(field)) {
            listed.push(field);
        }
    }

    /// Leaves in `project.dynamic` what is read from elsewhere still.
    pub fn settle_dynamic(&mut self) {
        let kept = self.settings.get("dynamic").and_then(Item::as_table).cloned();
        let kept = kept.unwrap_or_default();
        let project = self.project();
        let Some(listed) = project.get_mut("dynamic").and_then(Item::as_array_mut) else { return };
        listed.retain(|one| one.as_str().is_some_and(|field| kept.contains_key(field)));
        if listed.is_empty() {
            project.remove("dynamic");
        }
    }

    /// A table of pyproject.toml as it was: `["tool", "setuptools", "dynamic"]`.
    pub fn table(&self, path: &[&str]) -> Option<&dyn TableLike> {
        let mut table: &dyn TableLike = self.document.as_table();
        for key in path {
            table = table.get(key)?.as_table_like()?;
        }
        Some(table)
    }

    /// The text of the new file.
    pub fn text(&self) -> String {
        let mut document = self.document.clone();
        let mut tail = DocumentMut::new();
        if !self.settings.is_empty() {
            let old = table_in(&document, &["tool", "officina"]).is_some();
            let target = if old { &mut document } else { &mut tail };
            let tool = target.as_table_mut().entry("tool").or_insert_with(|| {
                let mut tool = Table::new();
                tool.set_implicit(true);
                Item::Table(tool)
            });
            if let Some(tool) = tool.as_table_mut() {
                tool.insert("officina", Item::Table(self.settings.clone()));
            }
        }
        let parts = [self.head.to_string(), document.to_string(), tail.to_string()];
        let parts =
            parts.iter().map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n\n") + "\n"
    }
}

/// A table of a document, by its path.
pub fn table_in<'d>(document: &'d DocumentMut, path: &[&str]) -> Option<&'d Table> {
    let mut table = document.as_table();
    for key in path {
        table = table.get(key)?.as_table()?;
    }
    Some(table)
}

//! [`Metadata`] -> the text of `METADATA`.

use crate::config::metadata::people;
use crate::model::{License, Metadata, normal_specifiers};

/// The whole text: headers, an empty line, and the readme.
pub fn core_metadata(metadata: &Metadata) -> String {
    let mut headers = Headers(String::new());
    // 2.5 brought the import names; older tools read 2.4 (licence expressions) without a warning.
    let format = if metadata.import_names.are_given() { "2.5" } else { "2.4" };
    headers.add("Metadata-Version", format);
    headers.add("Name", &metadata.name);
    headers.add("Version", &metadata.version.to_string());
    headers.add_some("Summary", metadata.description.as_deref());
    if !metadata.keywords.is_empty() {
        headers.add("Keywords", &metadata.keywords.join(","));
    }
    add_people(&mut headers, metadata);
    add_license(&mut headers, metadata);
    headers.add_all("Classifier", &metadata.classifiers);
    for (label, address) in &metadata.urls {
        headers.add("Project-URL", &format!("{label}, {address}"));
    }
    add_requirements(&mut headers, metadata);
    match metadata.import_names.names.as_deref() {
        Some([]) => headers.add("Import-Name", ""),
        names => headers.add_all("Import-Name", names.unwrap_or_default()),
    }
    let namespaces = metadata.import_names.namespaces.as_deref();
    headers.add_all("Import-Namespace", namespaces.unwrap_or_default());
    match &metadata.readme {
        Some(readme) => {
            headers.add("Description-Content-Type", &readme.content_type);
            let end = if readme.text.ends_with('\n') { "" } else { "\n" };
            format!("{}\n{}{end}", headers.0, readme.text)
        }
        None => headers.0,
    }
}

fn add_people(headers: &mut Headers, metadata: &Metadata) {
    let (author, author_email) = people::written(&metadata.authors);
    let (maintainer, maintainer_email) = people::written(&metadata.maintainers);
    headers.add_some("Author", author.as_deref());
    headers.add_some("Author-email", author_email.as_deref());
    headers.add_some("Maintainer", maintainer.as_deref());
    headers.add_some("Maintainer-email", maintainer_email.as_deref());
}

fn add_license(headers: &mut Headers, metadata: &Metadata) {
    match &metadata.license {
        Some(License::Expression(expression)) => headers.add("License-Expression", expression),
        Some(License::Text { text, .. }) if !text.trim().is_empty() => {
            headers.add("License", text.trim_end());
        }
        Some(License::Text { .. }) | None => {}
    }
    headers.add_all("License-File", &metadata.license_files);
}

fn add_requirements(headers: &mut Headers, metadata: &Metadata) {
    if let Some(specifiers) = &metadata.requires_python {
        headers.add("Requires-Python", &normal_specifiers(&specifiers.value));
    }
    for requirement in &metadata.dependencies {
        headers.add("Requires-Dist", &requirement.to_string());
    }
    for extra in &metadata.optional_dependencies {
        headers.add("Provides-Extra", &extra.name);
        for requirement in &extra.requirements {
            let requirement = requirement.clone().only_with_extra(&extra.name);
            headers.add("Requires-Dist", &requirement.to_string());
        }
    }
}

/// The lines before the body. Invariant: every line is a header of ours or begins with a blank.
struct Headers(String);

impl Headers {
    fn add(&mut self, name: &str, value: &str) {
        // Only the text of a licence has lines of its own; they go on as continuations.
        let value = value.replace('\n', "\n        ");
        self.0.push_str(&format!("{name}: {value}\n"));
    }

    fn add_some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn add_all(&mut self, name: &str, values: &[String]) {
        for value in values {
            self.add(name, value);
        }
    }
}

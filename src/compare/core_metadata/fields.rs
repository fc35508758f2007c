//! The text of core metadata, taken apart. Pure.

/// Fields in the order written, and the description.
#[derive(Debug, Default)]
pub struct Fields {
    fields: Vec<(String, String)>,
    /// The long text, from its field or from behind the fields.
    pub description: String,
}

impl Fields {
    /// Reads fields as an e-mail has them; a line that begins with a blank goes on with the field
    /// before it.
    pub fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut found = Fields { fields: Vec::new(), description: body.to_owned() };
        for line in head.lines() {
            match (line.strip_prefix([' ', '\t']), found.fields.last_mut()) {
                (Some(_), Some((_, value))) => {
                    value.push('\n');
                    value.push_str(unfolded(line));
                }
                _ => {
                    let Some((name, value)) = line.split_once(':') else { continue };
                    // Old tools write this where nothing was said.
                    if !(value.trim() == "UNKNOWN" && name != "Name") {
                        found.fields.push((name.trim().to_owned(), value.trim().to_owned()));
                    }
                }
            }
        }
        let field = found.one("Description").map(str::to_owned);
        if let (Some(field), true) = (field, found.description.trim().is_empty()) {
            found.description = field;
        }
        found
    }

    /// The first value of a field.
    pub fn one<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// All its values.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_meant = move |(field, _): &&(String, String)| field.eq_ignore_ascii_case(name);
        self.fields.iter().filter(is_meant).map(|(_, value)| value.as_str())
    }
}

/// A line of a long value: indented by eight blanks or by seven and a `|`, by those who follow the
/// specification.
fn unfolded(line: &str) -> &str {
    ["        ", "       |"]
        .iter()
        .find_map(|start| line.strip_prefix(start))
        .unwrap_or(line.trim())
}

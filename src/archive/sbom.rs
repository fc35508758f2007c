//! The software bill of materials of a wheel: CycloneDX 1.6 in JSON. It holds no time and no serial
//! number, so that the same wheel has the same one.
//!
//! Specifications: <https://peps.python.org/pep-0770/>, <https://cyclonedx.org/docs/1.6/json/>

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The file in the `.dist-info` folder. Others may have theirs beside it: `auditwheel.cdx.json`.
pub const FILE: &str = "sboms/officina.cdx.json";

/// A package, a library, or C that was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Component {
    /// What tells it from all others.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its version, where one is known.
    pub version: Option<String>,
    /// Its package URL, where there is one.
    pub purl: Option<String>,
    /// An SPDX expression.
    pub license: Option<String>,
    /// Its SHA-256, in hexadecimal: of the file in the wheel, or of the archive that it came in.
    pub sha256: Option<String>,
    /// Where it is: paths in the wheel or in the project, with `/`.
    pub places: Vec<String>,
    /// What it was made of, where that is another file.
    pub original: Option<Original>,
    /// The references of those that it needs.
    pub needs: BTreeSet<String>,
}

/// The file that a library of the wheel is a changed copy of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its name, without a folder.
    pub name: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// The text of the file: what the wheel is, and what it holds. Components of one reference are one,
/// which is in the places of all.
pub fn text(wheel: &Component, mut held: Vec<Component>) -> String {
    held.sort_by(|one, other| one.reference.cmp(&other.reference));
    held.dedup_by(|other, first| {
        let is_same = other.reference == first.reference;
        if is_same {
            first.places.append(&mut other.places);
            first.needs.append(&mut other.needs);
        }
        is_same
    });
    let all = || std::iter::once(wheel).chain(&held);
    let needs: Vec<Value> =
        all().map(|one| json!({ "ref": one.reference, "dependsOn": one.needs })).collect();
    let tool = json!({
        "type": "application",
        "name": "officina",
        "version": env!("CARGO_PKG_VERSION"),
    });
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component(wheel), "tools": { "components": [tool] } },
        "components": held.iter().map(component).collect::<Vec<_>>(),
        "dependencies": needs,
    });
    format!("{document:#}\n")
}

fn component(one: &Component) -> Value {
    let mut found = json!({ "type": "library", "bom-ref": one.reference, "name": one.name });
    let texts = [("version", &one.version), ("purl", &one.purl)];
    for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
        found[key] = json!(text);
    }
    if let Some(license) = &one.license {
        found["licenses"] = json!([{ "expression": license }]);
    }
    if let Some(sha256) = &one.sha256 {
        found["hashes"] = hashes(sha256);
    }
    if !one.places.is_empty() {
        let places: Vec<Value> =
            one.places.iter().map(|place| json!({ "location": place })).collect();
        found["evidence"] = json!({ "occurrences": places });
    }
    if let Some(original) = &one.original {
        let mut ancestor = json!({
            "type": "file",
            "name": original.name,
            "hashes": hashes(&original.sha256),
        });
        if let Some(purl) = &one.purl {
            ancestor["purl"] = json!(purl);
        }
        found["pedigree"] = json!({ "ancestors": [ancestor] });
    }
    found
}

fn hashes(sha256: &str) -> Value {
    json!([{ "alg": "SHA-256", "content": sha256 }])
}

/// A package URL (<https://github.com/package-url/purl-spec>). Its parts are encoded here.
pub fn purl(path: &[&str], version: &str, qualifiers: &[(&str, &str)]) -> String {
    let path: Vec<String> = path.iter().map(|part| encoded(part, ":")).collect();
    let mut url = format!("pkg:{}@{}", path.join("/"), encoded(version, ":"));
    for (at, (key, value)) in qualifiers.iter().enumerate() {
        let sign = if at == 0 { '?' } else { '&' };
        url.push_str(&format!("{sign}{key}={}", encoded(value, ":/")));
    }
    url
}

fn encoded(text: &str, kept: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || "-._~".contains(letter) || kept.contains(letter) {
            found.push(letter);
        } else {
            found.push_str(&format!("%{byte:02X}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_are_those_of_the_specification() {
        let (path, version) = (["deb", "debian", "libc++1"], "1:2.3+b1~x");
        assert_eq!(
            purl(&path, version, &[("arch", "amd64"), ("distro", "debian-12")]),
            "pkg:deb/debian/libc%2B%2B1@1:2.3%2Bb1~x?arch=amd64&distro=debian-12"
        );
        assert_eq!(
            purl(&["cargo", "a"], "1.0", &[("vcs_url", "git+https://x.org/b?rev=c#d")]),
            "pkg:cargo/a@1.0?vcs_url=git%2Bhttps://x.org/b%3Frev%3Dc%23d"
        );
        assert_eq!(purl(&["pypi", "é"], "1", &[]), "pkg:pypi/%C3%A9@1");
    }

    #[test]
    fn components_are_sorted_and_hold_what_is_known() {
        let one = |reference: &str| Component {
            reference: reference.into(),
            name: "n".into(),
            ..Component::default()
        };
        let at = |place: &str| Component { places: vec![place.into()], ..one("c") };
        let original = Original { name: "liba.so".into(), sha256: "00".into() };
        let full = Component { original: Some(original), license: Some("MIT".into()), ..one("a") };
        let found: Value =
            serde_json::from_str(&text(&one("w"), vec![at("x"), one("b"), full, at("y")])).unwrap();
        let kept = json!([
            {
                "bom-ref": "a", "name": "n", "type": "library",
                "licenses": [{ "expression": "MIT" }],
                "pedigree": { "ancestors": [{
                    "type": "file", "name": "liba.so",
                    "hashes": [{ "alg": "SHA-256", "content": "00" }],
                }] },
            },
            { "bom-ref": "b", "name": "n", "type": "library" },
            {
                "bom-ref": "c", "name": "n", "type": "library",
                "evidence": { "occurrences": [{ "location": "x" }, { "location": "y" }] },
            },
        ]);
        assert_eq!(found["components"], kept);
    }
}

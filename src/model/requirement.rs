//! Dependency specifiers: what a distribution requires, and when.

use std::fmt;

use pep440_rs::VersionSpecifiers;

/// `name[extra]>=1,<2; marker`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The distribution, normalised.
    pub name: String,
    /// The wanted extras: normalised, sorted, each once.
    pub extras: Vec<String>,
    /// Which releases will do.
    pub version_or_url: VersionOrUrl,
    /// When it applies; `None` is always.
    pub marker: Option<Marker>,
}

/// What satisfies a [`Requirement`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionOrUrl {
    /// Releases with these versions; no specifier means any.
    Versions(VersionSpecifiers),
    /// What is found at a URL.
    Url(String),
}

impl Requirement {
    /// This requirement, for those who ask for an extra (normalised).
    #[must_use]
    pub fn only_with_extra(mut self, extra: &str) -> Self {
        let asked = Marker::extra(extra);
        self.marker = Some(match self.marker {
            Some(marker) => marker.and(asked),
            None => asked,
        });
        self
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.extras.is_empty() {
            write!(f, "[{}]", self.extras.join(","))?;
        }
        match &self.version_or_url {
            VersionOrUrl::Versions(specifiers) => f.write_str(&normal_specifiers(specifiers))?,
            VersionOrUrl::Url(url) => write!(f, " @ {url}")?,
        }
        match (&self.marker, &self.version_or_url) {
            // Without the space, the semicolon would belong to the URL.
            (Some(marker), VersionOrUrl::Url(_)) => write!(f, " ; {marker}"),
            (Some(marker), VersionOrUrl::Versions(_)) => write!(f, "; {marker}"),
            (None, _) => Ok(()),
        }
    }
}

/// A condition on the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// One comparison in normal form: `python_version < "3.8"`.
    Comparison(String),
    /// All of them.
    All(Vec<Marker>),
    /// One of them.
    Any(Vec<Marker>),
}

impl Marker {
    /// The condition `extra == "<name>"`.
    pub fn extra(name: &str) -> Self {
        Marker::Comparison(format!("extra == \"{name}\""))
    }

    /// This condition and another one.
    #[must_use]
    pub fn and(self, other: Marker) -> Self {
        match self {
            Marker::All(mut parts) => {
                parts.push(other);
                Marker::All(parts)
            }
            single => Marker::All(vec![single, other]),
        }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, word) = match self {
            Marker::Comparison(text) => return f.write_str(text),
            Marker::All(parts) => (parts, " and "),
            Marker::Any(parts) => (parts, " or "),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                f.write_str(word)?;
            }
            match part {
                Marker::Comparison(_) => write!(f, "{part}")?,
                _ => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

/// The normal form of specifiers: sorted by version, no spaces.
pub fn normal_specifiers(specifiers: &VersionSpecifiers) -> String {
    specifiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

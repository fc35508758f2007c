"""A hook of mkdocs: pages of the repository that lie outside of docs/ are pages of the site too, and links lead there.

The Markdown stays readable where it lies: a link names a file of the repository.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).resolve().parents[2]

# A file of the repository -> its page.
OUTSIDE = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CHANGELOG.md": "project/changelog.md",
    "example-project/README.md": "start/example-project.md",
    "example-native/README.md": "start/example-native.md",
    "example-crate/README.md": "start/example-crate.md",
    "officina-build/README.md": "reference/officina-build.md",
}
# What the README says to readers of the repository, the first page says here.
HOME = {"README.md": "index.md"}
INSIDE = {page: file for file, page in OUTSIDE.items()}

_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s:#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that lie outside. One that is not there is missed by the navigation."""
    for file, page in OUTSIDE.items():
        if (REPOSITORY / file).is_file():
            files.append(File.generated(config, page, abs_src_path=str(REPOSITORY / file)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Has the links of a page name pages. A link that leads nowhere stays, and mkdocs refuses it."""
    here = page.file.src_uri
    parts = _FENCE.split(markdown)
    parts[::2] = [_LINK.sub(lambda link: f"]({_target(here, link[1])}{link[2] or ''})", part) for part in parts[::2]]
    return "".join(parts)


def _target(here: str, link: str) -> str:
    """A link of the page `here`, as the site needs it."""
    file = INSIDE.get(here, f"docs/{here}")
    named = posixpath.normpath(posixpath.join(posixpath.dirname(file), link))
    for candidate in (named, f"{named}/README.md"):
        page = {**OUTSIDE, **HOME}.get(
            candidate, candidate.removeprefix("docs/") if candidate.startswith("docs/") else None
        )
        if page and (REPOSITORY / candidate).is_file():
            return posixpath.relpath(page, posixpath.dirname(here) or ".")
    return link

"""The site: built strictly, it loads nothing from outside; made parts are what the code says now."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import environments
import pytest
import wheelhouse
from building import run

DOCS = environments.REPOSITORY / "docs"


def script(path: Path) -> ModuleType:
    """A script of the repository, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def mkdocs() -> Path:
    """The interpreter that has what `docs/requirements.txt` names."""
    lines = (DOCS / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    wheelhouse.fill(sys.executable, *names)
    return environments.environment(wheelhouse.ENVIRONMENTS / "site", names)


@pytest.fixture(scope="module")
def site(mkdocs, once) -> Path:
    """The built site. A link that leads nowhere fails the build, and so does a page in no part of the navigation."""

    def build(folder: Path) -> None:
        done = run([mkdocs, "-m", "mkdocs", "build", "--strict", "--site-dir", folder], environments.REPOSITORY)
        assert done.code == 0, done.output

    return once("site", build)


class Loads(HTMLParser):
    """Collects what a page loads: scripts, styles, fonts, pictures, frames."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.found += filter(None, [values.get("src"), values.get("srcset"), values.get("data"), values.get("style")])
        if tag == "link" or tag == "use":
            self.found.append(values.get("href") or "")


def test_no_page_loads_from_outside(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    for page in pages:
        loads = Loads()
        text = page.read_text(encoding="utf-8")
        loads.feed(text)
        assert loads.found, page
        outside = [what for what in loads.found if re.match(r"(https?:)?//|.*url\(\s*['\"]?(https?:)?//", what)]
        assert not outside, f"{page}: {outside}"
    for style in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"(@import\s+|url\(|href=)['\"]?(https?:)?//", text), style


def test_a_link_that_leads_nowhere_fails_the_build(mkdocs, tmp_path):
    """What the other tests rely on."""
    for path in ("docs/start", "docs/tools"):
        (tmp_path / path).mkdir(parents=True)
    shutil.copy(DOCS / "tools/pages.py", tmp_path / "docs/tools")
    settings = (environments.REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8").split("nav:\n")[0]
    (tmp_path / "mkdocs.yml").write_text(settings, encoding="utf-8")
    (tmp_path / "SECURITY.md").write_text("# Outside\n", encoding="utf-8")
    page = tmp_path / "docs/start/pip.md"
    good = "# Page\n\n[link](pip.md#page) [link](../../SECURITY.md#outside)\n"
    for name in ("", "gone.md", "pip.md#gone", "../../gone/README.md", "../../SECURITY.md#gone"):
        page.write_text(good + (f"[link]({name})\n" if name else ""), encoding="utf-8")
        done = run([mkdocs, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"], tmp_path)
        assert (done.code != 0) == bool(name) and name.rpartition("#")[2] in done.output, done.output


def test_made_parts_of_the_reference_are_up_to_date(python):
    reference = script(DOCS / "tools/reference.py")
    pages = reference.pages(str(python.parent / "officina"))
    assert {path.name for path in pages} >= {"commands.md", "errors.md", "keys.md", "variables.md"}
    for path, made in pages.items():
        assert path.read_text(encoding="utf-8") == made, f"{path} is out of date: make reference"


def test_every_variable_of_a_setting_is_found():
    reference = script(DOCS / "tools/reference.py")
    named = set(re.findall(r"`(OFFICINA_[A-Z_]+)` \|", reference.SETTINGS.read_text(encoding="utf-8")))
    assert named and named == set(re.findall(r"^\| `(OFFICINA_\w+)`", reference.variables(), re.MULTILINE))


def test_charts_are_drawn_of_the_tables_beside_them():
    made = script(environments.REPOSITORY / "benches/chart.py").made()
    assert made
    for path, drawn in made.items():
        assert path.read_text(encoding="utf-8") == drawn, f"{path} is out of date: python benches/chart.py"

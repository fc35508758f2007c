"""Draws what a benchmark measured: bars as SVG, made from the tables of the pages that it wrote.

python benches/chart.py        (writes docs/pictures/benchmarks.svg and glue.svg, and a table in README.md)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURES = DOCS / "pictures"
README = DOCS.parent / "README.md"

# Bars of one thing that was measured: its title, and for each bar a name and seconds.
Group = tuple[str, Sequence[tuple[str, float]]]

# Rows of docs/benchmarks.md that are drawn; every one stands beside the same backends.
DRAWN = ["one small module", "eight modules with sources", "eight modules with sources, unchanged"]

WIDTH, NAMES, BAR, GAP, TITLE = 720, 150, 18, 5, 30
OURS, OTHERS = "#00897b", "#9e9e9e"


def bars(groups: Sequence[Group], ours: str) -> str:
    """An SVG with a block for each group, whose longest bar fills the width. The bars of `ours` are coloured."""
    parts, top = [], 0
    for title, rows in groups:
        parts.append(f'<text x="0" y="{top + 20}" font-weight="bold">{escape(title)}</text>')
        top += TITLE
        longest = max(seconds for _, seconds in rows)
        for name, seconds in rows:
            width = max(1, round((WIDTH - NAMES - 70) * seconds / longest))
            colour = OURS if name == ours else OTHERS
            middle = top + BAR - 5
            parts.append(f'<text x="{NAMES - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>')
            parts.append(f'<rect x="{NAMES}" y="{top}" width="{width}" height="{BAR}" rx="2" fill="{colour}"/>')
            parts.append(f'<text x="{NAMES + width + 6}" y="{middle}">{seconds:.2f} s</text>')
            top += BAR + GAP
        top += GAP
    style = 'font-family="system-ui, sans-serif" font-size="13" fill="#757575"'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" {style}>\n{body}\n</svg>\n'


def benchmarks(page: str) -> str:
    """The picture of docs/benchmarks.md. Officina's bar is as long as in the rows of its peers."""
    found: dict[str, list[tuple[str, float]]] = {what: [] for what in DRAWN}
    for cells in _rows(page):
        what, ours, _, other, theirs = cells[:5]
        if what in found and other != "by hand":
            if not found[what]:
                found[what].append(("Officina", _seconds(ours)))
            found[what].append((other, _seconds(theirs)))
    return bars([(what, rows) for what, rows in found.items() if rows], "Officina")


def speed(page: str) -> str:
    """The same as a table, for the README."""
    found: dict[str, list[str]] = {}
    backends = ["Officina"]
    for cells in _rows(page):
        what, ours, _, other, theirs = cells[:5]
        if what in DRAWN and other != "by hand":
            row = found.setdefault(what, [f"{_seconds(ours):.2f} s"])
            row.append(f"{_seconds(theirs):.2f} s")
            backends += [other] if other not in backends else []
    rows = [["", *backends], ["---", *["--:"] * len(backends)], *([what, *row] for what, row in found.items())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def glue(page: str) -> str:
    """The picture of the builds in docs/glue.md."""
    groups = []
    for cells in _rows(page.split("\nBuilds", 1)[1]):
        what, full, low, _, editable, _ = cells
        groups.append((what, [("full", _seconds(full)), ("low", _seconds(low)), ("editable", _seconds(editable))]))
    return bars(groups, "low")


def _rows(page: str) -> list[list[str]]:
    """The rows of a page's tables that hold a time."""
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|")
    return [cells for cells in rows if any(re.fullmatch(r"[\d.]+ m?s", cell) for cell in cells)]


def _seconds(cell: str) -> float:
    number, unit = cell.split()
    return float(number) / (1000 if unit == "ms" else 1)


def made() -> dict[Path, str]:
    """Each picture, and the README with its table, as they have to be."""
    pages = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("benchmarks", "glue")}
    table = f"<!-- made: speed -->\n\n{speed(pages['benchmarks'])}\n\n<!-- end -->"
    readme = README.read_text(encoding="utf-8")
    return {
        PICTURES / "benchmarks.svg": benchmarks(pages["benchmarks"]),
        PICTURES / "glue.svg": glue(pages["glue"]),
        README: re.sub(r"<!-- made: speed -->.*?<!-- end -->", lambda _: table, readme, flags=re.DOTALL),
    }


def write() -> None:
    """Writes them anew."""
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()

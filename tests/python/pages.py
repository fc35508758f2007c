"""Reads the pages of the documentation as programs: the files that they show, and the commands with what these say.

In a page that is run, a fenced block is one of these:

- with `title="path"`: the file of that path, written into the page's folder;
- `console`: commands, each after `$ `, run one after the other; the lines below a command are in what it says, and
  `...` stands for others;
- after a comment `<!-- not run: reason -->`: nothing of it happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n\n?)?"
    r"^(?P<fence>```+)(?P<language>[\w+-]*)(?P<options>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    title: str
    text: str
    not_run: str
    line: int


@dataclass(frozen=True)
class Command:
    """A line that a reader types, and the lines that the page says are answered."""

    line: str
    answers: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether the page says that the command ends with an error."""
        return any(answer.startswith("error:") for answer in self.answers)


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        title = _TITLE.search(found["options"])
        line = text.count("\n", 0, found.start("fence")) + 1
        yield Block(found["language"], title[1] if title else "", found["text"], found["reason"] or "", line)


def commands(text: str) -> Iterator[Command]:
    """The commands of a `console` block."""
    joined = re.sub(r"\\\n\s*(?:> )?", "", text)
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        line, *answers = part.splitlines()
        kept = (answer.strip() for answer in answers)
        yield Command(line, tuple(answer for answer in kept if answer not in ("", "...")))

"""What a build says: which steps ran, and how it ended."""

from __future__ import annotations

import re

_STEP = re.compile(r"^ *(Ran|Generated|Imported|Compiled|Archived|Linked) (.*) \(\d", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def steps_in(output: str) -> set[str]:
    """`Ran sodium`, `Compiled ada: ada_url/ada.cpp`, `Linked nacl/_sodium`: those that ran."""
    found = _STEP.findall(_COLOUR.sub("", output))
    return {f"{verb} {what.split('.')[0] if verb == 'Linked' else what}" for verb, what in found}


def end_of(text: str) -> str:
    """The last lines of what a build said: a step may say thousands before."""
    return "\n".join(text.splitlines()[-40:])

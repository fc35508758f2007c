"""Which steps of a build ran, from what Officina says."""

from __future__ import annotations

import re

_STEP = re.compile(r"^ *(Ran|Generated|Imported|Compiled|Archived|Linked) (.*) \(\d", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def steps_in(output: str) -> set[str]:
    """`Ran sodium`, `Compiled ada: ada_url/ada.cpp`, `Linked nacl/_sodium`: those that ran."""
    found = _STEP.findall(_COLOUR.sub("", output))
    return {f"{verb} {what.split('.')[0] if verb == 'Linked' else what}" for verb, what in found}

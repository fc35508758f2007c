"""Writes src/python/stable_abi.txt: what CPython's stable ABI holds, and since when.

    python -m pip install abi3info
    python tests/stable_abi.py

The facts are those of Misc/stable_abi.toml in CPython, which abi3info carries. A line is a name, the first Python
that has it, and the condition under which it is there.
"""

from pathlib import Path

import abi3info

TABLE = Path(__file__).resolve().parents[1] / "src/python/stable_abi.txt"


def lines():
    """The lines of the table, sorted by name."""
    for item in sorted([*abi3info.FUNCTIONS.values(), *abi3info.DATAS.values()], key=lambda item: item.symbol.name):
        condition = f" {item.ifdef.name}" if item.ifdef else ""
        yield f"{item.symbol.name} {item.added}{condition}"


if __name__ == "__main__":
    TABLE.write_text("\n".join(lines()) + "\n", encoding="ascii")

"""Writes the parts of the reference that the code knows: settings, commands, variables and messages.

    python docs/tools/reference.py OFFICINA        (the executable `officina`)

A page keeps what is written by hand; what is made stands between `<!-- made: name -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = REPOSITORY / "docs/reference"
SCHEMA = REPOSITORY / "build_backend/officina/schema.json"
MESSAGES = REPOSITORY / "tests/python/messages.md"
SETTINGS = REPOSITORY / "docs/settings.md"

_MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def keys() -> str:
    """Every key of every table, with what it may hold."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    tables = {"[tool.officina]": schema["properties"]}
    for name, key in schema["properties"].items():
        inner = next(_tables(key), None)
        if name == "overrides":
            tables["[[tool.officina.overrides]]"] = {key: inner[key] for key in ("if", "inherit")}
            tables["if"] = inner["if"]["properties"]
        elif inner and name not in ("cffi_modules", "cffi-modules"):
            tables[_heading(name, key)] = inner
            for below, part in inner.items():
                deeper = next(_tables(part), None)
                if deeper and below != "if" and "description" in part:
                    tables[_heading(f"{name}.{below}", part)] = deeper
    return "\n\n".join(_table(name, properties) for name, properties in tables.items())


def _heading(path: str, key: dict) -> str:
    """How a table, or each of a list, begins in pyproject.toml."""
    return f"[[tool.officina.{path}]]" if key.get("type") == "array" else f"[tool.officina.{path}]"


def _tables(key: dict) -> Iterator[dict]:
    """The properties of the tables that a key may hold."""
    if "properties" in key:
        yield key["properties"]
    for part in [key.get("items", {}), *key.get("anyOf", [])]:
        if part:
            yield from _tables(part)


def _table(name: str, properties: dict) -> str:
    rows = [
        f"| `{key}` | {_kind(value)} | {_cell(value.get('description', ''))} |" for key, value in properties.items()
    ]
    return "\n".join([f"## `{name}`", "", "| key | value | meaning |", "|---|---|---|", *rows])


def _kind(key: dict) -> str:
    """What a value may be, in words."""
    if "enum" in key:
        return " or ".join(f"`{json.dumps(value)}`" for value in key["enum"])
    if "anyOf" in key:
        return " or ".join(dict.fromkeys(_kind(part) for part in key["anyOf"]))
    kind = key.get("type")
    if kind == "array":
        inner = _kind(key.get("items", {}))
        return f"list of ({inner})" if " or " in inner else f"list of {inner}"
    if "const" in key:
        return f"`{json.dumps(key['const'])}`"
    return {"string": "text", "boolean": "`true` or `false`", "integer": "number", "object": "table"}.get(kind, "text")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands(officina: str) -> str:
    """What `--help` says, of each command."""
    listed = _help(officina, "--help")
    names = re.findall(r"^  (\S+) ", listed.split("Commands:\n")[1].split("\n\n")[0], re.MULTILINE)
    parts = [f"```text\n{listed}\n```"]
    for name in names:
        if name != "help":
            parts.append(f"## `officina {name}`\n\n```text\n{_help(officina, name, '--help')}\n```")
    return "\n\n".join(parts)


def _help(officina: str, *words: str) -> str:
    done = subprocess.run([officina, *words], capture_output=True, text=True, check=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def variables() -> str:
    """The variable of each setting that can be set at build time, from the table of settings."""
    known = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    rows = []
    for line in SETTINGS.read_text(encoding="utf-8").splitlines():
        found = re.match(r"\| `([\w.-]+)` \| `([\w-]+)`, `(OFFICINA_\w+)` \|", line)
        if found:
            is_key = found[1].split(".")[0] in known  # some are said of one build alone
            rows.append(f"| `{found[3]}` | `-C {found[2]}=` | {f'`{found[1]}`' if is_key else '–'} |")
    return "\n".join(["| variable | config setting | key |", "|---|---|---|", *sorted(rows)])


def messages() -> str:
    """Each mistake with what Officina says about it, as the tests have it."""
    text = MESSAGES.read_text(encoding="utf-8")
    return text[text.index("## ") :].strip()


_TEXT = r'\(\s*(?:&?format!\(\s*)?"((?:[^"\\\\]|\\\\.)*)"'
_ERROR = re.compile(rf"Error::new{_TEXT}(.*?);\n", re.DOTALL)
_NEXT = re.compile(rf"\.(?:hint|note){_TEXT}", re.DOTALL)


# A room of the code -> what its errors are about, for somebody who does not know the code.
_ROOMS = {
    "archive": "Wheels and sdists",
    "binary": "Linked modules",
    "build": "The build as a whole",
    "cli": "Commands",
    "compare": "Comparing products",
    "config": "pyproject.toml and settings",
    "doctor": "The doctor",
    "editable": "Editable installs",
    "engine": "The build folder",
    "error": "Ends",
    "files": "Which files a product holds",
    "fs": "Files and folders",
    "migrate": "Moving a project",
    "process": "Programs",
    "python": "The interpreter",
    "steps": "Builders, headers, compilers, linkers, cargo",
    "templates": "New projects",
    "toolchain": "Finding a compiler",
}


def errors() -> str:
    """Every message of an error that the code has as a text, by what it is about."""
    rooms: dict[str, dict[str, str]] = {}
    for path in sorted((REPOSITORY / "src").rglob("*.rs")):
        if "tests" in path.with_suffix("").parts:
            continue
        code = path.read_text(encoding="utf-8").split("#[cfg(test)]")[0]
        room = path.relative_to(REPOSITORY / "src").with_suffix("").parts[0]
        rows = rooms.setdefault(_ROOMS.get(room, room.capitalize()), {})
        for message, rest in _ERROR.findall(code):
            if _said(message):
                rows[_said(message)] = "<br>".join(filter(None, map(_said, _NEXT.findall(rest))))
    return "\n\n".join(_errors(room, rows) for room, rows in rooms.items() if rows)


def _errors(room: str, rows: dict[str, str]) -> str:
    table = [f"| {message} | {further} |" for message, further in sorted(rows.items())]
    return "\n".join([f"## {room}", "", "| message | what is said below it |", "|---|---|", *table])


def _said(text: str) -> str:
    """A text of the code as somebody reads it; `…` stands for what differs."""
    text = re.sub(r"\\\n\s*", "", text).replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")
    text = re.sub(r"\{\{|\{[\w.:?#$]*\}|\}\}", lambda part: part[0][0] if part[0] in ("{{", "}}") else "…", text)
    return "" if text.strip(" …") == "" else _cell(text)


def pages(officina: str) -> dict[Path, str]:
    """Each page that has made parts, as it has to be."""
    makers: dict[str, Callable[[], str]] = {
        "keys": keys,
        "commands": lambda: commands(officina),
        "variables": variables,
        "messages": messages,
        "errors": errors,
    }
    found = {}
    for path in sorted(PAGES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        found[path] = _MADE.sub(lambda part: f"{part[1]}\n{makers[part[2]]()}\n\n{part[3]}", text)
    return found


if __name__ == "__main__":
    for page, content in pages(sys.argv[1]).items():
        page.write_text(content, encoding="utf-8")

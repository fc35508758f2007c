"""mypy and pyright, both strict: what they say about a file."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from building import run

_BIN = Path(sys.executable).parent
# Names of modules before the names of classes: mypy says them, pyright does not.
_MODULES = re.compile(r"\b(?:\w+\.)+(?=\w)")


class Answers:
    """What a checker says, by file name and line: revealed types, and errors."""

    def __init__(self) -> None:
        self.revealed: dict[str, dict[int, str]] = defaultdict(dict)
        self.errors: dict[str, dict[int, str]] = defaultdict(dict)

    def all_errors(self) -> list[str]:
        return [f"{file}:{line}: {text}" for file, lines in self.errors.items() for line, text in lines.items()]


def mypy(paths: Sequence[Path], python: Path, *search: Path) -> Answers:
    """Runs mypy for an interpreter, with folders to search first; it also searches where it runs."""
    folder = search[0] if search else paths[0].parent
    options = ["--strict", "--no-error-summary", "--hide-error-context", "--cache-dir", folder / ".mypy_cache"]
    command = [_BIN / "mypy", *options, "--python-executable", python, *paths]
    done = run(command, folder, {"MYPYPATH": os.pathsep.join(map(str, search))})
    assert done.code in (0, 1), done.output
    answers = Answers()
    for file, line, kind, text in re.findall(r"^(.+?):(\d+): (error|note): (.*)$", done.stdout, re.MULTILINE):
        revealed = re.fullmatch(r'Revealed type is "(.*)"', text)
        if revealed:
            answers.revealed[Path(file).name][int(line)] = _plain(revealed[1])
        elif kind == "error":
            answers.errors[Path(file).name][int(line)] = text
    return answers


def pyright(paths: Sequence[Path], python: Path, *search: Path) -> Answers:
    """The same with pyright, which comes with its own node and asks no network."""
    # What it checks is named relative to the folder of its settings.
    folder = Path(os.path.commonpath([path.parent for path in paths]))
    include = [path.relative_to(folder).as_posix() for path in paths]
    config = {"typeCheckingMode": "strict", "include": include, "extraPaths": list(map(str, search))}
    file = folder / f"pyright-{os.getpid()}.json"
    file.write_text(json.dumps(config))
    command = [_BIN / "pyright", "--project", file, "--pythonpath", python, "--outputjson"]
    done = run(command, folder, {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})
    file.unlink()
    assert done.code in (0, 1), done.output
    answers = Answers()
    for found in json.loads(done.stdout)["generalDiagnostics"]:
        name, line = Path(found["file"]).name, found["range"]["start"]["line"] + 1
        revealed = re.fullmatch(r'Type of ".*" is "(.*)"', found["message"], re.DOTALL)
        if revealed:
            answers.revealed[name][line] = _plain(revealed[1])
        elif found["severity"] == "error":
            answers.errors[name][line] = found["message"]
    return answers


CHECKERS = {"mypy": mypy, "pyright": pyright}


def _plain(shown: str) -> str:
    return _MODULES.sub("", shown)

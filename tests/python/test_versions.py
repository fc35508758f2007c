"""Versions from git: 300 made-up histories beside setuptools_scm, then real products."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import histories
import pytest
from asking import Ask, asking, toml_string

TIME = {"SOURCE_DATE_EPOCH": "1795000000"}
COUNT = int(os.environ.get("OFFICINA_TEST_HISTORIES", "300"))
PARTS = 6


@pytest.fixture(scope="module")
def ask():
    with asking() as running:
        yield running


class Oracle:
    """setuptools_scm in a process of its own."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("scm_oracle.py")
        environment = {**os.environ, **TIME}
        self._process = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            encoding="utf-8",
        )

    def __call__(self, **question: object) -> dict:
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture(scope="module")
def oracle():
    running = Oracle()
    yield running
    running.end()


def _ours(ask: Ask, root: Path, settings: dict, environment: dict | None = None) -> dict:
    keys = ", ".join(f"{key} = {toml_string(value)}" for key, value in {"vcs": "git", **settings}.items())
    project = '[project]\nname = "demo"\ndynamic = ["version"]\n'
    pyproject = f"{project}[tool.officina.dynamic]\nversion = {{ {keys} }}\n"
    return ask("version", root=str(root), pyproject=pyproject, environment={**TIME, **(environment or {})})


@pytest.mark.parametrize("part", range(PARTS))
def test_versions_are_those_of_setuptools_scm(ask, oracle, tmp_path, part):
    wrong = []
    for number in range(part, COUNT, PARTS):
        history = histories.history(number, tmp_path / str(number))
        ours = _ours(ask, history.root, history.ours)
        theirs = oracle(**history.theirs)
        if not _agree(history, ours, theirs, oracle):
            wrong.append(f"history {number} ({history.kind}) {history.ours}\nours: {ours}\ntheirs: {theirs}")
    assert not wrong, "\n\n".join(wrong)


def _agree(history: histories.History, ours: dict, theirs: dict, oracle: Oracle) -> bool:
    if history.kind == "shallow":
        whole = oracle(**{**history.theirs, "root": str(history.root.parent / "repository")})
        if "fetch-depth: 0" in ours.get("error", ""):
            return True
        clean = ours.get("version", "").split("+")[0]  # the clone may have been changed
        return clean == whole.get("version", "").split("+")[0] or ours.get("version") == theirs.get("version")
    if history.kind == "archive" and theirs.get("version") == "0.0":
        return "nothing says which version this is" in ours.get("error", "") or ours.get("version") == "4.5"
    return ours.get("version") == theirs.get("version")

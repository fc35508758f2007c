"""Git repositories with histories that are made up, the same ones in every run."""

from __future__ import annotations

import os
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

DAY = 24 * 3600
BEGUN = 1_793_880_000  # 2026-11-05

VERSIONS = (
    "v1.2.3 1.0 0.1 v0.0.1 2.0rc1 1.0.0-beta.2 1.0a1 v2.0.post1 3.0.post2 1.0.dev0 2.1.dev0 1.1.dev3 1!2.0"
    " foo-1.5 foo-bar-v0.3 2.0+local.1 1.0+7 26.11.5 26.11.6.2 2026.11.5 2026.11.4.1 26.13.5 1.2.3.4 v1 V2.1 7"
    " 1.2-3 1.10.0 1.2.3.dev1+gabc v1.2.3rc1.post2 2.0.0.0 01.02.03"
)
OTHERS = "release stable nightly-2026 a1b v1.x docs-1.0-final latest.1 beta v-3"
BRANCHES = "main release/1.2 release/v1.0 release-26.11.5 release-v2026.11.6 feature/x 1.0 v2.0 fix-feature-7"
SCHEMES = (
    "guess-next-dev guess-next-dev no-guess-dev post-release release-branch-semver python-simplified-semver"
    " calver-by-date only-version semver-pep440 semver-pep440-release-branch"
)
LOCALS = {
    "node-and-date": "node-and-date",
    "node-and-timestamp": "node-and-timestamp",
    "dirty-tag": "dirty-tag",
    "none": "no-local-version",
}
CHANGES = ["clean", "clean", "edited", "staged", "deleted", "untracked"]
KINDS = ["plain"] * 8 + ["worktree", "submodule", "folder", "folder", "shallow", "shallow", "archive"]
V_ALONE = r"^v([0-9.]+)"
PATTERNS = [None] * 5 + [r"^(?:foo-)?v?(?P<version>\d.*)$", V_ALONE, r"(?P<version>\d+\.\d+)(rc\d+)?"]


def git(folder: Path, *words: str, given: str | None = None) -> str:
    done = subprocess.run(["git", *words], cwd=folder, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {words}: {done.stderr}"
    return done.stdout.strip()


@dataclass
class History:
    """A repository, and what both sides are asked about it."""

    kind: str
    root: Path
    """The folder of the project."""
    ours: dict = field(default_factory=dict)
    """The keys of `version = { vcs = "git", ... }`."""
    theirs: dict = field(default_factory=dict)
    """The arguments of setuptools_scm's `get_version`."""


def history(number: int, folder: Path) -> History:
    """Makes the history of this number in a new folder."""
    chance = random.Random(number)
    os.makedirs(folder)
    kind = chance.choice(KINDS)
    prefixes = ["foo-v", "bar-v"] if kind == "folder" else [""]
    repository = folder / "repository"
    project = repository / ("packages/foo" if kind == "folder" else "")
    _repository(repository, chance, prefixes, "packages/foo/file.txt" if kind == "folder" else "file.txt")
    project.mkdir(parents=True, exist_ok=True)
    made = History(kind, project)
    _settings(made, chance, prefixes)
    if kind == "worktree":
        made.root = folder / "worktree"
        git(repository, "worktree", "add", "-q", "--detach", str(made.root))
    elif kind == "submodule":
        above = folder / "above"
        git(folder, "init", "-q", "--template=", str(above))
        git(above, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "inside")
        made.root = above / "inside"
    elif kind == "shallow":
        made.root = folder / "shallow"
        depth = str(chance.randint(1, 4))
        git(folder, "clone", "-q", "--template=", "--depth", depth, f"file://{repository}", str(made.root))
        if chance.random() < 0.7 and git(repository, "tag"):
            git(made.root, "fetch", "-q", "--depth", depth, "--tags")
    elif kind == "archive":
        made.root = folder / "archive"
        made.root.mkdir()
        git(repository, "archive", "--output", str(folder / "made.tar"), "HEAD")
        subprocess.run(["tar", "-xf", str(folder / "made.tar"), "-C", str(made.root)], check=True)
    if kind != "archive":
        _change(made.root, chance.choice(CHANGES))
    made.theirs["root"] = str(made.root)
    return made


def _settings(made: History, chance: random.Random, prefixes: list[str]) -> None:
    scheme, local = chance.choice(SCHEMES.split()), chance.choice([*LOCALS, "node-and-date"])
    made.ours |= {"scheme": scheme, "local": local}
    made.theirs |= {"version_scheme": scheme, "local_scheme": LOCALS[local]}
    pattern = chance.choice(PATTERNS)
    prefix = prefixes[0] or ("v" if pattern == V_ALONE else "")
    if prefixes[0]:
        pattern = rf"^{prefix}(?P<version>.+)$"
        made.theirs["search_parent_directories"] = True
    if prefix:  # what a pattern begins with narrows the search here, and there somebody has to say so
        describe = f"git describe --dirty --tags --long --abbrev=40 --match {prefix}*[0-9]*"
        made.theirs["scm"] = {"git": {"describe_command": describe}}
    if pattern:
        made.ours["tag-pattern"] = made.theirs["tag_regex"] = pattern
    if chance.random() < 0.1:
        made.ours["fallback"] = made.theirs["fallback_version"] = "4.5"


def _repository(folder: Path, chance: random.Random, prefixes: list[str], file: str) -> None:
    branch = chance.choice(BRANCHES.split())
    git(folder.parent, "init", "-q", "--template=", "-b", branch, str(folder))
    commits = 0 if chance.random() < 0.03 and not prefixes[0] else chance.randint(1, 9)
    if not commits:
        return
    lines, tips = [], [1]
    for mark in range(1, commits + 1):
        time = BEGUN + mark * chance.choice([60, 3600, DAY // 2]) + (mark * DAY if chance.random() < 0.3 else 0)
        lines += [f"commit refs/heads/{branch}", f"mark :{mark}", f"committer T <t@example.org> {time} +0100"]
        lines += ["data 1", "m"]
        if mark > 1:
            parent = chance.choice(tips[-2:])
            lines.append(f"from :{parent}")
            others = [tip for tip in tips if tip != parent]
            if others and chance.random() < 0.25:
                lines.append(f"merge :{chance.choice(others)}")
        lines += [f"M 100644 inline {file}", f"data {len(str(mark))}", str(mark)]
        if mark == 1:
            toml = "M 100644 inline " + file.replace("file.txt", "pyproject.toml")
            lines += [toml, "data 0", "", "M 100644 inline .gitattributes"]
            attributes = ".git_archival.txt export-subst"
            lines += [f"data {len(attributes)}", attributes, "M 100644 inline .git_archival.txt"]
            archival = "node: $Format:%H$\nnode-date: $Format:%cI$\n"
            archival += "describe-name: $Format:%(describe:tags=true,match=*[0-9]*)$\nref-names: $Format:%D$\n"
            lines += [f"data {len(archival)}", archival]
        tips.append(mark)
    lines += _tags(chance, commits, prefixes)
    git(folder, "fast-import", "--quiet", "--force", given="\n".join(lines) + "\n")
    place = chance.choice([None, None, "HEAD", "HEAD^"])
    if place is None or commits == 1:
        git(folder, "reset", "-q", "--hard")
    else:
        git(folder, "checkout", "-q", "--force", "--detach", place)


def _tags(chance: random.Random, commits: int, prefixes: list[str]) -> list[str]:
    lines = []
    names = chance.sample(VERSIONS.split(), chance.choice([0, 1, 1, 2, 3]))
    names += chance.sample(OTHERS.split(), chance.choice([0, 0, 0, 1]))
    place = chance.randint(1, commits)
    for count, name in enumerate(names):
        name = chance.choice(prefixes) + name
        if chance.random() < 0.6:
            place = chance.randint(1, commits)
        if chance.random() < 0.5:
            lines += [f"tag {name}", f"from :{place}", f"tagger T <t@example.org> {BEGUN + count * DAY} +0000"]
            lines += ["data 1", "t"]
        else:
            lines += [f"reset refs/tags/{name}", f"from :{place}", ""]
    return lines


def _change(root: Path, change: str) -> None:
    file = root / "file.txt"
    if change == "untracked" or not file.exists():
        (root / "other.txt").write_text("other")
    elif change == "deleted":
        file.unlink()
    elif change != "clean":
        file.write_text("another text")
        if change == "staged":
            git(root, "add", "file.txt")

"""Builds that are killed at random moments, and builds of one tree at once: the next wheel is always that of
a clean build. `make soak` does a hundred kills and more, other runs a few; a failure names the seed that repeats it."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from building import build, hook_command
from test_incremental import edit, project, steps

FIRST = int(os.environ.get("OFFICINA_SOAK_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("OFFICINA_SOAK", "1")))
KILLS = 10 if "OFFICINA_SOAK" in os.environ else 3  # for each seed
ROUNDS = 3 if "OFFICINA_SOAK" in os.environ else 2  # of builds at once; in the last of them one is killed
AT_ONCE = 3


class Site:
    """A tree that is edited and built again and again, and the chance that decides how."""

    def __init__(self, python: Path, folder: Path, seed: int) -> None:
        self.python, self.folder, self.chance = python, folder, random.Random(seed)
        self.tree = project(folder / "tree")
        self.number = 0
        self.story: list[str] = []  # what was done, for the message of a failure

    def edit(self) -> None:
        """Changes something that a build reads."""
        self.number += 1
        edits = {
            "data": lambda: (self.tree / "data/one.txt").write_text(f"{self.number}\n"),
            "header": lambda: (self.tree / "include/inner.h").write_text(f"#define INNER {self.number}\n"),
            "source": lambda: (self.tree / "c/helper.c").write_text(
                f"int helper(void) {{ return LEVEL + {self.number}; }}\n"
            ),
            "back": lambda: (self.tree / "c/helper.c").write_text("int helper(void) { return LEVEL; }\n"),
            "other header": lambda: (self.tree / "c/two.h").write_text(f"#define TWO {self.number}\n"),
            "a file more": lambda: (self.tree / "parts" / f"n{self.number}").touch(),
            "builder": lambda: edit(self.tree / "two.py", "ffi = ", f"# {self.number}\nffi = "),
            "Python": lambda: (self.tree / "demo/__init__.py").write_text(f"N = {self.number}\n"),
            "nothing": lambda: None,
        }
        what = self.chance.choice([*edits])
        edits[what]()
        self.story.append(f"edit: {what}")

    def start(self, out: Path, env: dict[str, str] | None = None) -> subprocess.Popen:
        """Starts a build whose processes, and theirs, can be told from all others."""
        command = hook_command(self.python, self.folder / f"{out.name}.json", "build_wheel", wheel_directory=str(out))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        env = {**os.environ, **(env or {})}
        return subprocess.Popen(command, cwd=self.tree, env=env, start_new_session=True, **quiet)

    def kill(self, running: subprocess.Popen, longest: float) -> None:
        """Kills the build after a while: all its processes, or one of the two that the others came from."""
        wait, whom = self.chance.uniform(0, longest), self.chance.choice(["all", "all", "executable", "hook"])
        time.sleep(wait)
        self.story.append(f"kill: {whom} after {wait:.3f} s")
        if whom == "all":
            end(running)
        else:
            pids = (
                [running.pid] if whom == "hook" else [pid for pid, name in members(running.pid) if name == "officina"]
            )
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        running.wait()

    def clean(self, env: dict[str, str] | None = None) -> bytes:
        """The wheel of a clean build of the same tree elsewhere."""
        clean = self.folder / "clean"
        shutil.rmtree(clean, ignore_errors=True)
        shutil.copytree(self.tree, clean, ignore=shutil.ignore_patterns("build"))
        wheel, _ = build(self.python, clean, self.folder / "clean-out", env)
        return wheel.read_bytes()

    def check(self) -> None:
        """The next build makes the right wheel, and the one after it does nothing."""
        wheel, output = build(self.python, self.tree, self.folder / "out")
        assert wheel.read_bytes() == self.clean(), (self.story, output)
        again, output = build(self.python, self.tree, self.folder / "out")
        assert steps(output) == set() and again.read_bytes() == wheel.read_bytes(), (self.story, output)


def members(leader: int) -> Iterator[tuple[int, str]]:
    """All processes that came of one, with their names, those whose parents are gone too."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            before, _, after = stat.read_text().rpartition(")")
            if int(after.split()[3]) == leader and after.split()[0] != "Z":
                yield int(stat.parent.name), before.partition("(")[2]


def end(running: subprocess.Popen) -> None:
    """Kills all that came of a build until nobody is left: one who is about to die may start another."""
    while pids := [pid for pid, _ in members(running.pid)]:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        running.poll()


@pytest.fixture
def site(python, tmp_path, seed) -> Iterator[Site]:
    yield Site(python, tmp_path, seed)


def how_long(site: Site) -> float:
    begun = time.monotonic()
    site.check()
    return (time.monotonic() - begun) / 2


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("seed", SEEDS)
def test_kills_at_any_moment_spoil_nothing(site):
    longest = how_long(site)
    left = KILLS
    while left:
        for _ in range(min(left, site.chance.randint(1, 3))):
            site.edit()
            site.kill(site.start(site.folder / "killed"), longest)
            left -= 1
        site.check()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize("seed", SEEDS)
def test_builds_of_one_tree_at_once_are_all_right(site):
    longest = how_long(site)
    for round_ in range(ROUNDS):
        site.edit()
        outs = [site.folder / f"out {number}" for number in range(AT_ONCE)]
        running = []
        for out in outs:
            shutil.rmtree(out, ignore_errors=True)
            running.append(site.start(out))
            time.sleep(site.chance.uniform(0, 0.1))
        if round_ == ROUNDS - 1:  # one of them is killed while the others wait for it, or it for them
            victim = site.chance.randrange(AT_ONCE)
            site.kill(running[victim], longest)
            del outs[victim], running[victim]
        assert [process.wait(timeout=300) for process in running] == [0] * len(running), site.story
        right = site.clean()
        for out in outs:
            [wheel] = out.glob("*.whl")
            assert wheel.read_bytes() == right, (out, site.story)
        site.check()


# Reads a source at once and writes the object when told to, as a slow compiler does; the last source of the next
# build waits until then.
SLOW = """\
#!/bin/sh
case "$*" in
*" -c "*helper.c*)
  if mkdir {folder}/first 2>/dev/null; then
    out=$(echo "$*" | sed 's/.* -o \\([^ ]*\\).*/\\1/')
    gcc $(echo "$*" | sed "s# -o [^ ]*# -o {folder}/kept.o#") && touch {folder}/read
    while [ ! -e {folder}/write ]; do sleep 0.05; done
    cp {folder}/kept.o "$out"
    touch {folder}/written
    exit
  fi;;
*" -c "*last.c*)
  if [ -e {folder}/edited ]; then
    touch {folder}/write
    timeout 60 sh -c 'while [ ! -e {folder}/written ]; do sleep 0.05; done'
  fi;;
esac
exec gcc "$@"
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
def test_a_compiler_that_outlives_a_killed_build_writes_into_no_other(python, tmp_path):
    site = Site(python, tmp_path, 0)
    edit(site.tree / "one.py", '["c/helper.c"]', '["c/helper.c", "c/last.c"]')
    (site.tree / "c/last.c").write_text("int last;\n")
    compiler = tmp_path / "slow-cc"
    compiler.write_text(SLOW.format(folder=tmp_path))
    compiler.chmod(0o755)
    env = {"CC": str(compiler)}
    running = site.start(tmp_path / "killed", env)
    while not (tmp_path / "read").exists():
        assert running.poll() is None
        time.sleep(0.01)
    [executable] = [pid for pid, name in members(running.pid) if name == "officina"]
    os.kill(executable, signal.SIGKILL)
    running.wait()
    (site.tree / "c/helper.c").write_text("int helper(void) { return LEVEL + 1000; }\n")
    (tmp_path / "edited").touch()
    wheel, _ = build(python, site.tree, tmp_path / "out", env, {"jobs": "1"})
    assert (tmp_path / "written").exists()
    assert wheel.read_bytes() == site.clean(env)
    again, output = build(python, site.tree, tmp_path / "out", env)
    assert steps(output) == set() and again.read_bytes() == wheel.read_bytes()

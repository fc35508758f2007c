"""Big inputs: the executable's own memory is bounded, whatever a project holds."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest
from building import hook_command
from environments import REPOSITORY
from watching import watch

sys.path.insert(0, str(REPOSITORY / "benches"))

import big_trees

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is looked at in /proc")

ALLOWED = 100 << 10  # KiB
MIB = 1 << 20


def peak(python: Path, tree: Path, scratch: Path, hook: str) -> tuple[int, str]:
    """The most memory that the executable had, in KiB, and what was said."""
    out = scratch / hook
    out.mkdir(exist_ok=True)
    folder = "sdist_directory" if hook == "build_sdist" else "wheel_directory"
    taken = watch(hook_command(python, scratch / "answer", hook, **{folder: str(out)}), tree)
    assert taken.code == 0, taken.output
    assert taken.peak > 0, "the executable was never seen"
    return taken.peak, taken.output


@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
def test_many_files_and_a_large_one(hook, python, tmp_path):
    tree = big_trees.files(tmp_path / "tree", 5_000)
    with (tree / "big" / "data.bin").open("wb") as file:
        file.truncate(300 * MIB)
    memory, _ = peak(python, tree, tmp_path, hook)
    assert memory < ALLOWED
    if hook == "build_wheel":
        [wheel] = (tmp_path / hook).iterdir()
        with zipfile.ZipFile(wheel) as archive:
            assert archive.getinfo("big/data.bin").file_size == 300 * MIB
            assert len(archive.namelist()) > 5_000


def test_many_sources_that_include_the_same_headers(python, tmp_path):
    # What matters is how many pairs there are: each source with each header that it includes.
    tree = big_trees.sources(tmp_path / "tree", modules=5, each=20, headers=1_500)
    cold, _ = peak(python, tree, tmp_path, "build_wheel")
    assert cold < ALLOWED
    unchanged, said = peak(python, tree, tmp_path, "build_wheel")
    assert "Unchanged" in said and "Compiled" not in said
    assert unchanged < ALLOWED

"""After any edits the wheel that is built in place is, byte for byte, that of a clean build; what breaks the one breaks
the other, with the same message. `make soak` does a thousand rounds; a failure names the seed and all edits."""

from __future__ import annotations

import os
import shutil

import pytest
from differential import AN_ERROR, Builder, Built, Story, difference
from odd_project import odd_project

FIRST = int(os.environ.get("OFFICINA_SOAK_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("OFFICINA_SOAK", "1")))
ROUNDS = 84 if "OFFICINA_SOAK" in os.environ else 60  # for each seed; twelve seeds are a thousand rounds


@pytest.mark.parametrize("seed", SEEDS)
def test_a_build_in_place_is_a_clean_build(python, tmp_path, seed):
    story = Story(odd_project(tmp_path / "archives"), tmp_path / "tree", seed)
    builder, clean = Builder(python, tmp_path / "builder"), tmp_path / "elsewhere/clean tree"
    known: dict[str, Built] = {}
    works = 0
    for _ in range(ROUNDS):
        ours = builder.build(story.tree, story.environment)
        if story.key() not in known:
            shutil.rmtree(clean, ignore_errors=True)
            story.write_to(clean)
            known[story.key()] = builder.build(clean, story.environment)
        right = known[story.key()]
        assert ours == right, difference(story, ours, right)
        works += ours.name != AN_ERROR
        story.edit(is_broken=ours.name == AN_ERROR)
    assert works > ROUNDS / 2, f"seed {seed}: too few of the builds succeed: {works} of {ROUNDS}"


def test_a_difference_is_told_with_all_that_repeats_it(tmp_path):
    story = Story(odd_project(tmp_path / "archives"), tmp_path / "tree", 7)
    for _ in range(5):
        story.edit(is_broken=False)
    told = difference(story, Built("a.whl", "1", "said a"), Built("b.whl", "2", "said b"))
    assert told.startswith("seed 7") and "in place: a.whl 1" in told and "said b" in told
    again = Story(odd_project(tmp_path / "again"), tmp_path / "other", 7)
    for _ in range(5):
        again.edit(is_broken=False)
    assert again.told == story.told and all(line in told for line in story.told)

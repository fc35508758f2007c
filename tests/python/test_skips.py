"""CI fails on a test that is skipped, unless tests/allowed_skips.txt says why it may be."""

from __future__ import annotations

import os
import sys

import pytest
from building import run
from skips import LIST, read

TESTS = """\
import pytest

@pytest.mark.skip(reason="no such program")
def test_one():
    pass

@pytest.mark.skipif(True, reason="no disk")
@pytest.mark.parametrize("size", [1, 2])
def test_two(size):
    pass

def test_three():
    assert True
"""
CONFTEST = """\
import os
from skips import Skips, read

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips(is_ci=True, allowed=read(os.environ["ALLOWED"])))
"""


@pytest.mark.parametrize(
    ("allowed", "refused", "workers"),
    [
        ("# none\n", ["test_it.py::test_one: no such program", "test_it.py::test_two[1]: no disk"], "0"),
        ("test_it.py::test_two: a small disk\n", ["test_it.py::test_one: no such program"], "2"),
        ("test_it.py::test_two: a small disk\n\ntest_it.py::test_one: it costs\n", [], "0"),
    ],
    ids=["none", "one", "all"],
)
def test_a_skip_that_is_not_allowed_fails_the_run(allowed, refused, workers, tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    options = [f"--rootdir={tmp_path}", "-p", "no:cacheprovider", "-p", "xdist.plugin", "-n", workers]
    env = {"ALLOWED": allowed, "PYTHONPATH": os.path.dirname(__file__), "PYTEST_ADDOPTS": ""}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # those that are not used take most of the time
    done = run([sys.executable, "-m", "pytest", *options, tmp_path], tmp_path, env)
    assert done.code == (1 if refused else 0), done.output
    assert "1 passed, 3 skipped" in done.output
    for line in refused:
        assert f"\n{line}\n" in done.output, done.output
    assert ("skipped in CI" in done.output) == bool(refused)
    assert ("test_two[1]: no disk" in done.output) == any("test_two" in line for line in refused)


def test_every_line_of_the_list_has_a_reason_and_names_a_file_of_tests():
    for test, reason in read(LIST.read_text(encoding="utf-8")).items():
        assert len(reason) > 10, test
        assert (LIST.parent.parent / test.partition("::")[0]).is_file(), test

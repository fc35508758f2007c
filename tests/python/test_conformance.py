"""What `make conformance` does around cffi's own tests, which it runs inside this repository."""

from __future__ import annotations

import runpy
import sys

from environments import REPOSITORY, run

RUN = REPOSITORY / "tests" / "conformance" / "run.py"
# An option that the pytest of a foreign test does not know stops it before the first test.
OURS = """\
[tool.pytest.ini_options]
addopts = ["--no-such-option"]
"""


def test_foreign_tests_do_not_get_our_settings_of_pytest(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])  # the program adds to it
    work = tmp_path / "scratch"
    source = work / "foreign-1.0"
    (source / "testing").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(OURS)
    (source / "pyproject.toml").write_text('[project]\nname = "foreign"\n')
    (source / "testing" / "test_foreign.py").write_text("def test_one():\n    pass\n")
    runpy.run_path(str(RUN))["apart"](work)
    done = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "testing/test_foreign.py"], cwd=source)
    assert "1 passed" in done.stdout

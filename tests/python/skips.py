"""Tests that are skipped: on a person's machine for want of a program, in CI only if a list says so.

CI installs all that the tests use, so a skip there means that something is no longer tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

LIST = Path(__file__).resolve().parent.parent / "allowed_skips.txt"


def read(text: str) -> dict[str, str]:
    """Which tests may be skipped in CI, and why: `test id or the beginning of one: reason`."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {test.strip(): reason.strip() for test, _, reason in pairs}


class Skips:
    """Hears of each skip, and fails the run for those that are not allowed."""

    def __init__(self, is_ci: bool, allowed: dict[str, str] | None = None) -> None:
        self.is_ci = is_ci
        self.allowed = read(LIST.read_text(encoding="utf-8")) if allowed is None else allowed
        self.refused: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.hear(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.hear(report)

    def hear(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if self.is_ci and not any(report.nodeid.startswith(test) for test in self.allowed):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.refused.append(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        if self.refused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.refused:
            terminalreporter.section(f"skipped in CI, and not in tests/{LIST.name}", red=True)
            for line in sorted(set(self.refused)):
                terminalreporter.write_line(line)

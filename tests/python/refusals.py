"""What every refused build has in common: a message, and nothing left anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from building import hook_command, run
from projects import snapshot


def refused(
    python: Path,
    project: Path,
    scratch: Path,
    *phrases: str,
    env: Mapping[str, str] | None = None,
    config: Mapping[str, str] | None = None,
    traceback: str = "",
) -> str:
    """Builds a wheel, which must fail with a message that holds every phrase; returns the message.

    The temporary folder and the output folder are empty afterwards, and the source tree is as it
    was. The only traceback allowed is the user's own, which ends with the line `traceback`.
    """
    temporary, out, answer = scratch / "tmp", scratch / "out", scratch / "answer"
    for folder in (temporary, out):
        folder.mkdir(parents=True, exist_ok=True)
    before = snapshot(project)
    variables = {"TMPDIR": str(temporary), **(env or {})}
    arguments = {"wheel_directory": str(out), "config_settings": config}
    command = hook_command(python, answer, "build_wheel", **arguments)
    done = run(command, project, variables)
    said = done.output
    assert done.code != 0, f"the build works:\n{said}"
    assert_message(said, phrases, traceback)
    assert not answer.exists()
    assert contents(out) == []
    assert contents(temporary) == []
    assert snapshot(project) == before
    return said


def assert_message(said: str, phrases: tuple[str, ...], traceback: str = "") -> None:
    """One `error:` with the phrases, and no words of our own inside."""
    missing = [phrase for phrase in phrases if phrase not in said]
    assert not missing, f"not in the message: {missing}\n{said}"
    assert "error: " in said, said
    if traceback:
        assert traceback in said, said
    else:
        assert "Traceback" not in said, said
    for ours in ("_core.py", "_run_builder.py", "_fork_server.py", "panicked", "RUST_BACKTRACE"):
        assert ours not in said, said
    assert not said.rstrip().endswith("error:"), said


def contents(folder: Path) -> list[str]:
    """Everything below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))

"""Mounts that only one command sees: a disk that is full, a folder that nobody can write to."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


def mounting(script: str, command: Sequence[str | Path]) -> list[str]:
    """A command that runs `script`, a few lines of shell that mount, and then `command`.

    The mounts end with it. Whoever is not root becomes root of a namespace of their own.
    """
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    shell = f'set -e\n{script}\nexec "$@"'
    return ["unshare", "--mount", *user, "sh", "-c", shell, "sh", *map(str, command)]


@functools.cache
def mounts_work() -> bool:
    """Whether this user may do so; containers often forbid it."""
    if not shutil.which("unshare"):
        return False
    command = mounting("mount -t tmpfs -o size=64k none /mnt", ["true"])
    return subprocess.run(command, capture_output=True, check=False).returncode == 0

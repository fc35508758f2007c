"""Whole builds as a user starts them: a frontend makes an environment, installs the backend there and calls its hooks.

All that a frontend installs comes from a folder of wheels, fetched before anything is measured.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from environments import SCRATCH, environment
from environments import run as must_run
from peers import Peer, Taken, run

PIPS = {"pip 23.2": "23.2.1", "pip 26": "26.3"}  # the version that is measured
UV = "uv"


def build(frontend: str, peer: Peer, tree: Path) -> Taken:
    """Builds the wheel of `tree` in isolation."""
    wheels = _wheels(peer)
    # Where the machine has settings for frontends, they are not what is measured.
    variables = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_NO_CONFIG": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(wheels.with_name("uv-cache")),  # warm, and never another wheel of the same version
        **dict(peer.variables),
    }
    with tempfile.TemporaryDirectory(prefix="bench-") as out:
        if frontend == UV:
            uv = Path(sys.executable).parent / UV
            command = [uv, "build", "--wheel", "--out-dir", out, "--python", peer.python(), tree]
        else:
            folder = SCRATCH / "bench" / frontend.replace(" ", "-")
            python = environment(folder, [f"pip=={PIPS[frontend]}"])
            command = [python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", out, tree]
        return run(list(map(str, command)), tree, more=variables)


def _wheels(peer: Peer) -> Path:
    """The folder of wheels. It lies in the peer's environment, and is made anew with it."""
    python = peer.python()
    folder = python.parent.parent / "wheels"
    if not folder.is_dir():
        beside = folder.with_suffix(".part")
        shutil.rmtree(beside, ignore_errors=True)
        must_run([str(python), "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(beside), *peer.requirements])
        beside.rename(folder)
    return folder

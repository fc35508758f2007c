"""The system libraries that projects of the corpus link or load, on Debian and its relatives."""

from __future__ import annotations

import os
import shutil
import subprocess


class DebianError(Exception):
    """A package is missing and cannot be installed from here."""


def ensure_installed(packages: list[str]) -> None:
    """Installs what is missing when run as root; else says what to install."""
    missing = [name for name in packages if not _installed(name)]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise DebianError(f"system packages are missing; run: {' '.join(install)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, capture_output=True, text=True, env=quiet, check=False)
    if done.returncode != 0:
        raise DebianError(f"cannot install {' '.join(missing)}\n{done.stdout}{done.stderr}")


def _installed(name: str) -> bool:
    if not shutil.which("dpkg-query"):
        return False
    command = ["dpkg-query", "--show", "--showformat=${Status}", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.endswith("ok installed")

"""Fetches source distributions from the configured index, without running a line of their code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path


def unpacked(name: str, version: str, cache: Path) -> Path:
    """The folder with the unpacked sdist of `name`, fetched once into `cache`.

    The index's hash is checked on the way. A download or an unpacking that was interrupted leaves
    nothing that the next run would take for whole.
    """
    target = cache / f"{name}-{version}"
    if not target.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        beside = cache / f".{name}-{version}.part"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        archive = _download(f"{name}=={version}", beside)
        unpack(archive, beside / "tree")
        [root] = (beside / "tree").iterdir()
        root.rename(target)
        shutil.rmtree(beside)
    return target


def _download(requirement: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "unearth", "--no-binary", requirement, "-d", str(folder)]
    index = os.environ.get("PIP_INDEX_URL") or _pip_setting("global.index-url")
    if index:
        command += ["--index-url", index]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise SystemExit(f"error: cannot fetch the sdist of {requirement}\n{done.stderr}")
    return Path(json.loads(done.stdout)["local_path"])


def _pip_setting(key: str) -> str:
    command = [sys.executable, "-m", "pip", "config", "get", key]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip()


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks an archive of either kind."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as unpacker:
            unpacker.extractall(folder)
    else:
        with tarfile.open(archive) as unpacker:
            # Python has filters since 3.11.4, 3.10.12 and 3.9.17.
            options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            unpacker.extractall(folder, **options)

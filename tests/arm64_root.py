"""Puts a Debian for arm64 into a folder, as much of it as Python needs: headers to build for, and a Python that
qemu runs.

``python3 tests/arm64_root.py [FOLDER]`` (`.make/roots/arm64`). Needs apt and dpkg-deb, and changes nothing in the
system: apt works in folders of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".make/roots/arm64"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
LIBRARIES = ["libc6", "libgcc-s1", "zlib1g", "libffi8", "libexpat1", "libcrypt1", "libstdc++6"]


def packages(release: dict[str, str]) -> list[str]:
    """Those of Python, in the version that the release has, and the libraries that it needs."""
    version = {"12": "3.11", "13": "3.13"}[release["VERSION_ID"].strip('"')]
    parts = [f"libpython{version}-dev", f"libpython{version}", f"libpython{version}-minimal"]
    return [*parts, f"libpython{version}-stdlib", f"python{version}-minimal", *LIBRARIES]


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else FOLDER)
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    release = dict(line.split("=", 1) for line in lines if "=" in line)
    name = release["VERSION_CODENAME"]
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        for needed in ("lists/partial", "archives/partial", "debs"):
            (state / needed).mkdir(parents=True)
        (state / "status").touch()
        entries = [("debian", name), ("debian-security", f"{name}-security")]
        sources = [
            f"deb [arch=arm64 signed-by={KEYS}] http://deb.debian.org/{kind} {suite} main" for kind, suite in entries
        ]
        (state / "sources.list").write_text("\n".join(sources) + "\n", encoding="utf-8")
        settings = {
            "APT::Architecture": "arm64",
            "Dir::State::lists": state / "lists",
            "Dir::State::status": state / "status",
            "Dir::Cache": state,
            "Dir::Etc::SourceList": state / "sources.list",
            "Dir::Etc::SourceParts": "/nonexistent",
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",
        }
        text = [f'{key} "{value}";\n' for key, value in settings.items()]
        (state / "apt.conf").write_text("".join([*text, 'APT::Architectures { "arm64"; };\n']), encoding="utf-8")
        environment = {**os.environ, "APT_CONFIG": str(state / "apt.conf")}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=True)
        wanted = ["apt-get", "download", "-qq", *packages(release)]
        subprocess.run(wanted, env=environment, cwd=state / "debs", check=True)
        root.mkdir(parents=True, exist_ok=True)
        for package in sorted((state / "debs").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    print(root)


if __name__ == "__main__":
    main()

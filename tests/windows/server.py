"""Runs the compilers that `remote.c` stands for, with the paths of Wine's drives as they are on Linux."""

from __future__ import annotations

import os
import re
import select
import shlex
import socket
import subprocess
import sys
import threading
from pathlib import Path

PREFIX = "x86_64-w64-mingw32ucrt-"
NAMES = {"cc": "gcc", "c++": "g++"}
END = b"\1"
# Wine's drives. The last one holds the others.
DRIVES = {"C:": "/wine/drive_c", "Z:": ""}


def main(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as listening:
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_serve, args=[connection], daemon=True).start()


def _serve(connection: socket.socket) -> None:
    with connection:
        received = b""
        while not received.endswith(b"\0" + END + b"\0"):
            more = connection.recv(65536)
            if not more:
                return
            received += more
        directory, program, *words = [word.decode() for word in received.split(b"\0")[:-2]]
        name = re.split(r"[\\/]", program)[-1].lower().removesuffix(".exe")
        directory = on_linux(directory)
        words = [on_linux(word) for word in expanded(words, directory)]
        with subprocess.Popen(
            [PREFIX + NAMES.get(name, name), *words],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            said = _output(process, connection)
        if said is None:
            return
        for flag, path in zip(words, words[1:]):
            if flag == "-MF":
                _show_drive(Path(directory, path))
        code = process.returncode if process.returncode >= 0 else 128 - process.returncode
        connection.sendall(bytes([code]) + said)


def _output(process: subprocess.Popen, connection: socket.socket) -> bytes | None:
    """What it said; `None` if whoever waits for it is gone, and so is it then."""
    said = b""
    while True:
        readable, _, _ = select.select([process.stdout, connection], [], [])
        if connection in readable and not connection.recv(1):
            os.killpg(process.pid, 9)
            return None
        if process.stdout in readable:
            more = os.read(process.stdout.fileno(), 65536)
            if not more:
                return said
            said += more


def expanded(words: list[str], directory: str) -> list[str]:
    """The words with those of response files in their places."""
    result = []
    for word in words:
        if word.startswith("@"):
            result += shlex.split(Path(directory, on_linux(word[1:])).read_text(encoding="utf-8"))
        else:
            result.append(word)
    return result


def on_linux(word: str) -> str:
    """A word with paths of Linux: `-IZ:\\a\\b` is `-I/a/b`. Values of macros stay."""
    if word.startswith("-D"):
        return word
    for drive, folder in DRIVES.items():
        word = re.sub(rf"(?i){drive}(?=[\\/])", folder, word)
    return word.replace("\\", "/")


def _show_drive(depfile: Path) -> None:
    """Has a depfile say the paths as a compiler of Windows does."""
    text = depfile.read_text(encoding="utf-8")
    for drive, folder in DRIVES.items():
        text = re.sub(rf"(?m)(^|[ \t]){folder}/", rf"\1{drive}/", text)
    depfile.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""What a builder saw of the disk, as it was told, and what it made there itself."""

import os
import stat
import sysconfig
from _thread import get_ident

# Builders may put something else in the place of these, and we do so ourselves.
_listdir, _lstat, _open, _readlink, _stat = os.listdir, os.lstat, open, getattr(os, "readlink", None), os.stat


class Seen:
    """Paths are absolute. What lies in one of ``own_folders``, in Python's own library, or was made by the builder
    itself before it looked is not recorded."""

    def __init__(self, own_folders):
        self.files, self.folders, self.paths, self.stats = {}, {}, {}, {}  # path -> what was told of it
        self.made = set()
        self.before = {}  # file -> the bytes that it held when the builder had seen it and was about to write it
        self.own_folders = tuple(os.path.join(folder, "") for folder in own_folders)
        self.made_folders = ()
        self.library = library_folders()
        self.looking = set()  # threads in which we look at the disk ourselves

    def file(self, path):
        """The builder opens it, to read it."""
        self._see(self.files, path, identity)

    def folder(self, path):
        """The builder wants the names in it."""
        self._see(self.folders, path, names)

    def path(self, path):
        """The builder asks what is there: nothing, a file, a folder, a link."""
        self._see(self.paths, path, kind)

    def stat(self, path):
        """The builder asks for size, times or rights."""
        self._see(self.stats, path, identity)

    def will_make(self, path):
        """The builder is about to write a file, or to give one this name."""
        if path in self.made or self._is_ours(path):
            return
        if path in self.files:
            self.before[path] = self._looked(content, path)
        self.made.add(path)

    def will_make_folder(self, path):
        """The builder is about to make a folder; one that is there already is not made."""
        if kind(path) is None:
            self.will_make(path)
            self.made_folders += (os.path.join(path, ""),)

    def will_move(self, source, target):
        """A file or folder gets another name, or one more: it is as much the builder's own as it was."""
        if not self.is_own(source):
            return
        if kind(source) == "folder":
            self.will_make_folder(target)
        else:
            self.will_make(target)

    def is_own(self, path):
        """Whether the builder made it."""
        return path in self.made or path.startswith(self.made_folders)

    def is_library(self, path):
        """Whether it belongs to Python's own library, which the version of the interpreter stands for."""
        return path.startswith(self.library) and not is_installed(path)

    def finish(self):
        """Forgets files whose content the builder has put there itself; returns what is not as it was told."""
        for path, before in self.before.items():
            if before == self._looked(content, path):
                del self.files[path]
        looks = ((self.files, identity), (self.folders, names), (self.paths, kind), (self.stats, identity))
        return {path for seen, look in looks for path, told in seen.items() if self._looked(look, path) != told}

    def _see(self, seen, path, look):
        if path not in seen and not (self._is_ours(path) or self.is_own(path) or self.is_library(path)):
            seen[path] = self._looked(look, path)

    def _is_ours(self, path):
        return path.startswith(self.own_folders)

    def _looked(self, look, path):
        thread = get_ident()
        self.looking.add(thread)
        try:
            return look(path)
        finally:
            self.looking.discard(thread)


def is_installed(path):
    """Whether it belongs to a package that was installed."""
    return "site-packages" in path or "dist-packages" in path


def library_folders():
    """The folders of Python's own library, each with a separator at its end."""
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")} - {None}
    if os.name == "nt":
        folders |= {os.path.join(os.path.dirname(folder), "DLLs") for folder in folders}
    folders |= {os.path.realpath(folder) for folder in folders}
    return tuple(os.path.join(folder, "") for folder in folders)


def identity(path):
    """Tells one content of a file from another, without reading it; ``None`` where there is nothing."""
    try:
        found = _stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino


def kind(path):
    """``None``, ``"file"``, ``"folder"``, or what a link says and what it leads to."""
    try:
        found = _lstat(path)
    except (OSError, ValueError):
        return None
    if stat.S_ISLNK(found.st_mode):
        followed = identity(path)
        return _readlink(path), followed and stat.S_IFMT(followed[0])
    return "folder" if stat.S_ISDIR(found.st_mode) else "file"


def names(folder):
    """The names in a folder, but for bytecode; ``None`` where there is no folder."""
    try:
        return frozenset(_listdir(folder)) - {"__pycache__"}
    except (OSError, ValueError):
        return None


def content(path):
    """The bytes of a file; ``None`` where there is none."""
    try:
        with _open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError):
        return None

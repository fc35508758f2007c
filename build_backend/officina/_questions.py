"""Hears what a builder asks of the disk without opening anything: Python tells audit hooks nothing about it."""

import contextlib
import os
import sys

# Where Python's own library asks for more than it tells its caller: whether there is something, of which kind, and
# where a link leads.
KIND_MODULES = {"genericpath", "posixpath", "ntpath", "pathlib", "pathlib._local", "pathlib._abc", "glob", "linecache"}
KIND_FUNCTIONS = {
    *("exists", "lexists", "isfile", "isdir", "islink", "isjunction", "ismount", "realpath", "_joinrealpath"),
    *("is_dir", "is_file", "is_symlink", "is_mount", "is_junction", "resolve", "_resolve", "_lexists", "_isdir"),
    *("_readlink_deep", "_getfinalpathname_nonstrict", "updatecache", "checkcache"),
}
OPEN_FOLDER = "it looks for files from an open folder on"


class Heard:
    """Stands in the place of a function and tells what it is called with. As the function would, it becomes no method
    of a class that holds it, and equals itself in sets such as ``os.supports_dir_fd``."""

    def __init__(self, function, tell):
        self._function, self._tell = function, tell

    def __call__(self, *arguments, **named):
        self._tell(*arguments, **named)
        return self._function(*arguments, **named)

    def __eq__(self, other):
        return other is self or other is self._function

    def __hash__(self):
        return hash(self._function)

    def __reduce__(self):
        return self._function.__name__  # as the function, it is copied as itself

    def __getattr__(self, name):
        return getattr(self._function, name)


class Questions:
    """Tells ``seen`` what is asked, and ``unknown`` what cannot be followed."""

    def __init__(self, is_active, seen, unknown):
        self.is_active, self.seen, self.unknown = is_active, seen, unknown

    def listen(self):
        """Stands in the place of the functions that ask."""
        for name, tell in QUESTIONS.items():
            if hasattr(os, name):
                setattr(os, name, Heard(getattr(os, name), self._guarded(tell)))
        for name in ("exists", "lexists", "isfile", "isdir", "islink", "isjunction"):
            function = getattr(os.path, name, None)
            if function and not hasattr(function, "__code__"):  # it asks the system by itself, as on Windows
                setattr(os.path, name, Heard(function, self._guarded(Questions._kind)))

        backend = sys.modules.get("_cffi_backend")
        if hasattr(backend, "load_library"):
            backend.load_library = Heard(backend.load_library, self._guarded(Questions._load))

    def _guarded(self, tell):
        def told(*arguments, **named):
            if self.is_active():
                # Odd arguments the function itself is about to refuse.
                with contextlib.suppress(Exception):
                    tell(self, *arguments, **named)

        return told

    def _stat(self, path, *, dir_fd=None, **_):
        frame = caller()
        if not self._is_path(path, dir_fd) or is_in(frame.f_back, "os", "makedirs"):  # which makes what is missing
            return
        (self.seen.path if _asks_for_kind(frame) else self.seen.stat)(absolute(path))

    def _access(self, path, mode, *, dir_fd=None, **_):
        if self._is_path(path, dir_fd):
            (self.seen.path if mode == os.F_OK else self.seen.stat)(absolute(path))

    def _kind(self, path, *, dir_fd=None):
        if self._is_path(path, dir_fd):
            self.seen.path(absolute(path))

    def _open(self, path, flags, mode=0o777, *, dir_fd=None):
        self._is_path(path, dir_fd)  # Python tells audit hooks the path alone

    def _fstat(self, file):
        if not is_library_code(caller(), self.seen):
            self.unknown("it asks for the times of an open file")

    def _load(self, *_):
        self.unknown("it loads a library with `FFI.dlopen()`")

    def _is_path(self, path, folder):
        if folder is not None and not is_in(caller(), "shutil", "_rmtree"):  # which only removes so
            self.unknown(OPEN_FOLDER)
        return folder is None and not isinstance(path, int)


QUESTIONS = {
    "stat": Questions._stat,
    "lstat": Questions._stat,
    "access": Questions._access,
    "readlink": Questions._kind,
    "open": Questions._open,
    "fstat": Questions._fstat,
}


def absolute(path):
    """The path that a function looks at when it is told this one; ``None`` is the folder that we are in."""
    return os.path.abspath("." if path is None else os.fsdecode(path))


def caller():
    """The frame of whoever called the function that is heard."""
    frame = sys._getframe(1)
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename) == OWN_FOLDER:
        frame = frame.f_back
    return frame


OWN_FOLDER = os.path.dirname(caller.__code__.co_filename)


def is_in(frame, module, function):
    """Whether a frame is that of a function of a module, whose name begins so."""
    return frame is not None and _module(frame) == module and frame.f_code.co_name.startswith(function)


def is_library_code(frame, seen):
    """Whether a frame belongs to Python's own library."""
    return frame.f_code.co_filename.startswith("<frozen ") or seen.is_library(frame.f_code.co_filename)


def _asks_for_kind(frame):
    while frame.f_back is not None and frame.f_code.co_name in ("stat", "lstat") and _module(frame)[:7] == "pathlib":
        frame = frame.f_back
    return frame.f_code.co_name in KIND_FUNCTIONS and _module(frame) in KIND_MODULES


def _module(frame):
    return frame.f_globals.get("__name__") or ""

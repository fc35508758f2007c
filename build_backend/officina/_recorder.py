"""Records what a builder reads and does, while it runs.

The keys of :meth:`Recorder.facts` are those of ``BuilderInputs`` in ``src/model/inputs.rs``. Python's
own library is left out: the interpreter's version stands for it.
"""

import os
import sys
import sysconfig
import time

# Files that are no files: asking them again says something else.
DEVICES = ("/dev/", "/proc/", "/sys/")
IMPORT_SYSTEM = "importlib._bootstrap_external"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
TICK = 10_000_000  # nanoseconds: how far a file system's clock may lie behind


# Builders may put something else in the place of these.
_environ, _environb = os.environ, getattr(os, "environb", None)


class Recorder:
    """Records from when it is made until :meth:`facts` is called."""

    def __init__(self, own_folder):
        """``own_folder`` is where we write ourselves; nothing in it is recorded."""
        self.is_active = True
        self.began = time.time_ns() - TICK
        self.files = set()
        self.folders = set()
        self.written = set()
        self.programs = []
        # Our own Python files come along with the executable, whose version counts for both.
        self.own_folders = (os.path.join(own_folder, ""), os.path.join(os.path.dirname(os.path.abspath(__file__)), ""))
        self.root = os.getcwd()
        # `os._Environ` keeps the variables in `_data`, and every way to ask for one leads there.
        self.environment = _Environment(_environ._data)
        _use_environment(self.environment)
        sys.addaudithook(self._hear)
        os.listdir(own_folder)
        if not self.folders:  # PyPy 3.9 tells audit hooks nothing about these
            os.listdir, os.scandir = self._told("a folder", os.listdir), self._told("a folder", os.scandir)
            os.system = self._told("os.system", os.system)
        self.folders.clear()

    def facts(self, before=frozenset()):
        """Ends the recording; returns it as JSON. Modules named in ``before`` are not inputs of the builder."""
        self.is_active = False
        asked, whole = self.environment.facts(), self.environment.whole
        _use_environment(dict(self.environment))
        modules = [module for name, module in list(sys.modules.items()) if name not in before]
        imported = (_file_of(module) for module in modules)
        code = {_source_of(os.path.join(self.root, path)) for path in imported if isinstance(path, str)}
        library = _Library()
        # What the programs that it started made, and what PyPy renames without a word, is new. But
        # Python code that is new has been edited just now.
        if self.programs or sys.implementation.name == "pypy":
            self.written.update(path for path in self.files - code if _modified(path) >= self.began)
        files = (self.files | code) - self.written
        return {
            "files": _texts(path for path in files if self._counts(path) and path not in library),
            "folders": _texts(path for path in self.folders if self._counts(path) and path not in library),
            "written": _texts(path for path in self.written if self._counts(path)),
            "environment": asked,
            "whole_environment": whole,
            "programs": self.programs,
        }

    def files_of_the_project(self):
        """What was read so far of the files below the project root, relative to it."""
        root = os.path.join(self.root, "")
        return sorted(_text(path[len(root) :]) for path in self.files if path.startswith(root))

    def _hear(self, event, arguments):
        """An audit hook (PEP 578). What is raised here would end what the builder was doing."""
        if not self.is_active:
            return
        try:
            reaction = REACTIONS.get(event)
            if reaction:
                reaction(self, *arguments)
        except Exception:  # a call with odd arguments, which the function itself is about to refuse
            pass

    def _open(self, path, mode, flags):
        if isinstance(path, int):
            return
        path = _absolute(path)
        is_written = any(letter in mode for letter in "wax+") if mode else flags & WRITING
        (self.written if is_written else self.files).add(path if is_written else _source_of(path))

    def _list(self, path):
        # Whoever imports lists every folder of `sys.path`, and what counts there is recorded by itself.
        if IMPORT_SYSTEM not in sys._getframe(2).f_code.co_filename:
            self._add_folder(path)

    def _told(self, event, function):
        def telling(*arguments, **named):
            self._hear(event, arguments or tuple(named.values()) or (None,))
            return function(*arguments, **named)

        return telling

    def _add_folder(self, path):
        if not isinstance(path, int):
            self.folders.add(_absolute("." if path is None else path))

    def _made(self, source, target, *_):
        """A file that got its name by a rename or a link: written here if its first name was."""
        if _absolute(source) in self.written:
            self.written.add(_absolute(target))

    def _start(self, program, arguments=None):
        words = [program] if arguments is None else arguments
        if isinstance(words, (str, bytes, os.PathLike)):
            words = [words]
        command = [_text(os.fspath(word)) for word in words]
        # One call of `subprocess` may go through another function that is heard as well.
        if command and self.programs[-1:] != [command]:
            self.programs.append(command)

    def _counts(self, path):
        return not path.startswith(DEVICES + self.own_folders)


REACTIONS = {
    "open": Recorder._open,
    "os.listdir": Recorder._list,
    "os.scandir": Recorder._list,
    "a folder": Recorder._add_folder,
    "os.rename": Recorder._made,
    "os.link": Recorder._made,
    "os.symlink": Recorder._made,
    "subprocess.Popen": lambda recorder, program, arguments, *_: recorder._start(program, arguments),
    "os.system": Recorder._start,
    "os.exec": lambda recorder, program, arguments, *_: recorder._start(program, arguments),
    "os.posix_spawn": lambda recorder, program, arguments, *_: recorder._start(program, arguments),
    "os.spawn": lambda recorder, _, program, arguments, *__: recorder._start(program, arguments),
}


class _Environment(dict):
    """The variables of ``os.environ``, in its encoding, and what was asked of them."""

    def __init__(self, variables):
        super().__init__(variables)
        self.asked = set()
        self.whole = False
        self.own = set()
        self.expected = iter(())

    def __getitem__(self, key):
        # Whoever copies or walks through the whole environment gets each name, then its value.
        if next(self.expected, None) != key:
            self.expected = iter(())
            if key not in self.own:
                self.asked.add(key)
        return super().__getitem__(key)

    def __iter__(self):
        self.whole = True
        names = list(super().__iter__())
        self.expected = iter(names)
        return iter(names)

    def __setitem__(self, key, value):
        self.own.add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key):
        self.own.add(key)
        super().__delitem__(key)

    def facts(self):
        """The names of the variables. Their values, which may be secrets, are written nowhere."""
        return _texts(self.asked)


def _use_environment(variables):
    _environ._data = variables
    if _environb is not None:  # the same variables as bytes
        _environb._data = variables


class _Library:
    """The folders of Python's own library."""

    def __init__(self):
        folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}
        self.folders = tuple(os.path.join(os.path.realpath(folder), "") for folder in folders if folder)
        self.real = {}  # many files lie in few folders

    def __contains__(self, path):
        folder, name = os.path.split(path)
        if folder not in self.real:
            self.real[folder] = os.path.realpath(folder)
        if not os.path.join(self.real[folder], name).startswith(self.folders):
            return False
        return "site-packages" not in path and "dist-packages" not in path


def _modified(path):
    """When a file was written, in nanoseconds since 1970; 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _file_of(module):
    """The file of a module; ``None`` if it has none. Some load what they stand for when they are asked for anything."""
    try:
        return getattr(module, "__file__", None)
    except Exception:
        return None


def _absolute(path):
    return os.path.abspath(os.fsdecode(path))


def _source_of(path):
    """The source of a compiled Python file, which is what somebody edits."""
    folder, name = os.path.split(path)
    if name.endswith(".pyc") and os.path.basename(folder) == "__pycache__":
        return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")
    return path


def _texts(paths):
    return sorted(_text(path) for path in paths)


def _text(value):
    return as_utf8(os.fsdecode(value))


def as_utf8(text):
    """JSON holds no lone surrogates, most of which stand for bytes that are not UTF-8."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # it stands for no byte
        data = text.encode("utf-8", "replace")
    return data.decode("utf-8", "replace")

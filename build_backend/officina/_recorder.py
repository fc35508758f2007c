"""Records what a builder reads and does, while it runs.

The keys of :meth:`Recorder.facts` are those of ``BuilderInputs`` in ``src/model/inputs.rs``. Python's
own library is left out: the interpreter's version stands for it.
"""

import os
import sys
import time
from _thread import get_ident

from _imports import Imports
from _questions import OPEN_FOLDER, Heard, Questions, absolute, caller, is_in, is_library_code
from _seen import Seen
from _variables import Variables

# Files that are no files: asking them again says something else. Some say nothing, and some are ordinary files.
DEVICES = ("/dev/", "/proc/", "/sys/")
HARMLESS = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/random", "/dev/urandom")
MEMORY = "/dev/shm/"
IMPORT_SYSTEM = "importlib._bootstrap_external"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
NOT_READING = os.O_WRONLY | os.O_TRUNC | os.O_EXCL
TICK = 10_000_000  # nanoseconds: how far a file system's clock may lie behind
SET_BY_DISTUTILS = "PLAT"  # for its own configuration files, whenever a builder makes use of it
# Modules of Python's own library by which a builder gets at what nobody hears.
UNHEARD_MODULES = {
    "_ctypes": "it uses ctypes",
    "_sqlite3": "it uses sqlite3",
    "_dbm": "it uses dbm",
    "_gdbm": "it uses dbm",
    "multiprocessing.popen_fork": "it starts processes",
    "multiprocessing.popen_forkserver": "it starts processes",
    "multiprocessing.popen_spawn_posix": "it starts processes",
    "multiprocessing.popen_spawn_win32": "it starts processes",
    "_interpreters": "it uses subinterpreters",
    "_xxsubinterpreters": "it uses subinterpreters",
}
# The same by the first words of audit events.
UNHEARD_EVENTS = {
    "socket": "it uses the network",
    "ctypes": "it uses ctypes",
    "sqlite3": "it uses sqlite3",
    "winreg": "it looks into the registry",
}

# Builders may put something else in the place of these.
_listdir = os.listdir


class Recorder:
    """Records from when it is made until :meth:`facts` is called."""

    def __init__(self, own_folder, project):
        """``own_folder`` is where we write ourselves; nothing in it is recorded. ``project`` is where the code lies
        that runs."""
        self.is_active = True
        self.began = time.time_ns() - TICK
        self.programs = []
        self.unknown = {}  # sentences
        # Our own Python files come along with the executable, whose version counts for both.
        self.seen = Seen([own_folder, os.path.dirname(os.path.abspath(__file__))])
        self.imports = Imports(self.seen, os.getcwd(), project)
        self.variables = Variables()
        self.is_told = False
        sys.addaudithook(self._hear)
        _listdir(own_folder)
        self.seen.folders.clear()
        if not self.is_told:  # PyPy 3.9 tells audit hooks next to nothing
            for name, event in NOT_TOLD.items():
                if hasattr(os, name):
                    setattr(os, name, Heard(getattr(os, name), self._telling(event)))
        Questions(lambda: self.is_active, self.seen, self._is_unknown).listen()

    def facts(self, started_with, path):
        """Ends the recording; returns it as JSON. Python started with some modules, and searched a path for them."""
        self.is_active = False
        seen = self.seen
        self.variables.finish()
        modules = self.imports.modules(started_with)
        code = {_source_of(path) for path in self.imports.code(modules)}
        # What the programs that it started made is new. But Python code that is new has been edited just now.
        if self.programs:
            for path in [path for path in seen.files if path not in code and _modified(path) >= self.began]:
                seen.made.add(path)
                del seen.files[path]
        changed = seen.finish()
        in_vain, hiding = self.imports.looked_in_vain()
        in_vain.update(self.imports.not_customized(started_with, path))
        changed.update(path for path in in_vain if seen.is_own(path))
        self._find_unknown(modules)
        return {
            "files": _texts({*seen.files, *(path for path in code if not seen.is_own(path))}),
            "folders": _texts(seen.folders),
            "paths": _texts({*seen.paths, *in_vain}),
            "stats": _texts({*seen.stats, *hiding}),
            "changed": _texts(changed),
            "written": _texts(seen.made),
            "environment": _texts(self.variables.asked),
            "whole_environment": self.variables.whole,
            "programs": self.programs,
            "unknown": list(self.unknown),
        }

    def files_of_the_project(self):
        """What was read so far of the files below the project root, relative to it."""
        root = os.path.join(self.imports.root, "")
        return sorted(_text(path[len(root) :]) for path in self.seen.files if path.startswith(root))

    def assigned(self):
        """What the builder did to the environment: name -> value, or ``None`` where it removed the variable."""
        texts = {_text(name): value and _text(value) for name, value in self.variables.assigned.items()}
        return {name: texts[name] for name in sorted(texts.keys() - {SET_BY_DISTUTILS})}

    def _find_unknown(self, modules):
        foreign = self.imports.foreign(modules)
        if foreign:
            self._is_unknown(f"it imports `{_text(foreign)}`, and what other packages read is not known")
        for module, sentence in UNHEARD_MODULES.items():
            if module in sys.modules and module not in self.imports.known:  # some are heard, but not by each Python
                self._is_unknown(sentence)

    def _is_unknown(self, sentence):
        self.unknown[sentence] = None

    def _hear(self, event, arguments):
        """An audit hook (PEP 578). What is raised here would end what the builder was doing."""
        if not self.is_active or get_ident() in self.seen.looking:
            return
        try:
            reaction = REACTIONS.get(event)
            if reaction:
                reaction(self, *arguments)
            elif event.partition(".")[0] in UNHEARD_EVENTS and event != "socket.__new__":
                self._is_unknown(UNHEARD_EVENTS[event.partition(".")[0]])
        except Exception:  # a call with odd arguments, which the function itself is about to refuse
            pass

    def _telling(self, event):
        def tell(*arguments, **named):
            self._hear(event, arguments or tuple(named.values()) or (None,))

        return tell

    def _open(self, path, mode, flags):
        is_written = any(letter in mode for letter in "wax+") if mode else flags & WRITING
        # Who only appends does not see what was there.
        is_read = ("r" in mode or {"a", "+"} <= set(mode)) if mode else not flags & NOT_READING
        if isinstance(path, int):
            if is_read and (path == 0 or not is_library_code(caller(), self.seen)):
                self._is_unknown("it reads a file that is open already")
            return
        path = absolute(path)
        if path.startswith(DEVICES) and not path.startswith(MEMORY):
            if not is_written and path not in HARMLESS:
                self._is_unknown(f"it reads `{_text(path)}`")
        elif mode or not is_in(caller(), "shutil", "_rmtree"):
            if is_read:
                self.seen.file(_source_of(path))
            if is_written:
                self.seen.will_make(path)

    def _list(self, path):
        """Returns the folder; ``None`` where the names in it are not for the builder."""
        self.is_told = True
        frame = caller()
        # Whoever imports lists every folder of `sys.path`, and what counts there is recorded by itself.
        if IMPORT_SYSTEM in frame.f_code.co_filename or is_in(frame, "shutil", "_rmtree"):
            return None
        if isinstance(path, int):
            self._is_unknown(OPEN_FOLDER)
            return None
        folder = absolute(path)
        self.seen.folder(folder)
        if folder.startswith(DEVICES) and not folder.startswith(MEMORY):
            self._is_unknown(f"it reads `{_text(folder)}`")
        return folder

    def _scan(self, path):
        folder = self._list(path)
        # What is there tells more than its name, without a word. Python's own library asks for kinds alone.
        if folder and not is_library_code(caller(), self.seen):
            for name in self.seen.folders.get(folder) or ():
                self.seen.stat(os.path.join(folder, name))

    def _rename(self, source, target, *_):
        self.seen.will_move(absolute(source), absolute(target))

    def _link(self, source, target, *_):
        target = absolute(target)
        self.seen.will_move(os.path.join(os.path.dirname(target), os.fsdecode(source)), target)

    def _copy(self, source, target, *_):
        self.seen.file(absolute(source))
        self.seen.will_make(absolute(target))

    def _cut(self, path, _):
        self._open(path, "a", 0)

    def _mkdir(self, path, *_):
        self.seen.will_make_folder(absolute(path))

    def _import(self, name, path, *_):
        """Only an extension module has a path here."""
        if path and self.imports.is_foreign(name, absolute(path)):
            self._is_unknown(f"it imports `{_text(name)}`, and what C code reads is not known")

    def _fork(self):
        self._is_unknown("it forks its process")

    def _putenv(self, name, value=None):
        self.variables.assign(name, value)

    def _start(self, program, arguments=None, *_):
        words = [program] if arguments is None else arguments
        if isinstance(words, (str, bytes, os.PathLike)):
            words = [words]
        command = [_text(os.fspath(word)) for word in words]
        # One call of `subprocess` may go through another function that is heard as well.
        if command and self.programs[-1:] != [command]:
            self.programs.append(command)


REACTIONS = {
    "open": Recorder._open,
    "os.listdir": Recorder._list,
    "os.scandir": Recorder._scan,
    "os.rename": Recorder._rename,
    "os.link": Recorder._rename,
    "os.symlink": Recorder._link,
    "os.mkdir": Recorder._mkdir,
    "os.truncate": Recorder._cut,
    "shutil.copyfile": Recorder._copy,
    "os.fork": Recorder._fork,
    "os.forkpty": Recorder._fork,
    "os.putenv": Recorder._putenv,
    "os.unsetenv": Recorder._putenv,
    "import": Recorder._import,
    "subprocess.Popen": Recorder._start,
    "os.system": Recorder._start,
    "os.exec": Recorder._start,
    "os.posix_spawn": Recorder._start,
    "os.spawn": lambda recorder, _, program, arguments, *__: recorder._start(program, arguments),
}
# Functions of `os` with an event of the same name, for a Python that tells nothing about them.
NOT_TOLD = {name: f"os.{name}" for name in ("listdir", "scandir", "system", "rename", "link", "symlink", "mkdir")}
NOT_TOLD.update({name: f"os.{name}" for name in ("truncate", "fork", "forkpty", "putenv", "unsetenv")})
NOT_TOLD["replace"] = "os.rename"


def _modified(path):
    """When a file was written, in nanoseconds since 1970; 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


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

"""Writes the request, runs the executable, reads the response.

Every hook pays for what is imported here, the metadata hooks too, so ``subprocess``, ``tempfile``,
``shutil`` and ``pathlib`` stay out.
"""

import json
import os
import sys

from . import _interpreter

PROTOCOL = _interpreter.PROTOCOL
PACKAGE = os.path.dirname(os.path.abspath(__file__))
EXECUTABLE = os.path.join(PACKAGE, "officina.exe" if os.name == "nt" else "officina")
INTERRUPTED = 130  # the exit code after Ctrl-C
NO_PROGRAMS = "its disk lets no program run (noexec): set TMPDIR to a folder on another one, in which frontends build"
PIP = "uv pip" if "UV" in os.environ else "python -m pip"
REINSTALL = f"reinstall it: {PIP} install --force-reinstall officina"


def call(hook, config_settings, *parts):
    """Runs one hook; returns what the frontend wants to know, or ends this process with the
    executable's exit code after it has said on stderr what is wrong."""
    request = {
        "hook": hook,
        "source_tree": os.getcwd(),
        "config_settings": config_settings,
        "interpreter": _interpreter.identity(),
    }
    for part in parts:
        request.update(part)
    return ask(request)


def ask(request, environment=None):
    """Has the executable answer a request; ends this process as :func:`call` does."""
    try:
        return _answer(request, environment)
    except KeyboardInterrupt:  # once more, while we clean up
        raise SystemExit(INTERRUPTED) from None


def _answer(request, environment):
    control = _control_folder()
    try:
        _write(os.path.join(control, "request.json"), {"protocol": PROTOCOL, **request})
        code = _run([EXECUTABLE, "hook", control], environment)
        if code:
            raise _refusal(code, os.path.join(control, "response.json"))
        return _result(os.path.join(control, "response.json"))
    finally:
        release = _hold_interrupts()
        _remove(control)
        release()


def absolute(**folders):
    """The folders that a frontend names, as absolute paths; ``None`` stays ``None``."""
    return {name: path and os.path.abspath(path) for name, path in folders.items()}


def main():
    """The ``officina`` command: this process becomes the executable, which builds for this
    interpreter unless told otherwise."""
    command = [EXECUTABLE, *sys.argv[1:]]
    os.environ["OFFICINA_PYTHON"] = sys.executable
    if os.name == "nt":  # there, exec returns to the shell before the program has ended
        raise SystemExit(_run(command))
    import signal

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who ignores it never hears how a program ended
    try:
        os.execv(EXECUTABLE, command)
    except OSError as error:
        raise _unusable(error) from None


def _run(command, environment=None):
    """Runs the executable to its end; returns its exit code in the way of a shell, ``None`` if nobody knows it."""
    release = _hold_interrupts()
    try:
        process = _start(command, os.environ if environment is None else environment)
    except OSError as error:
        release()
        raise _unusable(error) from None
    try:
        release()
        code = process.wait()
    except KeyboardInterrupt:
        _interrupt(process)
        raise SystemExit(INTERRUPTED) from None
    if code is None or code >= 0:
        return code
    sys.stderr.write(f"error: the officina executable was ended by signal {-code}\n")
    return 128 - code


def _hold_interrupts():
    """Keeps Ctrl-C waiting until what is returned is called: between the start of a program and the
    moment when its number is known, nobody could tell it."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        return lambda: None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    return lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(command, environment):
    if not hasattr(os, "posix_spawn"):
        import subprocess

        return subprocess.Popen(command, env=environment)
    import signal

    # Python ignores the first two; a process that ignores the third never hears how a program ended.
    defaults = [signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD]
    # The frontend may have blocked signals, and all programs of the build would inherit that.
    return _Process(os.posix_spawn(command[0], command, environment, setsigdef=defaults, setsigmask=[]))


class _Process:
    """A program that was started: as much of ``subprocess.Popen`` as is needed."""

    def __init__(self, number):
        self.number = number

    def wait(self):
        """The exit code; ``None`` where this process ignores SIGCHLD, so that the system forgets it."""
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self.number, 0)[1])
        except ChildProcessError:
            return None

    def send_signal(self, number):
        import contextlib

        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.kill(self.number, number)


def _interrupt(process):
    """Lets the executable clean up after Ctrl-C, however often it is pressed.

    A terminal tells the whole process group, but somebody who ends only this process does not.
    On Windows a console always tells everybody.
    """
    import signal

    if os.name != "nt":
        process.send_signal(signal.SIGINT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass


def _control_folder():
    """A new folder of this user's own. What ``tempfile`` would do, without its import."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        if os.environ.get(name):
            parent = os.environ[name]
            break
    else:
        parent = "/tmp"
    folder = os.path.join(os.path.abspath(parent), "officina-hook-" + os.urandom(8).hex())
    try:
        os.mkdir(folder, 0o700)
        return folder
    except OSError:
        pass
    import tempfile

    try:
        return tempfile.mkdtemp(prefix="officina-hook-")
    except OSError as error:
        raise failure(
            f"cannot create a temporary folder: {error}",
            "set TMPDIR to a folder that you can write to, on a disk with space",
        ) from None


def _remove(folder):
    try:
        for name in os.listdir(folder):
            os.remove(os.path.join(folder, name))
        os.rmdir(folder)
    except OSError:
        pass  # a left-over in a temporary folder must not hide how the hook ended


def _write(path, request):
    try:
        text = json.dumps(request, ensure_ascii=False)
    except TypeError as error:
        raise failure(
            f"the config settings cannot be passed on: {error}",
            "config settings are text, or lists of text",
        ) from None
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except UnicodeEncodeError as error:
        before, after = error.object[: error.start], error.object[error.start :]
        name = before.rpartition('"')[2] + after.partition('"')[0]
        name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        raise failure(f"`{name}` is not UTF-8", "give the folder a name in UTF-8") from None
    except OSError as error:
        raise failure(
            f"cannot write `{path}`: {error.strerror}",
            "set TMPDIR to a folder that you can write to, on a disk with space",
        ) from None


def _result(path):
    try:
        with open(path, encoding="utf-8") as file:
            response = json.load(file)
    except (OSError, ValueError):
        raise failure("the officina executable ended without an answer", REINSTALL) from None
    theirs = response.get("protocol")
    if theirs != PROTOCOL:
        raise failure(
            f"the Python files of officina speak protocol {PROTOCOL}, its executable protocol {theirs}",
            REINSTALL,
        )
    if "error" in response:
        raise _refusal(1, path)
    return response["result"]


def _refusal(code, path):
    """What ends this process because the executable has ended so; it has said why on stderr."""
    ending = SystemExit(code)
    try:
        with open(path, encoding="utf-8") as file:
            ending.message = json.load(file).get("error")
    except (OSError, ValueError):
        pass  # it was ended before it could tell
    return ending


def _unusable(error):
    if isinstance(error, FileNotFoundError):
        return failure(f"the officina executable is missing: `{EXECUTABLE}`", REINSTALL)
    message = f"cannot run the officina executable `{EXECUTABLE}`: {error.strerror}"
    return failure(message, NO_PROGRAMS if _is_on_disk_without_programs(error) else REINSTALL)


def _is_on_disk_without_programs(error):
    """Whether the file may be run and its disk does not let it."""
    try:
        return isinstance(error, PermissionError) and os.stat(EXECUTABLE).st_mode & 0o111 == 0o111
    except OSError:
        return False


def failure(message, hint):
    """Says what is wrong, as the executable does, and returns the exception that ends the hook."""
    sys.stderr.write(f"error: {_one_line(message)}\nhint: {hint}\n")
    return SystemExit(1)


def _one_line(text):
    """Text as part of a line: what commands a terminal is written as an escape."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)

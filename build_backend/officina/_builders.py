"""A warm process: it imports cffi once and forks a process of its own for each builder.

The executable writes one line for each builder on our standard input, ``run <number> <control folder>``, and reads
``started <number> <process>`` and ``ended <number> <wait status>`` from our standard output. We end with the input.
Nobody else holds these two pipes: what builders print goes to stderr, or where ``builder.json`` says.

On Linux a hook forks this process from its own before it does anything else (:func:`fork`), so that no Python has to
start for it. Elsewhere, and for a person's commands, the executable starts this file as a program: ``python -u -B
_builders.py``.
"""

import contextlib
import os
import sys

LONGEST = 1 << 16
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))


class Builders:
    """The warm process, as the one that forked it knows it: two file descriptors, which become the executable's
    standard output and input."""

    def __init__(self, process, requests, answers):
        self.process, self.requests, self.answers = process, requests, answers

    def end(self):
        """Ends the process, once the executable has ended."""
        os.close(self.requests)
        os.close(self.answers)
        with contextlib.suppress(ChildProcessError):  # SIGCHLD is ignored: nobody has to wait for it
            os.waitpid(self.process, 0)


def fork():
    """Forks the warm process from this one, or returns ``None`` where a copy of it may not be as good as a new one."""
    if not _can_fork():
        return None
    requests, to_builders = os.pipe()
    from_builders, answers = os.pipe()
    if min(requests, to_builders, from_builders, answers) <= 2:  # the frontend has closed its standard streams
        for pipe in (requests, to_builders, from_builders, answers):
            os.close(pipe)
        return None
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more, or it has been closed
            if stream is not None:
                stream.flush()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            os.close(to_builders)
            os.close(from_builders)
            _forget_the_frontend()
            code = serve(requests, answers)
        finally:  # never up into the frontend's code
            os._exit(code)
    os.close(requests)
    os.close(answers)
    return Builders(process, to_builders, from_builders)


def serve(requests, answers):
    """Runs builders until nobody is left who asks; returns the exit code."""
    import signal

    sys.path.insert(0, OWN_FOLDER)  # PYTHONSAFEPATH may have left it out
    import _generate  # noqa: F401

    sys.path.remove(OWN_FOLDER)
    # These reach everybody in the foreground, or all processes of a build; the executable says what is to end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    awake, alarm = os.pipe()
    os.set_blocking(awake, False)
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # Whoever started us may have blocked it, and we would never hear of an end.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    running = {}
    try:
        _run_what_is_asked(running, (requests, answers, awake, alarm))
    finally:
        _end(running)
    return 0


def _run_what_is_asked(running, pipes):
    import select

    requests, answers, awake, _ = pipes
    poll = select.poll()  # not `select()`, which knows no descriptor beyond 1023
    poll.register(requests, select.POLLIN)
    poll.register(awake, select.POLLIN)
    text, before = b"", None
    while True:
        ready = [descriptor for descriptor, _ in poll.poll()]
        if awake in ready:
            os.read(awake, LONGEST)
            _tell_who_ended(running, answers)
        if requests in ready:
            got = os.read(requests, LONGEST)
            if not got:
                return
            *lines, text = (text + got).split(b"\n")
            for line in lines:
                _, number, control = os.fsdecode(line).split(" ", 2)
                if before is None:
                    before = _Before(control)
                process = os.fork()
                if process == 0:
                    _become_a_builder(control, before, pipes)
                _lead_a_group(process)
                running[process] = number
                os.write(answers, f"started {number} {process}\n".encode())


class _Before:
    """What was there before the first builder ran, and is nothing of theirs. Makes the process warm."""

    def __init__(self, control):
        import _generate

        self.streams = list(_streams())
        self.forgotten = _forget_modules()
        self.modules = frozenset(sys.modules)
        _generate.warm_up(control)


def _streams():
    """All streams. Asks objects for nothing: some belong to others, and some refuse."""
    import _io
    import gc

    return (value for value in gc.get_objects() if issubclass(type(value), _io._IOBase))


def _forget_modules():
    """Forgets what a frontend imported from outside Python's library, which may be the project's: a builder that
    imports it gets it as it is now, and is heard to read it. Returns the modules: they live on, so that nothing ends
    that is the frontend's to end."""
    ours = (__package__ or __name__, "__main__", "_generate", "_recording")
    own = _library()
    others = [name for name, module in list(sys.modules.items()) if _is_other(module, own)]
    return [sys.modules.pop(name) for name in others if name.partition(".")[0] not in ours]


def _is_other(module, library):
    try:
        places = [getattr(module, "__file__", None), *list(getattr(module, "__path__", None) or ())[:1]]
    except Exception:  # a stand-in, which imports something when it is asked
        return True
    return any(isinstance(place, str) and not _lies_in(place, library) for place in places)


def _can_fork():
    """Whether a copy of this process is as good as a new one: it runs hooks and nothing else. So it has no second
    thread, nobody wants to be called at its end or hears what happens in it, and there is no library from outside
    Python's own that may have started something or cannot be loaded twice."""
    if sys.platform != "linux":  # macOS: its own libraries may not survive a fork
        return False
    import atexit

    if _threads() > 1 or atexit._ncallbacks() > 0 or sys.gettrace() or sys.getprofile():
        return False
    if any(getattr(sys, name) is not getattr(sys, f"__{name}__") for name in ("stdout", "stderr", "excepthook")):
        return False
    own = _library()
    files = (vars(module).get("__file__") for module in list(sys.modules.values()) if hasattr(module, "__dict__"))
    return all(_lies_in(file, own) for file in files if isinstance(file, str) and file.endswith(".so"))


def _threads():
    try:
        return len(os.listdir("/proc/self/task"))  # those too that are none of Python's
    except OSError:
        threading = sys.modules.get("threading")
        return 1 if threading is None else threading.active_count()


def _library():
    """The folders of Python's own library."""
    import sysconfig

    return tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib"))


def _lies_in(file, library):
    """Whether a file belongs to Python's library, in which the folder of all others may lie."""
    return file.startswith(library) and "site-packages" not in file and "dist-packages" not in file


def _forget_the_frontend():
    """What the frontend, of which this process is a copy, wants done at its end or on a signal is not ours to do."""
    import signal

    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    sys.dont_write_bytecode = True
    from . import _interpreter

    sys.path[:] = _interpreter.import_path()


def _tell_who_ended(running, answers):
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        if process in running:
            os.write(answers, f"ended {running.pop(process)} {status}\n".encode())


def _end(running):
    """Ends what still runs: nobody is left to hear of it."""
    import signal

    for process in running:
        with contextlib.suppress(OSError):  # it has just ended
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _lead_a_group(process):
    """So that what a builder starts can be ended with it. Said by both sides, since nobody knows who comes first."""
    with contextlib.suppress(OSError):  # it has ended, or said so itself
        os.setpgid(process, process)


def _become_a_builder(control, before, pipes):
    """Runs one builder in this process, which has been forked for it, and ends it."""
    import signal

    code = 1
    try:
        _lead_a_group(0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for pipe in pipes:
            os.close(pipe)
        _open_streams(control)
        # As if it had been started as a program: a project may have modules of these names, and a process that
        # `multiprocessing` starts looks for the file of `__main__` unless it is told the name of a module.
        _generate = sys.modules["__main__"] = sys.modules.pop("_generate")
        del sys.modules["_recording"]
        _generate.__spec__ = None
        os.environ["OFFICINA_EDITABLE_REBUILD"] = "false"  # a builder may import what an install would rebuild
        code = _generate.main(control, before.modules)
        _wind_up(before)
    except BaseException:  # never up into the frontend's code
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _open_streams(control):
    """Nothing to read; and what is said goes at once into ``words.txt`` where there is one, else to our stderr."""
    import io

    words = os.path.join(control, "words.txt")
    if os.path.exists(words):
        file = os.open(words, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)
    else:
        os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"

    def writer(number):  # as with `python -u`
        raw = io.FileIO(number, "w", closefd=False)
        return io.TextIOWrapper(raw, encoding, "backslashreplace", write_through=True)

    reader = io.BufferedReader(io.FileIO(0, closefd=False))
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(reader, encoding, "surrogateescape")
    sys.stdout = sys.__stdout__ = writer(1)
    sys.stderr = sys.__stderr__ = writer(2)


def _wind_up(before):
    """What an interpreter does at its end: has pools of threads end, waits for threads, calls who wanted to be called,
    writes what is left in files that nobody closed."""
    import atexit

    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit._run_exitfuncs()
    known = set(map(id, before.streams))
    for value in list(_streams()):
        with contextlib.suppress(Exception):  # half made, or of a class of somebody's own
            if id(value) not in known and not value.closed and value.writable():
                value.flush()


if __name__ == "__main__":
    _requests, _answers = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    sys.exit(serve(_requests, _answers))

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
    import select
    import signal

    sys.path.insert(0, OWN_FOLDER)  # PYTHONSAFEPATH may have left it out
    import _generate

    sys.path.remove(OWN_FOLDER)
    # Ctrl-C reaches everybody in the foreground; the executable says what is to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    awake, alarm = os.pipe()
    os.set_blocking(awake, False)
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running, text, before = {}, b"", None
    while True:
        ready, _, _ = select.select([requests, awake], [], [])
        if awake in ready:
            os.read(awake, LONGEST)
            _tell_who_ended(running, answers)
        if requests in ready:
            got = os.read(requests, LONGEST)
            if not got:
                return _end(running)
            *lines, text = (text + got).split(b"\n")
            for line in lines:
                _, number, control = line.decode("utf-8", "surrogateescape").split(" ", 2)
                if before is None:
                    before = _Before()
                    _generate.warm_up(control)
                process = os.fork()
                if process == 0:
                    _become_a_builder(control, before, (requests, answers, awake, alarm))
                _lead_a_group(process)
                running[process] = number
                os.write(answers, f"started {number} {process}\n".encode())


class _Before:
    """What was there before the first builder was asked for, and is nothing of theirs."""

    def __init__(self):
        import gc
        import io

        self.modules = frozenset(sys.modules)
        self.streams = [value for value in gc.get_objects() if isinstance(value, io.IOBase)]


def _can_fork():
    """Whether a copy of this process is as good as a new one: it has no second thread, and no library from outside
    Python's own that may have started something or cannot be loaded twice."""
    if sys.platform != "linux":  # macOS: its own libraries may not survive a fork
        return False
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return False
    import sysconfig

    own = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib"))
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".so") and not file.startswith(own):
            return False
    return True


def _forget_the_frontend():
    """What the frontend, of which this process is a copy, wants done at its end is not ours to do."""
    import atexit

    atexit._clear()
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
    return 0


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
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for pipe in pipes:
            os.close(pipe)
        _open_streams(control)
        import _generate

        os.environ["OFFICINA_EDITABLE_REBUILD"] = "false"  # a builder may import what an install would rebuild
        sys.modules["__main__"] = _generate
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
    """What an interpreter does at its end: waits for threads, calls who wanted to be called, writes what is left in
    files that nobody closed."""
    import atexit
    import gc
    import io

    threading = sys.modules.get("threading")
    if threading is not None:
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
    atexit._run_exitfuncs()
    known = set(map(id, before.streams))
    for value in gc.get_objects():
        try:
            if isinstance(value, io.IOBase) and id(value) not in known and not value.closed and value.writable():
                value.flush()
        except Exception:
            pass  # half made, or of a class of somebody's own


if __name__ == "__main__":
    _requests, _answers = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    sys.exit(serve(_requests, _answers))

"""Runs several builders side by side, each in a process forked from this one, which imports cffi once for all.

``python -u -B _fork_server.py CONTROL`` reads ``builders.json`` in the control folder: how many builders there are, and
how many may run at once. The folders ``0``, ``1``, .. beside it are the control folders of the builders. Each gets
``output.log``, all that the builder printed, and ``ended.json``, how its process ended; see ``_run_builder.py`` for the
rest. When a builder fails, no other one is started, and those that run are stopped.

This process leads the process group that all builders belong to, and does nothing else. So what a forked process has of
it is as good as new, and the process ends as any Python does: its :func:`main` returns.
"""

import contextlib
import json
import os
import signal
import sys
import time

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
CANNOT_WRITE = 73  # as in _run_builder.py
LOOK = 0.2  # seconds from one look at the executable to the next
GRACE = 0.03  # seconds that a builder has to end by itself: somebody waits for the error of another one


def main(control):
    """Runs all builders; returns the exit code. In a forked process, that of its builder."""
    with open(os.path.join(control, "builders.json"), encoding="utf-8") as file:
        request = json.load(file)
    waiting = [os.path.join(control, str(number)) for number in range(request["builders"])]
    run_builder = _import_run_builder()
    run_builder.import_cffi_early(waiting[0])
    default_actions = _set_signal_handlers(request["executable"])
    running, code = {}, 0
    while code == 0 and (waiting or running):
        while waiting and len(running) < request["at_once"]:
            builder, began = waiting.pop(0), time.time_ns()
            process = os.fork()
            if process == 0:
                _become_a_builder(builder, default_actions)
                return run_builder.main(builder, request["executable"])
            running[process] = (builder, began)
        if not all(_succeeded(*ended) for ended in _wait(running)):
            _stop(running)
            code = 1
    signal.setitimer(signal.ITIMER_REAL, 0)  # at its end Python restores what the signal does: it kills
    return code


def _import_run_builder():
    """Under no name that a module of a project may have."""
    sys.path.insert(0, OWN_FOLDER)  # PYTHONSAFEPATH may have left it out
    import _run_builder

    del sys.path[0], sys.modules["_run_builder"]
    return _run_builder


def _set_signal_handlers(executable):
    """This process outlives its builders, unless the executable, which reads what they made, is gone. Returns what the
    signals do otherwise."""

    def look(*_):
        if os.getppid() != executable:
            os.killpg(0, signal.SIGKILL)

    actions = {signal.SIGALRM: look, signal.SIGTERM: signal.SIG_IGN, signal.SIGHUP: signal.SIG_IGN}
    before = {number: signal.signal(number, action) for number, action in actions.items()}
    signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)  # forked processes do not inherit it
    return before


def _become_a_builder(control, actions):
    """Prints into a file of the builder's, and hears signals as a program that has just been started."""
    for number, action in actions.items():
        signal.signal(number, action)
    log = os.open(os.path.join(control, "output.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _wait(running):
    """Waits for the next builder that ends; returns it and all others that have ended by then."""
    ended = []
    process, status = os.wait()
    while process != 0:
        if process in running:
            builder, began = running.pop(process)
            ended.append((builder, status))
            _write_ended(builder, status, began)
        process, status = os.waitpid(-1, os.WNOHANG) if running else (0, 0)
    return ended


def _succeeded(builder, status):
    return status == 0 and os.path.exists(os.path.join(builder, "modules.json"))


def _stop(running):
    """Asks builders to end, and makes them."""

    def kill(*_):
        for process in running:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(process, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, GRACE)
    os.killpg(0, signal.SIGTERM)  # this process ignores it
    while running:
        process, status = os.wait()
        if process in running:
            builder, began = running.pop(process)
            _write_ended(builder, status, began, stopped=True)


def _write_ended(builder, status, began, stopped=False):
    """``status`` is that of wait(2); times are nanoseconds since 1970."""
    facts = {"status": status, "began": began, "ended": time.time_ns(), "stopped": stopped}
    try:
        with open(os.path.join(builder, "ended.json"), "w", encoding="utf-8") as file:
            json.dump(facts, file)
    except OSError as error:
        sys.stderr.write(f"cannot write into `{builder}`: {error.strerror}\n")
        raise SystemExit(CANNOT_WRITE) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

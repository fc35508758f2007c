"""Keeps what goes with a builder's process, a temporary folder for example, until the build is over.

With setuptools the process of the builder is that of the build, so what it removes at its end was there for the
compilers.
"""

import atexit
import contextlib
import gc
import io
import json
import os
import sys
import time

LOOK = 0.02  # seconds from one look at the executable to the next

# Builders may put something else in the place of these.
_dumps, _exists, _exit = json.dumps, os.path.exists, os._exit
_fork, _kill, _setpgid = (getattr(os, name, None) for name in ("fork", "kill", "setpgid"))
_exit_functions, _sleep = getattr(atexit, "_ncallbacks", lambda: 0), time.sleep
_registered = _exit_functions()


def is_needed(made, modules, root):
    """Whether an answer names what the builder has made and may be about to remove."""
    may_remove = _exit_functions() > _registered or "tempfile" in sys.modules
    made = [path for path in made if may_remove or not path.startswith(os.path.join(root, ""))]
    if not made or _fork is None:
        return False
    text = _dumps(modules, ensure_ascii=False)
    return any(_dumps(path, ensure_ascii=False)[1:-1] in text and _exists(path) for path in made)


def until_ended(executable):
    """Goes on in a process of its own, which ends when the executable has; for the executable, this one ends now."""
    for stream in gc.get_objects():
        if isinstance(stream, (io.BufferedWriter, io.BufferedRandom, io.TextIOWrapper)) and not stream.closed:
            with contextlib.suppress(OSError, ValueError):  # it is only read, or nobody listens
                stream.flush()
    if _fork():
        _exit(0)
    _setpgid(0, 0)  # a fork server kills its group if it fails
    while _is_alive(executable):
        _sleep(LOOK)


def _is_alive(process):
    try:
        _kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is somebody else's
    return True

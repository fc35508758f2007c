"""Hears what a builder asks of the machine that it runs on, where its modules are for another one.

Such an answer is true of this machine alone: a builder that goes by it sets the wrong flags. Not heard are
``sys.maxsize``, ``struct.calcsize()`` and programs that it starts.
"""

import functools
import os
import platform
import sys
import sysconfig

QUESTIONS = [
    (os, "uname"),
    (platform, "architecture"),
    (platform, "machine"),
    (platform, "platform"),
    (platform, "processor"),
    (platform, "uname"),
    (sysconfig, "get_config_h_filename"),
    (sysconfig, "get_config_var"),
    (sysconfig, "get_config_vars"),
    (sysconfig, "get_makefile_filename"),
]


def listen(root):
    """Returns a list that gets what the code below ``root`` asks: ``platform.machine() in build.py, line 3``."""
    asked = []
    for module, name in QUESTIONS:
        if hasattr(module, name):  # Windows has no `os.uname`
            setattr(module, name, _heard(getattr(module, name), f"{module.__name__}.{name}()", root, asked))
    return asked


def _heard(function, name, root, asked):
    @functools.wraps(function)
    def heard(*arguments, **named):
        caller = sys._getframe(1)
        file = os.path.abspath(os.path.join(root, caller.f_code.co_filename))
        if file.startswith(os.path.join(root, "")):
            sentence = f"{name} in {os.path.relpath(file, root)}, line {caller.f_lineno}"
            if sentence not in asked:
                asked.append(sentence)
        return function(*arguments, **named)

    return heard

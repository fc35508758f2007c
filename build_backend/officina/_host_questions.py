"""Hears what a builder asks of the machine that it runs on, where its modules are for another one.

Such an answer is true of this machine alone: a builder that goes by it sets the wrong flags. Not heard are
``sys.maxsize``, ``struct.calcsize()`` and programs that it starts.
"""

import functools
import os
import platform
import sysconfig

import _questions
import _seen

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
    """Returns a list that gets what the project's code below ``root`` asks:
    ``platform.machine() in build.py, line 3``."""
    asked = []
    library = _seen.library_folders()

    def tell(question, /, *_, **__):
        frame = _questions.caller()
        file = os.path.abspath(os.path.join(root, frame.f_code.co_filename))
        if file.startswith(library) or not file.startswith(os.path.join(root, "")):
            return
        # A virtual environment may lie in the project.
        inside = os.path.relpath(file, root)
        sentence = f"{question} in {inside}, line {frame.f_lineno}"
        if not _seen.is_installed(inside) and sentence not in asked:
            asked.append(sentence)

    for module, name in QUESTIONS:
        if hasattr(module, name):  # Windows has no `os.uname`
            question = functools.partial(tell, f"{module.__name__}.{name}()")
            setattr(module, name, _questions.Heard(getattr(module, name), question))
    return asked

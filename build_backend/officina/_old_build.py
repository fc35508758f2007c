"""Calls one hook (PEP 517) of another backend, for ``officina migrate --prove``.

The executable runs this file as a program, in a copy of the source tree: ``python -B _old_build.py BACKEND HOOK FOLDER
ANSWER [PATH ...]``. What the hook returns goes into the file ANSWER, as JSON; FOLDER is where a product goes. An
optional hook that the backend does not have returns nothing.
"""

import importlib
import json
import os
import sys


def main():
    """Does what the command line says."""
    backend, hook, folder, answer = sys.argv[1:5]
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [*map(os.path.abspath, sys.argv[5:]), *(entry for entry in sys.path if entry != own)]
    sys.argv[1:] = []  # which a setup.py may read
    name, _, attributes = backend.partition(":")
    found = importlib.import_module(name)
    for attribute in attributes.split(".") if attributes else ():
        found = getattr(found, attribute)
    if hook.startswith("get_requires_"):
        result = getattr(found, hook)() if hasattr(found, hook) else []
    else:
        os.makedirs(folder, exist_ok=True)
        result = getattr(found, hook)(folder)
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(result, file)


# Where processes are spawned rather than forked, each of them imports this file.
if __name__ == "__main__":
    main()

"""For a Cargo build script, which knows nothing of Python and starts one alone: says what this interpreter is, then
runs a builder.

``python -u -B _build_script.py CONTROL`` writes ``python.json`` into the control folder and goes on as
``_run_builder.py`` does. The keys of ``python.json`` are those of ``WireAnswer`` in ``src/steps/builder/guest.rs``.
Python 2 has to understand this file, to be refused.
"""

import sys

PROTOCOL = 1
TOO_OLD = 74  # the exit code of a Python that we do not support


def facts():
    import _interpreter

    prefixes = dict.fromkeys([sys.prefix, sys.exec_prefix])
    return {
        "protocol": PROTOCOL,
        "interpreter": _interpreter.identity(),
        "sysconfig": _interpreter.compiling(),
        "prefixes": list(prefixes),
    }


def main(control):
    import json
    import os

    own_folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, own_folder)  # PYTHONSAFEPATH may have left it out
    with open(os.path.join(control, "python.json"), "w") as file:
        json.dump(facts(), file)
    import _run_builder

    del sys.path[0]
    for name in ("_interpreter", "_run_builder"):
        del sys.modules[name]  # a project may have a module of this name
    return _run_builder.main(control)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if sys.version_info >= (3, 9) else TOO_OLD)

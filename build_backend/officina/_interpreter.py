"""Facts about this interpreter, as JSON. The keys are those of the structs in
``src/model/interpreter.rs``.

The hooks import this file. For a person's commands the executable runs it as a program, in the
interpreter to build for: ``python -B _interpreter.py <file>`` writes the facts into the file.
"""

import os
import sys
import sysconfig

PROTOCOL = 1

VARIABLES = {
    "cc": "CC",
    "cxx": "CXX",
    "cflags": "CFLAGS",
    "ccshared": "CCSHARED",
    "ldshared": "LDSHARED",
    "ldcxxshared": "LDCXXSHARED",
    "ext_suffix": "EXT_SUFFIX",
    "soabi": "SOABI",
    "soabi_platform": "SOABI_PLATFORM",
    "libdir": "LIBDIR",
    "ldlibrary": "LDLIBRARY",
    "instsoname": "INSTSONAME",
    "macosx_deployment_target": "MACOSX_DEPLOYMENT_TARGET",
}


def identity():
    """Which interpreter this is. Cheap: no hook goes without it."""
    pypy = getattr(sys, "pypy_version_info", None)
    return {
        "executable": sys.executable,
        "implementation": sys.implementation.name,
        "version": list(sys.version_info[:2]),
        "pypy_version": pypy and list(pypy[:2]),
        "free_threaded": _free_threaded(),
        "debug": hasattr(sys, "gettotalrefcount"),
        "pointer_bits": 64 if sys.maxsize > 2**32 else 32,
        "platform": sysconfig.get_platform(),
    }


def building():
    """What a hook that builds needs besides: to run builders, and to compile what they make."""
    return {
        "sysconfig": compiling(),
        "host": {
            "executable": sys.executable,
            "python_package": os.path.dirname(os.path.abspath(__file__)),
            "sys_path": import_path(),
        },
    }


def compiling():
    """How this interpreter compiles its extension modules."""
    known = sysconfig.get_config_vars()
    facts = {name: _text(known.get(variable)) for name, variable in VARIABLES.items()}
    facts["enable_shared"] = bool(known.get("Py_ENABLE_SHARED"))
    facts["include_dirs"] = _include_dirs()
    facts["base_exec_prefix"] = sys.base_exec_prefix
    return facts


def _free_threaded():
    # `abiflags` is exact and costs nothing; Windows, where it is missing or young, has a
    # `sysconfig` that is cheap to ask.
    if os.name == "nt" or not hasattr(sys, "abiflags"):
        return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    return "t" in sys.abiflags


def _text(value):
    """Some variables are numbers on some platforms; an empty one says as little as a missing one."""
    return None if value in (None, "") else str(value)


def _include_dirs():
    """A virtual environment's own headers first, if it has any, then Python's, as setuptools does.
    The folder of an isolated environment has another name each time: whoever keeps what compilers
    made could not know a command again."""
    candidates = [
        os.path.join(sys.prefix, "include"),
        sysconfig.get_path("include"),
        sysconfig.get_path("platinclude"),
    ]
    if sys.prefix == sys.base_prefix or not any(files for _, _, files in os.walk(candidates[0])):
        del candidates[0]
    return [path for path in dict.fromkeys(candidates) if os.path.isdir(path)]


def import_path():
    """Where this process finds modules, for builders to find them too: the frontend may have put
    the build requirements anywhere. The folder of the frontend's own script is not among them."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    script_folder = main and os.path.dirname(os.path.abspath(main))
    absolute = [path for path in sys.path if isinstance(path, str) and os.path.isabs(path)]
    return [path for path in absolute if path != script_folder]


def main(path):
    """Writes everything that a command wants to know about this interpreter into a file."""
    import json
    from importlib import metadata

    installed = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:  # the first on the path is the one that imports find
            installed.setdefault(name, distribution.version)
    facts = {"protocol": PROTOCOL, "interpreter": identity(), "installed": installed, **building()}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(facts, file)


if __name__ == "__main__":
    main(sys.argv[1])

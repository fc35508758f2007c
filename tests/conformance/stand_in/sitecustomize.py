"""Puts Officina in the place of `cffi.ffiplatform.compile`, in this process and in its children.

Python imports a module of this name at start-up from any folder on PYTHONPATH. Each call leaves a
line in the file that OFFICINA_CONFORMANCE_CALLS names, as proof.
"""

import os
import sys
from pathlib import Path

try:
    import cffi
    from cffi import ffiplatform
    from officina import _core, _interpreter
except ImportError:  # pip and others start Python as well
    ffiplatform = None


def compile(tmpdir, ext, compiler_verbose=0, debug=None):
    """What `cffi.ffiplatform.compile` does, by way of the executable."""
    target = _output_file(tmpdir, ext)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    with Path(os.environ["OFFICINA_CONFORMANCE_CALLS"]).open("a") as calls:
        calls.write(f"{target}\n")
    # setuptools leaves the objects there, and some of cffi's tests look for them.
    objects = str(Path(tmpdir).absolute())
    request = {"extension": _facts(ext), "target": target, "object_directory": objects}
    sys.stdout.flush()
    try:
        answer = _core.call("compile_extension", None, request, _interpreter.building())
    except SystemExit as end:
        text = f"officina ended with exit code {end.code}; its words are on stderr"
        raise cffi.VerificationError(text) from None
    return os.path.abspath(answer)


def _output_file(tmpdir, ext):
    """The file that setuptools would make, by its own rules and by cffi's patches of them."""
    from cffi._shimmed_dist_utils import Distribution

    distribution = Distribution({"ext_modules": [ext]})
    distribution.parse_config_files()
    options = distribution.get_option_dict("build_ext")
    options["build_lib"] = options["build_temp"] = ("stand_in", tmpdir)
    command = distribution.get_command_obj("build_ext")
    command.ensure_finalized()
    [output] = command.get_outputs()
    return str(Path(output).absolute())


def _facts(ext):
    generated = Path(ext.sources[0]).absolute()
    embedding = "#define _CFFI_USE_EMBEDDING" in generated.read_text(encoding="utf-8")
    kwds = {name: value for name, value in vars(ext).items() if not name.startswith("_")}
    for name in ("name", "sources", "py_limited_api"):
        kwds.pop(name, None)
    return {
        "name": ext.name,
        "generated_source": str(generated),
        "builder": "cffi's tests",
        "sources": ext.sources[1:],
        "kwds": kwds,
        "abi": "embedding" if embedding else "version",
    }


if ffiplatform is not None:
    ffiplatform.compile = compile

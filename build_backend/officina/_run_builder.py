"""Runs one builder script and writes what cffi generates from it.

``python -u -B _run_builder.py CONTROL`` reads ``builder.json`` in the control folder and leaves ``modules.json`` there.
Where several builders run, ``_fork_server.py`` calls :func:`main` in a process that it has forked. What is wrong with
the builder is part of the answer, because the executable knows the line of pyproject.toml to blame; only tracebacks are
printed here.
"""

import sys

# What Python itself has imported at its start, and from where.
IMPORTED_AT_START, PATH_AT_START = frozenset(sys.modules), tuple(sys.path)

import collections.abc  # noqa: E402
import gc  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import os  # noqa: E402
import types  # noqa: E402

KEPT_FOLDER = "OFFICINA_BUILDER_DIR"
PROTOCOL = 5
CANNOT_WRITE = 73  # the exit code when not even a failure can be written down; sysexits.h: EX_CANTCREAT
# Follows what set_source() attaches, so that its line numbers stay and what comes after, which is cffi's own C, can be
# compiled at a level of its own: the executable decides whether to define the macro. Each compiler sees only the
# pragmas that it knows, for it would warn about others.
MARK = """

#ifdef OFFICINA_GLUE_LEVEL
# if defined __clang__
#  if OFFICINA_GLUE_LEVEL == 0
#   pragma clang optimize off
#  endif
# elif OFFICINA_GLUE_LEVEL == 0
#  pragma GCC optimize ("O0")
# else
#  pragma GCC optimize ("O1")
# endif
#endif
"""
# Follows it, and tells which Python's limited API the compiler was given, whoever gave it: the empty headers that it
# reads add up to the minor version. It reads none where there is no version, as cffi has it. The executable writes
# these headers, and finds them in the compiler's list of what it read.
MARK += """#ifdef Py_LIMITED_API
# if (Py_LIMITED_API + 0) >> 16 & 1
#  include "../limited-api-marks/1.h"
# endif
# if (Py_LIMITED_API + 0) >> 16 & 2
#  include "../limited-api-marks/2.h"
# endif
# if (Py_LIMITED_API + 0) >> 16 & 4
#  include "../limited-api-marks/4.h"
# endif
# if (Py_LIMITED_API + 0) >> 16 & 8
#  include "../limited-api-marks/8.h"
# endif
# if (Py_LIMITED_API + 0) >> 16 & 16
#  include "../limited-api-marks/16.h"
# endif
# if (Py_LIMITED_API + 0) >> 16 & 32
#  include "../limited-api-marks/32.h"
# endif
#endif
"""
# Builders may put something else in the place of these.
_dumps, _open, _replace = json.dumps, open, os.replace
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))

sys.path.insert(0, OWN_FOLDER)  # PYTHONSAFEPATH may have left it out
import _cdef_checks  # noqa: E402
import _declared  # noqa: E402
import _keep  # noqa: E402
import _recorder  # noqa: E402
import _user_code  # noqa: E402

del sys.path[0]
for name in (
    "_cdef_checks",
    "_declared",
    "_imports",
    "_keep",
    "_questions",
    "_recorder",
    "_seen",
    "_user_code",
    "_variables",
):
    del sys.modules[name]  # a project may have a module of this name


Failure = _user_code.Failure


def import_cffi_early(control):
    """Imports cffi in a process that is forked afterwards, from where the request in a control folder says. Each
    forked process reports a failure by itself."""
    try:
        _use_import_path(_request(control)["sys_path"])
        _import_cffi()
    except Exception:
        pass


def main(control, executable=None):
    """Answers the request in a control folder; returns the exit code. ``executable`` is the process that builds; else
    it has started this one."""
    executable = executable or os.getppid()
    # A builder may print what the encoding of this stream lacks: that is no reason to fail.
    sys.stdout.reconfigure(errors="backslashreplace")
    builder = _request(control)
    answer, is_kept = {"protocol": PROTOCOL}, False
    try:
        # Of another protocol than ours, the executable only wants to know which one we speak.
        if builder["protocol"] == PROTOCOL:
            answer["done"] = run(builder)
            is_kept = _keep.is_needed(answer["done"]["inputs"]["written"], answer["done"]["modules"], builder["root"])
    except Failure as failure:
        answer["failure"] = failure.facts
    try:
        _write_whole(os.path.join(control, "modules.json"), _dumps(answer).encode("ascii"))
    except OSError as error:
        sys.stderr.write(f"cannot write into `{control}`: {error.strerror}\n")
        return CANNOT_WRITE
    if is_kept:
        _keep.until_ended(executable)
    return 1 if "failure" in answer else 0


def _request(control):
    with open(os.path.join(control, "builder.json"), encoding="utf-8") as file:
        return json.load(file)


def run(builder):
    """Runs a builder and writes its modules; returns the facts about them."""
    c_model = _c_model() if "literals" in builder else None
    _use_import_path(builder["sys_path"])
    api, recompiler = _import_cffi()
    # After the import of cffi, which must not find a `json.py` that a folder of the project may hold.
    sys.path[:0] = dict.fromkeys(builder["paths"])
    os.chdir(builder["root"])
    sys.argv[:] = [builder["script"]]
    # For what a builder makes by `configure`, cmake or make, so that it is there the next time.
    os.makedirs(builder["kept"], exist_ok=True)
    os.environ[KEPT_FOLDER] = builder["kept"]
    asked = _host_questions(builder["root"]) if builder["is_cross"] else []
    recorder = _recorder.Recorder(builder["output"], builder["paths"])
    _make_compile_harmless(api.FFI)
    try:
        modules = make_modules(builder, api, recompiler, recorder, c_model)
    except Failure as failure:
        failure.facts["files"] = [builder["script"], *recorder.files_of_the_project()]
        raise
    inputs = recorder.facts(IMPORTED_AT_START, PATH_AT_START)
    inputs["asked_of_host"] = [_recorder.as_utf8(sentence) for sentence in asked]
    return {
        "inputs": inputs,
        "use_limited_api": bool(getattr(recompiler, "USE_LIMITED_API", True)),
        "environment": recorder.assigned(),
        "modules": modules,
    }


def make_modules(builder, api, recompiler, recorder, c_model):
    """Has the builder say what its modules are, and writes them. ``c_model`` tells what they declare, if wanted."""
    declaration = builder.get("declaration")
    if declaration:
        names = {name: _declared.make(declaration, api.FFI) for name in builder["objects"]}
    else:
        names = execute(builder["script"])
    stage = "declared" if declaration else "generate"
    modules = []
    for name in builder["objects"]:
        ffis = resolve(names, name, api.FFI)
        places = [builder["script"], *recorder.files_of_the_project()]
        for ffi in ffis:
            modules.append(dict(describe(ffi, name, recompiler, builder["output"], stage, places), object=name))
            if c_model:
                modules[-1]["declares"] = _user_code.call(stage, name, c_model.of, ffi, builder["literals"])
    return modules


def execute(script):
    """Executes a script, which is never imported: a package's ``__init__`` may import the very
    module that is not built yet. Returns its globals."""
    try:
        with open(script, "rb") as file:
            text = file.read()
    except OSError as error:
        raise Failure("unreadable", message=error.strerror or str(error)) from None
    code = _user_code.call("compile", None, compile, text, script, "exec", dont_inherit=True)
    # Its classes and functions must find their module: dataclasses and pickle look it up by name.
    module = sys.modules["__cffi__"] = types.ModuleType("__cffi__")
    module.__file__ = script
    _user_code.call("script", None, exec, code, module.__dict__)
    return module.__dict__


def resolve(names, name, ffi_type):
    """The ``FFI`` objects that an entry names: one or several, in a variable or returned by a function."""
    if name not in names:
        known = [key for key in names if isinstance(key, str) and _is_utf8(key) and not key.startswith("__")]
        raise Failure(
            "not_found",
            object=name,
            names=known,
            ffis=[key for key in known if issubclass(type(names[key]), ffi_type)],
        )
    value = names[name]
    returned = not isinstance(value, ffi_type) and callable(value)
    if returned:
        value = _user_code.call("object", name, value)
    several = _several(value)
    ffis = _user_code.call("object", name, list, value) if several else [value]
    for index, ffi in enumerate(ffis):
        facts = {"object": name, "item": index if several else None}
        if not isinstance(ffi, ffi_type):
            raise Failure("not_ffi", type=_user_code.type_name(ffi), returned=returned, **facts)
        if not hasattr(ffi, "_assigned_source"):
            raise Failure("no_set_source", **facts)
    return ffis


def _several(value):
    """Whether a value is a list of something: no text, no mapping, and no class."""
    no_list = (str, bytes, collections.abc.Mapping, type)
    return isinstance(value, collections.abc.Iterable) and not isinstance(value, no_list)


def describe(ffi, name, recompiler, output, stage, places):
    """Writes the module of one ``FFI`` and returns what ``set_source`` said about it. ``places``: files that may hold
    its cdef."""
    module, source, extension, arguments = ffi._assigned_source
    suffix = ".py" if source is None else extension
    path = os.path.join(output, f"{module}{suffix}")
    text = _user_code.call(stage, name, _generated, recompiler, ffi, module, source)
    try:
        if source is not None:
            checks, about = _user_code.call(stage, name, _cdef_checks.of, ffi, places)
            text += checks
            _write_whole(path + _cdef_checks.SUFFIX, about.encode("utf-8"))
        _write_whole(path, text.encode("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure("unwritable", object=name, module=module, message=str(error)) from None
    return {
        "name": module,
        "mode": "abi" if source is None else "api",
        "path": path,
        "attached": source,
        "source_extension": plain(extension),
        "arguments": _user_code.call("arguments", name, _plain_arguments, arguments),
        "additions": _additions(ffi),
        "embedding": ffi._embedding is not None,
    }


def _c_model():
    """The module that says what an ``FFI`` declares; nothing of it is imported where nobody wants stubs."""
    sys.path.insert(0, OWN_FOLDER)
    try:
        import _c_model

        return _c_model
    finally:
        sys.path.remove(OWN_FOLDER)
        sys.modules.pop("_c_model", None)


def _host_questions(root):
    """Hears what is asked of this machine; nothing of it is imported where modules are for the same one."""
    sys.path.insert(0, OWN_FOLDER)
    try:
        import _host_questions

        return _host_questions.listen(root)
    finally:
        sys.path.remove(OWN_FOLDER)
        for name in ("_host_questions", "_questions", "_seen"):
            sys.modules.pop(name, None)


def _make_compile_harmless(ffi_type):
    """A script that calls ``ffi.compile()`` unguarded would make its module in the source tree, besides the build's."""
    own = ffi_type.compile

    def compile(self, *arguments, **options):
        caller = sys._getframe(1)
        if caller.f_code.co_name != "<module>" or caller.f_globals.get("__name__") != "__cffi__":
            return own(self, *arguments, **options)
        place = f"{caller.f_globals.get('__file__')}:{caller.f_lineno}"
        _user_code.tell(
            f'warning: {place}: a build does not run `compile()`: guard it by `if __name__ == "__main__":`\n'
        )
        return None

    ffi_type.compile = compile


def _use_import_path(entries):
    """Searches where the hook's process does. This file's folder is not a place for modules."""
    own = [path for path in sys.path if os.path.abspath(path) != OWN_FOLDER]
    sys.path[:] = dict.fromkeys(entries + own)


def _import_cffi():
    # The garbage collector looks at all that an import makes, and once more when the process ends: 6 ms for nothing.
    gc.disable()
    try:
        from cffi import api, cparser, error, pkgconfig, recompiler  # noqa: F401
    except ImportError as error:
        # "No module named cffi" and "cffi is there but broken" need different advice.
        missing = isinstance(error, ModuleNotFoundError) and error.name == "cffi"
        raise Failure("no_cffi", missing=missing, message=str(error)) from None
    finally:
        gc.enable()
    if hasattr(gc, "freeze"):  # not in PyPy
        gc.freeze()
    return api, recompiler


def _generated(recompiler, ffi, module, source):
    """The text of a module, by cffi's own code."""
    buffer = io.StringIO()
    if source is not None:
        source += MARK
    if hasattr(recompiler, "_is_file_like"):
        if source is None:
            recompiler.make_py_source(ffi, module, buffer)
        else:
            recompiler.make_c_source(ffi, module, source, buffer)
    else:  # before cffi 1.18, as in PyPy: these functions write only files, in the locale's encoding
        writer = recompiler.Recompiler(ffi, module, target_is_python=source is None)
        writer.collect_type_table()
        writer.collect_step_tables()
        writer.write_source_to_f(buffer, source)
    return buffer.getvalue()


def _additions(ffi):
    """Arguments that cffi itself appends for ``set_unicode`` and ``embedding_api``, apart from the
    user's own, which are never changed."""
    additions = {}
    if ffi._windows_unicode:
        ffi._apply_windows_unicode(additions)
    if ffi._embedding is not None and ffi._assigned_source[1] is not None:
        ffi._apply_embedding_fix(additions)
    return additions


def _plain_arguments(arguments):
    return {key: plain(value) for key, value in arguments.items() if value is not None}


def plain(value):
    """A Python value as JSON. What has no plain form becomes ``{"type": .., "repr": ..}``, so that
    the executable refuses it by name."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, int) and abs(value) < 2**63:
        return int(value)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bytes):
        value = os.fsdecode(value)
    if isinstance(value, str) and _is_utf8(value):
        return str.__str__(value)
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, collections.abc.Iterable) and not isinstance(value, (str, collections.abc.Mapping)):
        return [plain(item) for item in value]
    return {"type": _user_code.type_name(value), "repr": ascii(value)[:200]}


def _is_utf8(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _write_whole(path, data):
    """Writes a file at once; one with this content already is left alone, with its time."""
    try:
        with _open(path, "rb") as file:
            if file.read() == data:
                return
    except OSError:
        pass
    part = f"{path}.{os.getpid()}.part"
    with _open(part, "wb") as file:
        file.write(data)
    _replace(part, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

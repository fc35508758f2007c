"""Calls the user's code, and says what ended it."""

import os
import re
import sys
import traceback

from _recorder import as_utf8

MOST_FRAMES = 100  # of a recursion without an end
# How cffi begins the line number of what it cannot read, in the words of its several exceptions.
LINE = re.compile(r"(?:<cdef source string>|^):(\d+):", re.MULTILINE)
# What it says about a name without a line.
NAME = re.compile(r"multiple declarations of (?:\w+ )*?(\w+) \(|'(\w[^']*)'")
# Builders may put something else in the place of these.
_format_exception, _format_exception_only, _write = (
    traceback.format_exception,
    traceback.format_exception_only,
    os.write,
)


class Failure(Exception):
    """Something that the answer reports as data: its kind, and facts for the message."""

    def __init__(self, kind, **facts):
        super().__init__(kind)
        self.facts = dict(facts, kind=kind)


def call(stage, name, function, *arguments, **options):
    """Calls into the user's code (or into cffi on behalf of it) and turns whatever ends it into a
    failure. The traceback shown is theirs alone."""
    try:
        return function(*arguments, **options)
    except KeyboardInterrupt:
        raise Failure("interrupted") from None
    except SystemExit as error:
        code, says = _exit_code(error)
        raise Failure("exit", stage=stage, object=name, code=code, says=says, **_whereabouts(error)) from None
    except BaseException as error:
        if stage != "declared":  # all code is cffi's, and the path through it is for nobody
            _print_traceback(error, stage)
        raise Failure(
            "exception",
            stage=stage,
            object=name,
            type=type_name(error),
            message=as_utf8(_summary(error)),
            **_whereabouts(error),
        ) from None


def _whereabouts(error):
    """The lines on the way to an exception, the innermost last; and the text that cffi could not read."""
    frames, cdef, frame = [], None, error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        frames.append([as_utf8(code.co_filename), frame.tb_lineno])
        if code.co_name in ("cdef", "embedding_api"):
            text = frame.tb_frame.f_locals.get("csource")
            if isinstance(text, str):
                message = str(error)
                cdef = {"text": as_utf8(text), "line": line_of_cdef(message, text), "message": as_utf8(message)}
        frame = frame.tb_next
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        frames.append([as_utf8(error.filename), error.lineno])
    return {"frames": frames[-MOST_FRAMES:], "cdef": cdef}


def _summary(error):
    """The line that says what happened: the last one of a SyntaxError, else the first. What pkg-config said is told
    whole."""
    text = "".join(_format_exception_only(type(error), error))
    if type_name(error).endswith("PkgConfigError"):
        return text.strip()
    return text.strip().splitlines()[-1 if isinstance(error, SyntaxError) else 0]


def _print_traceback(error, stage):
    frames = error.__traceback__
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    # cffi's complaints about a cdef are for people; the path through its code is not.
    if stage == "generate" and type_name(error).startswith("cffi"):
        frames = None
    # Its CDefError repeats what the parser said, so that the way through the parser is noise.
    error.__suppress_context__ |= type_name(error).endswith("CDefError")
    tell("".join(_format_exception(type(error), error.with_traceback(frames), frames)))


def _is_ours(file):
    return os.path.dirname(file) == os.path.dirname(__file__)


def _exit_code(error):
    """The code, and whether there are words: ``sys.exit`` takes anything, and text is printed and means 1."""
    if error.code is None:
        return 0, False
    if isinstance(error.code, int):
        return int(error.code), False
    try:
        text = str(error.code)
    except Exception as failure:
        text = f"<{type_name(error.code)}: its text cannot be made: {type_name(failure)}>"
    tell(f"{text}\n")
    return 1, bool(text.strip())


def tell(text):
    """Writes to stderr, even where the builder has closed or replaced Python's own way there."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        _write(2, text.encode("utf-8", "backslashreplace"))


def type_name(value):
    kind = type(value)
    if kind.__module__ in ("builtins", "__cffi__"):
        return as_utf8(kind.__qualname__)
    return as_utf8(f"{kind.__module__}.{kind.__qualname__}")


def line_of_cdef(message, text):
    """The line of a cdef that a message of cffi is about, from one; ``None`` where it names none."""
    found = LINE.search(message)
    if found:
        return int(found.group(1))
    found = NAME.search(message)
    name = found and (found.group(1) or found.group(2))
    places = list(re.finditer(rf"\b{re.escape(name)}\b", text)) if name else []
    return text.count("\n", 0, places[-1].start()) + 1 if places else None

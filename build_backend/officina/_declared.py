"""Makes the ``FFI`` of a module that pyproject.toml declares, as its builder script would."""

import re

# How cffi begins the line number of what it cannot read, in the words of its several exceptions.
LINE = re.compile(r"(?:<cdef source string>|^):(\d+):", re.MULTILINE)
# What it says about a name without a line.
NAME = re.compile(r"multiple declarations of (?:\w+ )*?(\w+) \(|'(\w[^']*)'")


class Failure(Exception):
    """Something that the answer reports as data: its kind, and facts for the message."""

    def __init__(self, kind, **facts):
        super().__init__(kind)
        self.facts = dict(facts, kind=kind)


def make(declaration, ffi_type):
    """The ``FFI`` of a declaration, with its ``set_source()`` called."""
    ffi = ffi_type()
    for number, part in enumerate(declaration["cdef"]):
        _cdef(ffi, number, part, declaration["cdef_options"])
    source = declaration["source"]
    text = source and (source["text"] if "text" in source else _read(source["file"]))
    arguments = dict(declaration["arguments"])
    if "define_macros" in arguments:
        arguments["define_macros"] = [tuple(pair) for pair in arguments["define_macros"]]
    ffi.set_source(declaration["name"], text, declaration["source_extension"], **arguments)
    return ffi


def _cdef(ffi, number, part, options):
    text = part["text"] if "text" in part else _read(part["file"], number)
    try:
        ffi.cdef(text, **options)
    except Exception as error:
        message = str(error) or type(error).__name__
        raise Failure("cdef", part=number, line=_line(message, text), message=message) from None


def _line(message, text):
    found = LINE.search(message)
    if found:
        return int(found.group(1))
    found = NAME.search(message)
    name = found and (found.group(1) or found.group(2))
    places = list(re.finditer(rf"\b{re.escape(name)}\b", text)) if name else []
    return text.count("\n", 0, places[-1].start()) + 1 if places else None


def _read(path, number=None):
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        raise Failure("unreadable", message=f"`{path}`: {error.strerror}") from None
    except UnicodeDecodeError as error:
        message = f"`{path}` is not UTF-8: byte {error.start}"
        if number is None:
            raise Failure("unreadable", message=message) from None
        raise Failure("cdef", part=number, line=None, message=message) from None

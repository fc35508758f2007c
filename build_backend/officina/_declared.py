"""Makes the ``FFI`` of a module that pyproject.toml declares, as its builder script would."""

from _user_code import Failure, line_of_cdef


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
        raise Failure("cdef", part=number, line=line_of_cdef(message, text), message=message) from None


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

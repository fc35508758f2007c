"""What an ``FFI`` declares, as plain data: only its builder's process can tell.

The executable makes type stubs of it (``src/stubs/``), so that what is here decides nothing. Types are a list, and
refer to each other by their positions in it.
"""


def of(ffi, literals):
    """The declarations of an ``FFI`` whose module is generated, and the types that ``literals`` name."""
    from cffi import cparser

    parser = ffi._parser
    types = _Types()
    included = [_included(other, types) for other in ffi._included_ffis]
    theirs = _all_declared(ffi._included_ffis)
    declared = [item for item in list(parser._declarations.items()) if theirs.get(item[0]) is not item[1][0]]
    sources = _own_sources(ffi._cdefsources)
    places, parameters = _places(parser, sources, cparser)
    return {
        "includes": included,
        "declarations": [_declaration(key, value, types) for key, value in declared],
        "literals": _resolved(parser, literals, types),
        "sources": sources,
        "places": places,
        "parameters": parameters,
        "types": types.found,
    }


def _included(ffi, types):
    """An ``FFI`` that another one includes: the module that it makes, if any, and what it declares."""
    theirs = _all_declared(ffi._included_ffis)
    own = [item for item in ffi._parser._declarations.items() if theirs.get(item[0]) is not item[1][0]]
    source = getattr(ffi, "_assigned_source", None)
    return {
        "module": source and source[0],
        "includes": [_included(other, types) for other in ffi._included_ffis],
        "declarations": [_declaration(key, value, types) for key, value in own],
    }


def _all_declared(ffis):
    found = {}
    for ffi in ffis:
        found.update((key, value[0]) for key, value in ffi._parser._declarations.items())
    return found


def _declaration(key, value, types):
    kind, _, name = key.partition(" ")
    declared = {"kind": kind, "name": name}
    if kind == "macro":
        return declared
    return dict(declared, type=types.position(value[0]))


class _Types:
    """C types, each once, in the order in which they were met."""

    def __init__(self):
        self.found = []
        self.positions = {}

    def position(self, kind):
        """The position of a type of ``cffi.model``."""
        if kind not in self.positions:
            self.positions[kind] = len(self.found)
            self.found.append({"name": kind._get_c_name()})
            self.found[self.positions[kind]].update(self._facts(kind))
        return self.positions[kind]

    def _facts(self, kind):
        names = {parent.__name__ for parent in type(kind).__mro__}
        if "BaseFunctionType" in names:
            facts = {
                "kind": "function" if "RawFunctionType" in names else "function_pointer",
                "arguments": [self.position(one) for one in kind.args],
                "result": self.position(kind.result),
                "variadic": bool(kind.ellipsis),
            }
        elif "PointerType" in names:
            facts = {"kind": "pointer", "item": self.position(kind.totype)}
        elif "ArrayType" in names:
            facts = {"kind": "array", "item": self.position(kind.item), "is_open": kind.length is None}
        elif "StructOrUnion" in names:
            facts = {"kind": "record", "fields": self._fields(kind)}
        elif "EnumType" in names:
            facts = {"kind": "enum", "enumerators": list(kind.enumerators)}
        elif "UnknownFloatType" in names:
            facts = {"kind": "float"}
        elif "UnknownIntegerType" in names:
            facts = {"kind": "integer"}
        else:
            facts = {"kind": "void" if "VoidType" in names else "primitive"}
        return facts

    def _fields(self, kind):
        if kind.fldtypes is None:
            return None
        return [[name, self.position(field)] for name, field, _, _ in kind.enumfields()]


def _resolved(parser, literals, types):
    """The types that literals name. What is not declared is forgotten again."""
    found = {}
    before = dict(parser._declarations)
    for literal in literals:
        try:
            kind = parser.parse_type(literal)
        except Exception:
            continue  # a text of something else
        if len(parser._declarations) == len(before):
            found[literal] = types.position(kind)
        else:
            parser._declarations = dict(before)
    return found


def _own_sources(sources):
    """The texts given to ``cdef()``; those of included ones stand in brackets."""
    own, depth = [], 0
    for text in sources:
        if text in ("[", "]"):
            depth += 1 if text == "[" else -1
        elif not depth:
            own.append(text)
    return own


def _places(parser, sources, cparser):
    """Where each name is declared, as source and line, and what the parameters of functions are called: neither is in
    cffi's model."""
    places, parameters = {}, {}
    for index, text in enumerate(sources):
        try:
            nodes = parser._parse(text)[0].ext
        except Exception:
            continue  # the stubs lack names and comments
        for node in nodes:
            if cparser.CDEF_SOURCE_STRING in str(getattr(node.coord, "file", "")):
                _place(node, index, places, parameters)
    return places, parameters


def _place(node, index, places, parameters):
    place = [index, node.coord.line]
    kind = getattr(node, "type", None)
    if node.name:
        places.setdefault(node.name, place)
    if type(kind).__name__ == "FuncDecl":
        params = kind.args.params if kind.args else []
        parameters[node.name] = [getattr(param, "name", None) for param in params]
    inner = kind
    while inner is not None and type(inner).__name__ not in ("Struct", "Union", "Enum"):
        inner = getattr(inner, "type", None)
    if inner is None:
        return
    if inner.name and (getattr(inner, "decls", None) or getattr(inner, "values", None)):
        places.setdefault(f"{type(inner).__name__.lower()} {inner.name}", [index, inner.coord.line])
    values = getattr(inner, "values", None)
    for one in values.enumerators if values else []:
        places.setdefault(one.name, [index, one.coord.line])

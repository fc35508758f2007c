"""C that makes a compiler hold a cdef against the headers, where cffi does it when a name is first used.

What cffi would refuse then is refused, and nothing else: layouts of structs without ``...``, sizes of fields, and
values of constants. Each check declares an array twice, and a compiler that sees two sizes tells both of them.
"""

import json

SUFFIX = ".checks"  # beside the generated file; src/steps/cdef_checks.rs reads it when a compiler has complained
_dumps = json.dumps  # builders may put something else in its place
INTEGERS_BY_OTHER_NAMES = {"ssize_t": "ptrdiff_t"}  # not everywhere, and of the same size

# A value that differs is worth a warning, which C gives for a pointer to another array: its first size is
# 2 * |x| + 2, one more where x is not positive, and 2 where nobody knows; its second one is the number of the check.
# What C does not call a constant (`static const int`) is compared if the compiler sees through it. The array may be of
# variable length, and the function is never called.
BEGIN = """
#if !defined OFFICINA_UNCHECKED && (defined __GNUC__ || defined _MSC_VER)
#if defined __clang__
# pragma clang diagnostic ignored "-Weverything"
#elif defined __GNUC__
# pragma GCC diagnostic ignored "-Wpragmas"
# pragma GCC diagnostic ignored "-Wpedantic"
# pragma GCC diagnostic ignored "-Wpointer-arith"
# pragma GCC diagnostic ignored "-Wredundant-decls"
# pragma GCC diagnostic ignored "-Wtype-limits"
# pragma GCC diagnostic ignored "-Wlong-long"
# pragma GCC diagnostic ignored "-Wpadded"
# pragma GCC diagnostic ignored "-Wpacked"
# pragma GCC diagnostic ignored "-Wshadow"
# pragma GCC diagnostic ignored "-Wunused"
# pragma GCC diagnostic ignored "-Wunused-variable"
# pragma GCC diagnostic ignored "-Wunused-value"
# pragma GCC diagnostic ignored "-Wvla"
# pragma GCC diagnostic ignored "-Wnarrowing"
# pragma GCC diagnostic ignored "-Winvalid-offsetof"
# ifndef __cplusplus
#  pragma GCC diagnostic ignored "-Wnested-externs"
#  pragma GCC diagnostic ignored "-Wdeclaration-after-statement"
# else
#  pragma GCC diagnostic ignored "-Wold-style-cast"
#  pragma GCC diagnostic ignored "-Wuseless-cast"
# endif
#else
# pragma warning(disable: 4101 4200 4201)
#endif
#define OFFICINA_SAME(n, cdef, c) \\
  { extern char officina_check_##n[(cdef) + 1]; { extern char officina_check_##n[(c) + 1]; } }
#if !defined __GNUC__ || defined __cplusplus
# define OFFICINA_VALUE(n, x, fits)
#else
# pragma GCC diagnostic warning "-Wincompatible-pointer-types"
# define OFFICINA_IS_CONSTANT(x) \\
  (sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))
# define OFFICINA_ABS(x) ((x) <= 0 ? 0ULL - (unsigned long long)((x) | 0) : (unsigned long long)((x) | 0))
# define OFFICINA_TOLD(x) \\
  (OFFICINA_ABS(x) < (sizeof(void *) > 4 ? 1ULL << 56 : 1ULL << 16) ? 2 * OFFICINA_ABS(x) + ((x) <= 0) + 2 : 2)
# define OFFICINA_VALUE(n, x, fits) \\
  { struct officina_value (*v)[1][n + 1] = (struct officina_value (*)[__builtin_choose_expr( \\
      OFFICINA_IS_CONSTANT(x), (fits) ? 1 : OFFICINA_TOLD(x), (fits) ? 1 : 2)][n + 1])0; (void)v; }
struct officina_value { char x; };
#endif
#define OFFICINA_POSITIVE(n, x, v) OFFICINA_VALUE(n, x, (x) > 0 && (unsigned long long)((x) | 0) == v##ULL)
#define OFFICINA_OTHER(n, x, v) OFFICINA_VALUE(n, x, (x) <= 0 && (unsigned long long)((x) | 0) == 0ULL - v##ULL)
#if defined __GNUC__
__attribute__((unused))
#endif
static __inline void officina_checks(void)
{
"""
END = """}
#endif
"""


def of(ffi, files):
    """The text to append to cffi's C, and what its checks are about, as JSON; ``files`` may hold the cdef."""
    checks = _Checks(ffi)
    text = "".join(checks.lines)
    cdefs = [part for part in ffi._cdefsources if part not in "[]"]
    facts = {"cdefs": cdefs, "files": files, "checks": checks.facts}
    return (BEGIN + text + END if text else ""), _dumps(facts)


class _Checks:
    def __init__(self, ffi):
        from cffi import model

        self.ffi, self.model = ffi, model
        self.lines, self.facts, self.structs = [], [], 0
        included = ffi._parser._included_declarations
        for name, (declared, _) in sorted(ffi._parser._declarations.items()):
            kind, name = name.split(" ", 1)
            if kind == "macro":
                self.constant(name, declared)
            elif declared in included:
                pass
            elif kind in ("struct", "union"):
                c_name = declared._get_c_name()
                self.struct(declared, c_name, c_name, f"(({c_name} *)0)")
            elif kind == "anonymous" and isinstance(declared, model.StructOrUnion):
                self.struct(declared, name, name, f"(({name} *)0)")
            elif kind == "typedef" and isinstance(declared, model.NamedPointerType):
                self.struct(declared.totype, name, None, f"(({name})0)")

    def constant(self, name, value):
        if isinstance(value, int):  # else it is `...`
            macro = "OFFICINA_POSITIVE" if value > 0 else "OFFICINA_OTHER"
            number = self.number("value", name, value=str(value))
            self.lines.append(f"  {macro}({number}, ({name}), {abs(value)})\n")

    def struct(self, declared, about, c_name, pointer):
        """``about`` is what people call it and ``c_name`` what C does: ``None`` if it has a name for pointers alone."""
        if declared.fldtypes is None:
            return
        is_whole = not declared.partial and not any(declared.anonymous_struct_fields())
        fields = [name for name, kind, bits, _ in declared.enumfields() if bits < 0]
        sized = [name for name, kind, bits, _ in declared.enumfields() if bits < 0 and not self.is_open(kind)]
        mirror = f"{declared.kind} officina_{self.structs}"
        names = self.mirror(declared, mirror) if is_whole else None
        if not names:
            is_whole, mirror = False, f"struct officina_{self.structs}"
            names = self.sizes(declared, mirror)
        self.structs += 1
        own = f"(({mirror} *)0)"
        for name in sized:
            if name in names:
                self.same("field", about, name, f"sizeof({own}->{names[name]})", f"sizeof({pointer}->{name})")
        if not is_whole:
            return
        if c_name is not None:
            for name in fields:
                self.same("offset", about, name, f"offsetof({mirror}, {names[name]})", f"offsetof({c_name}, {name})")
        self.same("size", about, None, f"sizeof(*{own})", f"sizeof(*{pointer})")
        if c_name is not None:
            align = f"struct officina_align_{self.structs}"
            self.lines.append(f"  {align} {{ char x; {mirror} y; }};\n")
            self.lines.append(f"  {align}_c {{ char x; {c_name} y; }};\n")
            self.same("alignment", about, None, f"offsetof({align}, y)", f"offsetof({align}_c, y)")

    def mirror(self, declared, name):
        """Declares a struct or union as the cdef has it. Returns the fields' names, which no macro of a header hides;
        ``None`` if it cannot be declared."""
        body, names = self.body(declared)
        if names:
            packing = "push, 1)" if declared.packed else "push)\n#pragma pack()"
            self.lines.append(f"#pragma pack({packing}\n  {name} {{ {body}}};\n#pragma pack(pop)\n")
        return names

    def sizes(self, declared, name):
        """Declares a struct that has fields of the same types, as far as these can be declared; returns their names."""
        names, body = {}, ""
        for index, (field, kind, bits, _) in enumerate(declared.enumfields()):
            declaration = None if bits >= 0 or self.is_open(kind) else self.declaration(kind, f"f{index}")
            if declaration is not None:
                names[field] = f"f{index}"
                body += f"{declaration}; "
        if names:
            self.lines.append(f"  {name} {{ {body}}};\n")
        return names

    def body(self, declared):
        """The fields of a struct or union in C, and their names; ``None`` twice if one cannot be declared."""
        names, body = {}, ""
        for index, (field, kind, bits, _) in enumerate(declared.enumfields(False)):
            own = f"f{index}" if field or bits < 0 else ""
            declaration = self.declaration(kind, own)
            if declaration is None:
                return None, None
            names[field] = own
            body += f"{declaration} : {bits}; " if bits >= 0 else f"{declaration}; "
        return body, names

    def declaration(self, kind, name):
        """A field of a type, in C; ``None`` where the type has no name that C knows."""
        model, dimensions = self.model, ""
        while isinstance(kind, model.ArrayType):
            if kind.length == "...":
                return None
            dimensions += f"[{kind.length or 0}]"
            kind = kind.item
        if isinstance(kind, (model.PointerType, model.FunctionPtrType)):
            return f"void *{name}{dimensions}"
        c_name = self.name(kind)
        return c_name and f"{c_name} {name}{dimensions}"

    def name(self, kind):
        model, c_name = self.model, kind._get_c_name()  # cffi's own; `$` where C has no name
        if isinstance(kind, model.EnumType) and "$" in c_name:
            return kind.build_baseinttype(self.ffi, []).cname
        if isinstance(kind, model.StructOrUnion) and "$" in c_name:
            body, names = (None, None) if kind.partial or kind.fldtypes is None else self.body(kind)
            return f"{kind.kind} {{ {body}}}" if names else None
        return INTEGERS_BY_OTHER_NAMES.get(c_name, c_name)

    def is_open(self, kind):
        """Whether the compiler, and not the cdef, has the size of a field."""
        while isinstance(kind, self.model.ArrayType):
            if kind.length in (None, "..."):
                return True
            kind = kind.item
        return False

    def same(self, kind, about, field, cdef, c):
        self.lines.append(f"  OFFICINA_SAME({self.number(kind, about, field=field)}, {cdef}, {c})\n")

    def number(self, kind, about, **more):
        self.facts.append(dict(kind=kind, about=about, **more))
        return len(self.facts) - 1

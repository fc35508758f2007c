"""Small projects, one trait each: what is in them, and what their wheel must hold and do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from projects import ADD, PROJECT

ABI3 = "cp39-abi3-"
GOOD_C = '"static int add(int a, int b) { return a + b; }"'


@dataclass(frozen=True)
class Trait:
    """A project, as arguments of `make_project`, and claims about its wheel."""

    files: Mapping[str, str]
    holds: Sequence[str]
    code: str
    prints: str
    modules: Sequence[str] = ("build_demo.py:ffi",)
    settings: str = ""
    project: str = PROJECT
    tag: str = ABI3
    env: Mapping[str, str] = field(default_factory=dict)
    says: Sequence[str] = ()


def builder(tail: str, before: str = "", name: str = "demo._demo") -> str:
    """A builder for `int add(int, int)` whose `set_source` call ends with `tail`."""
    return f"""\
{before}
from cffi import FFI
ffi = FFI()
ffi.cdef("int add(int, int);")
ffi.set_source("{name}", {tail})
"""


DEMO = {"demo/__init__.py": ""}
USE = "from demo._demo import lib; print(lib.add(2, 3))"
MADE = ["demo/__init__.py", "demo/_demo.abi3.so"]

TRAITS = {
    "inline C": Trait({**DEMO, "build_demo.py": ADD}, MADE, USE, "5"),
    "C sources with a header": Trait(
        {
            **DEMO,
            "c/sum.h": "int add(int a, int b);\n",
            "c/sum.c": '#include "sum.h"\nint add(int a, int b) { return a + b; }\n',
            "build_demo.py": builder(
                "'#include \"sum.h\"', sources=['c/sum.c'], include_dirs=['c'], depends=['c/sum.h']"
            ),
        },
        MADE,
        USE,
        "5",
    ),
    "a function that returns the FFI": Trait(
        {
            **DEMO,
            "build_demo.py": f"def make():\n    from cffi import FFI\n    ffi = FFI()\n"
            f"    ffi.cdef('int add(int, int);')\n    ffi.set_source('demo._demo', {GOOD_C})\n"
            "    return ffi\n",
        },
        MADE,
        USE,
        "5",
        modules=["build_demo.py:make"],
    ),
    "a dotted name": Trait(
        {"demo/__init__.py": "raise ImportError('never')", "demo/build.py": ADD},
        ["demo/__init__.py", "demo/_demo.abi3.so", "demo/build.py"],
        "import importlib.util as u; import sys; sys.modules['demo'] = m = "
        "type(sys)('demo'); m.__path__ = [p + '/demo' for p in sys.path]; " + USE,
        "5",
        modules=["demo.build:ffi"],
    ),
    "ext-package": Trait(
        {**DEMO, "build_demo.py": builder(GOOD_C, name="_demo")},
        MADE,
        USE,
        "5",
        settings='ext-package = "demo"',
    ),
    "namespace package": Trait(
        {"ns/demo/__init__.py": "", "build_demo.py": builder(GOOD_C, name="ns.demo._demo")},
        ["ns/demo/__init__.py", "ns/demo/_demo.abi3.so"],
        USE.replace("demo._demo", "ns.demo._demo"),
        "5",
        settings='packages = ["ns"]',
    ),
    "src layout with data": Trait(
        {
            "src/demo/__init__.py": "",
            "src/demo/py.typed": "",
            "src/demo/_demo.pyi": "",
            "src/demo/data/table.csv": "1,2\n",
            "src/demo/left/out.c": "",
            "tests/test_demo.py": "",
            "docs/conf.py": "",
            "build_demo.py": ADD,
        },
        [
            "demo/__init__.py",
            "demo/_demo.abi3.so",
            "demo/_demo.pyi",
            "demo/data/table.csv",
            "demo/py.typed",
        ],
        USE,
        "5",
    ),
    "include and exclude": Trait(
        {
            **DEMO,
            "demo/sum.c": "",
            "demo/sum.h": "",
            "demo/notes.txt": "",
            "build_demo.py": ADD,
        },
        [*MADE, "demo/sum.c", "demo/sum.h"],
        USE,
        "5",
        settings='include = ["demo/*.[ch]"]\nexclude = ["**/*.txt"]',
    ),
    "siblings and files beside the builder": Trait(
        {
            **DEMO,
            "build/tools/names.py": "MODULE = 'demo._demo'\n",
            "build/tools/demo.h": "int add(int, int);\n",
            "build/tools/build_demo.py": "import names\nfrom cffi import FFI\nffi = FFI()\n"
            "ffi.cdef(open('build/tools/demo.h').read())\n"
            f"ffi.set_source(names.MODULE, {GOOD_C})\n",
        },
        MADE,
        USE,
        "5",
        modules=["build/tools/build_demo.py:ffi"],
    ),
    "set_unicode": Trait(
        {
            **DEMO,
            "build_demo.py": "from cffi import FFI\nffi = FFI()\nffi.set_unicode(True)\n"
            "ffi.cdef('int add(int, int); TCHAR first(TCHAR *);')\n"
            "ffi.set_source('demo._demo', '''\n#include <wchar.h>\n"
            "#if !defined(UNICODE) || !defined(_UNICODE)\n#error not unicode\n#endif\n"
            "typedef wchar_t TCHAR;\nstatic TCHAR first(TCHAR *s) { return s[0]; }\n"
            "static int add(int a, int b) { return a + b; }''')\n",
        },
        MADE,
        USE,
        "5",
    ),
    'extern "Python"': Trait(
        {
            **DEMO,
            "build_demo.py": "from cffi import FFI\nffi = FFI()\n"
            "ffi.cdef('extern \"Python\" int back(int); int call(int);')\n"
            "ffi.set_source('demo._demo', 'static int back(int); "
            "static int call(int x) { return back(x) + 1; }')\n",
        },
        MADE,
        "from demo._demo import ffi, lib\n@ffi.def_extern()\ndef back(x): return 10 * x\nprint(lib.call(4))",
        "41",
    ),
    "ffi.include in the project": Trait(
        {
            **DEMO,
            "build_base.py": "from cffi import FFI\nffi = FFI()\n"
            "ffi.cdef('typedef struct { int x; } point;')\n"
            "ffi.set_source('demo._base', 'typedef struct { int x; } point;')\n",
            "build_demo.py": "from cffi import FFI\nfrom build_base import ffi as base\n"
            "ffi = FFI()\nffi.include(base)\nffi.cdef('int get(point *);')\n"
            "ffi.set_source('demo._demo', 'typedef struct { int x; } point; "
            "static int get(point *p) { return p->x; }')\n",
        },
        ["demo/__init__.py", "demo/_base.abi3.so", "demo/_demo.abi3.so"],
        "from demo._demo import ffi, lib; print(lib.get(ffi.new('point *', [7])))",
        "7",
        modules=["build_demo.py:ffi", "build_base.py:ffi"],
    ),
    "an optional module that fails": Trait(
        {
            **DEMO,
            "build_demo.py": ADD,
            "build_extra.py": builder("'#include \"no_such.h\"', optional=True", name="demo._extra"),
        },
        MADE,
        USE,
        "5",
        modules=["build_demo.py:ffi", "build_extra.py:ffi"],
        says=["warning", "demo._extra", "optional", "no_such.h"],
    ),
    "py_limited_api with a version": Trait(
        {**DEMO, "build_demo.py": builder(f"{GOOD_C}, py_limited_api='cp310'")},
        MADE,
        USE,
        "5",
        tag="cp310-abi3-",
    ),
    "the setting limited-api": Trait(
        {**DEMO, "build_demo.py": ADD},
        MADE,
        USE,
        "5",
        settings='limited-api = "3.10"',
        tag="cp310-abi3-",
    ),
    "modes mixed": Trait(
        {
            **DEMO,
            "build_demo.py": ADD,
            "build_abi.py": "from cffi import FFI\nffi = FFI()\nffi.cdef('int abs(int);')\n"
            "ffi.set_source('demo._abi', None)\n",
        },
        ["demo/__init__.py", "demo/_abi.py", "demo/_demo.abi3.so"],
        "from demo._abi import ffi; print(ffi.dlopen(None).abs(-5))",
        "5",
        modules=["build_demo.py:ffi", "build_abi.py:ffi"],
    ),
    "CFLAGS changed by the builder": Trait(
        {
            **DEMO,
            "build_demo.py": builder(
                "'static int add(int a, int b) { return a + b + MAGIC; }'",
                before="import os\nos.environ['CFLAGS'] = '-DMAGIC=37'\n",
            ),
        },
        MADE,
        USE,
        "42",
    ),
    "arguments as people write them": Trait(
        {
            **DEMO,
            "c/sum.c": "int add(int a, int b) { return a + b * ONE; }\n",
            "build_demo.py": builder(
                "'int add(int a, int b);', sources=(Path('c') / '..' / 'c' / 'sum.c',), "
                "libraries=None, include_dirs='', library_dirs=[''], extra_compile_args=(), "
                "define_macros=(('ONE', 1), ('NOTHING', None), ('TRUE_', True), ['TEXT', 'x']), "
                "undef_macros=['NDEBUG'], language=None, extra_link_args=[], depends=None",
                before="from pathlib import Path",
            ),
        },
        MADE,
        USE,
        "5",
    ),
    "no cffi among the dependencies": Trait(
        {**DEMO, "build_demo.py": ADD},
        MADE,
        USE,
        "5",
        settings="require-cffi = false\n",
        project=PROJECT.replace('dependencies = ["cffi"]', ""),
    ),
    "a file that the builder writes": Trait(
        {
            **DEMO,
            "build_demo.py": builder(GOOD_C, before="open('demo/made.txt', 'w').write('made')"),
        },
        [*MADE, "demo/made.txt"],
        "import demo, os; print(open(os.path.join(demo.__path__[0], 'made.txt')).read())",
        "made",
    ),
}

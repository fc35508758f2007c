"""What builders import, and what they have setuptools compile."""

import ast
import os

from _read_distribution import macro
from _read_files import files, inside, text_of
from _read_script import constant


def imports(entries, source_folder):
    """Which builders, and modules of the project that they import, import what: script -> [[top module, line]]."""
    builders = {}
    for entry in entries:
        script = entry.rpartition(":")[0] or entry
        script = script.replace(os.sep, "/")
        if not script.endswith(".py") and "/" not in script:
            script = script.replace(".", "/") + ".py"
        seen = {}
        _follow(os.path.normpath(script), [os.path.dirname(script), "", source_folder], seen)
        builders[os.path.normpath(script).replace(os.sep, "/")] = [
            [name, path.replace(os.sep, "/"), line] for (name, path), line in sorted(seen.items())
        ]
    return builders


# The arguments of `Extension`, in their order.
ARGUMENTS = ("name", "sources", "include_dirs", "define_macros", "undef_macros", "library_dirs", "libraries",
             "runtime_library_dirs", "extra_objects", "extra_compile_args", "extra_link_args", "export_symbols",
             "swig_opts", "depends", "language", "optional")  # fmt: skip


def objects(entries, root):
    """``Extension(...)`` in a builder, which a ``build_ext`` of the project compiles before it links: as libraries."""
    found = []
    for script in sorted({inside(entry.rpartition(":")[0], root) for entry in entries}):
        try:
            tree = ast.parse(text_of(script) or "")
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Extension":
                found.append({"file": script, "line": node.lineno, "library": _library_of(_given(node), root)})
    return found


def _given(call):
    """The arguments of a call, each with its node; what stands for several has stars before its text."""
    given = {}
    for name, node in zip(ARGUMENTS, call.args):
        if isinstance(node, ast.Starred):
            given[f"*{ast.unparse(node.value)}"] = node
            break  # nobody knows how many these are
        given[name] = node
    for keyword in call.keywords:
        given[keyword.arg or f"**{ast.unparse(keyword.value)}"] = keyword.value
    return given


def _library_of(given, root):
    unread = {key for key in given if key not in ("language", "optional")}

    def strings(key):
        value = constant(given[key]) if key in given else None
        if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
            return []
        unread.discard(key)
        return list(value)

    def macros():
        value = constant(given["define_macros"]) if "define_macros" in given else None
        pairs = value if isinstance(value, (list, tuple)) else [None]
        if not all(isinstance(one, (list, tuple)) and 0 < len(one) < 3 for one in pairs):
            return []
        unread.discard("define_macros")
        return [macro(one) for one in pairs]

    name = constant(given["name"]) if "name" in given else None
    unread.discard("name")
    return {
        "name": (name if isinstance(name, str) and name else "NAME").rpartition(".")[2],
        "sources": [inside(path, root) for path in strings("sources")],
        "include_dirs": [inside(path, root) for path in strings("include_dirs")],
        "define_macros": macros(),
        "extra_compile_args": strings("extra_compile_args"),
        "depends": files(strings("depends"), root),
        "other": sorted(unread),
    }


def _follow(path, folders, seen, visited=None):
    visited = set() if visited is None else visited
    if path in visited:
        return
    visited.add(path)
    try:
        tree = ast.parse(text_of(path) or "")
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            own = [os.path.join(folder, *name.split(".")) for folder in folders]
            own = [file for base in own for file in (f"{base}.py", os.path.join(base, "__init__.py"))]
            inside = next((os.path.normpath(file) for file in own if os.path.isfile(file)), None)
            if inside:
                _follow(inside, folders, seen, visited)
            else:
                seen.setdefault((name.partition(".")[0], path), node.lineno)

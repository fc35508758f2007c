"""What builders import, and what they have setuptools compile."""

import ast
import os

from _read_distribution import macro
from _read_files import inside, text_of
from _read_script import is_literal


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
                given = {"name": node.args[0] if node.args else None}
                given.update({keyword.arg: keyword.value for keyword in node.keywords if keyword.arg})
                values = {key: ast.literal_eval(one) for key, one in given.items() if one and is_literal(one)}
                found.append(_library_of(values, set(given) - set(values) - {"name"}, script, node.lineno, root))
    return found


def _library_of(values, unread, script, line, root):
    return {
        "file": script,
        "line": line,
        "library": {
            "name": str(values.get("name") or "NAME").rpartition(".")[2],
            "sources": [inside(path, root) for path in values.get("sources") or []],
            "include_dirs": [inside(path, root) for path in values.get("include_dirs") or []],
            "define_macros": [macro(one) for one in values.get("define_macros") or []],
            "extra_compile_args": [str(word) for word in values.get("extra_compile_args") or []],
            "depends": [],
            "other": sorted(unread),
        },
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

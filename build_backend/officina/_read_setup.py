"""Reads how a project is built by setuptools, and writes it down as plain data (``src/migrate/old_build.rs``).

``officina migrate`` runs this file as a program, in a copy of the source tree and in the Python that has what the
project needs to be built: ``python _read_setup.py ANSWER SECONDS``. setup.py runs up to its call of ``setup()``. What
the values become is decided elsewhere. No builder runs: cffi's handler of ``cffi_modules`` is replaced, and so is what
makes an extension of an ``FFI``.
"""

import ast
import faulthandler
import glob
import json
import os
import re
import sys
import traceback

PROTOCOL = 1
SETUP = "setup.py"
TEXTS = ("*.md", "*.rst", "*.txt", "README*", "CHANGES*", "CHANGELOG*", "HISTORY*", "NEWS*")


class Called(BaseException):
    """``setup()`` was called: nothing that stands behind it is of interest."""


class Missing(Exception):
    """What this Python lacks."""


def main():
    """Writes the answer into the file that the command line names."""
    answer_file, seconds = sys.argv[1], float(sys.argv[2])
    with open(f"{answer_file}.late", "w") as late:
        # Ends the process, with the line that it stands at.
        faulthandler.dump_traceback_later(seconds, exit=True, file=late)
        answer = {"protocol": PROTOCOL}
        try:
            answer.update(_read())
        except BaseException as error:
            answer["failure"] = _failure(error)
        faulthandler.cancel_dump_traceback_later()
    with open(answer_file, "w", encoding="utf-8") as file:
        json.dump(answer, file)


def _read():
    root = os.getcwd()
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    # Of the project's own modules, what it imports itself: frontends do not put the root on the path, setup.py does.
    sys.path.insert(0, root)
    capture = _Capture()
    text = _text(SETUP) or "import setuptools\n\nsetuptools.setup()\n"
    sys.argv = [SETUP, "egg_info"]
    module = {"__name__": "__main__", "__file__": os.path.join(root, SETUP), "__builtins__": __builtins__}
    try:
        exec(compile(text, os.path.join(root, SETUP), "exec"), module)
    except Called:
        pass
    except BaseException:
        if capture.distribution is None:
            raise
    if capture.distribution is None:
        return {"failure": {"kind": "no-call", "message": "", "line": None, "module": None, "trace": ""}}
    script = _script(text) if os.path.exists(SETUP) else {}
    answer = _distribution(capture, root)
    answer.update(script)
    answer["setup_cfg"] = _setup_cfg()
    answer["builder_objects"] = _builder_objects(answer["cffi_modules"], root)
    answer["builders"] = _builder_imports(answer["cffi_modules"], answer["package_dir"].get("", ""))
    return answer


# Running setup.py


class _Capture:
    """Takes the place of ``setup()`` and of what would run a builder."""

    def __init__(self):
        try:
            import setuptools
        except ImportError as error:
            raise Missing("setuptools") from error
        import distutils.core

        self.distribution = None
        self.attrs = {}
        self.compiled = []
        self._setup = distutils.core.setup
        self._core = distutils.core
        self._replace_cffi()
        setuptools.setup = distutils.core.setup = self

    def __call__(self, **attrs):
        if self.distribution is not None:
            raise Called
        self.attrs = dict(attrs)
        for keyword in ("setup_requires", "use_2to3", "test_loader"):
            attrs.pop(keyword, None)
        self._core._setup_stop_after = "config"
        import setuptools

        if "distclass" not in attrs:
            attrs["distclass"] = setuptools.Distribution
        self.distribution = self._setup(**attrs)
        if hasattr(self.distribution, "set_defaults"):
            self.distribution.set_defaults()
        raise Called

    def _replace_cffi(self):
        try:
            import cffi
            import cffi.setuptools_ext
        except ImportError:
            return
        cffi.setuptools_ext.cffi_modules = lambda dist, attr, value: None

        def distutils_extension(ffi, *_, **__):
            return _FfiExtension(ffi)

        def compile_nothing(ffi, *_, **__):
            self.compiled.append(ffi)
            return ""

        cffi.FFI.distutils_extension = distutils_extension
        cffi.FFI.compile = compile_nothing


def _FfiExtension(ffi):
    from setuptools import Extension

    extension = Extension(ffi._assigned_source[0] if hasattr(ffi, "_assigned_source") else "?", [])
    extension.officina_ffi = ffi
    return extension


def _failure(error):
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if _is_setup(frame.filename)]
    kind, module = "exception", None
    if isinstance(error, Missing):
        kind, module = "missing", str(error)
    elif isinstance(error, ModuleNotFoundError):
        kind, module = "missing", error.name
    elif isinstance(error, SystemExit):
        kind = "exit"
    elif isinstance(error, EOFError):
        kind = "prompt"
    elif isinstance(error, SyntaxError) and _is_setup(error.filename or ""):
        lines = [error.lineno]
    message = f"{type(error).__name__}: {error}".strip(": ")
    return {"kind": kind, "message": message, "line": lines[-1] if lines else None, "module": module, "trace": trace}


def _is_setup(filename):
    return os.path.abspath(filename) == os.path.abspath(SETUP)


# What the distribution says


def _distribution(capture, root):
    dist, attrs = capture.distribution, capture.attrs
    metadata = dist.metadata
    answer = {
        "metadata": _metadata(dist, metadata),
        "keywords": sorted(attrs),
        "packages": sorted(dist.packages or []),
        "py_modules": sorted(dist.py_modules or []),
        "package_dir": {key: _inside(value, root) for key, value in (dist.package_dir or {}).items()},
        "namespace_packages": sorted(getattr(dist, "namespace_packages", None) or []),
        "ext_package": dist.ext_package,
        "scripts": [_inside(path, root) for path in dist.scripts or []],
        "headers": [_inside(path, root) for path in dist.headers or []],
        "data_files": _data_files(dist.data_files or [], root),
        "entry_points": _entry_points(dist),
        "cffi_modules": _strings(attrs.get("cffi_modules")),
        "extensions": [_extension(dist, one, root) for one in dist.ext_modules or []],
        "libraries": [_library(name, info, root) for name, info in dist.libraries or []],
        "commands": [_command(name, given, root) for name, given in sorted(dist.cmdclass.items())],
        "command_options": _command_options(dist),
        "setup_requires": _strings(attrs.get("setup_requires")) or _strings(getattr(dist, "setup_requires", None)),
        "use_scm_version": _plain(attrs.get("use_scm_version")),
        "has_rust": bool(attrs.get("rust_extensions") or getattr(dist, "rust_extensions", None)),
        "has_cython": "Cython.Build" in sys.modules or "Cython.Build.Dependencies" in sys.modules,
        "distribution_class": type(dist).__name__ if _is_inside(type(dist), root) else None,
        "compiled_in_setup": [one for one in map(lambda ffi: _entry_of(ffi, root), capture.compiled) if one],
        "include_package_data": bool(getattr(dist, "include_package_data", False)),
    }
    answer.update(_files(dist, root))
    answer.update(_texts(metadata, answer["files"]))
    return answer


def _metadata(dist, metadata):
    dependencies, extras = _requirements(dist)
    return {
        "name": metadata.name,
        "version": None if metadata.version is None else str(metadata.version),
        "description": _known(metadata.description),
        "long_description": _known(metadata.long_description),
        "content_type": getattr(metadata, "long_description_content_type", None),
        "author": _known(metadata.author),
        "author_email": _known(metadata.author_email),
        "maintainer": _known(metadata.maintainer),
        "maintainer_email": _known(metadata.maintainer_email),
        "url": _known(metadata.url),
        "download_url": _known(metadata.download_url),
        "urls": [[str(key), str(url)] for key, url in (getattr(metadata, "project_urls", None) or {}).items()],
        "license": _known(metadata.license),
        "license_expression": getattr(metadata, "license_expression", None),
        "license_files": [str(path).replace(os.sep, "/") for path in getattr(metadata, "license_files", None) or []],
        "keywords": _strings(metadata.keywords),
        "platforms": _strings(metadata.platforms),
        "classifiers": _strings(metadata.classifiers),
        "requires_python": str(getattr(metadata, "python_requires", None) or dist.python_requires or "") or None,
        "dependencies": dependencies,
        "extras": list(extras.items()),
    }


def _known(text):
    return None if text in (None, "", "UNKNOWN") else str(text)


def _requirements(dist):
    """What METADATA would say: an extra with a marker in its name has it behind each of its requirements."""
    dependencies, extras = [str(one) for one in dist.install_requires or []], {}
    for key, given in (getattr(dist, "extras_require", None) or {}).items():
        name, _, marker = str(key).partition(":")
        requirements = [_with_marker(str(one), marker) for one in _strings(given)]
        if name:
            extras.setdefault(name, []).extend(requirements)
        else:
            dependencies += requirements
    return dependencies, extras


def _with_marker(requirement, marker):
    if not marker:
        return requirement
    plain, _, own = requirement.partition(";")
    return f"{plain.strip()}; ({own.strip()}) and ({marker})" if own else f"{plain.strip()}; {marker}"


def _strings(value):
    if value is None:
        return []
    if isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()] if "\n" in value else [value]
    return [str(one) for one in value]


def _plain(value):
    """What JSON can hold, and for all else its name."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if callable(value) and not isinstance(value, type):
        try:
            return _plain(value())
        except Exception:
            return repr(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return repr(value)


def _inside(path, root):
    """The path from the root, if it lies there; else as it is."""
    path = os.fspath(path)
    if os.path.isabs(path):
        for base in (root, os.path.realpath(root)):
            relative = os.path.relpath(path, base)
            if not relative.startswith(os.pardir):
                path = relative
                break
    if not path or os.path.isabs(path):
        return path
    return os.path.normpath(path).replace(os.sep, "/")


def _is_inside(cls, root):
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
    return cls.__module__ in ("__main__", "builtins") or os.path.abspath(file).startswith(os.path.join(root, ""))


def _data_files(given, root):
    files = []
    for entry in given:
        folder, names = ("", [entry]) if isinstance(entry, (str, os.PathLike)) else entry
        files += [[os.fspath(folder).replace(os.sep, "/"), _inside(name, root)] for name in names]
    return files


def _entry_points(dist):
    groups, given = {}, dist.entry_points or {}
    if isinstance(given, str):
        import configparser

        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        parser.optionxform = str
        parser.read_string(given)
        given = {group: [f"{key} = {value}" for key, value in parser.items(group)] for group in parser.sections()}
    for group, entries in given.items():
        for entry in _strings(entries):
            name, _, value = entry.partition("=")
            groups.setdefault(group, {})[name.strip()] = value.strip()
    return groups


def _extension(dist, given, root):
    if isinstance(given, tuple):  # the old form, with a dict
        from setuptools import Extension

        given = Extension(given[0], **{key: value for key, value in given[1].items()})
    name = f"{dist.ext_package}.{given.name}" if dist.ext_package else given.name
    if hasattr(given, "officina_ffi"):
        return {"name": name, "is_from_ffi": True, "entry": _entry_of(given.officina_ffi, root)}

    def paths(key):
        return [_inside(path, root) for path in getattr(given, key, None) or []]

    def words(key):
        return [str(word) for word in getattr(given, key, None) or []]

    return {
        "name": name,
        "class": type(given).__name__,
        "is_own_class": _is_inside(type(given), root),
        "sources": paths("sources"),
        "include_dirs": paths("include_dirs"),
        "library_dirs": paths("library_dirs"),
        "runtime_library_dirs": paths("runtime_library_dirs"),
        "define_macros": [_macro(macro) for macro in given.define_macros or []],
        "undef_macros": words("undef_macros"),
        "libraries": words("libraries"),
        "extra_compile_args": words("extra_compile_args"),
        "extra_link_args": words("extra_link_args"),
        "extra_objects": paths("extra_objects"),
        "export_symbols": words("export_symbols"),
        "depends": paths("depends"),
        "language": getattr(given, "language", None),
        "optional": bool(getattr(given, "optional", False)),
        "limited_api": bool(getattr(given, "py_limited_api", False)),
    }


def _macro(macro):
    name, value = (macro, None) if isinstance(macro, str) else (tuple(macro) + (None,))[:2]
    return str(name) if value is None else f"{name}={value}"


def _entry_of(ffi, root):
    """``script:object`` of an FFI that a module of the project holds."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not file or not os.path.abspath(file).startswith(os.path.join(root, "")):
            continue
        for name, value in list(vars(module).items()):
            if value is ffi:
                return f"{_inside(os.path.abspath(file), root)}:{name}"
    return None


def _library(name, info, root):
    def paths(key):
        return [_inside(path, root) for path in info.get(key) or []]

    return {
        "name": name,
        "sources": paths("sources"),
        "include_dirs": paths("include_dirs"),
        "define_macros": [_macro(macro) for macro in info.get("macros") or []],
        "extra_compile_args": [str(word) for word in info.get("cflags") or []],
        "depends": paths("obj_deps") if isinstance(info.get("obj_deps"), (list, tuple)) else [],
        "other": sorted(set(info) - {"sources", "include_dirs", "macros", "cflags", "obj_deps"}),
    }


def _command(name, given, root):
    methods = sorted(key for key, value in vars(given).items() if callable(value) and not key.startswith("__"))
    return {
        "name": name,
        "class": given.__name__,
        "methods": methods,
        "is_own": _is_inside(given, root),
        "module": given.__module__,
    }


def _command_options(dist):
    options = {}
    for command, given in dist.command_options.items():
        for option, (source, value) in given.items():
            place = os.path.basename(str(source))
            options.setdefault(command, {})[option] = [place, _plain(value)]
    return options


# Files


def _files(dist, root):
    """What setuptools would pack of the tree, as its own commands say: path in the wheel -> path in the tree."""
    files, wrong = {}, None
    try:
        build_py = dist.get_command_obj("build_py")
        build_py.ensure_finalized()
        for package, module, file in build_py.find_all_modules():
            name = "/".join([*(package.split(".") if package else []), os.path.basename(file)])
            files[name if not module == "__init__" else name] = _inside(file, root)
        for package, folder, _, names in build_py.data_files:
            for name in names:
                within = name.replace(os.sep, "/")
                path = "/".join([*(package.split(".") if package else []), within])
                files[path] = _inside(os.path.join(folder, name), root)
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
    return {"files": files, "files_failure": wrong, "sdist_files": _sdist_files(dist, root)}


def _sdist_files(dist, root):
    try:
        dist.run_command("egg_info")
        listed = dist.get_command_obj("egg_info").filelist.files
    except Exception:
        return None
    listed = sorted({_inside(path, root) for path in listed})
    return [path for path in listed if ".egg-info/" not in path and os.path.isfile(path)]


def _texts(metadata, files):
    """Files of the tree in which the version and the long description stand."""
    version = metadata.version and str(metadata.version)
    attributes, texts = [], []
    script = re.sub(r"\b(cffi|setuptools|pip|numpy)\.__version__", "", _text(SETUP) or "")
    modules = {path for path in files.values() if path.endswith(".py")} | set(glob.glob("*.py")) - {SETUP}
    for path in sorted(modules) if version else []:
        stem = os.path.splitext(os.path.basename(path))[0]
        for name, value in _constants(path).items():
            if value == version:
                words = [name, re.escape(os.path.basename(path)), *([stem] if stem != "__init__" else [])]
                is_named = any(re.search(rf"(?<!\w){word}(?!\w)", script) for word in words)
                attributes.append([path, name, is_named])
    for path in sorted({*glob.glob("*VERSION*"), *glob.glob("*version*"), *glob.glob("*/*VERSION*")}):
        if os.path.isfile(path) and not path.endswith(".py") and (_text(path) or "").strip() == version:
            texts.append(path.replace(os.sep, "/"))
    return {"version_attributes": attributes, "version_files": texts, "readme_files": _readme_files(metadata)}


def _constants(path):
    found = {}
    try:
        body = ast.parse(_text(path) or "").body
    except (SyntaxError, ValueError):
        return found
    for statement in body:
        value = getattr(statement, "value", None)
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            continue
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        found.update({target.id: value.value for target in targets if isinstance(target, ast.Name)})
    return found


def _readme_files(metadata):
    """The files that the long description is made of, in their order there, and whether it is nothing else."""
    description = metadata.long_description
    if not description or not description.strip():
        return {"files": [], "is_all": False}
    found = []
    for path in sorted({path for pattern in TEXTS for path in glob.glob(pattern)}):
        text = (_text(path) or "").strip() if os.path.isfile(path) else ""
        if len(text) > 20 and text in description:
            found.append((description.index(text), path, text))
    found.sort()
    names = [path for _, path, _ in found]
    for _, path, text in found:
        if text == description.strip():
            return {"files": [path], "is_all": True}
    joined = "\n".join(_text(path) or "" for path in names)
    return {"files": names, "is_all": bool(names) and joined.split() == description.split()}


def _text(path):
    try:
        with open(path, encoding="utf-8", newline=None) as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


# What the script and the configuration say where


def _script(text):
    tree = ast.parse(text)
    call = next((node for node in ast.walk(tree) if _is_setup_call(node)), None)
    finder = _Script(text, tree)
    return {
        "setup_line": call and call.lineno,
        "keyword_lines": finder.keywords(call) if call else {},
        "conditions": finder.conditions(),
        "guards": finder.guards(),
        "class_lines": {node.name: node.lineno for node in ast.walk(tree) if isinstance(node, ast.ClassDef)},
        "writes": finder.writes(),
    }


def _is_setup_call(node):
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    return name == "setup"


MACHINE = {"platform", "version_info", "environ", "getenv", "name", "system", "machine", "get_config_var",
           "python_implementation", "implementation", "maxsize", "get_platform", "uname", "architecture", "argv",
           "pypy_version_info", "python_version", "release"}  # fmt: skip
CHANGES = {"append", "extend", "insert", "update", "setdefault", "remove", "pop", "add", "clear"}
ROOTS = {"sys", "os", "platform", "sysconfig", "environ", "getenv", "get_config_var"}


class _Script:
    """Facts about the text of setup.py."""

    def __init__(self, text, tree):
        self.text, self.tree = text, tree
        self.assigned = {}
        self.stores = {}
        self._made = {}
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target in targets if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else []:
                if isinstance(target, ast.Name):
                    self.assigned.setdefault(target.id, []).append(node)
                elif isinstance(target, ast.Subscript):
                    key = target.slice
                    key = getattr(key, "value", key) if not isinstance(key, ast.Constant) else key
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self.stores.setdefault(key.value, []).append(node)
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self.stores.setdefault(key.value, []).append(value)

    def keywords(self, call):
        """Where each argument is said, and whether it is written out there."""
        lines = {}
        for keyword in call.keywords:
            if keyword.arg:
                lines[keyword.arg] = self._value(keyword.value)
        for name, nodes in self.stores.items():
            if name not in lines and any(keyword.arg is None for keyword in call.keywords):
                node = nodes[-1]
                lines[name] = self._value(getattr(node, "value", node)) if len(nodes) == 1 else self._computed(node)
        return lines

    def _value(self, node):
        if isinstance(node, ast.Name):
            given = self.assigned.get(node.id, [])
            changed = any(self._changes(other, node.id) for other in ast.walk(self.tree))
            if len(given) == 1 and not changed and isinstance(given[0], ast.Assign):
                return self._value(given[0].value)
            return self._computed(given[-1] if given else node)
        return {"line": node.lineno, "literal": _is_literal(node), "text": self._segment(node)}

    def _computed(self, node):
        return {"line": node.lineno, "literal": False, "text": self._segment(node)}

    @staticmethod
    def _changes(node, name):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return False
        target = node.func.value
        return isinstance(target, ast.Name) and target.id == name and node.func.attr in CHANGES

    def _segment(self, node):
        text = ast.get_source_segment(self.text, node) or ""
        line = " ".join(text.split())
        return line if len(line) <= 70 else f"{line[:67]}..."

    def conditions(self):
        """Questions about the machine that is at hand, and the arguments of ``setup()`` that they decide."""
        reached = {keyword: self._closure(node) for keyword, node in self._arguments()}
        found = []
        for node, owner in self._questions():
            names = self._changed(node) if isinstance(node, ast.If) else {owner}
            keywords = sorted(keyword for keyword, seen in reached.items() if seen & names or owner == keyword)
            if keywords or self._does_more(node):
                entry = {"line": node.lineno, "text": self._segment(node.test), "keywords": keywords}
                entry["is_for_tags"] = self._is_for_tags(node, names)
                found.append(entry)
        return found

    def _arguments(self):
        call = next((node for node in ast.walk(self.tree) if _is_setup_call(node)), None)
        for keyword in call.keywords if call else []:
            if keyword.arg:
                yield keyword.arg, keyword.value
            elif isinstance(keyword.value, ast.Name):
                for name, nodes in self.stores.items():
                    yield name, nodes[-1]

    def _questions(self):
        """The outermost of them, each with the variable or the argument that it gives a value."""
        asking = self._asking_names()
        found = []

        def visit(node, owner):
            for child in ast.iter_child_nodes(node):
                inner = owner
                if isinstance(child, ast.ClassDef):
                    continue
                if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name):
                    inner = child.targets[0].id
                elif isinstance(child, ast.keyword):
                    inner = child.arg
                if isinstance(child, (ast.If, ast.IfExp)) and self._asks(child.test, asking):
                    if not self._only_stops(child):
                        found.append((child, inner))
                else:
                    visit(child, inner)

        visit(self.tree, None)
        return found

    def _asking_names(self):
        """Variables that hold an answer. What an ``if`` of its own gives a value is found there."""
        names, before = set(), None
        while before != names:
            before = set(names)
            for name, nodes in self.assigned.items():
                values = [node.value for node in nodes if node.value]
                if any(self._asks(one, names) and not _holds_question(one) for one in values):
                    names.add(name)
        return names

    @staticmethod
    def _asks(test, names=frozenset()):
        for node in ast.walk(test):
            if isinstance(node, ast.Attribute) and node.attr in MACHINE:
                top = node
                while isinstance(top, ast.Attribute):
                    top = top.value
                if isinstance(top, ast.Name) and top.id in ROOTS:
                    return True
            if isinstance(node, ast.Name) and node.id in names | {"environ", "getenv", "get_config_var"}:
                return True
        return False

    def _only_stops(self, node):
        """``if sys.version_info < (3, 8): sys.exit(...)`` is what ``requires-python`` says."""
        if not isinstance(node, ast.If) or node.orelse:
            return False
        for statement in node.body:
            call = statement.value if isinstance(statement, ast.Expr) else None
            name = ast.dump(call.func) if isinstance(call, ast.Call) else ""
            is_stop = isinstance(statement, ast.Raise) or "exit" in name or "print" in name
            if not is_stop and not (isinstance(statement, ast.If) and self._only_stops(statement)):
                return False
        return True

    @staticmethod
    def _changed(node):
        """The variables that an ``if`` gives a value or changes."""
        names = set()
        for part in [*node.body, *node.orelse]:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    names.add(inner.id)
                elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                    if isinstance(inner.func.value, ast.Name) and inner.func.attr in CHANGES:
                        names.add(inner.func.value.id)
                elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store):
                    if isinstance(inner.value, ast.Name):
                        names.add(inner.value.id)
                elif isinstance(inner, ast.ClassDef):
                    names.add(inner.name)
        return names

    def _closure(self, node):
        """The variables that a value is made from."""
        seen, waiting = set(), [node]
        while waiting:
            for inner in ast.walk(waiting.pop()):
                if isinstance(inner, ast.Name) and inner.id not in seen:
                    seen.add(inner.id)
                    waiting += self._makers(inner.id)
        return seen

    def _makers(self, name):
        """What gives a variable its value or changes it, with the questions around it."""
        if name not in self._made:
            found = [node.value for node in self.assigned.get(name, []) if node.value]
            for node in ast.walk(self.tree):
                if self._changes(node, name):
                    found += [*node.args, *(keyword.value for keyword in node.keywords)]
                elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                    if isinstance(node.targets[0].value, ast.Name) and node.targets[0].value.id == name:
                        found.append(node.value)
                if isinstance(node, ast.If) and name in self._changed(node):
                    found.append(node.test)
            self._made[name] = found
        return self._made[name]

    @staticmethod
    def _does_more(node):
        """Whether it does something else than giving values to variables."""
        for part in [*node.body, *node.orelse] if isinstance(node, ast.If) else []:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Subscript) and isinstance(inner.ctx, (ast.Store, ast.Del)):
                    if isinstance(inner.value, ast.Attribute):
                        return True
        return False

    @staticmethod
    def _is_for_tags(node, names):
        """Whether all that it does is to define a ``bdist_wheel`` of the project's own, or its options."""
        classes = [inner for inner in ast.walk(node) if isinstance(inner, ast.ClassDef)]
        bases = [ast.dump(base) for one in classes for base in one.bases]
        if classes and all("bdist_wheel" in base for base in bases):
            return names <= {one.name for one in classes} | {"cmdclass"}
        stored = [inner for inner in ast.walk(node) if isinstance(inner, ast.Constant)]
        return any(one.value == "py_limited_api" for one in stored) and len(names) == 1

    def guards(self):
        """``try`` around cffi: its line, and what it catches."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Try) and any("cffi" in (self._raw(part) or "") for part in node.body):
                caught = [ast.unparse(one.type) if one.type else "everything" for one in node.handlers]
                names_modules = "cffi_modules" in (self._raw(node) or "")
                found.append({"line": node.lineno, "catches": caught, "names_modules": names_modules})
        return found

    def _raw(self, node):
        return ast.get_source_segment(self.text, node)

    def writes(self):
        """Calls of ``open()`` for writing, wherever they stand."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "open":
                mode = node.args[1] if len(node.args) > 1 else None
                mode = next((one.value for one in node.keywords if one.arg == "mode"), mode)
                if isinstance(mode, ast.Constant) and any(letter in str(mode.value) for letter in "wax"):
                    found.append(node.lineno)
        return found


def _holds_question(node):
    return any(isinstance(inner, ast.IfExp) for inner in ast.walk(node))


def _is_literal(node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")).startswith("find_"):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_literal(node.left) and _is_literal(node.right)
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return False
    return True


def _setup_cfg():
    """Where each key of setup.cfg stands, with its value: ``section``, ``key``, ``line``."""
    text, entries, section = _text("setup.cfg"), [], None
    for number, line in enumerate((text or "").splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1].strip()
        elif stripped and line[0] not in " \t#;" and section:
            key = stripped.partition("=" if "=" in stripped else ":")
            entries.append({"section": section, "key": key[0].strip(), "line": number, "value": key[2].strip()})
    return entries


# What builders import


def _builder_imports(entries, source_folder):
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


def _builder_objects(entries, root):
    """``Extension(...)`` in a builder, which a ``build_ext`` of the project compiles before it links: as libraries."""
    found = []
    for script in sorted({_inside(entry.rpartition(":")[0], root) for entry in entries}):
        try:
            tree = ast.parse(_text(script) or "")
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Extension":
                given = {"name": node.args[0] if node.args else None}
                given.update({keyword.arg: keyword.value for keyword in node.keywords if keyword.arg})
                values = {key: ast.literal_eval(one) for key, one in given.items() if one and _is_literal(one)}
                found.append(_library_of(values, set(given) - set(values) - {"name"}, script, node.lineno, root))
    return found


def _library_of(values, unread, script, line, root):
    return {
        "file": script,
        "line": line,
        "library": {
            "name": str(values.get("name") or "NAME").rpartition(".")[2],
            "sources": [_inside(path, root) for path in values.get("sources") or []],
            "include_dirs": [_inside(path, root) for path in values.get("include_dirs") or []],
            "define_macros": [_macro(macro) for macro in values.get("define_macros") or []],
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
        tree = ast.parse(_text(path) or "")
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


if __name__ == "__main__":
    main()

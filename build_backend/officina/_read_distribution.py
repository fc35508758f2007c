"""What a ``Distribution`` of setuptools says, as plain data."""

import os
import sys

import _read_files
from _read_files import inside


def facts(capture, root):
    dist, attrs = capture.distribution, capture.attrs
    metadata = dist.metadata
    answer = {
        "metadata": _metadata(dist, metadata),
        "keywords": sorted(attrs),
        "packages": sorted(dist.packages or []),
        "py_modules": sorted(dist.py_modules or []),
        "package_dir": {key: inside(value, root) for key, value in (dist.package_dir or {}).items()},
        "namespace_packages": sorted(getattr(dist, "namespace_packages", None) or []),
        "ext_package": dist.ext_package,
        "scripts": [inside(path, root) for path in dist.scripts or []],
        "headers": [inside(path, root) for path in dist.headers or []],
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
        "compiled_in_setup": [one for one in (_entry_of(ffi, root) for ffi in capture.compiled) if one],
        "include_package_data": bool(getattr(dist, "include_package_data", False)),
    }
    answer.update(_read_files.packed(dist, root))
    answer.update(_read_files.texts(metadata, answer["files"]))
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


def _is_inside(cls, root):
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
    return cls.__module__ in ("__main__", "builtins") or os.path.abspath(file).startswith(os.path.join(root, ""))


def _data_files(given, root):
    files = []
    for entry in given:
        folder, names = ("", [entry]) if isinstance(entry, (str, os.PathLike)) else entry
        files += [[os.fspath(folder).replace(os.sep, "/"), inside(name, root)] for name in names]
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

        given = Extension(given[0], **dict(given[1]))
    name = f"{dist.ext_package}.{given.name}" if dist.ext_package else given.name
    if hasattr(given, "officina_ffi"):
        return {"name": name, "is_from_ffi": True, "entry": _entry_of(given.officina_ffi, root)}

    def paths(key):
        return [inside(path, root) for path in getattr(given, key, None) or []]

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
        "define_macros": [macro(one) for one in given.define_macros or []],
        "undef_macros": words("undef_macros"),
        "libraries": words("libraries"),
        "extra_compile_args": words("extra_compile_args"),
        "extra_link_args": words("extra_link_args"),
        "extra_objects": paths("extra_objects"),
        "export_symbols": words("export_symbols"),
        "depends": _read_files.files(getattr(given, "depends", None) or [], root),
        "language": getattr(given, "language", None),
        "optional": bool(getattr(given, "optional", False)),
        "limited_api": bool(getattr(given, "py_limited_api", False)),
    }


def macro(macro):
    name, value = (macro, None) if isinstance(macro, str) else (*macro, None)[:2]
    return str(name) if value is None else f"{name}={value}"


def _entry_of(ffi, root):
    """``script:object`` of an FFI that a module of the project holds."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not file or not os.path.abspath(file).startswith(os.path.join(root, "")):
            continue
        for name, value in list(vars(module).items()):
            if value is ffi:
                return f"{inside(os.path.abspath(file), root)}:{name}"
    return None


def _library(name, info, root):
    def paths(key):
        return [inside(path, root) for path in info.get(key) or []]

    return {
        "name": name,
        "sources": paths("sources"),
        "include_dirs": paths("include_dirs"),
        "define_macros": [macro(one) for one in info.get("macros") or []],
        "extra_compile_args": [str(word) for word in info.get("cflags") or []],
        "depends": _read_files.files(_dependencies(info.get("obj_deps")), root),
        "other": sorted(set(info) - {"sources", "include_dirs", "macros", "cflags", "obj_deps"}),
    }


def _dependencies(given):
    """Source -> what it depends on, where the empty name is for all of them; or a list for all of them."""
    lists = given.values() if isinstance(given, dict) else [given or []]
    return sorted({str(path) for paths in lists for path in ([paths] if isinstance(paths, str) else paths)})


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

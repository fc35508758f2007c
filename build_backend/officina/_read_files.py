"""Which files setuptools would pack, and in which of them the version and the readme stand."""

import ast
import glob
import os
import re

SETUP = "setup.py"
TEXTS = ("*.md", "*.rst", "*.txt", "README*", "CHANGES*", "CHANGELOG*", "HISTORY*", "NEWS*")


def packed(dist, root):
    """What setuptools would pack of the tree, as its own commands say: path in the wheel -> path in the tree."""
    files, wrong = {}, None
    try:
        build_py = dist.get_command_obj("build_py")
        build_py.ensure_finalized()
        for package, _, file in build_py.find_all_modules():
            name = "/".join([*(package.split(".") if package else []), os.path.basename(file)])
            files[name] = inside(file, root)
        for package, folder, _, names in build_py.data_files:
            for name in names:
                within = name.replace(os.sep, "/")
                path = "/".join([*(package.split(".") if package else []), within])
                files[path] = inside(os.path.join(folder, name), root)
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
    return {"files": files, "files_failure": wrong, "sdist_files": _sdist_files(dist, root)}


def _sdist_files(dist, root):
    try:
        dist.run_command("egg_info")
        listed = dist.get_command_obj("egg_info").filelist.files
    except Exception:
        return None
    listed = sorted({inside(path, root) for path in listed})
    return [path for path in listed if ".egg-info/" not in path and os.path.isfile(path)]


def texts(metadata, files):
    """Files of the tree in which the version and the long description stand."""
    version = metadata.version and str(metadata.version)
    attributes, texts = [], []
    script = re.sub(r"\b(cffi|setuptools|pip|numpy)\.__version__", "", text_of(SETUP) or "")
    modules = {path for path in files.values() if path.endswith(".py")} | set(glob.glob("*.py")) - {SETUP}
    for path in sorted(modules) if version else []:
        stem = os.path.splitext(os.path.basename(path))[0]
        for name, value in _constants(path).items():
            if value == version:
                words = [name, re.escape(os.path.basename(path)), *([stem] if stem != "__init__" else [])]
                is_named = any(re.search(rf"(?<!\w){word}(?!\w)", script) for word in words)
                attributes.append([path, name, is_named])
    for path in sorted({*glob.glob("*VERSION*"), *glob.glob("*version*"), *glob.glob("*/*VERSION*")}):
        if os.path.isfile(path) and not path.endswith(".py") and (text_of(path) or "").strip() == version:
            texts.append(path.replace(os.sep, "/"))
    return {"version_attributes": attributes, "version_files": texts, "readme_files": _readme_files(metadata)}


def _constants(path):
    found = {}
    try:
        body = ast.parse(text_of(path) or "").body
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
        text = (text_of(path) or "").strip() if os.path.isfile(path) else ""
        if len(text) > 20 and text in description:
            found.append((description.index(text), path, text))
    found.sort()
    names = [path for _, path, _ in found]
    for _, path, text in found:
        if text == description.strip():
            return {"files": [path], "is_all": True}
    joined = "\n".join(text_of(path) or "" for path in names)
    return {"files": names, "is_all": bool(names) and joined.split() == description.split()}


def text_of(path):
    try:
        with open(path, encoding="utf-8", newline=None) as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def inside(path, root):
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


def files(paths, root):
    """Those of them that are files of the tree, from the root."""
    found = [inside(path, root) for path in paths]
    return [
        path for path in found if not path.startswith(os.pardir) and not os.path.isabs(path) and os.path.isfile(path)
    ]

"""Leads Python to the modules that an editable install built.

An editable wheel holds a copy of this file, named after its distribution, and beside it a folder of
the same name with the built modules, as they lie in an ordinary wheel. A ``.pth`` file imports the copy at
every start of Python, so it costs next to nothing until one of its modules is wanted. A package that has built
modules gets their folder as a second one, where ``pkgutil`` and ``importlib.resources`` see them.

If the install rebuilds on import, another folder beside it (see ``src/editable/rebuild_folder.rs``) holds what is
needed for that, and a list of everything that the modules were made from. The first import of a module
looks whether that list still holds.
"""

import os
import sys
from _thread import RLock

FOLDER = __file__[: -len(".py")]
REBUILD_FOLDER = os.path.basename(FOLDER).replace("editable", "rebuild", 1)
SWITCH = "OFFICINA_EDITABLE_REBUILD"


class Finder:
    """A meta path finder (``importlib.abc.MetaPathFinder``) for the modules in one folder."""

    def __init__(self, folder, rebuild_folder):
        self.folder = folder
        self.rebuild_folder = rebuild_folder
        self.packages = {name.partition(".")[0] for name in os.listdir(folder)}
        self.turn = RLock()
        self.is_current = False

    def find_spec(self, name, path=None, target=None):
        """The module's spec if this install built it; ``None`` leaves it to the other finders."""
        if name.partition(".")[0] not in self.packages:
            return None
        from importlib import machinery, util

        stem = os.path.join(self.folder, *name.split("."))
        for suffix in [*machinery.EXTENSION_SUFFIXES, *machinery.SOURCE_SUFFIXES]:
            if os.path.isfile(stem + suffix):
                self.bring_up_to_date(name)
                return util.spec_from_file_location(name, stem + suffix, loader=_loader(name, stem, suffix))
        renamed = _renamed(name, stem)
        if renamed is None and os.path.isdir(stem):
            return self.with_built(stem, name, path, target)
        return renamed

    def with_built(self, stem, name, path, target):
        """The spec of a package that lies in the source folder, with a folder of built modules."""
        later = sys.meta_path[sys.meta_path.index(self) + 1 :] if self in sys.meta_path else []
        finders = (finder.find_spec for finder in later if hasattr(finder, "find_spec"))
        spec = next(filter(None, (find(name, path, target) for find in finders)), None)
        folders = spec and spec.submodule_search_locations
        if folders is None:
            return spec
        if isinstance(folders, list):
            folders.append(stem)
            _show_to_resources(spec.loader, folders[0], stem)
        else:
            spec.submodule_search_locations = _EditableNamespacePath(folders, stem)
        return spec

    def iter_modules(self, prefix=""):
        """The modules that lie in no package, for ``pkgutil``."""
        from pkgutil import get_importer, iter_importer_modules

        modules = iter_importer_modules(get_importer(self.folder), prefix)
        return [(name, is_package) for name, is_package in modules if not is_package]

    def bring_up_to_date(self, name):
        """Has the modules rebuilt if an input of theirs changed, once in a process: what is loaded
        stays as it is, and what is loaded after it must fit."""
        with self.turn:
            if self.is_current or os.environ.get(SWITCH, "").lower() in ("false", "0"):
                return
            if may_have_changed(os.path.join(os.path.dirname(self.folder), self.rebuild_folder, "inputs")):
                _rebuild(self.rebuild_folder, self.folder, name)
            self.is_current = True


def _renamed(name, stem):
    """The spec of a Python file that has another path in the tree than in the wheel, if it is one."""
    from importlib import util

    for origin, is_package in ((stem + ".origin", False), (os.path.join(stem, "__init__.origin"), True)):
        try:
            with open(origin, encoding="utf-8") as file:
                path = file.read()
        except OSError:
            continue
        folders = [os.path.dirname(path), stem] if is_package else None
        return util.spec_from_file_location(name, path, submodule_search_locations=folders)
    return None


def may_have_changed(inputs):
    """Whether an input has another time or size than when it was last looked at. The lines are described in
    ``src/editable/import_check.rs``; those after the first empty one are not for a quick look."""
    try:
        with open(inputs, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:  # an install that does not rebuild
        return False
    try:
        return any(_differs(*line.split(" ", 4)) for line in text.partition("\n\n")[0].splitlines())
    except (TypeError, ValueError):  # no such lines: the executable compares contents and writes them anew
        return True


def _differs(kind, modified, size, state, path):
    is_there = kind == "p" and state in ("file", "folder")  # whatever else the file or folder says
    try:
        found = os.lstat(path) if is_there else os.stat(path)
    except OSError:
        return kind.islower()  # else it belongs to an installed distribution, perhaps one of an isolated build
    if is_there:
        return {0o040000: "folder", 0o120000: "link"}.get(found.st_mode & 0o170000, "file") != state
    return found.st_mtime_ns != int(modified) or (kind in "fF" and found.st_size != int(size))


def _rebuild(rebuild_folder, folder, name):
    from importlib import import_module

    # No `__pycache__` in the folder, which an uninstall would leave behind.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        rebuild = import_module(f"{rebuild_folder}._rebuild")
    finally:
        sys.dont_write_bytecode = before
    rebuild.run(folder, name)


def _loader(name, stem, suffix):
    """The loader of a generated Python module: from its source, so that there is no ``__pycache__``
    here either, nor one that a rebuild in the same second would leave in force."""
    from importlib import machinery

    if suffix not in machinery.SOURCE_SUFFIXES:
        return None

    class Loader(machinery.SourceFileLoader):
        def get_code(self, fullname):
            return self.source_to_code(self.get_data(self.path), self.path)

    return Loader(name, stem + suffix)


class _EditableNamespacePath:
    """The folders of a namespace package, which change with ``sys.path``, and one of built modules after them. (The
    name is part of an interface: ``importlib.resources`` looks for "NamespacePath" in the text of such an object.)"""

    def __init__(self, folders, built):
        self.folders, self.built = folders, built

    def __iter__(self):
        return iter([*self.folders, self.built])

    def __getitem__(self, index):
        return list(self)[index]

    def __len__(self):
        return len(self.folders) + 1

    def __repr__(self):
        return f"_EditableNamespacePath({list(self)!r})"

    def append(self, folder):
        self.folders.append(folder)


def _show_to_resources(loader, sources, built):
    """Has ``importlib.resources.files()`` of a package list its built modules as well."""
    find_reader = getattr(loader, "get_resource_reader", None)
    if find_reader is None:
        return

    def get_resource_reader(name):
        import pathlib

        reader = find_reader(name)
        if isinstance(getattr(reader, "path", None), pathlib.Path) and os.path.isdir(sources):
            reader.path = _with_built(pathlib.Path, sources, built)
        return reader

    loader.get_resource_reader = get_resource_reader


def _with_built(path_type, sources, built):
    """The path of a source folder that has the built modules as well."""

    class PackagePath(type(path_type())):
        def iterdir(self):
            yield from super().iterdir()
            folder = self._built()
            if folder.is_dir():
                yield from (path for path in folder.iterdir() if not path.is_dir())

        def joinpath(self, *parts):
            path = super().joinpath(*parts)
            if isinstance(path, PackagePath) and not os.path.lexists(path) and os.path.isfile(path._built()):
                return path._built()
            return path

        def __truediv__(self, part):
            return self.joinpath(part)

        def _built(self):
            return path_type(built, os.path.relpath(self, sources))

    return PackagePath(sources)


# First, so that a stale module beside the sources does not win.
sys.meta_path.insert(0, Finder(FOLDER, REBUILD_FOLDER))

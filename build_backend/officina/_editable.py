"""Leads Python to the modules that an editable install built.

An editable wheel holds a copy of this file, named after its distribution, and beside it a folder of
the same name with the built modules, each under its full dotted name. A ``.pth`` file imports the copy at
every start of Python, so it costs next to nothing until one of its modules is wanted.

If the install rebuilds on import, another folder beside it (see ``src/editable/bundle.rs``) holds what is
needed for that, and a list of everything that the modules were made from. The first import of a module
looks whether that list still holds.
"""

import os
import sys
from _thread import RLock

FOLDER = __file__[: -len(".py")]
BUNDLE = os.path.basename(FOLDER).replace("editable", "rebuild", 1)
SWITCH = "OFFICINA_EDITABLE_REBUILD"


class Finder:
    """A meta path finder (``importlib.abc.MetaPathFinder``) for the modules in one folder."""

    def __init__(self, folder, bundle):
        self.folder = folder
        self.bundle = bundle
        self.packages = {name.partition(".")[0] for name in os.listdir(folder)}
        self.turn = RLock()
        self.is_current = False

    def find_spec(self, name, path=None, target=None):
        """The module's spec if this install built it; ``None`` leaves it to the other finders."""
        if name.partition(".")[0] not in self.packages:
            return None
        from importlib import machinery, util

        stem = os.path.join(self.folder, name)
        for suffix in [*machinery.EXTENSION_SUFFIXES, *machinery.SOURCE_SUFFIXES]:
            if os.path.isfile(stem + suffix):
                self.bring_up_to_date(name)
                return util.spec_from_file_location(name, stem + suffix, loader=_loader(name, stem, suffix))
        return _renamed(name, stem)

    def bring_up_to_date(self, name):
        """Has the modules rebuilt if an input of theirs changed, once in a process: what is loaded
        stays as it is, and what is loaded after it must fit."""
        with self.turn:
            if self.is_current or os.environ.get(SWITCH, "").lower() in ("false", "0"):
                return
            if may_have_changed(os.path.join(os.path.dirname(self.folder), self.bundle, "inputs")):
                _rebuild(self.bundle, self.folder, name)
            self.is_current = True


def _renamed(name, stem):
    """The spec of a Python file that has another path in the tree than in the wheel, if it is one."""
    from importlib import util

    for origin, is_package in ((stem + ".origin", False), (stem + ".__init__.origin", True)):
        try:
            with open(origin, encoding="utf-8") as file:
                path = file.read()
        except OSError:
            continue
        folders = [os.path.dirname(path)] if is_package else None
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


def _differs(kind, modified, size, _, path):
    try:
        found = os.stat(path)
    except OSError:
        return kind.islower()  # else it belongs to an installed distribution, perhaps one of an isolated build
    return found.st_mtime_ns != int(modified) or (kind in "fF" and found.st_size != int(size))


def _rebuild(bundle, folder, name):
    from importlib import import_module

    # No `__pycache__` in the folder, which an uninstall would leave behind.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        rebuild = import_module(f"{bundle}._rebuild")
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


# First, so that a stale module beside the sources does not win.
sys.meta_path.insert(0, Finder(FOLDER, BUNDLE))

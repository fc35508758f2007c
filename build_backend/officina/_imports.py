"""What a builder imports, where Python looked for it in vain, and whose code that is."""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, all_suffixes

SUFFIXES = tuple(all_suffixes())
# A folder of `sys.path` that next to no Python has.
LIBRARY_ARCHIVE = "python{}{}.zip".format(*sys.version_info)
CUSTOMIZING = {"sitecustomize", "usercustomize"}
PIP = "pip-build-env-"  # begins the names of its isolated environments, each with a `sitecustomize` of other content
# Code that need not be heard: what cffi and its parser read lies in memory.
OUR_PACKAGES = ("cffi", "pycparser")


class Imports:
    """A finder (``sys.meta_path``) that finds nothing, but hears all that is looked for."""

    def __init__(self, seen, root, folders):
        self.seen, self.root = seen, root
        self.project = tuple(os.path.join(folder, "") for folder in (root, *folders))
        self.known = frozenset(sys.modules)
        self.searches = {}  # the name and the folders that are searched
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        self.searches[name, tuple(sys.path if path is None else path)] = None

    def modules(self, started_with):
        """The files of imported modules, each with the module's name. Of those that Python started with, the ones
        count by which somebody customizes it; others come with an environment, which may be an isolated one."""
        passing = set(started_with) - CUSTOMIZING
        modules = {name: self._file_of(module) for name, module in list(sys.modules.items()) if name not in passing}
        return {name: path for name, path in modules.items() if path and not (name in CUSTOMIZING and PIP in path)}

    def code(self, modules):
        """Which of their files count. The version of Python stands for its own library, where some distributions have
        a ``sitecustomize``, of which there may be another one tomorrow."""
        return {path for name, path in modules.items() if name in CUSTOMIZING or not self.seen.is_library(path)}

    def not_customized(self, started_with, folders):
        """Where a file would count that Python imports at its start, if there is one."""
        names = CUSTOMIZING - set(started_with)
        return {path for name in names for _, path in self._before(name, folders, None) if path.endswith(name + ".py")}

    def foreign(self, modules):
        """The first module of which it is not known what its code reads; ``None`` if there is none."""
        new = ((name, path) for name, path in modules.items() if name not in self.known)
        return next((name for name, path in new if self.is_foreign(name, path)), None)

    def is_foreign(self, name, path):
        """Whether a module is neither Python's own, nor cffi's, nor Python code of the project."""
        if self.seen.is_library(path):
            return False
        if name == "_cffi_backend" or name.partition(".")[0] in OUR_PACKAGES:
            return False
        folder = next((folder for folder in self.project if path.startswith(folder)), None)
        below = path[len(folder) :] if folder else "site-packages"
        is_installed = "site-packages" in below or "dist-packages" in below
        return is_installed or path.endswith(tuple(EXTENSION_SUFFIXES))

    def looked_in_vain(self):
        """The paths at which a module would have been found before it was, or at all; and the files that such a path
        cannot be told from."""
        in_vain, hiding = set(), set()
        for name, folders in self.searches:
            module = sys.modules.get(name)
            origin = getattr(getattr(module, "__spec__", None), "origin", None)
            if origin in ("built-in", "frozen") or name.partition(".")[0] in OUR_PACKAGES:
                continue
            found = self._file_of(module)
            if found and not self.seen.is_library(found) and self.is_foreign(name, found):
                continue
            for folder, path in self._before(name.rpartition(".")[2], folders, found):
                # Outside of the project, the cache knows a path by what comes after a folder of `sys.path`.
                end = path[len(folder) :]
                is_ours = os.path.join(folder, "").startswith(self.project)
                if found and not is_ours and (found.endswith(end) or os.path.dirname(found).endswith(end)):
                    hiding.add(found)
                else:
                    in_vain.add(path)
        return in_vain, hiding

    def _before(self, name, folders, found):
        """Where a module is looked for before it is found, each place with the folder that is searched."""
        for folder in folders:
            if not isinstance(folder, str):
                continue
            folder = os.path.abspath(os.path.join(self.root, folder))
            inside = os.path.join(folder, "")
            if self.seen.is_library(inside):
                if found and found.startswith(inside):
                    return
            elif os.path.basename(folder) != LIBRARY_ARCHIVE and inside not in self.seen.own_folders:
                paths = _candidates(os.path.join(folder, name))
                yield from ((folder, path) for path in paths if path != found)
                if found in paths:
                    return

    def _file_of(self, module):
        """The file of a module; ``None`` if it has none."""
        try:  # some load what they stand for when they are asked for anything
            path = getattr(module, "__file__", None)
        except Exception:
            return None
        return os.path.abspath(os.path.join(self.root, path)) if isinstance(path, str) else None


def _candidates(stem):
    stems = [stem, os.path.join(stem, "__init__")] if os.path.isdir(stem) else [stem]
    return [stem, *(stem + suffix for stem in stems for suffix in SUFFIXES)]

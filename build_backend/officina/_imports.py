"""What a builder imports, where Python looked for it in vain, and whose code that is."""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, all_suffixes

SUFFIXES = tuple(all_suffixes())
# A folder of `sys.path` that next to no Python has.
LIBRARY_ARCHIVE = "python{}{}.zip".format(*sys.version_info)
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

    def modules(self, before):
        """The files of imported modules, each with the module's name, but for those named in ``before``."""
        modules = {name: self._file_of(module) for name, module in list(sys.modules.items()) if name not in before}
        return {name: path for name, path in modules.items() if path}

    def foreign(self, modules):
        """The first module of which it is not known what its code reads; ``None`` if there is none."""
        new = ((name, path) for name, path in modules.items() if name not in self.known)
        return next((name for name, path in new if self.is_foreign(name, path)), None)

    def is_foreign(self, name, path):
        """Whether a module is neither Python's own, nor cffi's, nor Python code of the project."""
        if self.seen.is_library(path) or path.startswith(self.seen.own_folders):
            return False
        if name == "_cffi_backend" or name.partition(".")[0] in OUR_PACKAGES:
            return False
        folder = next((folder for folder in self.project if path.startswith(folder)), None)
        below = path[len(folder) :] if folder else "site-packages"
        is_installed = "site-packages" in below or "dist-packages" in below
        return is_installed or path.endswith(tuple(EXTENSION_SUFFIXES))

    def looked_in_vain(self):
        """The paths at which a module would have been found before it was, or at all."""
        found = set()
        for name, folders in self.searches:
            module = sys.modules.get(name)
            origin = getattr(getattr(module, "__spec__", None), "origin", None)
            if origin in ("built-in", "frozen") or name.partition(".")[0] in OUR_PACKAGES:
                continue
            path = self._file_of(module)
            if path is None or self.seen.is_library(path) or not self.is_foreign(name, path):
                found.update(self._before(name.rpartition(".")[2], folders, path))
        return found

    def _before(self, name, folders, found):
        for folder in folders:
            if not isinstance(folder, str):
                continue
            folder = os.path.abspath(os.path.join(self.root, folder))
            if os.path.basename(folder) == LIBRARY_ARCHIVE:
                continue
            if self.seen.is_library(os.path.join(folder, "")):
                if found and found.startswith(os.path.join(folder, "")):
                    return
                continue
            base = os.path.join(folder, name)
            stems = [base, os.path.join(base, "__init__")] if os.path.isdir(base) else [base]
            candidates = [stem + suffix for stem in reversed(stems) for suffix in SUFFIXES]
            yield from (path for path in [base, *candidates] if path != found)
            if found in candidates:
                return

    def _file_of(self, module):
        """The file of a module; ``None`` if it has none."""
        try:  # some load what they stand for when they are asked for anything
            path = getattr(module, "__file__", None)
        except Exception:
            return None
        return os.path.abspath(os.path.join(self.root, path)) if isinstance(path, str) else None

"""Leads Python to the modules that an editable install built.

An editable wheel holds a copy of this file, named after its distribution, and beside it a folder of
the same name with the built modules, each under its full dotted name. A ``.pth`` file imports the copy at
every start of Python, so it costs next to nothing until one of its modules is wanted.
"""

import os
import sys

FOLDER = __file__[: -len(".py")]


class Finder:
    """A meta path finder (``importlib.abc.MetaPathFinder``) for the modules in one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.packages = {name.partition(".")[0] for name in os.listdir(folder)}

    def find_spec(self, name, path=None, target=None):
        """The module's spec if this install built it; ``None`` leaves it to the other finders."""
        if name.partition(".")[0] not in self.packages:
            return None
        from importlib import machinery, util

        stem = os.path.join(self.folder, name)
        for suffix in [*machinery.EXTENSION_SUFFIXES, *machinery.SOURCE_SUFFIXES]:
            if os.path.isfile(stem + suffix):
                return util.spec_from_file_location(name, stem + suffix)
        return None


# First, so that a stale module beside the sources does not win.
sys.meta_path.insert(0, Finder(FOLDER))

"""The way into setuptools: a function that it calls for every project in an environment that has Officina.

It imports next to nothing, for it is called where nobody wants Officina too. What is done for a project
that wants it is in :mod:`officina._setuptools_commands`.
"""

import os


def finalize(dist):
    """Has Officina build the CFFI modules of a project whose pyproject.toml asks for that.

    An entry point of the group ``setuptools.finalize_distribution_options``: it runs at the end of
    ``Distribution.__init__``, before cffi sees ``cffi_modules``, and before pyproject.toml is applied.
    """
    if getattr(dist, "script_name", None) is None:
        return  # no call of setup(): somebody, perhaps a builder, compiles something
    try:
        with open(os.path.join(dist.src_root or os.curdir, "pyproject.toml"), "rb") as file:
            text = file.read()
    except OSError:
        return
    if b"officina" not in text.lower():
        return
    document = _parsed(text)
    if _is_wanted(document):
        from . import _setuptools_commands

        _setuptools_commands.take_over(dist, has_settings="officina" in document.get("tool", {}))


finalize.order = -100  # cffi comes with 0


def _is_wanted(document):
    """Whether a project's pyproject.toml names Officina, and leaves the packing to setuptools."""
    system = document.get("build-system", {})
    if system.get("build-backend") == "officina":
        return False
    return "officina" in document.get("tool", {}) or any(map(_names_us, system.get("requires", ())))


def _names_us(requirement):
    import re

    return re.match(r"\s*officina\s*(?:$|[^\s\w.-])", str(requirement), re.IGNORECASE) is not None


def _parsed(text):
    """The document; an empty one if it is none, for which setuptools has the words."""
    try:
        return _toml().loads(text.decode("utf-8"))
    except ValueError:
        return {}


def _toml():
    """Python's reader of TOML, or the one that setuptools brings for older Pythons."""
    from importlib import import_module

    places = ["tomllib", "setuptools.compat.py310", "setuptools.extern.tomli", "setuptools._vendor.tomli"]
    for place in places:
        try:
            module = import_module(place)
        except ImportError:
            continue
        return getattr(module, "tomllib", module)
    raise ImportError("no reader of TOML in setuptools")

"""Officina: a PEP 517 build backend for CFFI projects.

The hooks are thin: each says what the frontend wants and leaves the work to the executable beside
this file. They take their arguments as PEP 517 spells them, by position or by name.
"""

from . import _core, _interpreter

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings=None):
    """What must be installed before ``build_wheel``: a list of requirements (PEP 517)."""
    return _core.call("get_requires_for_build_wheel", config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Makes the wheel's ``.dist-info`` folder and returns its name (PEP 517)."""
    places = _core.absolute(metadata_directory=metadata_directory)
    return _core.call("prepare_metadata_for_build_wheel", config_settings, places)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Makes the wheel and returns its file name (PEP 517)."""
    places = _core.absolute(wheel_directory=wheel_directory, metadata_directory=metadata_directory)
    return _core.call("build_wheel", config_settings, places, _interpreter.building())


def get_requires_for_build_sdist(config_settings=None):
    """What must be installed before ``build_sdist``: a list of requirements (PEP 517)."""
    return _core.call("get_requires_for_build_sdist", config_settings)


def build_sdist(sdist_directory, config_settings=None):
    """Makes the source distribution and returns its file name (PEP 517)."""
    places = _core.absolute(sdist_directory=sdist_directory)
    return _core.call("build_sdist", config_settings, places)


def get_requires_for_build_editable(config_settings=None):
    """What must be installed before ``build_editable``: a list of requirements (PEP 660)."""
    return _core.call("get_requires_for_build_editable", config_settings)


def prepare_metadata_for_build_editable(metadata_directory, config_settings=None):
    """Makes the editable wheel's ``.dist-info`` folder and returns its name (PEP 660)."""
    places = _core.absolute(metadata_directory=metadata_directory)
    return _core.call("prepare_metadata_for_build_editable", config_settings, places)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Makes a wheel that leads to the sources where they are, and returns its name (PEP 660)."""
    places = _core.absolute(wheel_directory=wheel_directory, metadata_directory=metadata_directory)
    return _core.call("build_editable", config_settings, places, _interpreter.building())

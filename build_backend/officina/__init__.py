"""Officina: a PEP 517 build backend for CFFI projects.

The hooks are thin: each says what the frontend wants and leaves the work to the executable beside
this file. They take their arguments as PEP 517 spells them, by position or by name.
"""

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
    return _call("get_requires_for_build_wheel", config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Makes the wheel's ``.dist-info`` folder and returns its name (PEP 517)."""
    return _call("prepare_metadata_for_build_wheel", config_settings, metadata_directory=metadata_directory)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Makes the wheel and returns its file name (PEP 517)."""
    return _build(
        "build_wheel", config_settings, wheel_directory=wheel_directory, metadata_directory=metadata_directory
    )


def get_requires_for_build_sdist(config_settings=None):
    """What must be installed before ``build_sdist``: a list of requirements (PEP 517)."""
    return _call("get_requires_for_build_sdist", config_settings)


def build_sdist(sdist_directory, config_settings=None):
    """Makes the source distribution and returns its file name (PEP 517)."""
    return _call("build_sdist", config_settings, sdist_directory=sdist_directory)


def get_requires_for_build_editable(config_settings=None):
    """What must be installed before ``build_editable``: a list of requirements (PEP 660)."""
    return _call("get_requires_for_build_editable", config_settings)


def prepare_metadata_for_build_editable(metadata_directory, config_settings=None):
    """Makes the editable wheel's ``.dist-info`` folder and returns its name (PEP 660)."""
    return _call("prepare_metadata_for_build_editable", config_settings, metadata_directory=metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Makes a wheel that leads to the sources where they are, and returns its name (PEP 660)."""
    return _build(
        "build_editable", config_settings, wheel_directory=wheel_directory, metadata_directory=metadata_directory
    )


def _call(hook, config_settings, **folders):
    # Not before: setuptools imports this package for every project in an environment that has it.
    from . import _core

    return _core.call(hook, config_settings, _core.absolute(**folders))


def _build(hook, config_settings, **folders):
    from . import _core, _interpreter

    return _core.call(hook, config_settings, _core.absolute(**folders), _interpreter.building())

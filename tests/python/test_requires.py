"""The cffi that Officina's wheel brings along: one that supports the Python that builds."""

from __future__ import annotations

import zipfile

import pytest
from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet

FIRST = {"3.9": "1.15.1", "3.11": "1.15.1", "3.12": "1.16", "3.13": "1.17", "3.14": "2.0", "3.15": "2.1.1"}
EARLIER = {"1.15.1": "1.15.0", "1.16": "1.15.1", "1.17": "1.16", "2.0": "1.17.1", "2.1.1": "2.1.0"}


def _wanted(wheel, python: str, implementation: str) -> SpecifierSet | None:
    """The versions of cffi that installers look for; none if the wheel asks for no cffi."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Metadata.from_email(archive.read(name))
    facts = {"python_version": python, "platform_python_implementation": implementation}
    asked = [one for one in metadata.requires_dist or [] if one.marker is None or one.marker.evaluate(facts)]
    assert {one.name for one in asked} <= {"cffi"}
    return SpecifierSet(",".join(str(one.specifier) for one in asked)) if asked else None


@pytest.mark.parametrize("python", FIRST)
def test_the_wheel_brings_a_cffi_that_supports_the_python(python, officina_wheel):
    wanted = _wanted(officina_wheel, python, "CPython")
    assert wanted is not None
    assert FIRST[python] in wanted and EARLIER[FIRST[python]] not in wanted
    assert "99" in wanted


@pytest.mark.parametrize("python", ["3.9", "3.11"])
def test_pypy_keeps_its_own(python, officina_wheel):
    assert _wanted(officina_wheel, python, "PyPy") is None

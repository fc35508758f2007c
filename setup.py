"""One wheel for every interpreter: the tag is ``py3-none-<platform>``.

Everything else is in pyproject.toml. The wheel holds an executable and no extension module, so
only its platform matters, and setuptools has no setting for that.
"""

import os

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


class PlatformWheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        # `release/targets.py` sets it to what a static executable runs on: several platforms, joined by dots.
        return "py3", "none", os.environ.get("OFFICINA_PLATFORM_TAG") or super().get_tag()[2]


setup(cmdclass={"bdist_wheel": PlatformWheel})

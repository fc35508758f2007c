"""The commands of setuptools, with Officina for the CFFI modules.

``build_officina`` is a sub-command of ``build`` that comes before all others, so that files which builders
write into packages are packed. Each other command is a subclass of the one that the project has, whoever
wrote it.
"""

import os
import sys
from sysconfig import get_platform

from setuptools import Command

from ._setuptools_modules import Modules, below


def take_over(dist, has_settings):
    """Has Officina build the modules of a distribution; cffi never hears of them."""
    named = getattr(dist, "cffi_modules", None)
    entries = [named] if isinstance(named, str) else list(named or ())
    if not entries and not has_settings:
        return
    dist.cffi_modules = None
    modules = Modules(dist, entries)
    dist.officina_modules = modules
    others = dist.has_ext_modules
    # Once they are built, what they are counts. Before, nobody knows.
    dist.has_ext_modules = lambda: bool(modules.are_compiled() or others())
    dist.cmdclass["build_officina"] = build_officina
    for name, subclass in SUBCLASSES.items():
        try:
            theirs = dist.get_command_class(name)
        except Exception:  # `bdist_wheel` of a setuptools before 70.1 comes from `wheel`, if that is there
            continue
        dist.cmdclass[name] = subclass(theirs)


class build_officina(Command):
    """Builds the modules and puts them where setuptools packs them (the ``SubCommand`` of setuptools)."""

    description = "build CFFI modules with Officina"
    user_options = [("build-lib=", "d", "directory to put the modules in")]  # noqa: RUF012

    def initialize_options(self):
        self.build_lib = None
        self.editable_mode = False

    def finalize_options(self):
        self.set_undefined_options("build", ("build_lib", "build_lib"))

    def run(self):
        modules = self.distribution.officina_modules
        if not modules.are_built():
            if self.editable_mode:
                _keep_c_libraries(self)
            _build_c_libraries(self)
        if not self.editable_mode:
            modules.remove_gone(self.build_lib)
        self.place()

    def place(self):
        """Puts the modules into the folder that setuptools packs, in the place of others of their names."""
        modules = self.distribution.officina_modules
        if self.editable_mode:
            modules.install_editable(self.distribution.get_command_obj("install").install_lib)
        else:
            modules.put_into(self.build_lib)

    def get_source_files(self):
        return self.distribution.officina_modules.source_files()

    def get_outputs(self):
        """None: ``install_lib`` tells what is installed, and what is in an editable wheel is no business of others."""
        return []

    def get_output_mapping(self):
        return {}


def _build(theirs):
    class build(theirs):
        sub_commands = [("build_officina", None), *theirs.sub_commands]  # noqa: RUF012

        def run(self):
            super().run()
            # `build_py` may have copied what an earlier build left beside the sources.
            ours = self.get_finalized_command("build_officina")
            if not ours.editable_mode:
                ours.place()

    return build


def _build_ext(theirs):
    class build_ext(theirs):
        def run(self):
            super().run()
            if self.inplace and not _is_editable(self.distribution):
                _build_c_libraries(self)
                self.distribution.officina_modules.put_in_place(self.get_finalized_command("build_py"))

        def get_source_files(self):
            return [*super().get_source_files(), *self.distribution.officina_modules.source_files()]

    return build_ext


def _build_c_libraries(command):
    if command.distribution.has_c_libraries():
        command.run_command("build_clib")


def _keep_c_libraries(command):
    """Has them made where an ordinary build makes them. What an editable install makes elsewhere is gone when modules
    are rebuilt on import."""
    folder = command.get_finalized_command("build").build_base
    name = f"temp.{get_platform()}-{sys.implementation.cache_tag}"
    command.distribution.get_command_obj("build_clib").build_clib = os.path.join(folder, name)


def _is_editable(dist):
    return dist.get_command_obj("build_officina").editable_mode


def _install_lib(theirs):
    class install_lib(theirs):
        def get_outputs(self):
            """With the modules, and what is compiled of those that are Python: setuptools knows of its own ones."""
            files = [below(self.install_dir, file) for file in self.distribution.officina_modules.files()]
            if self.compile or self.optimize:
                files += self._bytecode_filenames([file for file in files if file.endswith(".py")])
            return [*super().get_outputs(), *files]

    return install_lib


def _bdist_wheel(theirs):
    class bdist_wheel(theirs):
        def finalize_options(self):
            super().finalize_options()
            self.is_pure_by_default = self.root_is_pure == self.looks_pure()

        def looks_pure(self):
            return not (self.distribution.has_ext_modules() or self.distribution.has_c_libraries())

        def run_command(self, command):
            super().run_command(command)
            if command == "build" and self.is_pure_by_default:
                self.root_is_pure = self.looks_pure()

        def get_tag(self):
            modules, tag = self.distribution.officina_modules, super().get_tag()
            if not modules.are_built() or _is_editable(self.distribution):
                return tag  # of an editable install, asked for before anything is built
            folder = self.get_finalized_command("build").build_lib
            return modules.tag_of_wheel(tag, folder)

    return bdist_wheel


SUBCLASSES = {
    "build": _build,
    "build_ext": _build_ext,
    "install_lib": _install_lib,
    "bdist_wheel": _bdist_wheel,
}

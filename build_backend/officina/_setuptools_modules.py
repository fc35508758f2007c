"""The modules that Officina builds for one ``Distribution`` of setuptools: built once, whatever command asks."""

import atexit
import os
import re
import shlex
import shutil
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES

from . import _core, _interpreter

NATIVE = re.compile(r"\.(so|pyd|dll|dylib)(\.|$)", re.IGNORECASE)


class Modules:
    """What is built, and where setuptools wants it."""

    def __init__(self, dist, entries):
        self.dist = dist
        self.entries = entries
        self.built = {}  # by kind, the folder and what the executable says is in it
        self.last = None
        self.sources = None

    def are_built(self):
        return bool(self.built)

    def are_compiled(self):
        """Whether a wheel is for certain platforms because of them; true as long as nobody knows."""
        return not self.built or any(answer["tag"] for _, answer in self.built.values())

    def files(self):
        """Their paths in a wheel: those that were built, or those of the last build. Nothing runs."""
        if self.built:
            return [module["file"] for _, answer in self.built.values() for module in answer["modules"]]
        if self.last is None:
            kind = {"kind": "standard"}
            self.last = _core.call("last_modules", None, self.project(), kind, _interpreter.building()) or {}
        return [module["file"] for module in self.last.get("modules", ())]

    def source_files(self):
        """What an sdist needs to build them. Nothing runs."""
        if self.sources is None:
            self.sources = _core.call("sdist_files", None, self.project())
        return self.sources

    def put_into(self, folder):
        """Copies the modules into a folder with the layout of a wheel."""
        source, answer = self.build("standard")
        for module in answer["modules"]:
            _put(os.path.join(source, module["file"]), below(folder, module["file"]), module["name"])

    def remove_gone(self, folder):
        """Removes what earlier builds put there and this one did not make. It comes before anybody else packs."""
        _, answer = self.build("standard")
        for file in filter(os.path.isfile, (below(folder, file) for file in answer["gone"])):
            os.remove(file)

    def put_in_place(self, build_py):
        """Copies the modules beside the sources of their packages."""
        source, answer = self.build("standard")
        for module in answer["modules"]:
            *packages, file = module["file"].split("/")
            folder = build_py.get_package_dir(".".join(packages))
            _put(os.path.join(source, module["file"]), os.path.join(folder, file), module["name"])

    def install_editable(self, folder):
        """Copies the modules and what leads Python to them into an editable wheel."""
        source, answer = self.build("editable")
        for file in answer["files"]:
            _copy(os.path.join(source, file), below(folder, file))

    def build(self, kind):
        """Has the executable build the modules, if it has not; ends this process if it cannot."""
        if kind not in self.built:
            self.refuse_pre_run()
            folder = tempfile.mkdtemp(prefix="officina-modules-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            parts = [self.project(), {"kind": kind, "target_directory": folder}, _interpreter.building()]
            self.built[kind] = folder, _core.call("build_modules", self.settings(), *parts)
        return self.built[kind]

    def refuse_pre_run(self):
        """A builder runs in a process of its own, where no command of setuptools is."""
        theirs = self.dist.get_command_class("build_ext")
        if hasattr(theirs, "pre_run"):
            raise _core.failure(
                "the `build_ext` of this project has a method `pre_run`, which Officina cannot call",
                "do its work in the builder, before `set_source()`, or in a function that returns the `FFI`",
            )

    def project(self):
        """What setuptools knows of the project."""
        dist = self.dist
        if not all(isinstance(entry, str) for entry in self.entries):
            raise _core.failure("`cffi_modules` of `setup()` is not a list of text", "each is `script.py:object`")
        requires = getattr(dist, "python_requires", None) or getattr(dist.metadata, "python_requires", None)
        return {
            "project": {
                "name": dist.get_name(),
                "version": dist.get_version(),
                "requires_python": requires and str(requires),
                "cffi_modules": self.entries,
                "ext_package": dist.ext_package or None,
                "source_folder": (dist.package_dir or {}).get("") or None,
                "search_path": _own_search_path(),
            }
        }

    def settings(self):
        """What the options of ``build_ext`` say, and the libraries of ``build_clib``, as config settings."""
        options = self.dist.get_option_dict("build_ext")

        def given(name, separators):
            value = options.get(name, ("", ""))[1] or ""
            return [word for word in re.split(f"[{separators}]", value) if word] if isinstance(value, str) else value

        folders, libraries = list(given("library_dirs", os.pathsep)), list(given("libraries", r"\s,"))
        if self.dist.has_c_libraries():
            command = self.dist.get_command_obj("build_clib")
            command.ensure_finalized()
            folders.append(command.build_clib)
            libraries += command.get_library_names() or []
        settings = {
            "include-dirs": given("include_dirs", os.pathsep),
            "library-dirs": folders,
            "libraries": libraries,
            "define-macros": list(map(shlex.quote, given("define", ","))),
        }
        return {name: list(map(str, words)) for name, words in settings.items() if words}

    def tag_of_wheel(self, theirs, build_lib):
        """The tag of a wheel whose files are all in ``build_lib``; ``theirs`` is what setuptools would say."""
        _, answer = next(iter(self.built.values()))
        ours, (python, abi, platform) = answer["tag"], theirs
        if ours is None:
            return theirs
        if "abi3" not in ours["abi"]:
            # A setting says that all modules have the stable ABI, and ours have not.
            return (ours["python"], ours["abi"], platform) if "abi3" in abi else theirs
        if "abi3" in abi:
            return max(python, ours["python"], key=_version), abi, platform
        return theirs if self.has_others(build_lib) else (ours["python"], ours["abi"], platform)

    def has_others(self, build_lib):
        """Whether a wheel holds anything that is compiled and not ours."""
        own = {below(build_lib, file) for file in self.files()}
        found = (os.path.join(folder, name) for folder, _, names in os.walk(build_lib) for name in names)
        return any(NATIVE.search(os.path.basename(path)) and path not in own for path in found)


def _own_search_path():
    """The folders of the project in which imports look, because setup.py says so."""
    root = os.getcwd()
    is_own = re.compile(re.escape(root) + r"(?![^/\\])(?!.*[/\\](site|dist)-packages)").match
    return list(filter(is_own, _interpreter.import_path()))


def _version(tag):
    digits = re.sub(r"\D", "", tag)
    return (digits[:1], int(digits[1:] or 0))


def below(folder, file):
    """A file of a wheel, whose path has ``/`` on each system, below a folder."""
    return os.path.join(folder, *file.split("/"))


def _put(source, target, name):
    """Puts a module in its place, and removes others of its name, which Python would import sooner."""
    _copy(source, target)
    if not name:
        return
    stem = os.path.join(os.path.dirname(target), name.rpartition(".")[2])
    for other in (stem + suffix for suffix in EXTENSION_SUFFIXES):
        if other != target and os.path.isfile(other):
            os.remove(other)


def _copy(source, target):
    folder = os.path.dirname(target)
    os.makedirs(folder or os.curdir, exist_ok=True)
    # A module that is loaded somewhere stays whole there.
    part = f"{target}.{os.getpid()}.part"
    try:
        shutil.copyfile(source, part)
        shutil.copymode(source, part)
        os.replace(part, target)
    except OSError as error:
        if os.path.exists(part):
            os.remove(part)
        raise _core.failure(f"cannot write `{target}`: {error.strerror}", "look at its folder") from None

"""What the native parts of the projects in `native/` say in pyproject.toml, and what their builders leave to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Native:
    """One project's parts beside its CFFI modules."""

    tables: str
    """What follows the keys of `[tool.officina]`."""
    settings: tuple[tuple[str, object], ...] = ()
    """Keys of `[tool.officina]` itself."""
    edits: tuple[tuple[str, str, str], ...] = ()
    """Changes of files: path, text, and what takes its place."""

    def apply(self, tree: Path) -> None:
        """Makes the edits in a source tree."""
        for path, before, after in self.edits:
            text = (tree / path).read_text(encoding="utf-8")
            if before not in text:
                raise RuntimeError(f"`{path}` does not hold `{before}`")
            (tree / path).write_text(text.replace(before, after), encoding="utf-8")


# PySPX writes a module for each of its parameter sets, which makes it an object of a class.
_WRAPPERS = """\
import pathlib
for header in pathlib.Path("src/sphincsplus/ref/params").glob("params-sphincs-*.h"):
    name = header.stem.removeprefix("params-sphincs-").replace("-", "_")
    lines = f"import sys; import _spx_{name} as module; from pyspx.bindings import PySPXBindings"
    lines += "; sys.modules[__name__] = PySPXBindings(module.ffi, module.lib)"
    pathlib.Path(f"src/pyspx/{name}.py").write_text(lines)
"""

NATIVE = {
    "pygit2": Native(
        '[[tool.officina.extensions]]\nname = "pygit2._pygit2"\nsources = ["src/*.c"]\npkg-config = ["libgit2"]\n',
        # Of the libgit2 that it was written for; nothing here asks for the struct that is another one now.
        settings=(("define-macros", ["OFFICINA_UNCHECKED"]),),
    ),
    "zstandard": Native(
        '[[tool.officina.extensions]]\nname = "zstandard.backend_c"\nsources = ["c-ext/backend_c.c"]\n'
        'include-dirs = ["c-ext", "zstd"]\nextra-compile-args = ["-fvisibility=hidden"]\n'
        'define-macros = ["ZSTD_SINGLE_FILE", "ZSTDLIB_VISIBLE=", "ZDICTLIB_VISIBLE=", "ZSTDERRORLIB_VISIBLE="]\n'
        'if.python = "cpython"\n',
        settings=(("limited-api", False),),
    ),
    "ada-url": Native(
        '[[tool.officina.libraries]]\nname = "ada"\nsources = ["ada_url/ada.cpp"]\n'
        'extra-compile-args = ["-std=c++20"]\ndefine-macros = ["ADA_INCLUDE_URL_PATTERN=0"]\n'
        'public-include-dirs = ["ada_url"]\n',
        edits=(("ada_url/ada_build.py", "extra_objects=[ada_obj]", 'libraries=["ada"]'),
         ("ada_url/ada_build.py", "    libraries=libraries,\n", "")),
    ),
    # Without a repository, libsodium's .gitignore is all that says what it tracks: not what autoconf wrote.
    # Headers are edited: unlike PyNaCl's own setup.py, this lets make see who reads them.
    "PyNaCl": Native(
        'sdist.include = ["src/libsodium/**"]\n'
        '[[tool.officina.steps]]\nname = "sodium"\nif.env = { SODIUM_INSTALL = false }\n'
        'commands = [\n  ["sh", "{root}/src/libsodium/configure", "--disable-shared", "--enable-static", '
        '"--disable-debug", "--with-pic", "--prefix={build}/install"],\n'
        '  ["make"],\n  ["make", "install"],\n]\ninputs = ["src/libsodium/**"]\n'
        'provides = { include-dirs = ["install/include"], library-dirs = ["install/lib"] }\n'
    ),
    "PySPX": Native(
        "[[tool.officina.steps]]\nname = \"wrappers\"\n"
        f"commands = [[\"{{python}}\", \"-c\", '''{_WRAPPERS.replace('{', '{{').replace('}', '}}')}''']]\n"
        'directory = "{root}"\ninputs = ["src/sphincsplus/ref/params/*"]\n'
        'outputs = ["src/pyspx/{haraka,sha2,shake}_*.py"]\n'
    ),
}  # fmt: skip

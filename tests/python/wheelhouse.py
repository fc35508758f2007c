"""What isolated builds and installs need, fetched once: wheels in `.make/wheelhouse`.

A build under test finds Officina and these wheels, and reaches no index. `make clean` removes the
wheelhouse, and with it what may have become old.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from environments import SCRATCH, environment, run
from filelock import FileLock

FOLDER = SCRATCH / "wheelhouse"
ENVIRONMENTS = SCRATCH / "test-environments"
# With all that they depend on.
NAMES = ["build", "cffi", "setuptools"]

# As the run was started, where packages come from an index.
_OUTSIDE = dict(os.environ)


@functools.cache
def facts(python: str) -> tuple[str, str]:
    """A name for an interpreter, `cpython-3-11`, and the folder of packages in its environments."""
    ask = (
        "import json, sys, sysconfig\n"
        "name = '-'.join([sys.implementation.name, *map(str, sys.version_info[:2]), *getattr(sys, 'abiflags', '')])\n"
        "scheme = 'venv' if 'venv' in sysconfig.get_scheme_names() else 'posix_prefix'\n"
        "path = sysconfig.get_path('purelib', scheme, {'base': '', 'platbase': ''})\n"
        "print(json.dumps([name, path.lstrip('/' + chr(92))]))\n"
    )
    name, packages = json.loads(run([python, "-c", ask]).stdout)
    return name, packages


def bare(python: str) -> Path:
    """The interpreter of an environment that holds pip and nothing else. It is not to be changed."""
    return environment(ENVIRONMENTS / f"{facts(python)[0]}-bare", [], python)


@functools.cache
def fill(python: str, *names: str) -> None:
    """Fetches the wheels of `names`, or else of `NAMES`, that suit an interpreter."""
    wanted: Sequence[str] = names or NAMES
    if facts(python)[0].startswith("pypy"):  # which has a cffi of its own
        wanted = [name for name in wanted if name != "cffi"]
    key = hashlib.sha256("\n".join([facts(python)[0], *wanted]).encode()).hexdigest()[:16]
    stamp = FOLDER / f".filled-{key}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / ".lock"):
        if not stamp.exists():
            command = [bare(python), "-m", "pip", "wheel", "--quiet", "--wheel-dir", FOLDER, *wanted]
            run([str(word) for word in command], env=_OUTSIDE)
            stamp.touch()


def variables(officina_wheel: Path) -> dict[str, str]:
    """The environment in which pip and uv take wheels from here, Officina's too, and from nowhere else."""
    links = [folder.as_uri() for folder in (FOLDER, officina_wheel.parent)]
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": " ".join(links),
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": ",".join(links),
        # uv would keep an Officina of an earlier run, which has the same version.
        "UV_NO_CACHE": "1",
    }

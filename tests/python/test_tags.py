"""The tags we make are tags that the interpreters found here install."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from interpreters import INTERPRETERS, find

packaging = pytest.importorskip("packaging")

ROOT = pathlib.Path(__file__).resolve().parents[2]
FACTS = """
import json, struct, sys, sysconfig
pypy = getattr(sys, "pypy_version_info", None)
print(json.dumps({
    "soabi": sysconfig.get_config_var("SOABI"),
    "interpreter": {
        "executable": sys.executable,
        "implementation": sys.implementation.name,
        "version": sys.version_info[:2],
        "pypy_version": pypy and pypy[:2],
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "debug": hasattr(sys, "gettotalrefcount"),
        "pointer_bits": struct.calcsize("P") * 8,
        "platform": sysconfig.get_platform(),
    },
}))
"""
TAGS = """
try:
    from packaging import tags
except (ImportError, SyntaxError):  # an interpreter older than this packaging
    from pip._vendor.packaging import tags
print(*tags.sys_tags(), sep="\\n")
"""


def interpreters():
    """Those of this run, the one that runs the tests, and kinds that the other tests do not want."""
    found = {
        sys.executable,
        *INTERPRETERS.values(),
        *map(find, ("python3.13t", "python3.14t", "python3.15t", "graalpy")),
    }
    return sorted(found - {None})


@pytest.fixture(scope="session")
def tag():
    """The example that prints the tags for an interpreter's facts."""
    command = ["cargo", "build", "--quiet", "--example", "tag"]
    try:
        subprocess.run(command, cwd=ROOT, check=True)
    except FileNotFoundError:
        pytest.skip("needs cargo")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "debug" / "examples" / "tag"


def run(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8", **options).stdout


@pytest.mark.interpreters
@pytest.mark.parametrize("python", interpreters())
def test_each_tag_installs_where_it_was_built(python, tag):
    facts = run([python, "-c", FACTS])
    interpreter = json.loads(facts)["interpreter"]
    made = run([tag], input=facts).split()
    library = str(pathlib.Path(packaging.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": library}
    try:
        accepted = run([python, "-c", TAGS], env=environment).split()
    except subprocess.CalledProcessError:
        pytest.skip("packaging does not run here")
    pure, own, limited = made
    assert pure == "py3-none-any"
    platform = own.rsplit("-", 1)[1]
    assert own == next(best for best in accepted if best.endswith(f"-{platform}"))
    assert limited in accepted
    if interpreter["implementation"] == "cpython" and not interpreter["free_threaded"]:
        assert "-abi3-" in limited
    else:
        assert limited == own

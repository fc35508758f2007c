"""The software bill of materials of a wheel (PEP 770): what it holds of others."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from building import build, call_hook
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import get_spdx_licensing
from packageurl import PackageURL
from projects import PROJECT, demo, make_project
from refusals import refused
from servers import need

NAME = "my_wheel-1.0.dist-info/sboms/officina.cdx.json"
CHECKSUM = "0123456789abcdef" * 4

TINY = {"csrc/tiny/tiny.h": "int tiny(int x);\n", "csrc/tiny/tiny.c": "int tiny(int x) { return x + 1; }\n"}
VENDORED = """
[[tool.officina.sbom.vendored]]
name = "tiny"
version = "2.1"
license = "zlib or mit"
purl = "pkg:github/somebody/tiny@2.1"
paths = ["csrc/tiny", "csrc/tiny/*.h"]

[[tool.officina.sbom.vendored]]
name = "of-another-system"
version = "1"
paths = ["csrc/windows"]
if.platform = "windows"
"""

# A crate that depends on one of crates.io, which lies in the tree as `cargo vendor` would put it.
CRATE = {
    "rust/Cargo.toml": '[package]\nname = "own"\nversion = "0.3.0"\nedition = "2021"\n'
    '[dependencies]\nof-others = "1"\n[workspace]\n',
    "rust/Cargo.lock": 'version = 3\n\n[[package]]\nname = "of-others"\nversion = "1.2.3"\n'
    f'source = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{CHECKSUM}"\n\n'
    '[[package]]\nname = "own"\nversion = "0.3.0"\ndependencies = [\n "of-others",\n]\n',
    "rust/src/lib.rs": '#[no_mangle]\npub extern "C" fn half() -> i32 { of_others::half() }\n',
    ".cargo/config.toml": '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "crates"\n',
    "crates/of-others/Cargo.toml": '[package]\nname = "of-others"\nversion = "1.2.3"\nedition = "2021"\n',
    "crates/of-others/src/lib.rs": "pub fn half() -> i32 { 21 }\n",
    "crates/of-others/.cargo-checksum.json": json.dumps({"files": {}, "package": CHECKSUM}),
}

BUILDER = """\
from cffi import FFI
ffi = FFI()
ffi.cdef("int tiny(int), inner(void), half(void);")
ffi.set_source("pkg._all", '#include "tiny.h"\\nint inner(void), half(void);', sources=["csrc/tiny/tiny.c"],
               include_dirs=["csrc/tiny"], libraries=["inner", "own"], library_dirs=["vendor"],
               extra_link_args=["-Wl,--no-as-needed", "-l:libffi.so.8"])
"""


def holds_all(folder):
    """A project that bundles libraries, with C and a crate of others."""
    settings = 'packages = ["pkg"]\nbundle = true'
    crate = '[[tool.officina.crates]]\npath = "rust"\n'
    project = PROJECT.replace('"demo"', '"My.Wheel"') + 'license = "MIT"\n'
    files = {**TINY, **CRATE, "pkg/__init__.py": "", "b.py": BUILDER, "vendor/inner.c": "int inner(void) { return 1; }"}
    tree = make_project(folder, files, modules=["b.py:ffi"], settings=settings, project=project, more=VENDORED + crate)
    command = "gcc -shared -fPIC inner.c -Wl,-soname,libinner.so.1 -o libinner.so.1"
    subprocess.run(command.split(), cwd=tree / "vendor", check=True)
    (tree / "vendor/libinner.so").symlink_to("libinner.so.1")
    return tree


def files(wheel):
    """All that it holds, its metadata too."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def sbom(wheel, name=NAME):
    """The text of it, which has to be valid, and what it says."""
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(name).decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None, text
    return text, json.loads(text)


@pytest.fixture(scope="module")
def made(python, tmp_path_factory):
    """Such a project and its wheel."""
    if sys.platform != "linux":
        pytest.skip("libraries are bundled on Linux")
    need("cargo")
    if not list(Path("/usr").glob("lib*/**/libffi.so.8")):
        pytest.skip("needs libffi.so.8")
    folder = tmp_path_factory.mktemp("sbom")
    tree = holds_all(folder / "project")
    wheel, _ = build(python, tree, folder / "dist")
    return tree, wheel


def test_it_says_what_the_wheel_holds(made):
    tree, wheel = made
    text, said = sbom(wheel)
    root = said["metadata"]["component"]
    assert (root["name"], root["version"], root["purl"]) == ("My.Wheel", "1.0", "pkg:pypi/my-wheel@1.0")
    assert root["licenses"] == [{"expression": "MIT"}]
    held = {one["bom-ref"]: one for one in said["components"]}
    assert list(held) == sorted(held)
    bundled = [name for name in held if name.startswith("bundled:")]
    assert set(held) - set(bundled) == {"crate:of-others@1.2.3", "crate:own@0.3.0", "vendored:tiny@2.1"}
    assert held["vendored:tiny@2.1"] == {
        "type": "library",
        "bom-ref": "vendored:tiny@2.1",
        "name": "tiny",
        "version": "2.1",
        "licenses": [{"expression": "Zlib OR MIT"}],
        "purl": "pkg:github/somebody/tiny@2.1",
        "evidence": {"occurrences": [{"location": "csrc/tiny"}, {"location": "csrc/tiny/*.h"}]},
    }
    crate = held["crate:of-others@1.2.3"]
    assert crate["purl"] == "pkg:cargo/of-others@1.2.3"
    assert crate["hashes"] == [{"alg": "SHA-256", "content": CHECKSUM}]
    assert "purl" not in held["crate:own@0.3.0"]  # which nobody has published
    edges = {one["ref"]: one["dependsOn"] for one in said["dependencies"]}
    assert edges[root["bom-ref"]] == sorted(held)
    assert not {"serialNumber", "timestamp"} & (set(said) | set(said["metadata"]))
    for path in (str(tree), str(Path.home()), "/usr", "file:"):
        assert path not in text
    for one in [root, *said["components"]]:
        for license in one.get("licenses", []):
            assert get_spdx_licensing().validate(license["expression"]).errors == []
        if "purl" in one:
            assert PackageURL.from_string(one["purl"]).to_string() == one["purl"]


def test_libraries_have_the_digests_of_the_original_and_of_the_copy(made):
    tree, wheel = made
    _, said = sbom(wheel)
    originals = {}
    with zipfile.ZipFile(wheel) as archive:
        for one in said["components"]:
            if one["bom-ref"].startswith("bundled:"):
                (place,) = one["evidence"]["occurrences"]
                digest = hashlib.sha256(archive.read(place["location"])).hexdigest()
                assert one["hashes"] == [{"alg": "SHA-256", "content": digest}]
                (original,) = one["pedigree"]["ancestors"]
                originals[original["name"].split(".so")[0]] = one, original
    assert set(originals) == {"libinner", "libffi"}
    inner, original = originals["libinner"]
    digest = hashlib.sha256((tree / "vendor/libinner.so.1").read_bytes()).hexdigest()
    assert original["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert inner["name"] == "libinner.so.1"
    assert "purl" not in inner
    if shutil.which("dpkg-query"):
        ffi, original = originals["libffi"]
        found = ["dpkg-query", "--show", "--showformat=${Package} ${Version} ${Architecture}", "libffi8"]
        found = subprocess.run(found, check=True, capture_output=True, text=True).stdout.split()
        purl = PackageURL.from_string(ffi["purl"])
        assert [purl.name, purl.version, purl.qualifiers["arch"]] == found
        assert [ffi["name"], ffi["version"]] == found[:2]
        system = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
        assert purl.namespace == system["ID"]
        assert purl.qualifiers["distro"].startswith(system["ID"])
        assert original["purl"] == ffi["purl"]


def test_it_is_in_the_record(made):
    _, wheel = made
    with zipfile.ZipFile(wheel) as archive:
        rows = csv.reader(archive.read("my_wheel-1.0.dist-info/RECORD").decode().splitlines())
        digests = {name: digest for name, digest, _ in rows}
        digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(NAME)).digest()).rstrip(b"=")
    assert digests[NAME] == f"sha256={digest.decode()}"


def test_the_same_tree_says_the_same_and_a_setting_says_nothing(python, made, tmp_path):
    tree, wheel = made
    other = shutil.copytree(tree, tmp_path / "elsewhere", symlinks=True, ignore=shutil.ignore_patterns("build"))
    again, _ = build(python, other, tmp_path / "again")
    assert again.read_bytes() == wheel.read_bytes()
    third, _ = build(python, other, tmp_path / "third")  # where nothing runs
    assert third.read_bytes() == wheel.read_bytes()
    for at, (config, env) in enumerate([({"sbom": "false"}, {}), (None, {"OFFICINA_SBOM": "0"})]):
        without, _ = build(python, other, tmp_path / str(at), config=config, env=env)
        assert files(wheel) - files(without) == {NAME}
    metadata = call_hook(python, other, tmp_path, "prepare_metadata_for_build_wheel", metadata_directory=str(tmp_path))
    assert not (tmp_path / metadata / "sboms").exists()
    name = call_hook(
        python,
        other,
        tmp_path,
        "build_wheel",
        wheel_directory=str(tmp_path),
        metadata_directory=str(tmp_path / metadata),
    )
    assert (tmp_path / name).read_bytes() == wheel.read_bytes()
    name = call_hook(python, other, tmp_path, "build_editable", wheel_directory=str(tmp_path))
    assert not [file for file in files(tmp_path / name) if "/sboms/" in file]


def small(folder, vendored="", settings=""):
    """A module of the project's own C, and a table of what is vendored."""
    own = {**TINY, "csrc/other.h": "", "build_demo.py": BUILDER_OF_TINY}
    return demo(folder, files=own, settings=settings, more=vendored)


BUILDER_OF_TINY = """\
from cffi import FFI
ffi = FFI()
ffi.cdef("int tiny(int);")
ffi.set_source("demo._demo", '#include "tiny.h"', sources=["csrc/tiny/tiny.c"], include_dirs=["csrc/tiny"])
"""
OF_DEMO = NAME.replace("my_wheel", "demo")


def test_nothing_is_said_of_a_projects_own_code(python, tmp_path):
    tree = small(tmp_path / "project")
    wheel, _ = build(python, tree, tmp_path / "plain")
    assert OF_DEMO not in files(wheel)
    off = "[[tool.officina.overrides]]\nif.python = '>=3'\nsbom = false\n"
    wheel, _ = build(python, small(tree, VENDORED + off), tmp_path / "off")
    assert OF_DEMO not in files(wheel)
    wheel, _ = build(python, small(tree, VENDORED), tmp_path / "dist")
    _, said = sbom(wheel, OF_DEMO)
    assert [one["bom-ref"] for one in said["components"]] == ["vendored:tiny@2.1"]


def test_what_a_builder_reads_is_in_the_wheel(python, tmp_path):
    builder = BUILDER_OF_TINY.replace('#include "tiny.h"', '#include "tiny.h"\\n\' + open("csrc/other.h").read() + \'')
    tree = small(tmp_path / "project", vendored('paths = ["csrc/other.h"]'))
    (tree / "build_demo.py").write_text(builder)
    wheel, _ = build(python, tree, tmp_path / "dist")
    _, said = sbom(wheel, OF_DEMO)
    assert [one["bom-ref"] for one in said["components"]] == ["vendored:tiny@1"]


def test_what_commands_read_may_not_be_known(python, tmp_path):
    step = '[[tool.officina.steps]]\nname = "make"\ncommands = [["true"]]\n'
    table = vendored('paths = ["csrc/other.h"]')
    wheel, _ = build(python, small(tmp_path / "project", table + step), tmp_path / "dist")
    _, said = sbom(wheel, OF_DEMO)
    assert [one["name"] for one in said["components"]] == ["tiny"]
    step += 'inputs = ["csrc/tiny/*"]\n'
    refused(python, small(tmp_path / "two", table + step), tmp_path, "nothing compiles or includes `csrc/other.h`")


def vendored(lines, name='name = "tiny"\nversion = "1"\n'):
    return f"[[tool.officina.sbom.vendored]]\n{name}{lines}\n"


@pytest.mark.parametrize(
    ("more", "phrases"),
    [
        (
            vendored('paths = ["csrc/tiny", "csrc/tinny"]'),
            ("nothing compiles or includes `csrc/tinny`", "pyproject.toml", "did you mean `csrc/tiny`?"),
        ),
        (vendored('paths = ["csrc/tiny/tiny.cc"]'), ("`csrc/tiny/tiny.cc`", "did you mean `csrc/tiny/tiny.c`?")),
        (vendored('paths = ["csrc/other.h"]'), ("nothing compiles or includes `csrc/other.h`",)),
        (vendored('paths = ["zzz/*.c"]'), ("nothing compiles or includes `zzz/*.c`", "name the files that are")),
        (vendored('paths = ["../tiny"]'), ("`../tiny` in `paths` is outside the project",)),
        (vendored("paths = []"), ("`tool.officina.sbom.vendored[0]` has no `paths`",)),
        (vendored('paths = ["csrc/tiny"]', ""), ("`tool.officina.sbom.vendored[0]` has no `name`",)),
        (vendored('paths = ["csrc/tiny"]', 'name = "a"\nversion = ""\n'), ("`version` is empty",)),
        (
            vendored('paths = ["csrc/tiny"]\nlicense = "MTI"'),
            ("`MTI` is not a licence expression", "did you mean `MIT`?"),
        ),
        (vendored('paths = ["csrc/tiny"]\npurl = "https://x.org"'), ("`https://x.org` is not a package URL",)),
        (vendored('paths = ["csrc/tiny"]\nlicence = "MIT"'), ("licence", "did you mean `license`?")),
        ("[tool.officina.sbom]\nvendor = []\n", ("vendor", "did you mean `vendored`?")),
        (
            "[[tool.officina.overrides]]\nif.python = '>=3'\nsbom.vendored = []\n",
            ("what is vendored cannot be set in an override",),
        ),
    ],
)
def test_slips_are_told_at_their_line(python, tmp_path, more, phrases):
    refused(python, small(tmp_path / "project", more), tmp_path, *phrases)


def test_it_is_a_switch_or_a_table(python, tmp_path):
    tree = small(tmp_path / "project", settings='sbom = "no"')
    refused(python, tree, tmp_path, '`tool.officina.sbom` cannot be "no"', "it is `true` or `false`")
    refused(python, small(tree), tmp_path, "`sbom` cannot be `no!`", config={"sbom": "no!"})

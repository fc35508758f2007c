"""Wheels for another machine that hold more than C of the project: crates, and libraries of that machine's system."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import arm64_root
import pytest
from arm64_target import ROOT, TARGET, emulated, machines_of, needs_arm64, of_debian, rust_has_target
from building import build, run, unpack
from environments import REPOSITORY
from packageurl import PackageURL
from projects import make_project
from servers import need

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="targets are Linux"), needs_arm64]


@pytest.mark.skipif(not rust_has_target(), reason=f"needs `rustup target add {TARGET}`")
def test_a_crate_is_compiled_for_the_target(python, tmp_path):
    tree = shutil.copytree(REPOSITORY / "example-crate", tmp_path / "project", ignore=shutil.ignore_patterns("build"))
    wheel, _ = build(python, tree, tmp_path / "out", config={"target-python": str(ROOT)})
    assert wheel.name.endswith("-abi3-linux_aarch64.whl")
    assert machines_of(wheel) == {"officina_words/_words.abi3.so": True}
    folder = unpack(wheel, tmp_path / "unpacked")
    own = Path(pytest.__file__).parent.parent  # Python alone
    path = os.pathsep.join([str(folder), of_debian(), str(own)])
    words = ["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", tree / "tests"]
    done = run(emulated(*words), tmp_path, {"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    assert done.code == 0 and "7 passed" in done.output, done.output


# A project that takes in whatever its module needs.
BUNDLES = """\
from cffi import FFI
ffi = FFI()
ffi.cdef("int tiny(void);")
ffi.set_source("pkg._tiny", {code!r}, libraries={libraries!r}, extra_link_args=["-Wl,--no-as-needed"])
"""


def bundling(folder, code, libraries):
    files = {"pkg/__init__.py": "", "b.py": BUNDLES.format(code=code, libraries=libraries)}
    return make_project(folder, files, modules=["b.py:ffi"], settings='packages = ["pkg"]\nbundle = true')


def held(wheel):
    """What the wheel says of the libraries in it, by the name of the file that each is a copy of."""
    with zipfile.ZipFile(wheel) as archive:
        said = json.loads(archive.read("demo-1.0.dist-info/sboms/officina.cdx.json"))
        names = archive.namelist()
    components = [one for one in said["components"] if one["bom-ref"].startswith("bundled:")]
    licences = sorted(name.partition("/licenses/")[2] for name in names if "/licenses/" in name)
    return {one["pedigree"]["ancestors"][0]["name"]: one for one in components}, licences


def system_with(folder, package):
    """Debian's Python for arm64 in a system of its own, where a package with a library is installed."""
    need("dpkg", "dpkg-deb")
    root, built = folder / "root", folder / "package"
    for part in ("usr/lib", "var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"):
        (root / part).mkdir(parents=True)
    (root / "usr/include").symlink_to(ROOT / "usr/include")
    (root / "usr/lib/os-release").write_text("ID=debian\nVERSION_ID=99\n")
    for name in ("python3", f"python{arm64_root.version()}"):
        (root / "usr/lib" / name).symlink_to(ROOT / "usr/lib" / name)
    libraries = built / "usr/lib/aarch64-linux-gnu"
    libraries.mkdir(parents=True)
    (built / "DEBIAN").mkdir()
    lines = {"Package": package, "Version": "2:1.4-3+b1", "Architecture": "arm64"}
    lines |= {"Maintainer": "Somebody <x@example.org>", "Description": "tiny"}
    (built / "DEBIAN/control").write_text("".join(f"{name}: {value}\n" for name, value in lines.items()))
    (built / "usr/share/doc" / package).mkdir(parents=True)
    (built / "usr/share/doc" / package / "copyright").write_text("Do what you like.\n")
    command = ["aarch64-linux-gnu-gcc", "-shared", "-fPIC", "-x", "c", "-", "-Wl,-soname,libtiny.so.1"]
    command += ["-o", str(libraries / "libtiny.so.1.4")]
    subprocess.run(command, input="int tiny(void) { return 42; }", text=True, check=True)
    (libraries / "libtiny.so.1").symlink_to("libtiny.so.1.4")
    # As many packages of Debian have it: on this machine it leads to nothing.
    (libraries / "libtiny.so").symlink_to("/usr/lib/aarch64-linux-gnu/libtiny.so.1")
    static_library(libraries, "static_one")
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", built, folder / "it.deb"], check=True)
    (root / "var/lib/dpkg/status").touch()
    forced = ["--force-not-root", "--force-architecture", "--force-script-chrootless", "--force-bad-path"]
    subprocess.run(["dpkg", f"--root={root}", *forced, "--install", folder / "it.deb"], check=True)
    return root


def static_library(folder, function):
    """A `libtiny.a` that has `tiny()`, and another function to know it by."""
    code = f"int {function}(void) {{ return 1; }} int tiny(void) {{ return {function}(); }}"
    command = ["aarch64-linux-gnu-gcc", "-c", "-fPIC", "-x", "c", "-", "-o", str(folder / "tiny.o")]
    subprocess.run(command, input=code, text=True, check=True)
    subprocess.run(["aarch64-linux-gnu-ar", "rc", folder / "libtiny.a", folder / "tiny.o"], check=True)
    (folder / "tiny.o").unlink()


def test_the_shared_library_of_the_target_is_linked_but_not_before_one_of_the_project(python, tmp_path):
    root, code = system_with(tmp_path, "libtiny1"), "int tiny(void);"
    needed = {}
    for name, settings in {"shared": "", "own": 'library-dirs = ["vendor"]'}.items():
        files = {"pkg/__init__.py": "", "b.py": BUNDLES.format(code=code, libraries=["tiny"]), "vendor/x.h": ""}
        settings = f'packages = ["pkg"]\n{settings}'
        tree = make_project(tmp_path / name, files, modules=["b.py:ffi"], settings=settings)
        static_library(tree / "vendor", "own_one")
        wheel, _ = build(python, tree, tmp_path / f"out-{name}", config={"target-python": str(root)})
        module = unpack(wheel, tmp_path / f"unpacked-{name}") / "pkg/_tiny.abi3.so"
        text = run(["readelf", "-dW", module], tmp_path).stdout
        symbols = run(["readelf", "-sW", module], tmp_path).stdout
        needed[name] = "libtiny.so.1" in text, "static_one" in symbols, "own_one" in symbols
    assert needed == {"shared": (True, False, False), "own": (False, False, True)}


def test_a_library_of_the_targets_package_is_called_by_that(python, tmp_path):
    root = system_with(tmp_path, "libtiny1")
    tree = bundling(tmp_path / "project", "int tiny(void);", ["tiny"])
    wheel, _ = build(python, tree, tmp_path / "out", config={"target-python": str(root)})
    components, licences = held(wheel)
    assert list(components) == ["libtiny.so.1.4"]
    said = components["libtiny.so.1.4"]
    assert (said["name"], said["version"]) == ("libtiny1", "2:1.4-3+b1")
    purl = PackageURL.from_string(said["purl"])
    assert (purl.type, purl.namespace, purl.name, purl.version) == ("deb", "debian", "libtiny1", "2:1.4-3+b1")
    assert purl.qualifiers == {"arch": "arm64", "distro": "debian-99"}
    assert licences == ["libtiny1/copyright"]


OF_COMPILERS = "/usr/aarch64-linux-gnu/lib/libgomp.so.1"


@pytest.mark.skipif(not Path(OF_COMPILERS).is_file(), reason="needs Debian's cross compiler")
@pytest.mark.parametrize("has_packages", [False, True], ids=["no database", "a database"])
def test_what_no_package_of_the_target_has_is_not_called_by_one_of_this_machine(python, tmp_path, has_packages):
    """The library of a cross compiler: here it is of a package, which says nothing of the target."""
    root = system_with(tmp_path, "libtiny1") if has_packages else ROOT
    code = "int omp_get_max_threads(void); static int tiny(void) { return omp_get_max_threads() > 0; }"
    tree = bundling(tmp_path / "project", code, [":libgomp.so.1"])
    wheel, said = build(python, tree, tmp_path / "out", config={"target-python": str(root)})
    components, licences = held(wheel)
    (library,) = components.values()
    assert library["name"] == "libgomp.so.1" and not {"purl", "version"} & set(library)
    assert licences == [] and "without a licence" in said


def test_a_package_of_the_target_that_is_another_one_next_time_is_said_anew(python, tmp_path):
    """A library that stays, of a package whose version is another one."""
    root = system_with(tmp_path, "libtiny1")
    tree = bundling(tmp_path / "project", "int tiny(void);", ["tiny"])
    versions = []
    for version in ("2:1.4-3+b1", "2:1.4-4"):
        status = root / "var/lib/dpkg/status"
        status.write_text(status.read_text().replace("2:1.4-3+b1", version))
        wheel, _ = build(python, tree, tmp_path / "out", config={"target-python": str(root)})
        versions += [one["version"] for one in held(wheel)[0].values()]
    assert versions == ["2:1.4-3+b1", "2:1.4-4"]

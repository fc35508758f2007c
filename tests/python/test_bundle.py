"""`bundle`: a wheel takes in the shared libraries that it needs, as `auditwheel repair` would."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import mounts
import pytest
from building import build, call_hook, hook_command, names_in, run, tag_of, unpack, unpack_sdist
from packageurl import PackageURL
from projects import PROJECT, make_project
from refusals import refused
from repairing import HASHED, linked_files, repaired
from servers import need

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the oracle is auditwheel on x86-64"
)


def library(folder, name, code, *words, soname="", links=()):
    """Makes `folder/name` of C, and links to it."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.c"
    source.write_text(code)
    named = [f"-Wl,-soname,{soname}"] if soname else []
    command = ["gcc", "-shared", "-fPIC", source, *named, *words, "-o", folder / name]
    subprocess.run([str(word) for word in command], check=True)
    for link in links:
        (folder / link).symlink_to(name)
    source.unlink()


def libraries(folder):
    """`outer` needs `inner`, whose symbols have versions, by its own run path; both have more memory than file."""
    script = folder / "inner.map"
    folder.mkdir(parents=True)
    script.write_text("INNER_1.0 { global: inner; local: *; };\nINNER_1.1 { global: newer; } INNER_1.0;\n")
    library(
        folder,
        "libinner.so.1.4",
        "static int zeros[9000]; int inner(void) { return ++zeros[8999] + 40; }\nint newer(void) { return 2; }\n",
        f"-Wl,--version-script={script}",
        soname="libinner.so.1",
        links=["libinner.so.1", "libinner.so"],
    )
    library(
        folder,
        "libouter.so.2",
        "int inner(void), newer(void); static int more[5];\nint outer(void) { return inner() + newer() + more[3]; }\n",
        f"-L{folder}",
        "-linner",
        "-Wl,-rpath,$ORIGIN",
        soname="libouter.so.2",
        links=["libouter.so"],
    )


def module(name, libs, function="outer"):
    return (
        f"from cffi import FFI\nffi = FFI()\nffi.cdef('int {function}(void);')\n"
        f"ffi.set_source('{name}', 'int {function}(void);', libraries={libs!r}, library_dirs=['vendor'],\n"
        "               extra_link_args=['-Wl,--no-as-needed'])\n"
    )


def project(folder, settings="bundle = true", files=(), modules=(), **keywords):
    """A package with a module in it, a deep one and one at the top; `outer()` is 43 when it is called first."""
    own = {
        "pkg/__init__.py": "",
        "pkg/deep/__init__.py": "",
        "b_near.py": module("pkg._near", ["outer"]),
        "b_deep.py": module("pkg.deep._deep", ["outer", "inner"]),
        "b_top.py": module("_top", ["inner"], "inner"),
    }
    keywords.setdefault("project", PROJECT.replace('"demo"', '"My.Wheel"'))
    keywords["settings"] = f'packages = ["pkg"]\nplatform-tag = "auto"\n{settings}'
    entries = modules or ["b_near.py:ffi", "b_deep.py:ffi", "b_top.py:ffi"]
    return make_project(folder, {**own, **dict(files)}, modules=entries, **keywords)


TRY = (
    "import importlib\n"
    "for name, function in (('pkg._near', 'outer'), ('pkg.deep._deep', 'outer'), ('_top', 'inner')):\n"
    "    print(getattr(importlib.import_module(name).lib, function)())\n"
)


@pytest.fixture(scope="module")
def bundled(python, tmp_path_factory):
    """A project, its wheel with the libraries, what was said, and where the libraries are."""
    folder = tmp_path_factory.mktemp("bundled")
    tree = project(folder / "project")
    libraries(tree / "vendor")
    wheel, said = build(python, tree, folder / "dist")
    return tree, wheel, said


def test_it_is_what_auditwheel_makes_of_the_wheel_without(python, bundled, tmp_path):
    tree, wheel, said = bundled
    plain, _ = build(python, tree, tmp_path / "plain", config={"bundle": "false", "platform-tag": "linux"})
    vendor = {"LD_LIBRARY_PATH": str(tree / "vendor")}
    oracle = repaired(plain, tmp_path / "repaired", **vendor)
    own, theirs = (linked_files(unpack(one, tmp_path / str(at))) for at, one in enumerate((wheel, oracle)))
    assert own == theirs
    assert tag_of(wheel) == tag_of(oracle)
    libs = [name for name in names_in(wheel) if name.startswith("my_wheel.libs/")]
    assert [re.sub(HASHED, "", name) for name in libs] == [
        "my_wheel.libs/libinner.so.1.4",
        "my_wheel.libs/libouter.so.2",
    ]
    assert own["pkg/deep/_deep.abi3.so"]["run path"] == ["$ORIGIN/../../my_wheel.libs"]
    assert re.search(r"Bundled 2 libraries, \d+ kB: lib\w+.so.\d \(\d+ kB\), lib", said), said


def test_auditwheel_has_nothing_left_to_do(bundled, tmp_path):
    _, wheel, _ = bundled
    again = repaired(wheel, tmp_path / "again")
    assert again.name == wheel.name
    before, after = (linked_files(unpack(one, tmp_path / str(at))) for at, one in enumerate((wheel, again)))
    assert before == after


def test_modules_are_imported_without_the_libraries(python, bundled, tmp_path):
    tree, wheel, _ = bundled
    folder = unpack(wheel, tmp_path / "site")
    (tree / "vendor").rename(tmp_path / "away")
    try:
        done = run([python, "-c", TRY], tmp_path, {"PYTHONPATH": str(folder)})
        assert done.stdout.split() == ["43", "44", "43"], done.output
        files = [path for path in folder.rglob("*.so*") if path.is_file()]
        for words in (["-S", "--strip-unneeded"], ["-s"]):
            subprocess.run(["strip", *words, *map(str, files)], check=True)
            done = run([python, "-c", TRY], tmp_path, {"PYTHONPATH": str(folder)})
            assert done.stdout.split() == ["43", "44", "43"], (words, done.output)
    finally:
        (tmp_path / "away").rename(tree / "vendor")


def test_the_same_tree_makes_the_same_bytes_wherever_it_lies(python, bundled, tmp_path):
    tree, wheel, _ = bundled
    other = shutil.copytree(tree, tmp_path / "elsewhere", symlinks=True, ignore=shutil.ignore_patterns("build"))
    again, _ = build(python, other, tmp_path / "dist")
    assert again.read_bytes() == wheel.read_bytes()
    third, said = build(python, other, tmp_path / "third")
    assert third.read_bytes() == wheel.read_bytes()
    counts = re.search(r"Unchanged (\d+) of (\d+) steps", said)
    assert counts, said
    assert counts[1] == counts[2]
    # A tree that moves takes its build folder along, and its libraries are no longer where they were.
    other = other.rename(tmp_path / "moved")
    fourth, said = build(python, other, tmp_path / "fourth")
    assert fourth.read_bytes() == wheel.read_bytes()
    builders = 3  # which run again in another folder
    assert f"Unchanged {int(counts[2]) - builders} of {counts[2]} steps" in said
    library(
        other / "vendor",
        "libinner.so.1.4",
        "int inner(void) { return 1; } int newer(void) { return 7; }",
        soname="libinner.so.1",
    )
    changed, said = build(python, other, tmp_path / "changed")
    assert f"Unchanged {counts[2]} of" not in said
    assert names_in(changed) != names_in(wheel)


@pytest.mark.parametrize(
    ("settings", "held", "said"),
    [
        ('bundle = ["libinner.so.*"]', {"libinner"}, ""),
        ('bundle = ["libouter*"]', {"libinner", "libouter"}, ""),  # with what it needs
        ('bundle = ["libouter*"]\nbundle-exclude = ["libinner*"]', {"libouter"}, ""),
        (
            'bundle = true\nbundle-exclude = ["libinner.so.1.4"]',
            {"libouter"},
            "`libinner.so.1`, which not every system",
        ),
        ('bundle = true\nbundle-exclude = ["libouter.so.2"]', {"libinner"}, "`libouter.so.2`, which not every system"),
        ('bundle = ["libother.so"]', set(), "nothing is bundled for `libother.so`: no file of the wheel needs such"),
        (
            'bundle = ["libc.so.6"]',
            set(),
            "nothing is bundled for `libc.so.6`: `libc.so.6` is in the wheel, or on every",
        ),
        ("bundle = false", set(), ""),
    ],
)
def test_names_say_what_is_taken_in(python, bundled, tmp_path, settings, held, said):
    tree, _, _ = bundled
    own = shutil.copytree(tree, tmp_path / "project", symlinks=True)
    wheel, words = build(python, project(own, settings), tmp_path / "dist")
    libs = {re.match(rf"my_wheel\.libs/(.*){HASHED}", name) for name in names_in(wheel)} - {None}
    assert {found[1] for found in libs} == held
    assert said in words
    assert tag_of(wheel).endswith("-linux_x86_64") == (held != {"libinner", "libouter"})


def test_settings_at_build_time_come_on_top(python, bundled, tmp_path):
    tree, wheel, _ = bundled
    own = project(shutil.copytree(tree, tmp_path / "project", symlinks=True), 'bundle = ["libinner.so.*"]')
    for at, (env, config) in enumerate([({}, {"bundle": "true"}), ({"OFFICINA_BUNDLE": "libouter.so.2"}, None)]):
        again, _ = build(python, own, tmp_path / str(at), env=env, config=config)
        assert names_in(again) == names_in(wheel), (env, config)


def odd(folder, make):
    """A module that gets 42 of a library `odd`, which `make` makes in the folder `vendor`."""
    tree = project(folder, modules=["b_odd.py:ffi"], files={"b_odd.py": module("pkg._odd", ["odd"], "odd")})
    make(tree / "vendor")
    return tree


ODD = "int odd(void) { return 42; }\n"
INNER = "int inner(void) { return 42; }\n"
USES_INNER = "int inner(void); int odd(void) { return inner(); }\n"


def with_a_hash(folder):
    import hashlib

    library(folder, "libodd.so", ODD, soname="libodd.so")
    digest = hashlib.sha256((folder / "libodd.so").read_bytes()).hexdigest()[:8]
    (folder / "libodd.so").rename(folder / f"libodd-{digest}.so.1")
    (folder / "libodd.so").symlink_to(f"libodd-{digest}.so.1")


def in_an_archive(folder):
    library(folder, "libinner.so", INNER, soname="libinner.so.1", links=["libinner.so.1"])
    (folder / "odd.c").write_text(USES_INNER)
    subprocess.run(["gcc", "-c", "-fPIC", "odd.c", "-o", "odd.o"], cwd=folder, check=True)
    subprocess.run(["ar", "rc", "libodd.a", "odd.o"], cwd=folder, check=True)
    # The archive brings the library along, as pkg-config --static would.
    tree = folder.parent
    (tree / "b_odd.py").write_text(module("pkg._odd", ["odd", "inner"], "odd"))


def behind_another(folder):
    """The wheel's own library needs it, and the module needs that."""
    package = folder.parent / "pkg"
    library(folder, "libinner.so", INNER, soname="libinner.so.1", links=["libinner.so.1"])
    library(package, "libodd.so", USES_INNER, f"-L{folder}", "-linner", f"-Wl,-rpath,{folder}", soname="libodd.so")
    text = module("pkg._odd", ["odd"], "odd")
    text = text.replace("['vendor']", "['pkg'], runtime_library_dirs=['$ORIGIN']")
    (folder.parent / "b_odd.py").write_text(text)
    pyproject = folder.parent / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("packages =", 'include = ["pkg/*.so"]\npackages ='))


def by_an_inherited_path(folder):
    """The module's RPATH is that of its own libraries too: the second one is found by nothing else."""
    package = folder.parent / "pkg"
    library(folder, "libinner.so", INNER, soname="libinner.so.1", links=["libinner.so.1"])
    library(package, "libsecond.so", "int second(void) { return 42; }\n", soname="libsecond.so")
    first = "int second(void); int odd(void) { return second(); }\n"
    library(package, "libodd.so", first, f"-L{package}", "-lsecond", soname="libodd.so")
    text = module("pkg._odd", ["odd", "inner"], "odd").replace("int odd(void);", "int odd(void), inner(void);")
    text = text.replace("--no-as-needed", "--disable-new-dtags").replace(
        "['vendor']", "['vendor', 'pkg'], runtime_library_dirs=['$ORIGIN']"
    )
    (folder.parent / "b_odd.py").write_text(text)
    pyproject = folder.parent / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("packages =", 'include = ["pkg/*.so"]\npackages ='))


def through_a_script(folder):
    library(folder, "libreal.so.1", ODD, soname="libreal.so.1")
    (folder / "libodd.so").write_text("INPUT(libreal.so.1)\n")


@pytest.mark.parametrize(
    ("make", "held"),
    [
        (lambda folder: library(folder, "libodd.so", ODD), ["libodd.so"]),  # no name of its own
        (
            lambda folder: library(
                folder,
                "libodd.so",
                ODD,
                "-Wl,--hash-style=sysv",
                "-Wl,-z,separate-code",
                soname="libodd.so.0",
                links=["libodd.so.0"],
            ),
            ["libodd.so"],
        ),
        (lambda folder: library(folder, "libodd.so", ODD, "-fuse-ld=lld", soname="libodd.so"), ["libodd.so"]),
        (
            lambda folder: library(folder, "libodd.so", ODD, "-g", "-Wl,-rpath,/nowhere", soname="libodd.so"),
            ["libodd.so"],
        ),
        (
            lambda folder: library(
                folder,
                "libodd.so",
                "__thread int a[9], b = 2; int c[99];\nint odd(void) { return 40 + b + a[1] + c[3]; }",
                soname="libodd.so",
            ),
            ["libodd.so"],
        ),
        (with_a_hash, ["libodd.so.1"]),
        (in_an_archive, ["libinner.so"]),
        (behind_another, ["libinner.so"]),
        (by_an_inherited_path, ["libinner.so"]),
        (through_a_script, ["libreal.so.1"]),
    ],
    ids=[
        "no soname",
        "old hashes",
        "lld",
        "run path",
        "thread-local",
        "hashed before",
        "archive",
        "own library",
        "inherited path",
        "script",
    ],
)
def test_odd_libraries(python, tmp_path, make, held):
    tree = odd(tmp_path / "project", make)
    wheel, said = build(python, tree, tmp_path / "dist", env={"LD_LIBRARY_PATH": str(tree / "vendor")})
    libs = [name.removeprefix("my_wheel.libs/") for name in names_in(wheel) if name.startswith("my_wheel.libs/")]
    assert [re.sub(HASHED, "", name) for name in libs] == held, said
    assert "manylinux" in wheel.name, said
    shutil.rmtree(tree / "vendor")
    folder = unpack(wheel, tmp_path / "site")
    code = "from pkg._odd import lib; print(lib.odd())"
    for _ in range(2):
        done = run([python, "-c", code], tmp_path, {"PYTHONPATH": str(folder)})
        assert done.stdout == "42\n", done.output
        subprocess.run(["strip", *map(str, folder.rglob("*.so*"))], check=True)
    again = repaired(wheel, tmp_path / "again")
    assert again.name == wheel.name


def test_two_libraries_of_one_name_both_work(python, tmp_path):
    files = {f"b_{one}.py": module(f"pkg._{one}", ["odd"], "odd").replace("vendor", one) for one in ("one", "two")}
    tree = project(tmp_path / "project", modules=["b_one.py:ffi", "b_two.py:ffi"], files=files)
    for at, one in enumerate(("one", "two")):
        library(
            tree / one, "libodd.so.1", f"int odd(void) {{ return {at}; }}", soname="libodd.so.1", links=["libodd.so"]
        )
    wheel, _ = build(python, tree, tmp_path / "dist")
    assert len([name for name in names_in(wheel) if "libodd-" in name]) == 2
    folder = unpack(wheel, tmp_path / "site")
    code = "from pkg import _one, _two; print(_one.lib.odd(), _two.lib.odd())"
    assert run([python, "-c", code], tmp_path, {"PYTHONPATH": str(folder)}).stdout == "0 1\n"


def test_what_cannot_be_bundled_is_refused(python, bundled, tmp_path):
    tree, _, _ = bundled
    own = shutil.copytree(tree, tmp_path / "project", symlinks=True, ignore=shutil.ignore_patterns("build"))
    (own / "vendor/libinner.so.1").unlink()
    nowhere = [
        "`libinner.so.1` cannot be bundled: it was not found",
        "` needs it",
        'bundle-exclude = ["libinner.so.1"]',
    ]
    # The linker finds it under another name.
    refused(python, own, tmp_path / "1", *nowhere)
    tree = odd(tmp_path / "own", behind_another)
    text = (tree / "b_odd.py").read_text()
    (tree / "b_odd.py").write_text(text.replace("runtime_library_dirs=['$ORIGIN']", "depends=[]"))
    refused(
        python,
        tree,
        tmp_path / "2",
        "`pkg/_odd.abi3.so` does not find `libodd.so`, which the wheel holds",
        "it lies at `pkg/libodd.so`",
        "-Wl,-rpath,$ORIGIN/",
    )
    config = {"bundle": "lib/x.so"}
    refused(python, tree, tmp_path / "3", "`lib/x.so` in `bundle` is not the name of a shared library", config=config)


def test_a_copy_finds_what_stays_outside_where_it_did_before(python, tmp_path):
    def make(folder):
        library(folder, "libinner.so", INNER, soname="libinner.so.1", links=["libinner.so.1"])
        words = (f"-L{folder}", "-linner", f"-Wl,-rpath,{folder}:$ORIGIN")
        library(folder, "libodd.so", USES_INNER, *words, soname="libodd.so")

    tree = odd(tmp_path / "project", make)
    wheel, _ = build(python, tree, tmp_path / "dist", config={"bundle-exclude": "libinner.*"})
    folder = unpack(wheel, tmp_path / "site")
    (found,) = [facts for path, facts in linked_files(folder).items() if "libodd" in path]
    assert found["run path"] == [str(tree / "vendor")]
    code = "from pkg._odd import lib; print(lib.odd())"
    assert run([python, "-c", code], tmp_path, {"PYTHONPATH": str(folder)}).stdout == "42\n"


def test_licences_come_along(python, tmp_path):
    def make(folder):
        library(folder, "libodd.so", ODD, soname="libodd.so")

    tree = odd(tmp_path / "project", make)
    wheel, said = build(python, tree, tmp_path / "dist")
    assert "the wheel holds `libodd.so` without a licence" in said
    assert 'bundle-licenses = { "libodd.so" = "…" }' in said
    named = '[tool.officina.bundle-licenses]\n"libodd.*" = "legal/odd.txt"\n"lib*" = "legal/more/odd.txt"\n'
    tree = project(tree, modules=["b_odd.py:ffi"], more=named)
    refused(python, tree, tmp_path / "refused", "there is no file `legal/odd.txt`", "pyproject.toml")
    (tree / "legal/more").mkdir(parents=True)
    (tree / "legal/odd.txt").write_text("Do what you like.\n")
    (tree / "legal/more/odd.txt").write_text("Do no more.\n")
    wheel, said = build(python, tree, tmp_path / "licensed")
    assert "without a licence" not in said
    licences = [name for name in names_in(wheel) if "/licenses/" in name]
    assert licences == [f"my_wheel.libs/licenses/libodd/{name}" for name in ("legal_more_odd.txt", "odd.txt")]
    name = call_hook(python, tree, tmp_path, "build_sdist", sdist_directory=str(tmp_path))
    assert (unpack_sdist(tmp_path / name, tmp_path / "sdist") / "legal/odd.txt").is_file()


SPEC = """\
Name: odd-libs
Epoch: 1
Version: 2.3~rc1
Release: 4.fc40
Summary: Odd
License: MIT
AutoReqProv: no
%description
%install
cp --parents -r {vendor} {legal} %{{buildroot}}
%files
{vendor}/libodd.so
%license {legal}/COPYING
%license {legal}/more
"""


def packaged_by_rpm(folder, tree):
    """A database of rpm, in which a package has the library of a project."""
    spec = folder / "odd.spec"
    legal = folder / "legal"
    (legal / "more").mkdir(parents=True)
    (legal / "COPYING").write_text("Do what you like.\n")
    (legal / "more/NOTICE").write_text("And say so.\n")
    spec.write_text(SPEC.format(vendor=tree / "vendor", legal=legal))
    plainly = {"_topdir": folder, "_rpmdir": folder, "debug_package": "%{nil}", "__os_install_post": "%{nil}"}
    options = [word for name, value in plainly.items() for word in ("--define", f"{name} {value}")]
    done = run(["rpmbuild", "-bb", "--quiet", *options, spec], folder)
    assert done.code == 0, done.output
    database = folder / "database"
    packages = list(folder.rglob("*.rpm"))
    done = run(["rpm", "--install", "--justdb", "--nodeps", "--dbpath", database, *packages], folder)
    assert done.code == 0, done.output
    return database


def test_a_package_of_rpm_has_a_licence_and_a_url(python, tmp_path):
    need("rpmbuild")
    if not mounts.mounts_work():
        pytest.skip("needs the right to mount")
    tree = odd(tmp_path / "project", lambda folder: library(folder, "libodd.so", ODD, soname="libodd.so"))
    database = packaged_by_rpm(tmp_path / "rpm", tree)
    (tmp_path / ".rpmmacros").write_text("%_dbpath /var/lib/rpm\n")
    (tmp_path / "os-release").write_text('ID=fedora\nVERSION_ID="40"\n')
    hide = (
        "mount -t tmpfs none /var/lib/dpkg\n"
        f"mount --bind {database} /var/lib/rpm\nmount --bind {tmp_path}/os-release /etc/os-release\n"
    )
    command = hook_command(python, tmp_path / "answer.json", "build_wheel", wheel_directory=str(tmp_path))
    done = run(mounts.mounting(hide, command), tree, {"HOME": str(tmp_path)})
    assert done.code == 0, done.output
    [wheel] = tmp_path.glob("*.whl")
    licences = [name for name in names_in(wheel) if "/licenses/" in name]
    assert licences == [f"my_wheel.libs/licenses/odd-libs/{name}" for name in ("COPYING", "NOTICE")], done.output
    with zipfile.ZipFile(wheel) as archive:
        bill = json.loads(archive.read("my_wheel-1.0.dist-info/sboms/officina.cdx.json"))
    [component] = bill["components"]
    assert component["name"] == "odd-libs"
    url = PackageURL.from_string(component["purl"])
    assert (url.type, url.namespace, url.name, url.version) == ("rpm", "fedora", "odd-libs", "2.3~rc1-4.fc40")
    assert url.qualifiers == {"arch": platform.machine(), "distro": "fedora-40", "epoch": "1"}


def test_a_library_of_the_system_is_left_behind(python, tmp_path):
    """libgit2 and all that it needs, in a namespace that has none of it."""
    if not Path("/usr/include/git2.h").is_file() or not shutil.which("dpkg-query"):
        pytest.skip("needs Debian's libgit2-dev")
    if not mounts.mounts_work():
        pytest.skip("needs the right to mount")
    text = module("pkg._git", ["git2"], "git_libgit2_init").replace("library_dirs=['vendor'],", "")
    tree = project(tmp_path / "project", modules=["b_git.py:ffi"], files={"b_git.py": text})
    wheel, said = build(python, tree, tmp_path / "dist")
    assert "manylinux" in wheel.name, said
    plain, _ = build(python, tree, tmp_path / "plain", config={"bundle": "false", "platform-tag": "linux"})
    oracle = repaired(plain, tmp_path / "repaired")
    folder = unpack(wheel, tmp_path / "own")
    assert linked_files(folder) == linked_files(unpack(oracle, tmp_path / "theirs"))
    assert any(name.startswith("my_wheel.libs/licenses/libgit2") for name in names_in(wheel))
    copies = (folder / "my_wheel.libs").glob("*.so*")
    originals = [path for copy in copies for path in Path("/usr/lib").rglob(re.sub(HASHED, "", copy.name))]
    # What Python and mount(8) are linked with has to stay.
    used = [os.path.realpath(program) for program in (python, shutil.which("mount"), shutil.which("sh"))]
    own = subprocess.run(["ldd", *used], check=True, capture_output=True, text=True).stdout
    hidden = [str(path) for path in originals if path.name.split(".so")[0] not in own]
    assert any("libgit2" in path for path in hidden)
    code = "from pkg._git import lib; print(lib.git_libgit2_init())"
    hide = "\n".join(f"mount --bind /dev/null {path}" for path in hidden)
    done = run(mounts.mounting(hide, [python, "-c", code]), tmp_path, {"PYTHONPATH": str(folder)})
    assert done.stdout == "1\n", done.output
    unpack(plain, tmp_path / "plainly")
    assert run(mounts.mounting(hide, [python, "-c", code]), tmp_path, {"PYTHONPATH": str(tmp_path / "plainly")}).code


def test_what_is_opened_when_it_runs_is_not_guessed(python, tmp_path):
    text = "from cffi import FFI\nffi = FFI()\nffi.cdef('int odd(void);')\nffi.set_source('pkg._abi', None)\n"
    tree = project(tmp_path / "project", modules=["b_abi.py:ffi"], files={"b_abi.py": text})
    wheel, said = build(python, tree, tmp_path / "dist")
    assert wheel.name.endswith("-none-any.whl")
    assert "nothing is bundled for `pkg._abi`: what `ffi.dlopen()` opens is not known before it runs" in said


OPENS = """\
#include <dlfcn.h>
static const char names[][24] = {"libinner.so.1", "libm.so.6", "libgone.so.3", "see libtext.so", "libodd.so"};
int odd(void) { return dlopen(names[0], RTLD_NOW) ? 42 : names[1][3]; }
"""


def test_what_a_library_opens_itself_is_said_to_stay_behind(python, tmp_path):
    def make(folder):
        for name in ("libinner.so.1", "libtext.so"):
            library(folder, name, INNER, soname=name)
        library(folder, "libodd.so", OPENS, soname="libodd.so")

    tree = odd(tmp_path / "project", make)
    said = "nothing is bundled for `libinner.so.1`, which `libodd.so` may open when it runs: try the wheel on"
    for name in ("first", "unchanged"):
        wheel, words = build(python, tree, tmp_path / name)
        assert said in words
        assert len([name for name in names_in(wheel) if ".libs/lib" in name]) == 1
    # What is outside on purpose needs no word, nor does what is not here, nor what is needed as well and comes along.
    _, words = build(python, tree, tmp_path / "excluded", config={"bundle-exclude": "libinner.so.*"})
    assert "may open" not in words
    (tree / "vendor/libinner.so.1").rename(tree / "vendor/away")
    _, words = build(python, tree, tmp_path / "away")
    assert "may open" not in words
    (tree / "vendor/away").rename(tree / "vendor/libinner.so.1")
    _, words = build(python, tree, tmp_path / "back")
    assert said in words
    words = ("-Wl,--no-as-needed", f"-L{tree / 'vendor'}", "-l:libinner.so.1", "-Wl,-rpath,$ORIGIN")
    library(tree / "vendor", "libodd.so", OPENS, *words, soname="libodd.so")
    _, words = build(python, tree, tmp_path / "needed")
    assert "may open" not in words


def test_an_editable_install_uses_the_libraries_of_this_machine(python, bundled, tmp_path):
    tree, _, _ = bundled
    name = call_hook(python, tree, tmp_path, "build_editable", wheel_directory=str(tmp_path))
    with zipfile.ZipFile(tmp_path / name) as archive:
        assert not [file for file in archive.namelist() if ".libs/" in file]

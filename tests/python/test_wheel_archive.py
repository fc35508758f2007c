"""Wheels as Python's own zipfile and csv, and the packaging project, read them."""

import base64
import csv
import hashlib
import io
import os
import pathlib
import random
import subprocess
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = "a-1.dist-info/RECORD"
NAMES = [
    "plain.py",
    "with space.py",
    " leading.py",
    "trailing ",
    "comma,name.py",
    'quo"te.py',
    '"quoted"',
    "'single'.py",
    "süß.py",
    "日本語.py",
    "semi;colon.py",
    "#hash.py",
    "=sum.py",
    "\ufeffmark.py",
    "new\nline.py",
    "carriage\rreturn.py",
    "deep/er/and/deep,er.py",
]


@pytest.fixture(scope="session")
def pack():
    """Packs a folder into a wheel, by the example of that name."""
    command = ["cargo", "build", "--quiet", "--example", "pack"]
    try:
        subprocess.run(command, cwd=ROOT, check=True)
    except FileNotFoundError:
        pytest.skip("needs cargo")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    executable = target / "debug" / "examples" / "pack"

    def run(folder, target, umask=0o022, **environment):
        command = f"umask {umask:o}; exec '{executable}' '{folder}' '{target}'"
        result = subprocess.run(
            ["sh", "-c", command],
            env={**os.environ, **environment},
            capture_output=True,
            encoding="utf-8",
        )
        if result.returncode:
            raise RuntimeError(result.stderr)
        return pathlib.Path(result.stdout.rstrip("\n"))

    return run


@pytest.fixture
def tree(tmp_path):
    """A folder of files with every kind of name and many sizes; what it holds, by path."""
    chance = random.Random(1)
    contents = {}
    for number, name in enumerate(NAMES):
        contents[f"pkg/{name}"] = chance.randbytes(number * 1000)
    contents["pkg/zeros.bin"] = bytes(5_000_000)
    contents["pkg/noise.bin"] = chance.randbytes(5_000_000)
    contents["a-1.dist-info/METADATA"] = b"Metadata-Version: 2.4\nName: a\nVersion: 1\n"
    for path, content in contents.items():
        file = tmp_path / "tree" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "tree", contents


def test_zipfile_finds_every_file_unharmed(pack, tree, tmp_path):
    folder, contents = tree
    with zipfile.ZipFile(pack(folder, tmp_path / "dist")) as wheel:
        assert wheel.testzip() is None
        assert set(wheel.namelist()) == {*contents, RECORD}
        for path, content in contents.items():
            assert wheel.read(path) == content, path


def test_record_is_what_csv_reads(pack, tree, tmp_path):
    folder, contents = tree
    with zipfile.ZipFile(pack(folder, tmp_path / "dist")) as wheel:
        text = wheel.read(RECORD).decode("utf-8")
    *rows, last = csv.reader(io.StringIO(text, newline=""))
    assert last == [RECORD, "", ""]
    expected = {}
    for path, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        expected[path] = [f"sha256={digest.decode().rstrip('=')}", str(len(content))]
    assert {path: rest for path, *rest in rows} == expected


def test_attributes_are_fixed(pack, tree, tmp_path):
    folder, _ = tree
    wheel = pack(folder, tmp_path / "dist", SOURCE_DATE_EPOCH="1709210096")
    with zipfile.ZipFile(wheel) as archive:
        infos = archive.infolist()
    assert infos[-1].filename == RECORD
    in_folder = [info.filename.startswith("a-1.dist-info/") for info in infos]
    assert in_folder == sorted(in_folder), "metadata comes last"
    for info in infos:
        assert info.external_attr >> 16 == 0o100644
        assert info.date_time == (2024, 2, 29, 12, 34, 56)
        assert (info.create_system, info.extra, info.comment) == (3, b"", b"")
        assert info.flag_bits == (0 if info.filename.isascii() else 0x800)


def test_umask_locale_and_file_times_leave_no_trace(pack, tree, tmp_path):
    folder, contents = tree
    one = pack(folder, tmp_path / "one", umask=0o022, LC_ALL="C", TZ="UTC")
    for path in contents:
        os.utime(folder / path, (1, 1))
        os.chmod(folder / path, 0o600)
    two = pack(folder, tmp_path / "two", umask=0o077, LC_ALL="C.UTF-8", TZ="Asia/Tokyo")
    assert one.read_bytes() == two.read_bytes()
    assert two.stat().st_mode & 0o777 == 0o644


def test_a_wrong_time_is_refused_and_nothing_written(pack, tree, tmp_path):
    folder, _ = tree
    with pytest.raises(RuntimeError, match="SOURCE_DATE_EPOCH is `tomorrow`"):
        pack(folder, tmp_path / "dist", SOURCE_DATE_EPOCH="tomorrow")
    assert not (tmp_path / "dist").exists()


def test_packaging_reads_the_name(pack, tree, tmp_path):
    utils = pytest.importorskip("packaging.utils")
    folder, _ = tree
    name, version, build, tags = utils.parse_wheel_filename(pack(folder, tmp_path).name)
    assert (name, str(version), build) == ("a", "1", ())
    assert {str(tag) for tag in tags} == {"py3-none-any"}

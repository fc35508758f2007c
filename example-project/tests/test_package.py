"""The package as installed: the demonstration runs, its types and its metadata are there."""

import subprocess
import sys
from importlib.metadata import entry_points, version
from importlib.resources import files

import officina_example
from officina_example import __main__ as demo


def test_the_demonstration_shows_every_lesson(capsys):
    assert demo.main() == 0
    output = capsys.readouterr().out
    for words in ("hello-world", "CHANGED IN PLACE", "FileNotFoundError", "ZeroDivisionError", "Point(x=3.0, y=4.0)"):
        assert words in output


def test_python_dash_m(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "officina_example"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("inline C")
    assert done.stderr == ""


def test_the_command_is_declared():
    scripts = entry_points()
    # Python 3.9 returns a dict.
    scripts = scripts.select(group="console_scripts") if hasattr(scripts, "select") else scripts["console_scripts"]
    (command,) = {script.value for script in scripts if script.name == "officina-example"}
    assert command == "officina_example.__main__:main"


def test_metadata_and_type_marker():
    assert version("officina-example") == "0.1.0"
    assert files(officina_example).joinpath("py.typed").is_file()


def test_everything_public_exists():
    assert all(hasattr(officina_example, name) for name in officina_example.__all__)

"""run.py itself: standard library only, clear words, and options that may stand anywhere."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).parent


def say(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(ROOT / "run.py"), *arguments], cwd=cwd, capture_output=True, text=True)


def test_it_needs_nothing_but_the_standard_library():
    tree = ast.parse((ROOT / "run.py").read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names | {"__future__"}


def test_a_python_that_is_too_old_can_still_read_it_and_be_told():
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 8))


def test_an_unknown_verb_lists_the_known_ones(tmp_path):
    answer = say("bakup", cwd=tmp_path)

    assert answer.returncode == 1
    assert "没有“bakup”这个命令" in answer.stderr
    assert "python3 run.py backup" in answer.stderr


def test_help_names_every_verb():
    shown = say("help").stdout

    assert all(f"python3 run.py {verb}" in shown for verb in run.VERBS if verb != "start")


@pytest.mark.parametrize(
    ("arguments", "value", "rest"),
    [
        pytest.param(["verify", "--data", "x"], "x", ["verify"], id="after the verb"),
        pytest.param(["--data=x", "verify"], "x", ["verify"], id="before it, with an equals sign"),
        pytest.param(["verify"], "", ["verify"], id="or not at all"),
    ],
)
def test_the_data_folder_may_be_named_anywhere(arguments, value, rest):
    assert run._take_option(arguments, "--data") == value
    assert arguments == rest


def test_an_option_without_its_value_is_refused():
    with pytest.raises(SystemExit):
        run._take_option(["--data"], "--data")


def test_a_missing_venv_module_is_answered_with_the_command_that_installs_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(SystemExit):
        run._make_environment(str(tmp_path / "environment"))

    assert "sudo apt-get install python3-venv" in capsys.readouterr().err


def test_somebody_elses_folder_is_refused_with_a_way_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run.os, "access", lambda _path, _how: False)

    with pytest.raises(SystemExit):
        run._refuse_a_folder_of_somebody_else(str(tmp_path / "not" / "there"))

    assert "--data" in capsys.readouterr().err


def test_a_changed_lock_file_is_installed_again(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", str(tmp_path))
    (tmp_path / "requirements").mkdir()
    lock = tmp_path / "requirements" / "core.txt"
    lock.write_text("django==5.2.19")
    Path(run._stamp_file(str(tmp_path), "core")).write_text(run._stamp("core"))
    assert run._is_ready(str(tmp_path), "core")

    lock.write_text("django==5.2.20")

    assert not run._is_ready(str(tmp_path), "core")


def test_every_setting_in_the_environment_is_documented_and_every_documented_one_is_read():
    sources = [ROOT / "run.py", *(ROOT / "wenming").rglob("*.py")]
    names = re.compile(r"""["'](WENMING_(?!TEST)[A-Z_]+|DATABASE_URL|CACHE_URL|STORAGE_URL)["']""")
    read = {name for source in sources if "/tests/" not in str(source) for name in names.findall(source.read_text())}

    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/operations/settings.md").read_text(), re.MULTILINE))

    assert read == documented


def test_every_lock_line_has_a_hash():
    for name in ("core", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        pins = re.findall(r"^[a-zA-Z0-9].*==", text, re.MULTILINE)
        hashed = re.findall(r"^[a-zA-Z0-9].*==.*\\\n +--hash=sha256:", text, re.MULTILINE)
        assert len(pins) == len(hashed) > 15
        assert "://" not in text, "lock files name no package host"

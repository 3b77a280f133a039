"""Collected files carry their hash, and modules find one another under the new names."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command


@pytest.fixture
def collected(tmp_path, settings):
    hashed = {"BACKEND": "wenming.desks.common.static_files.HashedModules", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"staticfiles": hashed}
    settings.DEBUG = False
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_modules_import_one_another_by_hashed_names(collected):
    [entry] = [path for path in (collected / "js").glob("wm.*.js") if not path.name.endswith(".gz")]
    targets = re.findall(r'import\("\./([\w.-]+)"\)', entry.read_text())

    assert targets
    assert all(re.fullmatch(r"[\w-]+\.[0-9a-f]{12}\.js", target) for target in targets)
    assert all((collected / "js" / target).is_file() for target in targets)


def test_no_module_is_loaded_under_two_names(collected):
    hashed = [path for path in collected.rglob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    targets = {
        target for path in hashed if "vendor" not in path.parts
        for target in re.findall(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""", path.read_text())
    }  # fmt: skip

    assert [target for target in targets if not re.search(r"\.[0-9a-f]{12}\.js$", target)] == []


def test_a_page_for_slow_lines_is_one_file(collected):
    [page] = (collected / "js").glob("public-report.*.js")

    text = page.read_text()

    assert 'customElements.define("photo-picker"' in text
    assert 'customElements.define("report-desk"' in text
    assert 'from "./' not in text
    assert "import { keep" not in text


def test_nothing_but_the_page_itself_joins_its_elements(collected):
    """The pickers stay files of their own for the pages of every other desk."""
    [picker] = (collected / "js").glob("photo-picker.*.js")

    assert re.search(r'from "\./shrink\.[0-9a-f]{12}\.js"', picker.read_text())

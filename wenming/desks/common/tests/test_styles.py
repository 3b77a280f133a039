"""Style sheets and assets: what old browsers can read, what the page may weigh, where third-party code came from."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

import pytest

from wenming.desks.common.management.commands.assemble_styles import STATIC, assembled, parts

VENDOR = STATIC / "vendor"
SHEETS = [*parts(), *sorted((STATIC / "css" / "desks").glob("*.css"))]
# Newer than Chromium 90, which many government desktops run; an unknown at-rule there drops its whole block.
TOO_NEW = (
    r":has\(|:is\(|:where\(|@container|@layer|@scope|@property|color-mix|oklch|oklab|\d(d|s|l)v[hw]\b|popover|&[\s.:]"
)
NOT_OUR_LOOK = r"linear-gradient|radial-gradient|@import|@font-face|letter-spacing|italic"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_old_desktops_can_read_every_sheet(sheet):
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)

    assert not re.search(TOO_NEW, css)
    assert not re.search(NOT_OUR_LOOK, css)
    assert css.count("{") == css.count("}")


@pytest.mark.parametrize("sheet", parts()[1:-1], ids=lambda path: path.stem)
def test_colours_are_named_in_tokens_only(sheet):
    found = set(re.findall(r"#[0-9A-Fa-f]{3,8}\b", re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)))

    # White marks on a status, and the black room around a large photo, are the same in every theme.
    assert found <= {"#FFF", "#111"}


def test_the_joined_sheet_is_up_to_date():
    assert (STATIC / "wm.css").read_text() == assembled(), "run `manage assemble_styles`"


def test_what_every_public_page_loads_is_light():
    files = [STATIC / "wm.css", STATIC / "css/desks/public.css", STATIC / "js/wm.js", VENDOR / "icons.svg"]

    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 20 * 1024


def test_the_sprite_is_small_and_holds_every_icon_that_is_used():
    sprite = VENDOR / "icons.svg"
    held = set(re.findall(r'<symbol id="([\w-]+)"', sprite.read_text()))
    templates = (STATIC.parent / "templates").rglob("*.html")
    used = {name for path in templates for name in re.findall(r'(?:\{% icon|icon=) ?"([\w-]+)"', path.read_text())}

    assert sprite.stat().st_size <= 12 * 1024
    assert used <= held


def test_third_party_files_are_what_their_record_says():
    record = {entry["file"]: entry for entry in json.loads((VENDOR / "VENDOR.json").read_text())}
    shipped = {path.name for path in VENDOR.iterdir()} - {"VENDOR.json", "LICENCES.txt"}
    notices = (VENDOR / "LICENCES.txt").read_text()

    assert set(record) == shipped
    for name, entry in record.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"]
        for package in entry["from"]:
            assert package["licence"] in {"MIT", "0BSD", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"}
            assert f"{package['name']} {package['version']}\n" in notices


def test_modules_import_only_files_that_exist():
    for module in (STATIC / "js").glob("*.js"):
        for target in re.findall(r'(?:from |import\(|import )"(\.[^"]+)"', module.read_text()):
            assert (module.parent / target).resolve().is_file(), f"{module.name} imports {target}"

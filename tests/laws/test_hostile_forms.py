"""Whatever anybody types into a form of the rooms of territory, it is answered in words: taken, or refused, never a crash.

The forms are found on the pages themselves, so that a new field is tried with its first page. Every form is sent back as
the page offers it, with one kind of nonsense in all fields at once that can be typed in, then in each choice and hidden
field too. What comes back is no 5xx, and shows nothing of it as markup.

The suite tries a few kinds of nonsense on each form, all kinds in turn. Every kind on every form:
`WENMING_TEST_EVERY_NONSENSE=1 python3 run.py test tests/laws/test_hostile_forms.py`.
"""

from __future__ import annotations

import dataclasses
import html.parser
import os
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from wenming.desks.common.tests.sitting import Sit
from wenming.territory.models import Place

from .ground import two_towns

PAGES = (
    "/office/places/new/", "/office/places/{place}/", "/office/places/checklists/market/", "/office/places/imports/",
    "/office/places/imports/{batch}/", "/office/grids/", "/office/grids/{grid}/", "/office/grids/drafts/",
    "/office/grids/drafts/{grids}/", "/office/roster/?group={group}", "/office/roster/new/", "/office/roster/{group}/settings/",
    "/office/roster/{group}/draft/", "/office/roster/{group}/changes/",
    "/office/roster/requests/", "/office/shops/new/", "/office/shops/{shop}/", "/office/shops/questions/",
    "/office/matters/{matter}/", "/office/streets/new/", "/office/streets/{street}/", "/office/contracts/new/", "/office/who/",
    "/office/who/proof/", "/field/place/{place}/", "/field/shift/", "/shop/{plate}/", "/q/{code}/",
    "/unit/places/", "/unit/cases/{number}/", "/unit/frontages/new/", "/unit/frontages/{shop}/", "/unit/frontages/{shop}/matters/{matter}/",
)  # fmt: skip
SCRIPT = "<script>alert(1)</script>"
NONSENSE = (
    SCRIPT, "\x00", "9" * 400, "-1", "1e400", "NaN", "Infinity", "٣٤", "2026-02-30", "9999-12-31", "0001-01-01", "99:99", "长" * 100_000,
    "'; DROP TABLE territory_place; --", "../../../etc/passwd", "%00%ff", "POLYGON EMPTY", "POLYGON((0 0,1 1,0 1,1 0,0 0))",
    "LINESTRING(1e999 0, 0 0)", '{"type":"Polygon","coordinates":[[[0,0]]]}', "[" * 2000, "‮", "=1+1",
)  # fmt: skip
EVERY_KIND = bool(os.environ.get("WENMING_TEST_EVERY_NONSENSE"))
A_FEW = 3
# What a browser sends of these, nobody types; half of the rounds spoil them too.
CHOSEN = {"hidden", "radio", "checkbox", "submit", "button", "select"}


@dataclasses.dataclass
class Form:
    """A form of a page: where it goes, and what the page offers for each field."""

    action: str
    method: str = "get"
    fields: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)

    def filled(self, nonsense: str, everywhere: bool) -> dict[str, str]:
        return {
            name: nonsense if everywhere or kind not in CHOSEN else value
            for name, (kind, value) in self.fields.items()
            if name != "csrfmiddlewaretoken" and kind != "file"
        }


class Forms(html.parser.HTMLParser):
    """The forms of a page with their fields: {name: (kind, the value that the page offers)}."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found, self.outside, self.select = page, [], [], ""
        self.by_id: dict[str, Form] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.found.append(Form(told.get("action") or self.page, told.get("method", "get").lower()))
            self.by_id[told.get("id", "")] = self.found[-1]
        if tag in {"input", "textarea", "select", "button"} and told.get("name"):
            form = self.by_id.get(told["form"]) if "form" in told else (self.found[-1] if self.found else None)
            if form is not None:
                kind = told.get("type", "text") if tag == "input" else {"button": "submit"}.get(tag, tag)
                form.fields.setdefault(told["name"], (kind, told.get("value", "")))
                self.select = told["name"] if tag == "select" else ""
        if tag == "option" and self.select and self.found and not self.found[-1].fields[self.select][1]:
            self.found[-1].fields[self.select] = ("select", told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


def some_of(turn: int) -> list[tuple[str, bool]]:
    """(nonsense, whether what nobody types is spoilt too) for the form whose turn it is."""
    kinds = [(nonsense, everywhere) for nonsense in NONSENSE for everywhere in (False, True)]
    return kinds if EVERY_KIND else [kinds[(turn * A_FEW + n * 7) % len(kinds)] for n in range(A_FEW)]


def forms_on(browser: Client, page: str) -> list[Form]:
    answer = browser.get(page)
    assert answer.status_code == 200, f"{page} {answer.status_code}"
    parser = Forms(page)
    parser.feed(answer.content.decode())
    return [form for form in parser.found if form.action.startswith("/") or form.action == page]


def send(browser: Client, form: Form, told: dict[str, str]) -> Any:
    """The answer; whatever it did is taken back."""
    with transaction.atomic():
        answer = browser.post(form.action, told) if form.method == "post" else browser.get(form.action, told)
        transaction.set_rollback(True)
    return answer


@pytest.mark.slow
def test_no_form_crashes_or_repeats_markup(small_city: SimpleNamespace, sit_down: Sit, tmp_path: Any, settings: Any) -> None:
    settings.CITY = dataclasses.replace(settings.CITY, root=tmp_path)
    things, _west = two_towns(small_city)
    things["code"] = Place.objects.get(number=things["place"]).short_code
    field = sit_down(small_city.supervisor)
    browsers = {"field": field, "shop": Client(), "q": Client(), "unit": sit_down(small_city.east_handler)}
    office = sit_down(small_city.officer)
    wrong, sent, seen = [], 0, set()
    for page in PAGES:
        browser = browsers.get(page.split("/")[1], office)
        browser.raise_request_exception = False
        for form in forms_on(browser, page.format(**things)):
            key = (form.action.split("?")[0], form.method, *sorted(form.fields))
            if key in seen or "/account/" in form.action:
                continue
            seen.add(key)
            for nonsense, everywhere in some_of(len(seen)):
                answer = send(browser, form, form.filled(nonsense, everywhere))
                sent += 1
                body = b"" if answer.streaming else answer.content
                if answer.status_code >= 500 or (nonsense == SCRIPT and SCRIPT.encode() in body):
                    wrong.append(f"{form.method} {form.action} with {nonsense[:40]!r}{' everywhere' * everywhere}: {answer.status_code}")
    assert not wrong, f"{len(wrong)} of {sent}:\n" + "\n".join(wrong)
    assert len(seen) > 40

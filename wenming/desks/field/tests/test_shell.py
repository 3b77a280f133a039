"""The shell that works without network: whole, small, the same for everybody, and new when a release is."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from wenming.cases import services as cases
from wenming.cases.models import Case
from wenming.cases.tests.story import at
from wenming.desks.field import shell

Bring = Callable[..., Case]
IMPORTED = re.compile(r'^(?:import|export)\b[^"\n]*"\./([\w-]+\.js)"', re.M)
CALLED = re.compile(r"(?:src|href)=\"/static/([\w/.-]+)|url\(/static/([\w/.-]+)")
MOST_BYTES = 120 * 1024  # P1: the field shell, once


def source(name: str) -> Path:
    found = finders.find(name)
    assert isinstance(found, str), f"{name} is nowhere"
    return Path(found)


def test_every_module_has_what_it_imports() -> None:
    modules = [name for name in shell.FILES if name.endswith(".js")]

    needed = {f"js/{target}" for name in modules for target in IMPORTED.findall(source(name).read_text())}

    assert needed <= set(modules)


def test_what_the_pages_call_for_is_kept(desk: Client, answered: Bring) -> None:
    task = answered()
    pages = [desk.get(f"/field/{path}").content.decode() for path in ("", "find/", "outbox/", "me/", "map/", f"task/{task.number}/")]

    called = {one or other for page in pages for one, other in CALLED.findall(page)}

    assert called <= set(shell.FILES)


def test_it_weighs_less_than_its_budget() -> None:
    weights = {name: len(gzip.compress(source(name).read_bytes())) for name in shell.FILES}

    assert sum(weights.values()) < MOST_BYTES, weights


def test_another_content_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = shell.version.__wrapped__()

    monkeypatch.setattr(shell, "_content", lambda name: b"a new release")

    assert len(before) == 12 and shell.version.__wrapped__() != before


def test_the_worker_is_anybodys_and_asked_for_anew() -> None:
    answer = Client().get("/field/sw.js")

    assert answer.headers["Content-Type"].startswith("text/javascript") and answer.headers["Cache-Control"] == "no-cache"
    assert f'"wenming-shell-{shell.version()}"' in answer.content.decode()
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_what_is_kept_for_everybody_names_nobody(desk: Client, small_city: SimpleNamespace) -> None:
    for path in ("/field/away/", "/field/sw.js", "/field/manifest.webmanifest"):
        text = desk.get(path).content.decode()
        assert small_city.supervisor.username not in text and small_city.supervisor.display_name not in text


def test_the_manifest_installs_the_field_desk_alone() -> None:
    told = json.loads(Client().get("/field/manifest.webmanifest").content)

    assert (told["start_url"], told["scope"], told["display"]) == ("/field/", "/field/", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}


def test_the_pack_holds_todays_pages_and_only_what_changed_is_new(
    desk: Client, answered: Bring, small_city: SimpleNamespace
) -> None:
    case, other = answered(), answered(text="另一处")
    first = {page["url"]: page["version"] for page in desk.get("/field/pack/").json()["pages"]}
    assert {f"/field/task/{case.number}/", f"/field/task/{other.number}/", "/field/", "/field/find/", "/field/map/"} <= set(first)

    cases.cannot_see(case, reason="有围挡", by=small_city.dispatcher, now=at("11-16 10:30"))

    second = {page["url"]: page["version"] for page in desk.get("/field/pack/").json()["pages"]}
    assert second[f"/field/task/{case.number}/"] != first[f"/field/task/{case.number}/"]
    assert second[f"/field/task/{other.number}/"] == first[f"/field/task/{other.number}/"]
    assert second["/field/"] != first["/field/"]


def test_the_pack_is_ones_own(desk: Client, sit_down: Callable[..., Client], answered: Bring, small_city: SimpleNamespace) -> None:
    case = answered()

    pages = sit_down(small_city.east_patrol).get("/field/pack/").json()["pages"]

    assert f"/field/task/{case.number}/" not in {page["url"] for page in pages}
    assert Client().get("/field/pack/").status_code == 302


def test_the_map_shows_where_the_tasks_are_and_says_it_in_words(desk: Client, answered: Bring) -> None:
    case = answered()

    page = desk.get("/field/map/").content.decode()

    assert "<svg" in page and f'href="/field/task/{case.number}/"' in page


@pytest.mark.parametrize("hand", ["left", "right"])
def test_the_hand_is_chosen_on_this_phone(hand: str, desk: Client) -> None:
    desk.get(f"/look/?hand={hand}&next=/field/me/")

    page = desk.get("/field/me/").content.decode()
    assert ('data-hand="left"' in page) == (hand == "left")

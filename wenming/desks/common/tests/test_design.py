"""The living documentation, and the switches of look that every page carries."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles.finders import find
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from wenming.desks.common.context import look_of, shell
from wenming.desks.common.static_files import HashedModules


@pytest.fixture
def design(client):
    return client.get("/design/")


def test_it_shows_every_component_to_everybody(design):
    page = design.content.decode()

    assert design.status_code == 200
    for mark in ("status-late", "status-hold", "queue", "filters", "bulk", "timeline", "before-after", "photo-picker",
                 "place-picker", "unit-picker", "chips", "error-summary", "steps", "target-bar", "sparkline", "empty",
                 "pages", "keys-dialog", "toast", "detail-head", "wm-map"):  # fmt: skip
        assert mark in page, mark


def test_nothing_inline_reaches_the_browser(design):
    page = design.content.decode()

    assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", page)
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_every_id_is_its_own_and_every_label_finds_its_field(design):
    page = design.content.decode()
    ids = re.findall(r'\sid="([^"]+)"', page)

    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<label[^>]* for="([^"]+)"', page)) <= set(ids)


def test_elder_mode_is_a_plain_link_that_comes_back(client):
    answer = client.get("/look/", {"mode": "elder", "theme": "dark", "next": "/design/?a=1"})

    assert (answer.status_code, answer["Location"]) == (302, "/design/?a=1")
    page = client.get("/design/").content.decode()
    assert 'data-mode="elder"' in page
    assert 'data-theme="dark"' in page
    assert "标准版" in page


@pytest.mark.parametrize("away", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_a_look_link_cannot_send_people_elsewhere(client, away):
    assert client.get("/look/", {"theme": "sun", "next": away})["Location"] == "/"


def test_an_unknown_look_changes_nothing(client):
    answer = client.get("/look/", {"theme": "pink", "mode": "x", "language": "xx", "next": "/design/"})

    assert not answer.cookies


def test_a_cookie_that_says_nonsense_counts_as_the_default():
    request = RequestFactory().get("/", headers={"cookie": 'wm_theme="><script>; wm_mode=elder'})

    assert look_of(request) == {"theme": "auto", "mode": "elder", "size": "normal", "hand": "right"}


def test_the_shell_knows_the_desk_from_the_address():
    assert shell(RequestFactory().get("/office/cases/"))["desk"] == "office"
    assert shell(RequestFactory().get("/track/"))["desk"] == "public"


@pytest.mark.parametrize("code", ["400", "403", "404", "429", "500"])
def test_a_refusal_page_renders_without_any_context(code):
    page = render_to_string(f"{code}.html")

    assert "<h1>" in page
    assert code in page


@pytest.mark.parametrize("desk", ["public", "field", "unit", "office", "leaders", "admin"])
def test_each_desk_has_a_base_and_a_style_sheet(desk):
    assert get_template(f"desks/{desk}_base.html")
    assert find(f"css/desks/{desk}.css")


def test_names_stay_plain_until_static_files_are_collected(tmp_path):
    assert HashedModules(location=tmp_path, base_url="/static/").url("wm.css") == "/static/wm.css"

"""Which language a page speaks: the one that was chosen here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

pytestmark = pytest.mark.django_db
ENGLISH_PHONE = {"accept-language": "en-GB,en;q=0.9"}


@pytest.fixture(autouse=True)
def chinese_again() -> Iterator[None]:
    """The test client answers in the thread of the tests, and leaves the language of its last page behind."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


def language_of(answer) -> str:
    return "en" if '<html lang="en"' in answer.content.decode() else "zh"


def test_a_browser_that_prefers_english_reads_chinese_until_asked(client: Client):
    assert language_of(client.get("/", headers=ENGLISH_PHONE)) == "zh"


def test_the_choice_holds_on_every_page(client: Client):
    client.get("/look/", {"language": "en", "next": "/"})

    assert [language_of(client.get(path)) for path in ("/", "/report/", "/account/login/")] == ["en", "en", "en"]


def test_choosing_chinese_again_undoes_it(client: Client):
    client.get("/look/", {"language": "en"})
    client.get("/look/", {"language": "zh-hans"})

    assert language_of(client.get("/", headers=ENGLISH_PHONE)) == "zh"


def test_a_cookie_that_names_no_language_of_ours_counts_as_none(client: Client):
    client.cookies["django_language"] = "xx"

    assert language_of(client.get("/")) == "zh"


def test_the_next_visitor_does_not_inherit_the_choice(client: Client):
    client.get("/look/", {"language": "en"})
    client.get("/")

    assert language_of(Client().get("/")) == "zh"

"""Text travels compressed to whoever can read it so; what is compressed already is left alone."""

from __future__ import annotations

import gzip

from django.http import FileResponse, HttpResponse
from django.test import RequestFactory

from wenming.desks.common.middleware import CompressedPages

LONG = "整洁的街道，文明的城市。" * 100


def answer(response, **headers):
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"} | headers)
    return CompressedPages(lambda _request: response)(request)


def test_a_page_is_compressed():
    sent = answer(HttpResponse(LONG))

    assert sent.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent.content).decode() == LONG
    assert len(sent.content) < len(LONG.encode()) / 2


def test_a_telephone_that_does_not_ask_gets_it_plain():
    sent = answer(HttpResponse(LONG), **{"Accept-Encoding": "identity"})

    assert "Content-Encoding" not in sent.headers
    assert sent.content.decode() == LONG


def test_a_photo_is_sent_as_it_is():
    assert "Content-Encoding" not in answer(HttpResponse(b"\xff\xd8" * 1000, content_type="image/jpeg")).headers


def test_a_file_that_is_sent_while_it_is_read_is_sent_as_it_is(tmp_path):
    export = tmp_path / "cases.csv"
    export.write_text(LONG)
    with export.open("rb") as file:
        assert "Content-Encoding" not in answer(FileResponse(file, content_type="text/csv")).headers

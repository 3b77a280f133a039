"""The character NUL crashes PostgreSQL wherever it arrives; it is refused before any view reads it."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("method", "address", "told"),
    [
        pytest.param("get", "/q/%00/", {}, id="in the address"),
        pytest.param("get", "/report/", {"category": "a\x00"}, id="in the query"),
        pytest.param("get", "/report/", {"a\x00": "1"}, id="in the name of a parameter"),
        pytest.param("post", "/report/", {"text": "垃圾\x00满溢"}, id="in a form"),
        pytest.param("post", "/report/", {"unasked": "\x00"}, id="in a field that no form asks for"),
    ],
)
def test_text_that_no_database_stores_is_refused_in_words(db, client: Client, method: str, address: str, told: dict[str, str]) -> None:
    answer = getattr(client, method)(address, told)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "什么也没有保存" in answer.content.decode()
    assert "request.nul" in answer.content.decode()

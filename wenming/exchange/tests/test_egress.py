"""Speaking to another machine: once, to the address that was judged, and not for long."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from wenming.exchange.egress import post

from .conftest import OtherSystem


def name_server(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Resolve names to the next of these answers each time; returns the names that were asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int, *_more: Any, **_kind: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    # Connecting to a number asks the resolver as well; only names are ours to answer.
    real = socket.getaddrinfo
    by_name = lambda host, *rest, **more: (  # noqa: E731
        real(host, *rest, **more) if host[0].isdigit() else resolve(host, *rest, **more)
    )
    monkeypatch.setattr(socket, "getaddrinfo", by_name)
    return asked


def test_a_message_arrives_as_it_was_written(other: OtherSystem) -> None:
    answer = post(other.url + "?q=1", "垃圾".encode(), {"Wenming-Event": "ping"})

    (headers, body), *more = other.heard
    assert answer.status == 200 and not more
    assert body.decode() == "垃圾" and headers["Wenming-Event"] == "ping"


def test_a_host_of_this_machine_is_refused_unless_the_city_has_named_it(other: OtherSystem, settings: Any) -> None:
    settings.EGRESS_HOSTS = ""

    assert "https://" in post(other.url, b"x", {}).trouble
    assert "443" in post(other.url.replace("http:", "https:"), b"x", {}).trouble
    assert "内网" in post("https://127.0.0.1/", b"x", {}).trouble
    assert other.heard == []


def test_a_name_that_changes_its_mind_changes_nothing(
    other: OtherSystem, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is judged and is the one that is connected to; nobody asks a second time."""
    settings.EGRESS_HOSTS = f"oa.city.example:{other.port}"
    asked = name_server(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])

    answer = post(f"http://oa.city.example:{other.port}/hook", b"x", {})

    assert answer.status == 200 and asked == ["oa.city.example"]
    assert other.heard[0][0]["Host"] == f"oa.city.example:{other.port}", "the name stays in the request"


def test_a_public_name_that_turns_inward_is_refused_before_anything_is_connected(
    other: OtherSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was public when it was registered; now it stands for this machine, alone or among others."""
    for answers in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]):
        name_server(monkeypatch, answers)
        connected: list[Any] = []
        monkeypatch.setattr(socket, "create_connection", lambda *given, seen=connected: seen.append(given))

        assert "内网" in post("https://hooks.example.com/", b"x", {}).trouble
        assert connected == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(other: OtherSystem, status: int) -> None:
    other.answers = status
    answer = post(other.url, b"x", {})

    assert answer.status == status and "不跟随" in answer.trouble
    assert len(other.heard) == 1


def test_an_answer_that_drips_is_cut(other: OtherSystem) -> None:
    """Each byte comes in time; the whole never would."""
    other.answers, began = "drip", time.monotonic()
    answer = post(other.url, b"x", {}, seconds=0.5)

    assert answer.status is None and "秒内" in answer.trouble
    assert time.monotonic() - began < 2


def test_nobody_there_is_an_answer_too(other: OtherSystem, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.EGRESS_HOSTS = "127.0.0.1"

    assert "连不上" in post(f"http://127.0.0.1:{port}/", b"x", {}).trouble
    assert "连不上" in post(other.url.replace("http:", "https:"), b"x", {}).trouble, "no TLS there"

"""`/healthz` tells a supervisor the truth and a stranger nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from wenming.cases.tests.story import MONDAY
from wenming.desks.common import health


def test_it_is_well_while_the_database_answers(db: object, client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "worker": "ok"})


def test_it_says_when_no_worker_came_by(report, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    report()
    monkeypatch.setattr(health.timezone, "now", lambda: MONDAY + timedelta(hours=1))
    assert client.get("/healthz").json()["worker"] == "late"


def test_it_is_ill_when_the_database_is_gone(db: object, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_moment: object) -> None:
        raise OperationalError("no database")

    monkeypatch.setattr(health, "waiting_reactions", gone)
    assert client.get("/healthz").status_code == 503

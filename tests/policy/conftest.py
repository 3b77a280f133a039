"""People at their desks: each specification walks the screens that these clients open."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from wenming.cases.models import Case
from wenming.journal.worker import run_waiting
from wenming.observations.models import Report


@pytest.fixture
def citizen() -> Client:
    """Somebody in the street, without an account."""
    return Client()


@pytest.fixture
def at_desk(small_city: SimpleNamespace) -> Callable[[str], Client]:
    """`at_desk("dispatcher")`: that person, logged in with the second factor."""

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(getattr(small_city, name), backend="wenming.organisations.passwords.Accounts")
        session = client.session
        session["second_factor"] = True
        session.save()
        return client

    return log_in


@pytest.fixture
def reported(citizen: Client, small_city: SimpleNamespace) -> Callable[..., Case]:
    """`reported("桶满了")`: what a citizen sends becomes a case by the worker, as in the running city."""

    def send(text: str, **fields: object) -> Case:
        answer = citizen.post("/report/", {"text": text, "client_id": f"phone-{text}", **fields})
        assert answer.status_code in {302, 303}, answer.content.decode()
        run_waiting()
        return Case.objects.get(case_reports__report=Report.objects.get(client_id=f"phone-{text}"))

    return send

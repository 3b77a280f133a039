"""Hints on the pages: beside the photos, with a way to the other case only for who may see it; the word of whoever looked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from bench.street_scenes import Street
from wenming.cases.models import Case
from wenming.cases.services import answer, collect, dispatch, establish
from wenming.cases.tests.story import MONDAY, at
from wenming.cases.tests.test_photo_checks import taken
from wenming.evidence.models import HintVerdict, PhotoHint
from wenming.journal.worker import run_waiting

NOW = at("11-17 10:00")


@pytest.fixture
def at_desk(small_city: SimpleNamespace, sit_down: Callable[..., Client]) -> Callable[[str], Client]:
    return lambda name: sit_down(getattr(small_city, name))


@pytest.fixture
def used_again(small_city: SimpleNamespace, report: Callable[..., Any]) -> SimpleNamespace:
    """The sanitation department answered with the photograph of a case that it never had."""
    street = Street(4, estate=2).photo()
    first = collect(report(photos=[taken(street)]).report, now=MONDAY)
    case = collect(report(now=at("11-16 09:30")).report, now=at("11-16 09:30"))
    case = establish(case, problem_type=small_city.overflow, rule=None, by=small_city.dispatcher, now=at("11-16 09:40"))
    case = dispatch(case, to=small_city.sanitation, by=small_city.dispatcher, now=at("11-16 09:50"))
    case = answer(case, text="", photos=[taken(street, quality=60)], by=small_city.handler, now=at("11-16 11:00"))
    run_waiting(NOW)
    return SimpleNamespace(first=first, case=Case.objects.get(pk=case.pk), hint=PhotoHint.objects.get())


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_command_centre_reads_it_with_the_way_to_the_other_case(used_again, at_desk):
    shown = page(at_desk("dispatcher"), f"/office/cases/{used_again.case.number}/")
    assert f"和案件 {used_again.first.number} 的照片是同一张画面" in shown
    assert f'href="/office/cases/{used_again.first.number}/"' in shown
    assert "有道理" in shown


def test_the_verifier_on_the_street_reads_it_too(used_again, at_desk):
    shown = page(at_desk("supervisor"), f"/field/task/{used_again.case.number}/")
    assert "照片以前用过" in shown
    assert f'form="hint-{used_again.hint.pk}"' in shown


def test_the_handling_unit_reads_of_its_own_photo_and_not_of_the_other_case(used_again, at_desk):
    shown = page(at_desk("handler"), f"/unit/cases/{used_again.case.number}/")
    assert "和另一件案件的照片是同一张画面" in shown
    assert used_again.first.number not in shown
    assert "无关" not in shown


@pytest.mark.parametrize(
    ("who", "address"),
    [("dispatcher", "/office/cases/{}/photo-hints/{}/verdicts/"), ("supervisor", "/field/task/{}/photo-hints/{}/verdicts/")],
)
def test_the_word_is_kept_and_the_rate_is_published(used_again, at_desk, who, address, monkeypatch):
    # The page tells of the last weeks, and these days do not come with us.
    monkeypatch.setattr("wenming.desks.office.views.photo_hints.LATELY", timedelta(days=36_500))
    client = at_desk(who)
    assert client.post(address.format(used_again.case.number, used_again.hint.pk), {"sound": "no"}).status_code == 302

    assert HintVerdict.objects.get().judged_by == who
    assert "100%" in page(at_desk("officer"), "/office/photo-hints/?kind=reused")


def test_of_a_case_that_is_not_ones_own_nothing_can_be_said(used_again, at_desk):
    address = f"/office/cases/{used_again.first.number}/photo-hints/{used_again.hint.pk}/verdicts/"
    at_desk("dispatcher").post(address, {"sound": "no"})
    assert at_desk("handler").post(address, {"sound": "no"}).status_code == 403
    assert not HintVerdict.objects.exists()

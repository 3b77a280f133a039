"""Taking in a report: once however often it is sent, safe before it is promised, refused in clear words."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from wenming.cases.tests.story import MONDAY
from wenming.journal.models import Entry, Reaction
from wenming.observations.models import Report
from wenming.observations.services import NothingReported, ReportFromTheFuture, leave_contact
from wenming.organisations.models import IdentityLook, ReporterIdentity
from wenming.organisations.services import look_at_identity
from wenming.refusals import BadInput, NotAllowed


def test_the_same_sending_gets_the_same_receipt(report, small_city: SimpleNamespace) -> None:
    first = report(client_id="phone-1")
    again = report(client_id="phone-1", text="改了字也一样")

    assert (again.number, again.content_hash, again.repeated) == (first.number, first.content_hash, True)
    assert Report.objects.count() == 1
    assert Entry.objects.filter(action="report.received").count() == 1


def test_a_report_and_what_follows_are_one_transaction(report) -> None:
    receipt = report()
    entry = Entry.objects.get(action="report.received")

    assert entry.about == f"report:{receipt.report.pk}"
    assert Reaction.objects.get(entry=entry).name == "open-a-case"


def test_an_empty_report_is_refused_with_what_to_do(report) -> None:
    with pytest.raises(NothingReported, match="拍一张照片"):
        report(text="  ")


def test_a_report_from_tomorrow_is_refused(report) -> None:
    with pytest.raises(ReportFromTheFuture):
        report(seen_at=MONDAY + timedelta(days=1))


def test_a_phone_some_minutes_ahead_is_forgiven(report) -> None:
    assert report(seen_at=MONDAY + timedelta(minutes=5)).report.pk


def test_the_identity_is_sealed_and_every_look_is_kept(report, small_city: SimpleNamespace) -> None:
    found = report().report
    leave_contact(found, name="测试人", phone="13800000000", now=MONDAY)
    identity = ReporterIdentity.objects.get()
    assert b"13800000000" not in bytes(identity.sealed)
    assert "13800000000" not in json.dumps(list(Entry.objects.values_list("facts", flat=True)))

    with pytest.raises(NotAllowed):
        look_at_identity(identity, reason="好奇", by=small_city.dispatcher, now=MONDAY)
    with pytest.raises(BadInput):
        look_at_identity(identity, reason=" ", by=small_city.keeper, now=MONDAY)
    opened = look_at_identity(identity, reason="核对地点", by=small_city.keeper, now=MONDAY)

    assert opened["phone"] == "13800000000"
    assert IdentityLook.objects.get().reason == "核对地点"
    assert Entry.objects.filter(action="identity.looked-at", by="keeper").exists()


def test_contact_is_left_once(report) -> None:
    found = report().report
    leave_contact(found, name="", phone="13800000000", now=MONDAY)
    with pytest.raises(BadInput):
        leave_contact(found, name="", phone="13900000000", now=MONDAY)

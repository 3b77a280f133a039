"""What a citizen handed in stays what it was: words, time and photographs are hashed again and compared (P1, P6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from wenming.observations.models import Report
from wenming.observations.verification import broken_reports

EDITS: dict[str, Callable[[Any], object]] = {
    "other words": lambda reports: reports.update(text="没有问题"),
    "other time": lambda reports: reports.update(seen_at=F("seen_at") - timedelta(days=3)),
    "other words and their hash": lambda reports: reports.update(text="没有问题", content_hash="0" * 64),
}


def test_an_untouched_report_is_what_its_receipt_was_given_for(report: Callable[..., Any]) -> None:
    report()

    assert list(broken_reports()) == []


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_report_is_found(report: Callable[..., Any], edit: str) -> None:
    receipt = report()
    EDITS[edit](Report.objects.filter(pk=receipt.report.pk))

    assert [receipt.number in sentence for sentence in broken_reports()] == [True]

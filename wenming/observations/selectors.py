"""Asking what was seen."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone

from wenming.evidence.models import Exhibit, Subject
from wenming.evidence.selectors import exhibits_of
from wenming.organisations.models import Account

from .models import ImportBatch, Report
from .models.imports import About
from .rules.receipts import tidy_number

_BEGUN_RECEIPT = re.compile(r"([0-9]{2})-?([0-9]{4})-?([0-9A-Z]{4})-?([0-9A-Z]{4})-?([0-9A-Z]{0,4})")
_MISREAD = str.maketrans("OILU", "011V")


def report_by_receipt(typed: str) -> Report | None:
    """The report behind a receipt number, as a person may have typed it. Knowing the number is the permission."""
    return Report.objects.select_related("placement__town", "category").filter(receipt=tidy_number(typed)).first()


def reports_by_beginning(typed: str) -> QuerySet[Report] | None:
    """The reports whose receipt begins as typed; None when that is no receipt, or so little that it could be guessed.

    The day and two groups must stand there, forty random bits: whoever knows them was told them.
    """
    tidied = "".join(unicodedata.normalize("NFKC", typed).upper().translate(_MISREAD).split())
    found = _BEGUN_RECEIPT.fullmatch(tidied)
    if found is None:
        return None
    year, day, *groups = found.groups()
    try:
        began = timezone.make_aware(datetime.strptime(year + day, "%y%m%d"))
    except ValueError:
        return None
    # The receipt's day is the day of receipt, which has an index that serves both databases.
    same_day = Report.objects.filter(received_at__gte=began, received_at__lt=began + timedelta(days=1))
    return same_day.filter(receipt__startswith="-".join((year, day, *groups)))


def photos_of(report: Report) -> QuerySet[Exhibit]:
    """The photographs a report came with, in their order."""
    return exhibits_of(Subject("report", str(report.pk)))


def batches_visible_to(user: Account | AnonymousUser) -> QuerySet[ImportBatch]:
    """Import batches, for those who may import; the newest first."""
    if not isinstance(user, Account) or not user.may("reports.import"):
        return ImportBatch.objects.none()
    return _batches(About.REPORTS)


def component_batches_visible_to(user: Account | AnonymousUser) -> QuerySet[ImportBatch]:
    """Batches of components, for those who keep the register; the newest first."""
    if not isinstance(user, Account) or not user.may("components.manage"):
        return ImportBatch.objects.none()
    return _batches(About.COMPONENTS)


def place_batches_visible_to(user: Account | AnonymousUser) -> QuerySet[ImportBatch]:
    """Batches of public places, for those who keep that register; the newest first."""
    if not isinstance(user, Account) or not user.may("places.manage"):
        return ImportBatch.objects.none()
    return _batches(About.PLACES)


def premises_batches_visible_to(user: Account | AnonymousUser) -> QuerySet[ImportBatch]:
    """Batches of shops and others along streets, for those who keep that register; the newest first."""
    if not isinstance(user, Account) or not user.may("frontages.manage"):
        return ImportBatch.objects.none()
    return _batches(About.PREMISES)


def _batches(about: About) -> QuerySet[ImportBatch]:
    return (
        ImportBatch.objects.filter(mapping__about=about).select_related("mapping", "created_by").order_by("-created_at", "-pk")
    )

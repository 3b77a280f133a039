"""Taking in what was seen. A receipt is an answer that means: it is safe (P1)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.engine.asking import Given, Question
from wenming.engine.writing import insert
from wenming.evidence import services as evidence
from wenming.evidence.models import Role, Subject
from wenming.evidence.refusals import UploadGone
from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.organisations.services import seal_identity
from wenming.refusals import BadInput
from wenming.standards.models import ProblemType, PublicCategory
from wenming.territory.models import Area, Place, Placement
from wenming.territory.rules.coordinates import Datum
from wenming.territory.services import place, place_unlocated

from .models import Report
from .models.reports import Wish
from .rules.receipts import RANDOM_BYTES, content_hash, receipt_number, what_was_received

# A phone's clock may run ahead by minutes; a report from tomorrow is a mistake.
CLOCK_SKEW = timedelta(minutes=10)
TEXT_LIMIT = 5000
_SENT_BEFORE = Question(lambda: Report.objects.filter(client_id=Given("client_id")))


@dataclass(frozen=True)
class Where:
    """A place as the reporter knows it: a point, words, or only a town."""

    longitude: float | None = None
    latitude: float | None = None
    datum: Datum = Datum.WGS84
    source: str = "gps"
    accuracy_m: float | None = None
    address: str = ""
    town: Area | None = None


@dataclass(frozen=True)
class Receipt:
    """What the reporter gets back, the same for every repetition of the same sending."""

    number: str
    received_at: datetime
    content_hash: str
    photo_count: int
    report: Report
    repeated: bool


class NothingReported(BadInput):
    code = "report.empty"


class ReportFromTheFuture(BadInput):
    code = "report.future"


def receive_report(
    *, channel: str, client_id: str, where: Where, now: datetime, text: str = "", category: PublicCategory | None = None,
    problem_type: ProblemType | None = None, photos: Sequence[evidence.Prepared] = (), seen_at: datetime | None = None,
    by: Account | None = None, wish: str = Wish.WHEN_CLOSED, source: str = "", source_number: str = "",
    slow_lane: bool = False, upload_tokens: Sequence[str] = (), public_place: Place | None = None,
) -> Receipt:  # fmt: skip
    """Take in one report, once however often it is sent (client_id is the idempotency key). Policy: 4.2, 9.4.

    photos: already decoded and safe on disk (`evidence.prepare`), so that this transaction is short; upload_tokens:
    photographs that were sent ahead while the form was still being read (C2). public_place: whose page it came from.
    Raises NothingReported without text, photo or category, ReportFromTheFuture, evidence's UploadGone, and territory's refusals for the place.
    """
    known = _SENT_BEFORE.first(client_id=client_id)
    if known is None:
        _refuse_nonsense(text, [category, problem_type, *photos, *upload_tokens], seen_at, now)
        try:
            known = _store(
                channel=channel, client_id=client_id, where=where, now=now, text=text.strip(), category=category,
                problem_type=problem_type, photos=photos, seen_at=seen_at or now, by=by, wish=wish, source=source,
                source_number=source_number, slow_lane=slow_lane, upload_tokens=upload_tokens, public_place=public_place,
            )  # fmt: skip
            return _receipt(known, repeated=False)
        except (IntegrityError, UploadGone):
            # The same sending arrived twice at the same moment; the constraint let one of them in, or one of them had
            # claimed the photographs of both. Answer with it.
            known = _already_there(client_id, source, source_number)
            if known is None:
                raise
    return _receipt(known, repeated=True)


@transaction.atomic
def leave_contact(report: Report, *, name: str, phone: str, now: datetime) -> None:
    """Keep how to reach the reporter in the vault, asked for only after the report is safe. Once."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.identity_id is not None:
        raise BadInput(_("联系方式已经留过了，不用再填。"))
    report.identity = seal_identity(name=name.strip(), phone=phone.strip(), now=now)
    report.save(update_fields=["identity"])
    journal.record("report.contact-left", by=None, about=report, now=now)


@transaction.atomic
def _store(
    *, channel: str, client_id: str, where: Where, now: datetime, text: str, category: PublicCategory | None,
    problem_type: ProblemType | None, photos: Sequence[evidence.Prepared], seen_at: datetime, by: Account | None,
    wish: str, source: str, source_number: str, slow_lane: bool, upload_tokens: Sequence[str], public_place: Place | None,
) -> Report:  # fmt: skip
    photos = [*photos, *(evidence.claim_upload(token, now=now) for token in upload_tokens)]
    report = Report(
        receipt=receipt_number(timezone.localdate(now), secrets.token_bytes(RANDOM_BYTES)), client_id=client_id,
        channel=channel, text=text, category=category, problem_type=problem_type, placement=placement_at(where, now),
        seen_at=seen_at, received_at=now, photo_count=len(photos), wish=wish, entered_by=by, source=source,
        source_number=source_number, slow_lane=slow_lane, place=public_place,
        content_hash=content_hash(what_was_received(client_id, text, seen_at, [p.sha256 for p in photos])),
    )  # fmt: skip
    insert(report)
    for photo in photos:
        evidence.attach(photo, role=Role.SCENE, subject=Subject("report", str(report.pk)), by=by, now=now)
    journal.record(
        "report.received", by=by, about=report, now=now, channel=channel, photos=len(photos), content=report.content_hash
    )
    return report


def placement_at(where: Where, now: datetime) -> Placement:
    if where.longitude is None or where.latitude is None:
        return place_unlocated(address=where.address, town=where.town, now=now)
    return place(
        longitude=where.longitude, latitude=where.latitude, datum=where.datum, source=where.source, now=now,
        address=where.address, accuracy_m=where.accuracy_m,
    )  # fmt: skip


def _refuse_nonsense(text: str, shown: Sequence[object], seen_at: datetime | None, now: datetime) -> None:
    if not (text.strip() or any(shown)):
        raise NothingReported(_("还没有写是什么问题。请拍一张照片，或者选一类，或者写一句话，有一样就行。"))
    if len(text) > TEXT_LIMIT:
        raise BadInput(_("文字最多 %(limit)d 字，现在是 %(now)d 字。请删去一些。") % {"limit": TEXT_LIMIT, "now": len(text)})
    if seen_at and seen_at > now + CLOCK_SKEW:
        raise ReportFromTheFuture(_("发现时间在现在之后。请检查手机的日期和时间，或者不填这一项。"))


def _already_there(client_id: str, source: str, source_number: str) -> Report | None:
    found = _SENT_BEFORE.first(client_id=client_id)
    if found is None and source_number:
        found = Report.objects.filter(source=source, source_number=source_number).first()
    return found


def _receipt(report: Report, *, repeated: bool) -> Receipt:
    return Receipt(
        report.receipt, report.received_at, report.content_hash, report.photo_count, report, repeated=repeated
    )

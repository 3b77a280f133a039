"""Handing a report in through an interface: once, however often it is sent, and only as the same thing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from wenming.evidence.services import Prepared
from wenming.observations.door import Lane
from wenming.observations.models import Report
from wenming.observations.models.reports import Wish
from wenming.observations.services import Receipt, Where, receive_report
from wenming.organisations.models import Account
from wenming.refusals import BadInput, Refusal
from wenming.standards.models import ProblemType, PublicCategory
from wenming.territory.rules.coordinates import to_cgcs2000

from .callers import caller, knock_at

MOST_PHOTOS = 4


class SameKeyOtherContent(Refusal):
    """The key of an earlier sending came with another content: a mistake of the sending system that must be seen."""

    code = "report.other-content"

    def __init__(self) -> None:
        super().__init__(_("这个 Idempotency-Key 已经用来交过另一件上报。新的一件请换一个新的 Idempotency-Key 再交。"))


class TooManyPhotos(BadInput):
    code = "report.too-many-photos"

    def __init__(self) -> None:
        super().__init__(_("照片最多 %(most)d 张。请去掉几张再交。") % {"most": MOST_PHOTOS})


@dataclass(frozen=True)
class Sending:
    """What a caller hands in. Its `key` tells repetitions of one sending apart from two sendings."""

    channel: str
    key: str
    where: Where
    text: str = ""
    category: PublicCategory | None = None
    problem_type: ProblemType | None = None
    seen_at: datetime | None = None
    upload_tokens: Sequence[str] = ()
    photos: Sequence[Prepared] = ()
    wish: str = Wish.WHEN_CLOSED


def hand_in(sending: Sending, request: HttpRequest, now: datetime) -> Receipt:
    """Receive a sending from whoever calls. Raises SameKeyOtherContent, DoorShut, and what `receive_report` raises."""
    by = caller(request)
    lane = knock_at("report", request, now)
    photo_count = len(sending.upload_tokens) + len(sending.photos)
    if photo_count > MOST_PHOTOS:
        raise TooManyPhotos
    receipt = receive_report(
        channel=sending.channel, client_id=client_id_of(sending, by), where=sending.where, now=now, text=sending.text,
        category=sending.category, problem_type=sending.problem_type, seen_at=sending.seen_at, by=by,
        slow_lane=lane == Lane.SLOW, upload_tokens=sending.upload_tokens, photos=sending.photos, wish=sending.wish,
    )  # fmt: skip
    if receipt.repeated and not _says_the_same(receipt.report, sending, photo_count):
        raise SameKeyOtherContent
    return receipt


def client_id_of(sending: Sending, by: Account | None) -> str:
    """The key within the caller's own room: two systems that both count from 1 never meet."""
    own = f"{sending.channel} {by.username if by else ''} {sending.key or uuid.uuid4()}"
    return f"{sending.channel}:{hashlib.sha256(own.encode()).hexdigest()[:48]}"


def _says_the_same(report: Report, sending: Sending, photo_count: int) -> bool:
    """Photos are compared by their number: after a lost answer they are uploaded again, under new tokens."""
    given = (
        sending.text.strip(), sending.category, sending.problem_type, photo_count, sending.where.address.strip(),
        sending.wish,
    )  # fmt: skip
    kept = (
        report.text, report.category, report.problem_type, report.photo_count, report.placement.address, report.wish,
    )  # fmt: skip
    seen_again = sending.seen_at is None or sending.seen_at == report.seen_at
    return given == kept and seen_again and _point_of(sending.where) == report.placement.point


def _point_of(where: Where) -> tuple[float, float] | None:
    if where.longitude is None or where.latitude is None:
        return None
    longitude, latitude = to_cgcs2000(where.longitude, where.latitude, where.datum)
    return round(longitude, 7), round(latitude, 7)

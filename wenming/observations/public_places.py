"""Looking at a public place: its checklist answered, kept as it was answered, repeated in the register. Policy: 2.2, 2.3."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.evidence import services as evidence
from wenming.evidence.models import Exhibit, Role, Subject
from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.responsibilities import duties
from wenming.responsibilities.places.selectors import verification_owed
from wenming.standards.models import PlaceChecklist
from wenming.standards.places.selectors import checklist_of
from wenming.standards.rules.place_checklist import ANSWERS, tally
from wenming.territory.models import Place, PlaceCondition, PlaceOrigin, PlaceStanding
from wenming.territory.public_places.services import note_verified

from .models import PlaceVerification, ProposalEnd, Report
from .rules.capture import Estimate, estimate

PERMISSION = "places.verify"
PHOTOS = "place"


@transaction.atomic
def verify_place(
    place: Place, *, answers: Mapping[str, str], condition: str, seen_on: date, seen_by: str, by: Account | None, now: datetime,
    note: str = "", upload_tokens: Sequence[str] = (), photos: Collection[evidence.Prepared] = (),
) -> PlaceVerification:  # fmt: skip
    """核对: what somebody found at the place on a day. The next look is due a cycle later; what was owed is done.

    answers: {item key: yes, no or none}; what nobody answered stays open. Raises BadInput for other answers or a day to
    come, Refusal for a place that is closed or a kind without checklist.
    """
    if by is not None and not by.may(PERMISSION):
        raise NotAllowed()
    place = Place.objects.select_for_update(of=("self",)).select_related("placement", "manager").get(pk=place.pk)
    if place.standing != PlaceStanding.OPEN:
        raise Refusal(_("这个场所已经关闭。要记新的情况，请先重新开放。"))
    checklist = checklist_of(place.kind)
    if checklist is None:
        raise Refusal(_("这一类场所还没有核对清单。请先装入或发布清单。"))
    _refuse_other_answers(checklist, answers, condition, seen_on, now)
    count = tally([item.key for item in checklist.asked], answers)
    last = place.verifications.order_by("-position").first()
    made = PlaceVerification.objects.create(
        place=place, position=(last.position if last else 0) + 1, checklist=checklist, seen_on=seen_on, answers=dict(answers),
        condition=condition, note=note.strip()[:200], items=count.items, answered=count.answered, failed=count.failed, seen_by=seen_by,
        at=now, by=by,
    )  # fmt: skip
    prepared = [*photos, *(evidence.claim_upload(token, now=now) for token in upload_tokens)]
    for photo in prepared:
        evidence.attach(photo, role=Role.SCENE, subject=Subject(PHOTOS, place.number), by=by, now=now)
    if last is None or seen_on >= last.seen_on:
        note_verified(
            place, on=seen_on, due_on=seen_on + timedelta(days=checklist.cycle_days), answered=count.answered, items=count.items,
            failed=count.failed, condition=condition, by=by, now=now,
        )  # fmt: skip
    owed = verification_owed(place)
    if owed is not None and place.due_on is not None and place.due_on >= timezone.localdate(now):
        # What a phone sent months late is kept, but nobody has looked in time by it.
        duties.discharge(owed, now=now)
    else:
        owed = None
    journal.record(
        "place.verified", by=by, about=place, now=now, on=seen_on.isoformat(), answered=count.answered, items=count.items,
        failed=count.failed, duty=owed.pk if owed else None, number=checklist.version, look=made.pk,
    )  # fmt: skip
    return made


def latest_verification(place: Place, on: date | None = None) -> PlaceVerification | None:
    """What is known of its checklist, today or as of a day."""
    found = place.verifications.select_related("checklist", "by")
    if on is not None:
        found = found.filter(seen_on__lte=on)
    return found.order_by("-seen_on", "-position").first()


def without_photos(found: QuerySet[Place]) -> QuerySet[Place]:
    """Of these the ones that no photograph shows."""
    return found.exclude(Exists(Exhibit.objects.filter(subject_type=PHOTOS, subject_id=OuterRef("number"), withdrawal=None)))


def estimates_by_town() -> dict[str, Estimate]:
    """{town code: how many places there probably are}, from three lists that know little of one another.

    The lists: what a census brought in, what patrols looked at or found (also where the office said that the register had
    it already: that is the very overlap that is counted), what complaints were about. Formula: rules/capture.py.
    """
    open_now = Place.objects.filter(standing=PlaceStanding.OPEN)
    looked = Exists(PlaceVerification.objects.filter(place=OuterRef("pk"), seen_by="field"))
    seen = looked | Exists(ProposalEnd.objects.filter(place=OuterRef("pk")))
    told = Exists(Report.objects.filter(place=OuterRef("pk"), withdrawn_at=None))
    lists: dict[str, dict[tuple[bool, bool, bool], int]] = {}
    rows = open_now.annotate(seen=seen, told_of=told).order_by().values_list("placement__town__code", "origin", "seen", "told_of")
    for town, origin, looked_at, reported in rows.iterator(chunk_size=5000):
        key = (origin == PlaceOrigin.CENSUS, looked_at or origin == PlaceOrigin.PATROL, reported or origin == PlaceOrigin.COMPLAINT)
        counts = lists.setdefault(town or "", {})
        counts[key] = counts.get(key, 0) + 1
    return {town: estimate(counts) for town, counts in lists.items()}


def _refuse_other_answers(checklist: PlaceChecklist, answers: Mapping[str, str], condition: str, seen_on: date, now: datetime) -> None:
    if seen_on > timezone.localdate(now):
        raise BadInput(_("日期在今天之后。请填已经发生的日期。"))
    if condition not in PlaceCondition.values:
        raise BadInput(_("还没有说现状怎样。请选一个。"))
    keys = {item.key for item in checklist.asked}
    if not set(answers) <= keys or not set(answers.values()) <= set(ANSWERS):
        raise BadInput(_("清单刚刚改过，有的项已经不在了。请刷新页面再填。"))

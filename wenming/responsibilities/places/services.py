"""What managing bodies of public places do and owe: pact, guides, education, and looking again in time. Policy: 2.3, 2.4."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from itertools import islice

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, NotAllowed, Refusal
from wenming.territory.models import Place, PlaceStanding
from wenming.territory.public_places.selectors import overdue

from .. import duties
from ..models import Duty, PlaceEducation, PlaceGuide, PlacePact
from ..rules.clock import Limit, LimitUnit
from ..services import impose_duty
from .selectors import VERIFY, government_of, subject_of

PERMISSION = "places.verify"
VERIFY_WITHIN = Limit(10, LimitUnit.WHOLE_DAYS)
# A census brings in thousands at once: no unit is to read thousands of duties the next morning.
MOST_PER_OWNER = 20
MOST_PER_TURN = 200
NAME_STAYS = timedelta(days=365)


@transaction.atomic
def post_pact(place: Place, *, text: str, posted_on: date, by: Account | None, now: datetime) -> PlacePact:
    """公约上墙: from that day on this is promised at the place."""
    place = _begin(place, by)
    _refuse_future(posted_on, now)
    last = place.pacts.order_by("-version").first()
    text = text.strip()
    if not text:
        raise BadInput(_("还没有写公约内容。请补上后再提交。"))
    if last is not None and last.text == text and last.posted_on == posted_on:
        raise Refusal(_("和现在的公约一样，没有要改的。"))
    pact = PlacePact.objects.create(
        place=place, version=(last.version if last else 0) + 1, text=text[:2000], posted_on=posted_on, at=now, by=by
    )
    journal.record("place.pact-posted", by=by, about=place, now=now, version=pact.version, on=posted_on.isoformat())
    return pact


@transaction.atomic
def add_guide(
    place: Place, *, name: str, weekdays: Collection[int], begins: time, ends: time, since: date, by: Account | None, now: datetime
) -> PlaceGuide:
    """引导员排班: somebody guides here on these days of the week at these hours."""
    place = _begin(place, by)
    if not weekdays or not set(weekdays) <= set(range(1, 8)):
        raise BadInput(_("还没有选星期几。请至少选一天。"))
    if ends <= begins:
        raise BadInput(_("结束时间要晚于开始时间。过夜的请分成两条。"))
    guide = PlaceGuide.objects.create(
        place=place, name=name.strip()[:40], weekdays=sorted(set(weekdays)), begins=begins, ends=ends, since=since, at=now, by=by
    )
    journal.record("place.guide-added", by=by, about=place, now=now, guide=guide.pk, days=guide.weekdays, on=since.isoformat())
    return guide


@transaction.atomic
def end_guide(guide: PlaceGuide, *, until: date, by: Account | None, now: datetime) -> PlaceGuide:
    """No longer on the roster after that day."""
    _begin(guide.place, by)
    if until < guide.since:
        raise BadInput(_("结束日期不能早于开始日期 %(day)s。") % {"day": guide.since.isoformat()})
    if not PlaceGuide.objects.filter(pk=guide.pk, until=None).update(until=until):
        raise Refusal(_("这一条已经结束了。刷新页面看最新情况。"))
    journal.record("place.guide-ended", by=by, about=guide.place, now=now, guide=guide.pk, on=until.isoformat())
    guide.until = until
    return guide


@transaction.atomic
def note_education(place: Place, *, held_on: date, topic: str, people: int, by: Account | None, now: datetime) -> PlaceEducation:
    """记一次宣传教育."""
    place = _begin(place, by)
    _refuse_future(held_on, now)
    if not topic.strip():
        raise BadInput(_("还没有写内容。请补上后再提交。"))
    held = PlaceEducation.objects.create(place=place, held_on=held_on, topic=topic.strip()[:100], people=people, at=now, by=by)
    journal.record("place.education-held", by=by, about=place, now=now, on=held_on.isoformat(), people=people)
    return held


def raise_due_verifications(now: datetime) -> int:
    """Let the re-verification of each overdue place be owed, by its managing body, else by its town; how many. Policy: 2.3.

    A place has one such duty at a time; an owner has at most MOST_PER_OWNER, those nobody ever looked at and the longest
    overdue first. A second run finds them there.
    """
    today = timezone.localdate(now)
    drop_verifications(now)
    open_now = Duty.objects.filter(kind=VERIFY, ended_at=None)
    owed: dict[int, int] = dict(open_now.values_list("owner").annotate(n=Count("pk")))
    busy = set(open_now.values_list("subject", flat=True))
    chosen = list(islice(_to_be_owed(today, owed, busy), MOST_PER_TURN))
    places = Place.objects.select_related("manager", "placement__town").in_bulk([key for key, _town in chosen])
    for key, town in chosen:
        owner = places[key].manager or town
        assert owner is not None
        _impose(places[key], owner, town, now)
    return len(chosen)


def _to_be_owed(today: date, owed: dict[int, int], busy: Collection[str]) -> Iterator[tuple[int, Unit | None]]:
    """(place, its town's unit) of every overdue one of which nobody owes a look yet and whose owner has room; counts as it goes.

    All overdue ones are gone through: those of a town that has its fill must not stand before everybody else's.
    """
    due = Place.objects.filter(overdue(today), standing=PlaceStanding.OPEN).order_by(F("due_on").asc(nulls_first=True), "number")
    government = cache(partial(government_of, on=today))
    for key, number, manager, code in due.values_list("pk", "number", "manager", "placement__town__code").iterator(chunk_size=5000):
        town = government(code) if code else None
        owner = manager or (town.pk if town else None)
        if owner is None or f"place:{number}" in busy or owed.get(owner, 0) >= MOST_PER_OWNER:
            continue
        owed[owner] = owed.get(owner, 0) + 1
        yield key, town


@transaction.atomic
def drop_verifications(now: datetime) -> int:
    """What nobody has to look at any more, or somebody else has to, is owed no longer; how many. Policy: 2.3.

    A place that has closed or was withdrawn is not looked at again; one that has got another managing body, or lies in
    another town by now, will be owed by that one as soon as it is due.
    """
    owed = {duty.subject: duty for duty in Duty.objects.filter(kind=VERIFY, ended_at=None).order_by("pk")}
    numbers = [subject.partition(":")[2] for subject in owed]
    places = Place.objects.filter(number__in=numbers).select_related("manager", "placement__town")
    government, dropped = cache(partial(government_of, on=timezone.localdate(now))), 0
    for place in places.order_by("pk"):
        duty = owed[subject_of(place)]
        town = place.placement.town
        owner = place.manager or (government(town.code) if town else None)
        if not place.is_open or (owner is not None and owner.pk != duty.owner_id):
            duties.withdraw(duty, now=now)
            dropped += 1
    return dropped


def forget_names_of_guides(now: datetime) -> int:
    """Names of guides who left a year ago are cleared; the hours stay. How many."""
    gone = PlaceGuide.objects.filter(until__lt=timezone.localdate(now) - NAME_STAYS).exclude(name="")
    return gone.update(name="")


def _impose(place: Place, owner: Unit, town: Unit | None, now: datetime) -> None:
    impose_duty(
        kind=VERIFY, subject=subject_of(place), title=_("核对公共场所：%(name)s") % {"name": place.name}, owner=owner, limit=VERIFY_WITHIN,
        by=None, now=now, owed_to=town, supervisor=town,
    )  # fmt: skip


def _begin(place: Place, by: Account | None) -> Place:
    """The place, locked. by: None is the demo, acting for somebody who was asked before."""
    if by is not None and not by.may(PERMISSION):
        raise NotAllowed()
    place = Place.objects.select_for_update(of=("self",)).get(pk=place.pk)
    if not place.is_open:
        raise Refusal(_("这个场所已经关闭。要记新的情况，请先重新开放。"))
    return place


def _refuse_future(day: date, now: datetime) -> None:
    if day > timezone.localdate(now):
        raise BadInput(_("日期在今天之后。请填已经发生的日期。"))

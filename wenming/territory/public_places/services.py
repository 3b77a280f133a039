"""Verbs that change the register of public places. Every change is an edition; nothing is overwritten. Policy: 2.1-2.3."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from itertools import count
from typing import Any

import shapely
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.engine.inserting import insert_all, insert_keyed
from wenming.engine.writing import insert, update_all
from wenming.journal import services as journal
from wenming.organisations.models import Account, Unit
from wenming.refusals import BadInput, Refusal

from .. import editions
from ..components.services import Drawn, in_cgcs2000, representative
from ..models import Area, Place, PlaceCondition, PlaceEdition, PlaceKind, Placement, PlaceOrigin, PlaceStanding, Source
from ..own_ground import Keeping
from ..rules import place_facts
from ..rules.place_numbers import CODE_BYTES, is_number, place_number, short_code
from ..services import Position, place, place_many, place_unlocated
from .selectors import free_serial, note_begun, told_of

PERMISSION = "places.manage"
KEEPING = Keeping(PERMISSION, "places.own")
# The longest street of a city; what is longer is a highway, and is told in parts.
LONGEST_M = 80_000.0
MOST_AT_ONCE = 500
_SHARED = ("standing", "placement", "outline")


class NumberTaken(Refusal):
    """The number is another place's, or this one's already."""

    code = "place.number-taken"


class PlaceStepRefused(Refusal):
    """Closing what is closed, reopening what is open, changing what somebody has just changed."""

    code = "place.step-refused"


@dataclass(frozen=True)
class PlaceTelling:
    """What is told of a place, beside where it is."""

    kind: str
    name: str
    manager: Unit | None = None
    manager_name: str = ""
    responsible_post: str = ""
    responsible_name: str = ""
    condition: str = PlaceCondition.UNKNOWN
    note: str = ""


_TOLD = (*(one.name for one in fields(PlaceTelling)), *_SHARED)
# The same as columns: what a row points to need not be fetched to be repeated.
_ATTRIBUTES = tuple(Place._meta.get_field(name).attname for name in _TOLD)  # type: ignore[union-attr]
# Everything that telling a place anew writes into a row that is there.
_RETOLD = (*_TOLD, "origin", "editions_count", "changed_at", "valid_from", "told", "asked")


@dataclass(frozen=True)
class PlaceWhere:
    """Where it is: drawn, or only a town and words (what moves, what nobody has drawn yet)."""

    drawn: Drawn | None = None
    town: Area | None = None
    address: str = ""


@dataclass(frozen=True)
class NewPlace:
    """One place of many that come in together. number: "" lets the next free one of its kind be given."""

    telling: PlaceTelling
    where: PlaceWhere
    on: date
    number: str = ""
    source: str = ""


@transaction.atomic
def register_place(
    telling: PlaceTelling, where: PlaceWhere, *, on: date, by: Account | None, now: datetime, number: str = "", source: str = "",
    origin: str = PlaceOrigin.OFFICE,
) -> Place:  # fmt: skip
    """登记: a place that the register did not have, or had only from a batch that was taken back.

    on: the day from which this holds. Raises BadInput, NumberTaken, and territory's refusals of the position; a town
    registers in its own town alone.
    """
    KEEPING.refuse_stranger(by)
    _refuse_untold(telling)
    editions.refuse_other_day(on, None, now)
    number = number.strip()
    if number and not is_number(number):
        raise BadInput(_("编号只能用字母、数字、点、横线和下划线，最多 24 个。请改好，或者不填，由系统排号。"))
    known = Place.objects.select_for_update().filter(number=number).first() if number else None
    if known is not None and known.standing != PlaceStanding.WITHDRAWN:
        raise NumberTaken(_("编号 %(number)s 已经登记过了。要改请打开这个场所，用“更正”。") % {"number": number})
    made = known or Place(
        number=number or place_number(telling.kind, free_serial(telling.kind)), short_code=new_code(), editions_count=0
    )
    _tell(made, telling)
    _set_where(made, where, now)
    KEEPING.refuse_other_ground(by, made.placement.town)
    made.standing, made.origin = PlaceStanding.OPEN, origin
    _keep(made, "register", on=on, by=by, now=now, source=source)
    journal.record("place.registered", by=by, about=made, now=now, **told(made), on=on.isoformat(), source=source)
    return made


@transaction.atomic
def register_places(several: Sequence[NewPlace], *, by: Account | None, now: datetime, about: Any, source: str) -> list[Place]:
    """登记 for a portion of a list: at most MOST_AT_ONCE, all or none, with one entry that names them all.

    The same refusals as one by one, and like there a number that a batch which was taken back had used may come again;
    about: the batch that brings them.
    """
    editions.refuse_stranger(by, PERMISSION)
    if len(several) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} places at once, not {len(several)}")
    for new in several:
        _refuse_untold(new.telling)
        editions.refuse_other_day(new.on, None, now)
    withdrawn = _withdrawn([new.number for new in several if new.number])
    numbers, made = _numbers_for(several), []
    for new, number, placement in zip(several, numbers, _placed_many([one.where for one in several], now), strict=True):
        one = withdrawn.get(number) or Place(number=number, short_code=new_code(), editions_count=0)
        _tell(one, new.telling)
        one.placement, one.outline = placement, _outline(new.where)
        one.standing, one.origin = PlaceStanding.OPEN, PlaceOrigin.CENSUS
        one.editions_count, one.changed_at, one.valid_from = one.editions_count + 1, now, new.on
        _count_facts(one)
        made.append(one)
    try:
        with transaction.atomic():
            insert_keyed([one for one in made if one.pk is None])
            update_all([one for one in made if one.number in withdrawn], *_RETOLD)
    except IntegrityError as taken:
        raise NumberTaken(_("有的编号刚刚被别人登记了。请换一个再提交。")) from taken
    insert_all(
        [_edition(one, "register", on=new.on, by=by, now=now, reason="", source=new.source) for one, new in zip(made, several, strict=True)]
    )
    note_begun()
    journal.record(
        "places.brought-in", by=by, about=about, now=now, places=[one.number for one in made], source=source,
        told=hashlib.sha256(repr([told(one) for one in made]).encode()).hexdigest(),
    )  # fmt: skip
    return made


def _withdrawn(numbers: Sequence[str]) -> dict[str, Place]:
    """{number: the place that bore it and never counted}, locked. Raises NumberTaken where one of them counts."""
    known = {one.number: one for one in Place.objects.select_for_update().filter(number__in=numbers)}
    for one in known.values():
        if one.standing != PlaceStanding.WITHDRAWN:
            raise NumberTaken(_("编号 %(number)s 已经登记过了。要改请打开这个场所，用“更正”。") % {"number": one.number})
    return known


def _numbers_for(several: Sequence[NewPlace]) -> list[str]:
    """Each one's own number, else the next of its kind that none of the others brings along."""
    own = {new.number for new in several}
    serials = {kind: _free_numbers(kind, own) for kind in {new.telling.kind for new in several if not new.number}}
    return [new.number or next(serials[new.telling.kind]) for new in several]


def _free_numbers(kind: str, taken: Collection[str]) -> Iterator[str]:
    for serial in count(free_serial(kind)):
        if (number := place_number(kind, serial)) not in taken:
            yield number


@transaction.atomic
def correct_place(
    found: Place, telling: PlaceTelling, where: PlaceWhere | None = None, *, reason: str, on: date, by: Account | None,
    now: datetime, source: str = "", expected_edition: int | None = None,
) -> Place:  # fmt: skip
    """更正: from this day on something else holds. where: None leaves it where it is.

    expected_edition: the edition the person had seen; whoever was overtaken by somebody else is told, and nothing is done.
    """
    found = _begin(found, by, reason, source, expected_edition)
    if not found.is_open:
        raise PlaceStepRefused(_("这个场所已经关闭，先重新开放才能更正。"))
    _refuse_untold(telling)
    editions.refuse_other_day(on, found.valid_from, now)
    before = told(found)
    _tell(found, telling)
    if where is not None:
        _set_where(found, where, now)
    after = told(found)
    changes = editions.differences(before, after)
    _keep(found, "correct", on=on, by=by, now=now, reason=reason, source=source)
    journal.record("place.corrected", by=by, about=found, now=now, on=on.isoformat(), reason=reason, source=source, **changes)
    return found


@transaction.atomic
def close_place(
    found: Place, *, reason: str, on: date, by: Account | None, now: datetime, expected_edition: int | None = None
) -> Place:
    """关闭: it is a public place no more. Its history and its cases stay."""
    found = _begin(found, by, reason, "", expected_edition)
    if not found.is_open:
        raise PlaceStepRefused(_("这个场所已经关闭过了。刷新页面看最新情况。"))
    editions.refuse_other_day(on, found.valid_from, now)
    found.standing = PlaceStanding.CLOSED
    _keep(found, "close", on=on, by=by, now=now, reason=reason)
    journal.record("place.closed", by=by, about=found, now=now, on=on.isoformat(), reason=reason)
    return found


@transaction.atomic
def reopen_place(
    found: Place, *, reason: str, on: date, by: Account | None, now: datetime, source: str = "", expected_edition: int | None = None
) -> Place:
    """重新开放: it was closed by mistake, or is open again."""
    found = _begin(found, by, reason, source, expected_edition)
    if found.standing != PlaceStanding.CLOSED:
        raise PlaceStepRefused(_("只有关闭了的场所可以重新开放。刷新页面看最新情况。"))
    editions.refuse_other_day(on, found.valid_from, now)
    found.standing = PlaceStanding.OPEN
    _keep(found, "reopen", on=on, by=by, now=now, reason=reason, source=source)
    journal.record("place.reopened", by=by, about=found, now=now, on=on.isoformat(), reason=reason, source=source)
    return found


@transaction.atomic
def take_back_place(found: Place, position: int, *, by: Account | None, now: datetime, source: str, through: int | None = None) -> bool:
    """Undo what one edition (or those from `position` through `through`) changed, as long as nobody told anything since.

    False when somebody has changed it since, or has looked at it: what was seen is not unsaid by taking back a list.
    """
    editions.refuse_stranger(by, PERMISSION)
    found = Place.objects.select_for_update().get(pk=found.pk)
    if found.editions_count != (through or position) or _looked_at_since(found):
        return False
    earlier = editions.before_edition(found, position)
    if earlier is None:
        found.standing = PlaceStanding.WITHDRAWN
    else:
        for name in (*(one.name for one in fields(PlaceTelling)), *_SHARED):
            setattr(found, name, getattr(earlier, name))
    _keep(found, "take_back", on=max(timezone.localdate(now), found.valid_from), by=by, now=now, source=source)
    journal.record("place.taken-back", by=by, about=found, now=now, edition=position, source=source)
    return True


@transaction.atomic
def take_back_places(
    several: Sequence[tuple[Place, int]], *, but_for: Collection[str], by: Account | None, now: datetime, about: Any, source: str
) -> set[int]:
    """A portion of what a batch registered was never there: (place, its edition), with one entry that names them all.

    The keys of those that are withdrawn now. Those about which somebody told something since, or on which anything hangs
    (a look, a pact, a report, a case), are not among them. but_for: relations that are the list's own.
    """
    editions.refuse_stranger(by, PERMISSION)
    positions = {place.pk: position for place, position in several}
    locked = Place.objects.select_for_update().filter(pk__in=positions).order_by("pk")
    used = _anything_hangs_on(positions, {"editions", *but_for})
    found = [one for one in locked if one.editions_count == positions[one.pk] and one.pk not in used]
    told_back = []
    for one in found:
        one.standing, one.changed_at = PlaceStanding.WITHDRAWN, now
        one.editions_count, one.valid_from = one.editions_count + 1, max(timezone.localdate(now), one.valid_from)
        told_back.append(_edition(one, "take_back", on=one.valid_from, by=by, now=now, reason="", source=source))
    update_all(found, "standing", "changed_at", "editions_count", "valid_from")
    insert_all(told_back)
    if found:
        journal.record("places.taken-back", by=by, about=about, now=now, places=[one.number for one in found], source=source)
    return {one.pk for one in found}


def note_verified(
    found: Place, *, on: date, due_on: date, answered: int, items: int, failed: int, condition: str, by: Account | None, now: datetime
) -> None:
    """What the newest verification (downstream) says, repeated for lists; another condition is an edition of its own.

    Needs that act's transaction, its lock on the place, and its entry.
    """
    found.verified_on, found.due_on = on, due_on
    found.answered, found.items, found.failed = answered, items, failed
    if condition != found.condition:
        found.condition = condition
        _keep(found, "correct", on=max(on, found.valid_from), by=by, now=now, source=_("核对"))
        return
    found.save(update_fields=["verified_on", "due_on", "answered", "items", "failed"])


def told(found: Place | PlaceEdition) -> dict[str, Any]:
    """What a place is told to be, as plain values that can be compared and kept in the journal.

    The responsible person's name is kept in the dossier alone: the journal says only that it changed.
    """
    point = found.placement.point
    return {
        "kind": found.kind, "name": found.name, "condition": found.condition, "note": found.note,
        "manager": found.manager.code if found.manager else found.manager_name, "post": found.responsible_post,
        "responsible": hashlib.sha256(found.responsible_name.encode()).hexdigest()[:12] if found.responsible_name else "",
        "point": list(point) if point else None, "address": found.placement.address,
        "town": found.placement.town.code if found.placement.town else "",
        "outline": hashlib.sha256(found.outline).hexdigest()[:12] if found.outline is not None else "",
    }  # fmt: skip


def telling_of(found: Place | PlaceEdition) -> PlaceTelling:
    """The same as `correct_place` takes it."""
    return PlaceTelling(**{one.name: getattr(found, one.name) for one in fields(PlaceTelling)})


def new_code() -> str:
    """A short code that nobody can count to. That two are the same happens once in thousands of cities; the constraint sees it."""
    return short_code(secrets.token_bytes(CODE_BYTES))


def _anything_hangs_on(keys: Collection[int], but_for: Collection[str]) -> set[int]:
    """Those of these places that any row of the house, of whichever room, names."""
    found: set[int] = set()
    for relation in Place._meta.related_objects:
        if relation.get_accessor_name() not in but_for:
            field = relation.remote_field.name
            rows = relation.related_model._default_manager.filter(**{f"{field}__in": list(keys)})
            found |= set(rows.order_by().values_list(field, flat=True))
    return found


def _looked_at_since(found: Place) -> bool:
    """Whether somebody has looked at it on the day of its newest edition or later."""
    newest = found.editions.order_by("-position").first()
    return newest is not None and found.verified_on is not None and found.verified_on >= timezone.localdate(newest.at)


def _begin(found: Place, by: Account | None, reason: str, source: str, expected_edition: int | None) -> Place:
    editions.refuse_stranger(by, PERMISSION)
    editions.refuse_unexplained(reason, source)
    joined = Place.objects.select_related("placement__town", "manager")
    overtaken = PlaceStepRefused(_("这个场所刚刚有人改过，这次没有保存。请看过最新情况再办。"))
    return editions.locked(joined, found.pk, expected_edition=expected_edition, overtaken=overtaken)


def _refuse_untold(telling: PlaceTelling) -> None:
    if telling.kind not in PlaceKind.values:
        raise BadInput(_("类别要从十六类公共场所里选一个。"))
    if not telling.name.strip():
        raise BadInput(_("还没有写名称。请补上后再提交。"))


def _tell(found: Place, telling: PlaceTelling) -> None:
    cut = replace(
        telling, name=telling.name.strip()[:80], note=telling.note.strip()[:200], manager_name=telling.manager_name.strip()[:80],
        responsible_post=telling.responsible_post.strip()[:40], responsible_name=telling.responsible_name.strip()[:40],
    )  # fmt: skip
    for one in fields(PlaceTelling):
        setattr(found, one.name, getattr(cut, one.name))


def _set_where(found: Place, where: PlaceWhere, now: datetime) -> None:
    found.outline = _outline(where)
    if where.drawn is None:
        found.placement = place_unlocated(address=where.address, town=where.town, now=now)
        return
    given, drawn = representative(where.drawn.geometry), where.drawn
    found.placement = place(
        longitude=given.x, latitude=given.y, datum=drawn.datum, source=drawn.source, now=now, address=drawn.address or where.address
    )


def _placed_many(wheres: Sequence[PlaceWhere], now: datetime) -> list[Placement]:
    """The placements of a portion in its order, written at once."""
    positions, words = [], []
    for number, where in enumerate(wheres):
        if where.drawn is None:
            words.append((number, Placement(address=where.address.strip()[:200], town=where.town, source=Source.NONE, created_at=now)))
            continue
        given, drawn = representative(where.drawn.geometry), where.drawn
        positions.append((number, Position(given.x, given.y, drawn.source, drawn.datum, drawn.address or where.address)))
    made = dict(zip([number for number, _one in positions], place_many([one for _number, one in positions], now=now), strict=True))
    unlocated = [one for _number, one in words]
    insert_keyed(unlocated)
    made |= dict(zip([number for number, _one in words], unlocated, strict=True))
    return [made[number] for number in range(len(wheres))]


def _outline(where: PlaceWhere) -> bytes | None:
    if where.drawn is None:
        return None
    moved = in_cgcs2000(where.drawn, LONGEST_M)
    return None if moved.geom_type in {"Point", "MultiPoint"} else shapely.to_wkb(moved)


def _count_facts(found: Place) -> None:
    asked = place_facts.asked_of(found.kind)
    found.asked, found.told = len(asked), len(asked) - len(place_facts.missing(told_of(found)))


def _keep(found: Place, act: str, *, on: date, by: Account | None, now: datetime, reason: str = "", source: str = "") -> None:
    """The newest row and the edition that it repeats."""
    found.editions_count += 1
    found.changed_at, found.valid_from = now, on
    _count_facts(found)
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError as taken:
        # Two people registered the same number at the same moment.
        raise NumberTaken(_("编号 %(number)s 刚刚被别人登记了。请再提交一次。") % {"number": found.number}) from taken
    note_begun()
    insert(_edition(found, act, on=on, by=by, now=now, reason=reason, source=source))


def _edition(found: Place, act: str, *, on: date, by: Account | None, now: datetime, reason: str, source: str) -> PlaceEdition:
    return PlaceEdition(
        place=found, position=found.editions_count, act=act, valid_from=on, at=now, by=by, reason=reason.strip()[:200],
        source=source[:160], **{name: getattr(found, name) for name in _ATTRIBUTES},
    )  # fmt: skip

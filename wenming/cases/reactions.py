"""What follows from journal entries in this room. Each may run more than once."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from wenming.journal.models import Entry
from wenming.observations.models import PlaceVerification, Report
from wenming.organisations.models import Unit, UnitKind
from wenming.responsibilities.services import tell
from wenming.territory.models import Placement

from .boundary import tell_neighbours
from .disputes import returns_of
from .learning.kept import keep_suggestion
from .models import Case, Recheck
from .rules.lifecycle import STEPS, UNDER_WAY
from .services import collect
from .services.moving import command_centre
from .services.places import follow_look, give_to_whose_place


def open_a_case(entry: Entry, now: datetime) -> None:
    """A received report becomes a case; asked again, it finds the case there.

    The clock of acceptance starts with the receipt, not when the worker came by. What may be said of its type is said
    and kept here, before a person decides; neighbours near whose border it is learn of it.
    """
    report = Report.objects.select_related("placement__town", "category", "problem_type").get(pk=_key(entry))
    case = collect(report, now=report.received_at)
    keep_suggestion(case, report.received_at)
    tell_neighbours(case, now)
    give_to_whose_place(case, report.received_at)


def follow_a_look(entry: Entry, now: datetime) -> None:
    """A public place was looked at: what is not in order is its managing body's, what is again ends."""
    look = PlaceVerification.objects.select_related("place__placement__town", "place__manager", "checklist", "by__unit").get(
        pk=entry.facts["look"]
    )
    follow_look(look, now)


def tell_the_unit(entry: Entry, now: datetime) -> None:
    """The unit that holds the case reads what happened to it."""
    unit = Unit.objects.filter(code=entry.facts.get("unit", "")).first()
    if unit:
        _tell(unit, entry, now)


def tell_the_command_centre(entry: Entry, now: datetime) -> None:
    """The command centre reads that something came back to it."""
    _tell(command_centre(), entry, now)


def tell_both_sides(entry: Entry, now: datetime) -> None:
    """Whoever got the case by the ruling reads it, and so does whoever had returned it."""
    case = Case.objects.get(number=_key(entry))
    returned = returns_of(case).filter(position__lt=entry.facts["move"]).values("by_unit")
    for unit in Unit.objects.filter(Q(code=entry.facts["unit"]) | Q(pk__in=returned)):
        _tell(unit, entry, now)


def follow_their_places(entry: Entry, now: datetime) -> None:
    """After redrawn grids, cases under way belong to the town in which their place lies now.

    Those that ended stay with the town of their time: its figures were published with them.
    """
    town = Placement.objects.filter(pk=OuterRef("placement")).values("town__code")
    moved = (
        Case.objects.filter(state__in=UNDER_WAY)
        .exclude(placement__town=None)
        .exclude(town_code=F("placement__town__code"))
    )
    Case.objects.filter(pk__in=moved.values("pk")).update(town_code=Subquery(town))


def tell_the_office(entry: Entry, now: datetime) -> None:
    """The civility office reads that a unit contests its appraisal."""
    for office in Unit.objects.filter(kind=UnitKind.OFFICE, valid_to=None):
        _tell(office, entry, now)


def tell_who_looks_again(entry: Entry, now: datetime) -> None:
    """Each unit reads how many closed problems fell to it; which of them whose they were, nobody tells it."""
    rechecks = Recheck.objects.filter(draw__seed=entry.facts["seed"]).values("unit").annotate(count=Count("pk"))
    for row in rechecks.order_by("unit"):
        words = _("盲复核：抽到 %(count)d 件已结案的问题，请到现场再看一次") % {"count": row["count"]}
        unit = Unit.objects.get(pk=row["unit"])
        tell(unit, text=words, subject=entry.about, entry_seq=entry.seq, now=now)


def _tell(unit: Unit, entry: Entry, now: datetime) -> None:
    case = Case.objects.get(number=_key(entry))
    act = STEPS[entry.action.removeprefix("case.").replace("-", "_")]
    tell(unit, text=f"{act.zh}：{case.number} {case.title}", subject=case.key, entry_seq=entry.seq, now=now)


def _key(entry: Entry) -> str:
    return entry.about.split(":", 1)[1]

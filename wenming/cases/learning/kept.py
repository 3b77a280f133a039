"""What was suggested for a case: said once when it comes in, kept, and compared with what a person chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from wenming.organisations.models import Unit
from wenming.responsibilities.selectors import who_answers
from wenming.standards.drafts.selectors import in_force
from wenming.standards.models import ProblemType

from ..models import Case, CaseMove, TypeSuggestion
from ..models.suggestions import Method
from ..rules.lifecycle import State
from ..selectors import spot_of
from .suggesting import TypeGuess, guess_types, possible_types

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Suggested:
    """What may be said of a case's type. filled_in: the first type stands in the form; otherwise a person chooses."""

    method: Method
    types: tuple[ProblemType, ...]
    confidence_percent: int | None
    filled_in: bool


def suggested_for(case: Case, now: datetime) -> Suggested | None:
    """What was kept when the case came in, else what would be said now; None when nothing can be said."""
    kept = TypeSuggestion.objects.filter(case=case).select_related("problem_type__scheme").first()
    if kept is None:
        return _say(case, now)
    others = ProblemType.objects.filter(pk__in=kept.others).select_related("scheme").in_bulk()
    # What was said before a new version of the rules is said in its words.
    said = (kept.problem_type, *(others[pk] for pk in kept.others if pk in others))
    types = tuple({one.pk: one for one in map(in_force, said)}.values())
    return Suggested(Method(kept.method), types, kept.confidence_percent, kept.filled_in)


def keep_suggestion(case: Case, now: datetime) -> TypeSuggestion | None:
    """Say it once and keep it; None for a case that came with its type, or where nothing can be said."""
    if case.problem_type_id is not None or (said := _say(case, now)) is None:
        return None
    first, *others = said.types
    suggestion, _made = TypeSuggestion.objects.get_or_create(
        case=case,
        defaults={
            "method": said.method, "problem_type": first, "confidence_percent": said.confidence_percent,
            "filled_in": said.filled_in, "others": [one.pk for one in others], "unit": _unit(case, first, now), "at": now,
        },
    )  # fmt: skip
    return suggestion


def _say(case: Case, now: datetime) -> Suggested | None:
    """The text first; where it says nothing, what was tapped. A tapped choice narrows what the text may mean."""
    possible = possible_types(case)
    guess = guess_types(_text(case), among=possible)
    if guess is not None:
        return Suggested(
            guess.method, guess.types, guess.confidence_percent, _may_fill_in(guess, tapped=bool(possible))
        )
    usual = _usual_of(possible, now)
    return Suggested(Method.TAPPED, (usual,), None, filled_in=True) if usual else None


def _may_fill_in(guess: TypeGuess, *, tapped: bool) -> bool:
    """Learned: when it is sure enough. Words alone never; words within what the citizen tapped are two witnesses."""
    return guess.sure if guess.method == Method.LEARNED else tapped


def _text(case: Case) -> str:
    return case.case_reports.order_by("added_at", "pk").values_list("report__text", flat=True).first() or ""


def _usual_of(possible: Sequence[int], now: datetime) -> ProblemType | None:
    """Of these types the one most often established lately; else the first of them."""
    types = ProblemType.objects.select_related("scheme").filter(pk__in=possible)
    lately = Case.objects.filter(opened_at__gte=now - LATELY, problem_type__in=types)
    counted = lately.values_list("problem_type").annotate(times=Count("pk")).order_by("-times", "problem_type")
    most_often = next((pk for pk, _times in counted[:1]), 0)
    return types.filter(pk=most_often).first() or types.order_by("code").first()


def _unit(case: Case, kind: ProblemType, now: datetime) -> Unit | None:
    answer = who_answers(kind, spot_of(case.placement), timezone.localdate(now))
    return Unit.objects.filter(code=answer.accountable).first() if answer.accountable else None


# --- how often it was right --------------------------------------------------------------------------------------------

DECIDED = (State.ESTABLISHED, State.DISPATCHED, State.SUSPENDED, State.ANSWERED, State.VERIFIED, State.CLOSED)


@dataclass(frozen=True)
class HitRate:
    """One line of what is published inside the office: how many were decided, and how often the suggestion was taken."""

    method: Method
    filled_in: bool
    decided: int
    type_right: int
    dispatched: int
    unit_right: int

    @property
    def type_percent(self) -> int | None:
        return round(100 * self.type_right / self.decided) if self.decided else None

    @property
    def unit_percent(self) -> int | None:
        return round(100 * self.unit_right / self.dispatched) if self.dispatched else None


def judged_suggestions(since: datetime, until: datetime) -> QuerySet[TypeSuggestion]:
    """Suggestions of a span whose case has since been established by a person, each with the unit it first went to."""
    went_to = CaseMove.objects.filter(case=OuterRef("case"), act="dispatch").order_by("position").values("unit")[:1]
    decided = TypeSuggestion.objects.filter(at__gte=since, at__lt=until, case__state__in=DECIDED)
    return decided.filter(case__problem_type__isnull=False).annotate(went_to=Subquery(went_to))


def hit_rates(since: datetime, until: datetime) -> list[HitRate]:
    """For each method, filled in or left to a person: how often a person chose the same. The error is the rest. 4.5."""
    right = Q(case__problem_type=F("problem_type"))
    rows = (
        judged_suggestions(since, until)
        .values("method", "filled_in")
        .annotate(
            decided=Count("pk"), type_right=Count("pk", filter=right), dispatched=Count("went_to"),
            unit_right=Count("pk", filter=Q(went_to=F("unit"))),
        )
        .order_by("method", "-filled_in")
    )  # fmt: skip
    return [
        HitRate(
            Method(row["method"]),
            row["filled_in"],
            row["decided"],
            row["type_right"],
            row["dispatched"],
            row["unit_right"],
        )
        for row in rows
    ]

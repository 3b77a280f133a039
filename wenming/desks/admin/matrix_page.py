"""What the matrix pages show: lines and roles in words, an answer with its reasons, findings in few lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from wenming.organisations.models import Unit
from wenming.responsibilities.closure import WouldOpen
from wenming.responsibilities.models import MatrixEntry, MatrixProposal
from wenming.responsibilities.rules.matrix import Answer, Finding, MatrixRule, Spot
from wenming.responsibilities.selectors import who_answers
from wenming.standards.models import ProblemType, Scheme
from wenming.standards.selectors import type_by_full_code, types_in
from wenming.territory.selectors import towns

NEW_LINE = 0
MOST_SHOWN = 8


@dataclass(frozen=True)
class Explained:
    """An answer with units by name: the matrix itself knows codes only."""

    answer: Answer
    unit: Unit | None
    supporting: Sequence[Unit]
    alternatives: Sequence[tuple[Unit | None, int, str]]


@dataclass(frozen=True)
class OpensHere:
    """One matter that a change would leave open: why, in which towns, on how much ground, from when."""

    types: str
    towns: Sequence[str]
    area_m2: float
    since: date
    until: date
    why: str

    @property
    def km2(self) -> float:
        return self.area_m2 / 1_000_000


@dataclass(frozen=True)
class Change:
    """What would be found before and after a change, and which findings come and go."""

    before: Sequence[Finding]
    after: Sequence[Finding]
    # The same over the whole city and the week after, by ground and day.
    week: WouldOpen | None = None

    @property
    def comes(self) -> int:
        return len(_keys(self.after) - _keys(self.before))

    @property
    def opens(self) -> list[OpensHere]:
        """What would be open that is closed today, in words; the largest ground first."""
        return sorted(opens_in_words(self.week), key=lambda one: -one.area_m2)[:MOST_SHOWN] if self.week else []

    @property
    def goes(self) -> int:
        return len(_keys(self.before) - _keys(self.after))


@dataclass(frozen=True)
class FindingGroup:
    """The same finding in several towns."""

    kind: str
    type_code: str
    type_name: str
    why: str
    towns: Sequence[str]


def types_in_force() -> list[ProblemType]:
    """The types of the scheme the city works by; none before one is adopted."""
    scheme = Scheme.objects.filter(is_current=True).first()
    return list(types_in(scheme)) if scheme else []


def explained(full_code: str, town_code: str, on: date) -> Explained | None:
    """Who answers for that kind of problem in that town, why, and what the other lines say."""
    problem_type = type_by_full_code(full_code)
    if problem_type is None:
        return None
    answer = who_answers(problem_type, Spot(town_code), on)
    codes = [answer.accountable, *answer.supporting, *(code for code, _rule, _why in answer.alternatives)]
    units: Mapping[str, Unit] = Unit.objects.in_bulk([code for code in codes if code], field_name="code")
    return Explained(
        answer, units.get(answer.accountable or ""), [units[code] for code in answer.supporting if code in units],
        [(units.get(code or ""), rule, why) for code, rule, why in answer.alternatives],
    )  # fmt: skip


def lines_in_force(on: date) -> QuerySet[MatrixEntry]:
    """Every line of the matrix, in the order in which they are asked."""
    return MatrixEntry.objects.filter(_in_force(on)).order_by("order", "number")


def proposals_waiting() -> QuerySet[MatrixProposal]:
    """What rulings proposed and nobody has decided, the oldest first."""
    return MatrixProposal.objects.filter(decided_at=None).select_related("problem_type__scheme", "unit", "proposed_by")


def grouped_findings(found: Sequence[Finding]) -> list[FindingGroup]:
    """Conflicts first, then gaps; one line for each type and reason, with its towns."""
    names = dict(towns().values_list("code", "short_name"))
    types = {each.full_code: each.name for each in types_in_force()}
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for finding in found:
        groups[finding.kind, finding.type_code, finding.why].append(names.get(finding.town_code, finding.town_code))
    ordered = sorted(groups.items(), key=lambda item: (item[0][0] != "conflict", -len(item[1]), item[0][1]))
    return [FindingGroup(kind, code, types.get(code, code), why, where) for (kind, code, why), where in ordered]


def drafted(given: Mapping[str, Any]) -> MatrixRule:
    """The line a form describes, as the rule reads it before it has a number."""
    return MatrixRule(
        id=NEW_LINE, order=given["order"], type_pattern=given["type_pattern"], kind=given["kind"] or None,
        town_code=given["town_code"], accountable=given["accountable"], supporting=tuple(given["supporting"]),
        basis=given["basis"], valid_from=given["on"],
    )  # fmt: skip


def opens_in_words(week: WouldOpen) -> list[OpensHere]:
    """The openings of a change with the names of types and towns."""
    names = dict(towns().values_list("code", "short_name"))
    types = {each.full_code: each.name for each in types_in_force()}
    return [
        OpensHere(
            "、".join(types.get(code, code) for code in one.types[:MOST_SHOWN]),
            list(dict.fromkeys(names.get(week.grounds[n].town_code, "") for n in one.grounds)),
            sum(week.grounds[n].area_m2 for n in one.grounds), one.since, one.until, one.why,
        )
        for one in week.opens
    ]  # fmt: skip


def _keys(found: Sequence[Finding]) -> set[tuple[str, str, str]]:
    return {(finding.kind, finding.type_code, finding.town_code) for finding in found}


def _in_force(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))

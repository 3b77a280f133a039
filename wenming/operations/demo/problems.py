"""What the demo city's people complain about: how often, where, when, and in which words (problems.csv)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.models import EstablishRule, ProblemType, PublicCategory
from wenming.standards.selectors import current_scheme, types_in

FILE = Path(__file__).parent / "problems.csv"


@dataclass(frozen=True)
class Problem:
    """One kind of complaint: the problem type behind it, how heavy it weighs, and its sentences."""

    type: ProblemType
    rules: tuple[EstablishRule, ...]
    category: PublicCategory
    weight: int
    picture: str
    places: tuple[str, ...]
    hours: str
    sentences: tuple[str, ...]


def load_problems() -> list[Problem]:
    """The file's lines, joined with the scheme in force."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    types = {each.name: each for each in types_in(current_scheme()).prefetch_related("rules")}
    categories = {each.code: each for each in PublicCategory.objects.all()}
    sentences: dict[str, list[str]] = {}
    for row in rows:
        sentences.setdefault(row["type"], []).append(row["sentence"])
    first = {row["type"]: row for row in reversed(rows)}
    return [
        Problem(
            type=types[name], rules=tuple(types[name].rules.all()), category=categories[first[name]["category"]],
            weight=int(first[name]["weight"]), picture=first[name]["picture"],
            places=tuple(first[name]["places"].split()), hours=first[name]["hours"], sentences=tuple(own),
        )
        for name, own in sentences.items()
    ]  # fmt: skip


def limit_of(rule: EstablishRule) -> Limit:
    return Limit(rule.limit_amount, LimitUnit(rule.limit_unit))

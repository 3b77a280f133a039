"""Suggesting a type for a text: by what the city's own history taught, else by plain words; and keeping what was said.

A person decides in every case. Below the confidence that the office asks for, nothing is even filled in.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations.models import Account
from wenming.refusals import BadInput, NotAllowed
from wenming.standards.models import ProblemType, Scheme, full_code

from ..models import Case, CaseReport, ConfidenceAsked, LearnedTypes
from ..models.suggestions import Method
from ..rules.keywords import by_keywords
from .text_model import TextModel
from .training import can_learn, lessons_of, teach

SAMPLE_CONFIDENCE_PERCENT = 80
PERMISSION = "suggestions.set"


@dataclass(frozen=True)
class TypeGuess:
    """Types for a text, the likeliest first. confidence_percent: None where the method knows none."""

    method: Method
    types: tuple[ProblemType, ...]
    confidence_percent: int | None

    @property
    def sure(self) -> bool:
        """Whether the first may be filled in. A method that knows no confidence never is."""
        return self.confidence_percent is not None and self.confidence_percent >= confidence_asked()


def guess_types(text: str, *, among: Collection[int] = ()) -> TypeGuess | None:
    """What the text says about the type; None when it says nothing. among: keys of types that are possible at all."""
    if not text.strip():
        return None
    return _learned(text, among) or _by_words(text, among)


def _learned(text: str, among: Collection[int]) -> TypeGuess | None:
    model = model_in_use()
    if model is None:
        return None
    types = {one.code: one.pk for one in _in_force(among)}
    guesses = [guess for guess in model.guesses(text, among=types) if guess.label in types] if types else []
    if not guesses:
        return None
    found = _whole([types[guess.label] for guess in guesses])
    return TypeGuess(Method.LEARNED, found, round(100 * guesses[0].confidence))


def _by_words(text: str, among: Collection[int]) -> TypeGuess | None:
    words = {str(one.pk): _words_of(one.name) for one in _in_force(among)}
    found = by_keywords(text, words)
    return TypeGuess(Method.KEYWORDS, _whole([int(key) for key in found]), None) if found else None


class _Known(NamedTuple):
    """As much of a type as choosing among all of them needs: two hundred whole ones cost more than the case itself."""

    pk: int
    code: str
    name: str


def _in_force(among: Collection[int] = ()) -> list[_Known]:
    types = ProblemType.objects.filter(scheme__is_current=True)
    rows = types.values_list("pk", "scheme__code", "kind", "code", "name")
    return [
        _Known(pk, full_code(scheme, kind, code), name)
        for pk, scheme, kind, code, name in rows
        if not among or pk in among
    ]


def _whole(keys: Sequence[int]) -> tuple[ProblemType, ...]:
    """These types with what a page shows of them, in this order."""
    found = ProblemType.objects.select_related("scheme", "public_category").in_bulk(keys)
    return tuple(found[key] for key in keys)


def _words_of(name: str) -> set[str]:
    """The type's own words, whole and in their halves: 垃圾满溢 is also 垃圾 and 满溢."""
    return {name, *(name[i : i + 2] for i in range(len(name) - 1))}


# --- the judge in use --------------------------------------------------------------------------------------------------

_loaded: tuple[int, TextModel] | None = None
_loading = threading.Lock()


def model_in_use() -> TextModel | None:
    """The newest judge, loaded once per process; None before the city taught one."""
    global _loaded
    newest = LearnedTypes.objects.order_by("-at", "-pk").values_list("pk", flat=True).first()
    if newest is None:
        return None
    with _loading:
        if _loaded is None or _loaded[0] != newest:
            content = LearnedTypes.objects.values_list("content", flat=True).get(pk=newest)
            _loaded = newest, TextModel.from_bytes(bytes(content))
        return _loaded[1]


@dataclass(frozen=True)
class History:
    """Messages of the city with the type that a person chose."""

    texts: list[str]
    labels: list[str]


def own_history() -> History:
    """Every report whose case has a type, the category that was tapped left out: it would only repeat itself."""
    # A code means one thing in every version of the scheme, so what was decided under an earlier one still teaches.
    current = Scheme.objects.filter(is_current=True).values("code")
    rows = CaseReport.objects.filter(case__problem_type__scheme__code__in=current).exclude(report__text="")
    known = {one.code for one in _in_force()}
    types = ProblemType.objects.filter(scheme__code__in=current).select_related("scheme")
    kinds = {one.pk: one.full_code for one in types if one.full_code in known}
    told = list(rows.order_by("pk").values_list("report__text", "case__problem_type"))
    return History([text for text, _kind in told], [kinds[kind] for _text, kind in told if kind in kinds])


@transaction.atomic
def learn_types(*, by: Account | None, now: datetime) -> LearnedTypes:
    """Teach a new judge on the city's own history. Raises BadInput where that cannot be, in words that say what to do."""
    if not can_learn():
        raise BadInput(
            _("没有安装可选组件 text（scikit-learn），现在按关键词建议。安装：pip install -r requirements/text.txt")
        )
    history = own_history()
    lessons = lessons_of(history.texts, history.labels)
    if len({lesson.label for lesson in lessons}) < 2:
        raise BadInput(_("往期案件还太少：至少要有两个小类各满 20 件写了文字的案件。现在按关键词建议。"))
    model = teach(lessons)
    learned = LearnedTypes.objects.create(at=now, facts=dict(model.facts), content=model.to_bytes())
    journal.record("suggestion.learned", by=by, about=learned, now=now, **model.facts)
    return learned


# --- how sure it must be -----------------------------------------------------------------------------------------------


def confidence_asked() -> int:
    """From how many percent a type is filled in; a sample until the office sets its own."""
    row = ConfidenceAsked.objects.first()
    return row.percent if row else SAMPLE_CONFIDENCE_PERCENT


@transaction.atomic
def ask_confidence(percent: int, *, by: Account, now: datetime) -> ConfidenceAsked:
    """Set from which confidence on a type is filled in; below it a person chooses."""
    if not by.may(PERMISSION):
        raise NotAllowed()
    if not 50 <= percent <= 99:
        raise BadInput(_("把握要在 50% 到 99% 之间。请改好后再保存。"))
    before = confidence_asked()
    row = ConfidenceAsked.objects.create(percent=percent, at=now, by=by)
    journal.record("suggestion.confidence-set", by=by, about=row, now=now, before=before, after=percent)
    return row


def possible_types(case: Case) -> list[int]:
    """Keys of the types behind what the citizen tapped; none when nothing, or 说不清, was tapped."""
    tapped = case.case_reports.exclude(report__category=None).values_list("report__category", flat=True).first()
    if tapped is None:
        return []
    types = ProblemType.objects.filter(public_category=tapped, scheme__is_current=True)
    return list(types.values_list("pk", flat=True))

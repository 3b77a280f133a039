"""The demo city again: in a file of its own, so that only one process of a run makes it twice."""

from __future__ import annotations

import hashlib
import json

import pytest

from wenming.cases.models import CaseMove

from .demo_city import small_demo_city


@pytest.mark.django_db
def test_the_same_seed_and_day_give_the_same_city() -> None:
    digests = []
    for _turn in range(2):
        with small_demo_city():
            digests.append(_digest())
    assert digests[0] == digests[1]


def _digest() -> str:
    moves = CaseMove.objects.order_by("case__number", "position")
    told = moves.values_list(
        "case__number", "case__title", "case__state", "case__due_at", "act", "at", "unit__code", "reason"
    )
    return hashlib.sha256(json.dumps(list(told), default=str).encode()).hexdigest()

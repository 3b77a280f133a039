"""What people type where a shape is asked for is refused in words, however long it is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wenming.desks.common.tests.sitting import Sit


@pytest.mark.parametrize("typed", ["长" * 100_000, "POLYGON((", "见附图"], ids=["long", "open", "words"])
def test_a_shape_that_is_none_is_refused_in_words(typed: str, small_city: SimpleNamespace, sit_down: Sit) -> None:
    told = {"kind": "market", "name": "河边市场", "condition": "good", "datum": "cgcs2000", "shape": typed, "origin": "office", "on": "2026-03-01"}

    answer = sit_down(small_city.officer).post("/office/places/new/", told)

    assert answer.status_code == 422

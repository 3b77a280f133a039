"""Which candidate is the same problem: what counts for it, and learning the weights from marked pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenming.cases.rules.likeness import (
    FEATURES,
    Candidate,
    Sighting,
    contenders,
    features,
    fit,
    scores,
    words_of,
)

BIN = Sighting(hour=100.0, kind=7, words=words_of("垃圾桶满了两天没人收"), address=words_of("民权路 33 号"))
SAME = Candidate(replace(BIN, hour=90.0), metres=10.0)


def test_chinese_is_read_in_pairs_and_latin_in_words() -> None:
    assert words_of("民权路 33号 ABC") == {"民权", "权路", "33", "号", "abc"}
    assert words_of("") == frozenset()


@pytest.mark.parametrize(
    "worse",
    [
        pytest.param(replace(SAME, metres=150.0), id="farther away"),
        pytest.param(Candidate(replace(SAME.seen, kind=8), 10.0), id="another kind"),
        pytest.param(Candidate(replace(SAME.seen, hour=-900.0), 10.0), id="weeks earlier"),
        pytest.param(Candidate(replace(SAME.seen, words=words_of("路灯不亮")), 10.0), id="other words"),
        pytest.param(Candidate(replace(SAME.seen, hour=110.0), 10.0), id="it came later"),
        pytest.param(replace(SAME, open_together=False), id="done before this one came"),
    ],
)
def test_what_makes_another_case_less_likely(worse: Candidate) -> None:
    likely, unlikely = scores(BIN, [SAME, worse])

    assert likely > unlikely


def test_without_candidates_there_is_nothing_to_order() -> None:
    assert scores(BIN, []) == []


SIGHTINGS = st.builds(
    Sighting,
    hour=st.floats(-1440, 1440),
    kind=st.sampled_from([None, 1, 2]),
    words=st.frozensets(st.sampled_from("一二三四五")),
    address=st.frozensets(st.sampled_from("六七八")),
)
CANDIDATES = st.builds(Candidate, SIGHTINGS, metres=st.floats(0, 200), open_together=st.booleans())


@given(SIGHTINGS, st.lists(CANDIDATES, max_size=25), st.integers(1, 5))
def test_whoever_cannot_win_is_left_out_before_a_word_is_read(one: Sighting, others: list[Candidate], first: int) -> None:
    """Whatever the words say, the first few are among the contenders."""
    kept = contenders(one.hour, one.kind, [each.bare for each in others], at_most=first)
    best = sorted(enumerate(scores(one, others)), key=lambda each: -each[1])[:first]

    beaten = [place for place, _score in best if place not in kept]
    assert len(kept) >= min(first, len(others))
    # A tie for the last place may go either way.
    assert all(abs(best[-1][1] - score) < 1e-9 for place, score in best if place in beaten)


def test_far_and_long_ago_is_no_contender_beside_what_lies_at_the_same_door() -> None:
    near = [replace(SAME, metres=float(metres)) for metres in range(5)]
    far = Candidate(replace(SAME.seen, hour=-1300.0, kind=8), 199.0, open_together=False)

    assert contenders(BIN.hour, BIN.kind, [each.bare for each in (*near, far)], at_most=5) == [0, 1, 2, 3, 4]


def test_an_unknown_kind_is_nobodys_kind() -> None:
    unknown = replace(BIN, kind=None)

    table = features(unknown, [Candidate(replace(SAME.seen, kind=None), 10.0)])

    assert table[0, FEATURES.index("same_kind")] == 0


def test_weights_are_learned_from_what_staff_chose() -> None:
    rng = np.random.default_rng(3)
    truth = np.array([2.0, -1.0, 0.0])
    queries = []
    for _query in range(400):
        table = rng.normal(size=(5, 3))
        chance = np.exp(table @ truth)
        queries.append((table, int(rng.choice(5, p=chance / chance.sum()))))

    assert fit(queries) == pytest.approx(truth, abs=0.3)

"""What the desk says in favour of a unit: the rule that decides, and practice where practice confirms it."""

from __future__ import annotations

import pytest

from wenming.cases.proposals import Proposal
from wenming.cases.selectors import Suggestion
from wenming.responsibilities.rules.matrix import Answer

RULE = "权责第 12 条（条例第 3 条）：由属地镇街负责"


def why(*, like_cases: int, share_percent: int | None) -> str:
    answer = Answer("SHIQI", (), None, RULE, (), None)
    return Proposal(None, None, Suggestion(None, answer, like_cases, share_percent), guessed=False).why


@pytest.mark.parametrize(
    ("like_cases", "share_percent", "says"),
    [
        pytest.param(
            25, 96, f"{RULE}；近 30 日同类 25 件，96% 由其办结", id="most of many: practice confirms the rule"
        ),
        pytest.param(5, 50, f"{RULE}；近 30 日同类 5 件，50% 由其办结", id="half of five is just enough"),
        pytest.param(25, 12, RULE, id="one in eight speaks against it rather than for it"),
        pytest.param(4, 100, RULE, id="four cases are no practice"),
        pytest.param(0, None, RULE, id="nothing like it lately"),
    ],
)
def test_practice_is_named_only_where_it_confirms(like_cases, share_percent, says):
    assert why(like_cases=like_cases, share_percent=share_percent) == says

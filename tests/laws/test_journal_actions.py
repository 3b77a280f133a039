"""Every journal action is in the documents, and the documents name no action that the code does not know."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from django.apps import apps

from wenming.cases.rules.lifecycle import STEPS
from wenming.cases.spots.services import JOURNAL_ACTIONS
from wenming.cases.topics.services import JOURNAL_ACTIONS as TOPIC_ACTIONS
from wenming.desks.admin.journal_words import ACTIONS, action_words
from wenming.wiring import REACTIONS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "account|api-key|boundary|calendar|case|component|components|document|duty|evidence|focus|frontage|hours|identity|import|matrix|"
    "order|patrol|place|place-checklist|places|post|premises|reaction|receiver|recheck|report|role|roster|scheme|spot|stage-limit|suggestion|territory|topic|unit"
)
RECORDED = re.compile(rf'record(?:_many)?\(\s*"((?:{ROOMS})\.[a-z-]+)"|action = "((?:{ROOMS})\.[a-z-]+)"')


def actions_in_code() -> set[str]:
    found = set()
    for path in (ROOT / "wenming").rglob("*.py"):
        if "tests" not in path.parts:
            found |= {one or other for one, other in RECORDED.findall(path.read_text())}
    return found | {f"case.{act.replace('_', '-')}" for act in STEPS} | {"case.collect"} | set(JOURNAL_ACTIONS.values()) | set(TOPIC_ACTIONS.values())


def actions_in_documents() -> set[str]:
    text = (ROOT / "docs" / "journal-actions.md").read_text()
    return set(re.findall(r"`([a-z-]+\.[a-z-]+)`", text))


def test_every_action_is_documented() -> None:
    assert actions_in_code() - actions_in_documents() == set()


def test_every_action_has_its_words() -> None:
    """The auditor reads 派遣, not case.dispatch."""
    assert {action for action in actions_in_code() if not action_words(action)} == set()


def test_every_word_is_for_an_action_that_exists() -> None:
    assert set(ACTIONS) - actions_in_code() - {"duty.extension-refused"} == set()


def test_every_reaction_waits_for_an_action_that_exists() -> None:
    known = actions_in_code() | {"duty.extended"}
    assert set(REACTIONS) - known == set()


def test_the_journal_names_each_kind_of_thing_in_one_way() -> None:
    """`case:26-1122-0375` says what it is about only as long as no other room has a model of that name."""
    ours = Counter(m._meta.model_name for m in apps.get_models() if m.__module__.startswith("wenming."))
    assert [name for name, times in ours.items() if times > 1] == []

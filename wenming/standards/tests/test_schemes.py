"""The life of a scheme: loaded, published, adopted; two side by side; nothing rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from wenming.journal.models import Entry
from wenming.refusals import BadInput
from wenming.standards import selectors, services
from wenming.standards.models import EstablishRule, ProblemType, Scheme, TypeMapping
from wenming.standards.rules.limits import Limit, LimitUnit
from wenming.standards.services import SchemeRefused

from .conftest import scheme_file

pytestmark = pytest.mark.django_db


def _load_and_publish(content, now):
    return services.publish_scheme(services.load_scheme(content, by=None, now=now), by=None, now=now)


def test_a_loaded_scheme_is_a_draft_with_its_types_and_rules(draft):
    cover = draft.types.get(kind="component")
    assert not draft.is_published
    assert (cover.full_code, cover.do_roles, cover.public_category) == ("DEMO:C0101", ["供水管理机构"], None)
    assert [(rule.condition, rule.limit, rule.urgent) for rule in selectors.rules_for(cover)] == [
        ("缺失", Limit(2, LimitUnit.HOURS), True),
        ("破损", Limit(4, LimitUnit.WORK_HOURS), False),
    ]


def test_loading_the_same_file_again_changes_nothing(published, now):
    entries = Entry.objects.count()
    assert services.load_scheme(scheme_file(), by=None, now=now + timedelta(days=1)) == published
    assert (ProblemType.objects.count(), Entry.objects.count()) == (2, entries)


def test_a_version_that_is_there_is_not_overwritten(published, now):
    with pytest.raises(SchemeRefused, match="version 加一"):
        services.load_scheme(scheme_file(confidence="low"), by=None, now=now)
    assert Scheme.objects.get().confidence == "medium"


def test_a_correction_is_the_next_version(published, now):
    second = _load_and_publish(scheme_file(version=2, confidence="low"), now)
    assert published.types.count() == second.types.count() == 2
    assert selectors.type_by_full_code("DEMO:C0101").scheme == second


def test_a_wrong_file_leaves_nothing_behind(categories, now):
    with pytest.raises(BadInput, match="没有装入任何内容") as refused:
        services.load_scheme(scheme_file(types=[{"code": "1"}]), by=None, now=now)
    assert len(refused.value.facts["mistakes"]) == 2
    assert not Scheme.objects.exists()


@pytest.mark.parametrize("text", ["", "[", "just a word"])
def test_a_file_that_is_no_scheme_is_refused(tmp_path, text, now):
    path = tmp_path / "scheme.yaml"
    path.write_text(text)
    with pytest.raises(BadInput):
        services.load_scheme(path, by=None, now=now)


def test_a_scheme_is_published_once(published, now):
    with pytest.raises(SchemeRefused, match="已经发布"):
        services.publish_scheme(published, by=None, now=now)


def test_a_draft_cannot_be_adopted(draft, now):
    with pytest.raises(SchemeRefused, match="还没有发布"):
        services.adopt_scheme(draft, by=None, now=now)


def test_the_city_works_by_one_scheme_and_others_stand_beside_it(published, now):
    other = _load_and_publish(scheme_file(code="OTHER"), now)
    services.adopt_scheme(published, by=None, now=now)
    services.adopt_scheme(other, by=None, now=now)
    assert selectors.current_scheme() == other
    assert set(selectors.published_schemes()) == {published, other}
    assert {t.full_code for t in selectors.types_in(published)} == {"DEMO:C0101", "DEMO:E0110"}
    assert {t.full_code for t in selectors.types_in(other, kind="incident")} == {"OTHER:E0110"}


def test_before_one_is_adopted_the_answer_says_what_to_do(published):
    with pytest.raises(Scheme.DoesNotExist, match="load_standards"):
        selectors.current_scheme()


def test_each_step_is_in_the_journal(published, now):
    services.adopt_scheme(published, by=None, now=now)
    actions = list(Entry.objects.order_by("seq").values_list("action", "about"))
    assert actions == [(f"scheme.{did}", "scheme:DEMO-1") for did in ("loaded", "published", "adopted")]


@pytest.mark.parametrize("model", [ProblemType, EstablishRule, TypeMapping])
def test_the_database_refuses_to_rewrite_what_cases_cite(model, published, now):
    other = _load_and_publish(scheme_file(code="OTHER"), now)
    TypeMapping.objects.create(from_type=published.types.first(), to_type=other.types.first(), confidence="high")
    row = model.objects.first()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk)._raw_delete("default")


def test_a_citizens_word_means_the_types_of_the_scheme_in_force(published, categories, now):
    services.adopt_scheme(published, by=None, now=now)
    litter, unclear = selectors.public_categories()
    assert [t.name for t in selectors.types_for_category(litter)] == ["暴露生活垃圾"]
    assert selectors.types_for_category(unclear).count() == 2


def test_choices_are_brought_up_to_date_and_never_taken_away(categories):
    services.load_categories({"categories": [{"code": "litter", "name": "垃圾", "hint": ""}]})
    assert [c.name for c in selectors.public_categories()] == ["垃圾", "说不清"]


def test_mapping_two_schemes_is_stated_once(published, now):
    other = _load_and_publish(scheme_file(code="OTHER"), now)
    mapping = {"from": "DEMO", "to": "OTHER", "mappings": [["C0101", "C0101", "high"], ["E0110", "E0110", "low"]]}
    assert services.load_mapping(mapping, by=None, now=now) == 2
    assert services.load_mapping(mapping, by=None, now=now) == 0
    found = selectors.counterparts(published.types.get(code="0110"), other)
    assert [(m.to_type.full_code, m.confidence) for m in found] == [("OTHER:E0110", "low")]


def test_a_mapping_to_a_type_that_is_not_there_is_refused(published, now):
    with pytest.raises(BadInput, match="E9999"):
        services.load_mapping({"from": "DEMO", "to": "DEMO", "mappings": [["C0101", "E9999", "low"]]}, by=None, now=now)


@pytest.mark.parametrize("code", ["DEMO:C9999", "NONE:C0101", "DEMO:X0101", "DEMO", ""])
def test_an_unknown_code_is_no_type(published, code):
    assert selectors.type_by_full_code(code) is None


def test_a_draft_is_not_found_by_its_codes(draft):
    assert selectors.type_by_full_code("DEMO:C0101") is None

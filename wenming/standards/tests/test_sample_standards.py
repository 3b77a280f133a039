"""The samples a new city starts with: both classifications, whole, side by side."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db.models import Count

from wenming.journal.models import Entry
from wenming.standards import selectors, services
from wenming.standards.models import EstablishRule, ProblemType, PublicCategory, Scheme, TypeMapping
from wenming.standards.rules.limits import Limit, LimitUnit

from .conftest import scheme_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def samples(db):
    call_command("load_standards", verbosity=0)


def _counts(scheme_code):
    types = ProblemType.objects.filter(scheme__code=scheme_code)
    return types.filter(kind="component").count(), types.filter(kind="incident").count()


def test_totals(samples):
    assert _counts("GB30428") == (92, 98 + 2)  # and two local samples: 机动车乱停放, 空置地管理
    assert _counts("CJ214") == (84, 54)
    assert EstablishRule.objects.count() == 519 + 2
    assert selectors.current_scheme().code == "GB30428"


def test_loading_twice_changes_nothing(samples):
    tables = (Scheme, ProblemType, EstablishRule, TypeMapping, PublicCategory, Entry)
    before = [table.objects.count() for table in tables]
    call_command("load_standards", verbosity=0)
    assert [table.objects.count() for table in tables] == before


def test_a_city_that_works_by_its_own_scheme_keeps_it(categories, now):
    own = services.publish_scheme(services.load_scheme(scheme_file(), by=None, now=now), by=None, now=now)
    services.adopt_scheme(own, by=None, now=now)
    call_command("load_standards", verbosity=0)
    assert selectors.current_scheme() == own


@pytest.mark.parametrize(
    ("full_code", "name", "limits"),
    [
        pytest.param("GB30428:C0101", "上水井盖", ["2uh", "4h", "2d", "5d"], id="urgent first"),
        pytest.param("GB30428:E0110", "暴露生活垃圾", ["4h"], id="litter"),
        pytest.param("GB30428:E0192", "垃圾满溢", ["4h"], id="a local code"),
        pytest.param("GB30428:E0406", "占道经营", ["2uh"], id="occupied pavement"),
        pytest.param("CJ214:E0102", "暴露垃圾", [], id="the old scheme states no limits"),
        pytest.param("CJ214:C0118", "路灯", [], id="one number, two meanings: a street lamp here"),
        pytest.param("GB30428:C0118", "化粪池井盖", ["2uh", "4h", "2d", "5d"], id="and a septic tank's cover there"),
    ],
)
def test_spot_checks(samples, full_code, name, limits):
    found = selectors.type_by_full_code(full_code)
    assert (found.name, found.full_code) == (name, full_code)
    assert [rule.limit for rule in selectors.rules_for(found)] == [Limit.parse(limit) for limit in limits]


def test_every_type_of_the_scheme_in_force_has_rules_and_roles(samples):
    types = selectors.types_in(selectors.current_scheme()).annotate(count=Count("rules"))
    assert [t.full_code for t in types if not (t.count and t.do_roles and t.sup_roles)] == []


def test_manhole_thresholds_are_one_and_the_note_says_so(samples):
    steps = EstablishRule.objects.filter(condition__contains="井框高差").values_list("condition", flat=True)
    assert len(steps) == 10
    assert len(set(steps)) == 1
    assert "2 厘米" in steps[0]
    assert "统一为 2 厘米" in selectors.current_scheme().note


def test_what_is_not_certain_says_so(samples):
    assert all("示例数据，上线前请核对" in scheme.note for scheme in Scheme.objects.all())
    assert not Scheme.objects.filter(confidence="high").exists()
    added = ProblemType.objects.filter(scheme__code="GB30428", confidence="recon").values_list("name", flat=True)
    assert set(added) == {"机动车乱停放", "空置地管理"}


def test_urgent_is_what_runs_day_and_night(samples):
    natural = [LimitUnit.HOURS, LimitUnit.DAYS]
    assert EstablishRule.objects.filter(urgent=True).count() == 46
    assert not EstablishRule.objects.filter(urgent=True).exclude(limit_unit__in=natural).exists()
    assert not EstablishRule.objects.filter(urgent=False, limit_unit__in=natural).exists()


def test_every_choice_but_one_means_types_and_unclear_means_all(samples):
    choices = {c.name: selectors.types_for_category(c).count() for c in selectors.public_categories()}
    assert list(choices) == ["垃圾脏乱", "占道经营", "乱停乱放", "设施损坏", "乱贴广告", "说不清"]
    assert min(choices.values()) > 0
    assert choices["说不清"] == 192


def test_old_codes_lead_to_new_ones(samples):
    old = selectors.type_by_full_code("CJ214:E0102")
    found = selectors.counterparts(old, selectors.current_scheme())
    assert [m.to_type.full_code for m in found] == ["GB30428:E0110"]
    pairs = TypeMapping.objects.values_list("from_type__kind", "to_type__kind", "from_type__scheme__code")
    assert {(a, b) for a, b, _ in pairs} == {("component", "component"), ("incident", "incident")}


def test_roles_are_of_one_vocabulary(samples):
    """A role that only the old scheme spells its way would never be held by anybody."""
    only_old = _roles("CJ214") - _roles("GB30428")
    assert only_old == {"气象主管", "人防主管", "海事主管", "文化主管"}


def _roles(scheme_code):
    types = ProblemType.objects.filter(scheme__code=scheme_code)
    return {role for each in types for role in each.do_roles + each.sup_roles}

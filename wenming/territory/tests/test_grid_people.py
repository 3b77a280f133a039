"""Who serves a grid: its own people, its community's, its town's; and what nobody serves. Policy: 7.3."""

from datetime import date, timedelta

import pytest

from wenming.journal.models import Entry
from wenming.organisations.models import Person, PostKind, UnitKind
from wenming.organisations.services import add_post, appoint, found_unit
from wenming.refusals import BadInput
from wenming.territory.grids.people import GridPostTaken, assign_post, end_post, people_of, vacancies
from wenming.territory.rules.people import serving

from .conftest import MONDAY

DAY = date(2026, 11, 23)
GRID, COMMUNITY, TOWN = "442000001001001", "442000001001", "442000001"


@pytest.fixture
def post(layer):
    unit = found_unit(code="XF", name="西坊社区", short_name="西坊", kind=UnitKind.COMMUNITY, parent=None, on=DAY, by=None, now=MONDAY)

    def made(title, holder=""):
        one = add_post(unit, kind=PostKind.INSPECTOR, title=title, by=None, now=MONDAY)
        if holder:
            appoint(Person.objects.create(name=holder), to=one, on=DAY, by=None, now=MONDAY)
        return one

    return made


def give(post, covers, role, on=DAY):
    return assign_post(post, covers=covers, role=role, on=on, by=None, now=MONDAY)


@pytest.mark.parametrize(
    ("given", "chief"),
    [
        pytest.param({GRID: "own", COMMUNITY: "community", TOWN: "town"}, "own", id="the grid's own first"),
        pytest.param({COMMUNITY: "community", TOWN: "town"}, "community", id="then the community's"),
        pytest.param({TOWN: "town"}, "town", id="then the town's"),
        pytest.param({"442000002": "other"}, None, id="never a neighbour's"),
    ],
)
def test_one_chief_answers(given, chief):
    assert serving(GRID, {code: [("chief", who)] for code, who in given.items()}).chief == chief


def test_a_grid_names_its_chief_members_and_liaisons(post):
    give(post("网格长", "陈一"), GRID, "chief")
    give(post("网格员", "李二"), COMMUNITY, "member")
    give(post("联络人", "黄三"), TOWN, "liaison")
    people = people_of(GRID, DAY)
    assert people.chief.person.name == "陈一"
    assert [one.person.name for one in people.members] == ["李二"]
    assert [one.person.name for one in people.liaisons] == ["黄三"]
    assert people_of(GRID, DAY - timedelta(days=1)).chief is None, "as of the day"
    assert Entry.objects.filter(action="territory.grid-post-assigned").count() == 3


def test_vacancies_are_grids_without_a_chief_and_posts_without_a_holder(post):
    assert {one.covers for one in vacancies(DAY)} == {f"44200000{town}00{n}001" for town in (1, 2) for n in (1, 2)}
    give(post("网格长"), COMMUNITY, "chief")
    found = vacancies(DAY, within="442000001001")
    assert [(one.covers, one.role, one.post is not None) for one in found] == [(COMMUNITY, "chief", True)]
    assert people_of(GRID, DAY).lacks_chief


def test_a_second_chief_is_refused_until_the_first_has_ended(post):
    first = give(post("网格长"), GRID, "chief")
    with pytest.raises(GridPostTaken):
        give(post("另一网格长"), GRID, "chief")
    end_post(first, on=DAY, by=None, now=MONDAY)
    give(post("新网格长", "何四"), GRID, "chief")
    assert people_of(GRID, DAY).chief.person.name == "何四"
    with pytest.raises(GridPostTaken, match="已经截止"):
        end_post(first, on=DAY, by=None, now=MONDAY)


@pytest.mark.parametrize("covers", ["442000001001009", "999", "442000009"])
def test_what_does_not_exist_cannot_be_served(post, covers):
    with pytest.raises(BadInput):
        give(post("网格长"), covers, "chief")

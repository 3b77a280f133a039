"""重点巡查 on a phone: a walk with its points, a checklist at each, received once with its receipt."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from wenming.cases.focus.raising import raise_due_patrols
from wenming.cases.models import Case
from wenming.cases.selectors import case_of, photos_of
from wenming.cases.services import collect
from wenming.desks.field import pack
from wenming.observations.models import HandedIn, Patrol, PointAnswer, PointLook
from wenming.observations.patrols.areas import PatrolArea
from wenming.observations.patrols.services import end_plan, plan_patrol
from wenming.organisations.models import Account
from wenming.standards.focus.services import load_focuses, publish_focus
from wenming.standards.rules.focus_facts import FocusFacts, ItemFacts
from wenming.territory.models import Area, Level, Placement, Source

from .conftest import photo

Sit = Callable[[Account], Client]
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def patrol(small_city: SimpleNamespace, report: Callable[..., object]) -> Patrol:
    """The town of the east looks at its dead corners: two places where bins were full."""
    now = timezone.now()
    load_focuses(by=None, now=now)
    items = (ItemFacts("C1", "没有积存垃圾", "有垃圾记不合格", "TEST:E0192"), ItemFacts("C2", "没有污水", "有污水记不合格"))
    facts = FocusFacts("corners", "卫生死角", 6, 7, ("TEST:E01*",), items)
    edition = publish_focus(facts, reason="本市编码", seen_version=1, by=small_city.officer, now=now)
    east = Area.objects.create(
        code="442000002", level=Level.TOWN, name="东区街道", short_name="东区", kind="街道",
        valid_from=timezone.localdate() - timedelta(days=900),
    )  # fmt: skip
    for longitude in (113.38, 113.385):
        case = collect(report(problem_type=small_city.overflow, now=now).report, now=now)  # type: ignore[attr-defined]
        place = Placement.objects.create(
            longitude=longitude, latitude=22.51, source=Source.MAP, address=f"民权路 {longitude}", created_at=now, town=east
        )
        Case.objects.filter(pk=case.pk).update(placement=place)
    area = PatrolArea("town", east.code, "东区", east.code, None)
    plan_patrol(
        edition, area=area, unit=small_city.east, cycle_days=7, starts_on=timezone.localdate(), by=small_city.officer, now=now
    )
    raise_due_patrols(now)
    return Patrol.objects.get()


@pytest.fixture
def phone(sit_down: Sit, small_city: SimpleNamespace) -> Client:
    return sit_down(small_city.east_patrol)


def as_the_phone_hashes(key: str, fields: dict[str, str], photos: dict[str, list[bytes]]) -> str:
    """As field-hash.js does it."""
    shown = sorted([name, [hashlib.sha256(each).hexdigest() for each in data]] for name, data in photos.items())
    text = json.dumps([key, sorted([n, v] for n, v in fields.items()), shown], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def send(phone: Client, patrol: Patrol, key: str, photos: dict[str, bytes] | None = None, position: int = 1, **fields: str):
    """One checklist as the outbox sends it: photographs ahead, then the words with the hash of it all."""
    tokens = {}
    for name, data in (photos or {}).items():
        held = phone.post("/field/photos/", {"photo": io.BytesIO(data)})
        tokens[f"{name}_ids"] = held.json()["id"]
    digest = as_the_phone_hashes(key, fields, {name: [data] for name, data in (photos or {}).items()})
    beside = {"client_id": key, "kept_by": "east_patrol", "content_hash": digest}
    return phone.post(f"/field/patrol/{patrol.number}/{position}/answers/", {**fields, **beside, **tokens}, **JSON)


def test_today_lists_the_walk_and_the_walk_its_points(phone: Client, patrol: Patrol, desk: Client) -> None:
    home = phone.get("/field/").content.decode()
    walk = phone.get(f"/field/patrol/{patrol.number}/").content.decode()

    assert "重点巡查 1" in home and "卫生死角巡查" in home and "看过 0/2" in home
    assert "近 90 天 1 件" in walk and "按次序走直线约" in walk and "离上一个" in walk
    assert "重点巡查" not in desk.get("/field/").content.decode()
    assert desk.get(f"/field/patrol/{patrol.number}/").status_code == 404


def test_seen_and_nothing_wrong_is_one_tap(phone: Client, patrol: Patrol) -> None:
    page = phone.get(f"/field/patrol/{patrol.number}/1/").content.decode()
    assert page.count('value="pass"') == 2 and 'data-kind="patrol"' in page

    answer = phone.post(f"/field/patrol/{patrol.number}/1/answers/", {"found": "fine"})

    assert answer.status_code == 302 and answer.headers["Location"] == f"/field/patrol/{patrol.number}/"
    assert PointLook.objects.get().seen == "fine"
    assert "看过 1/2" in phone.get("/field/").content.decode()


def test_a_finding_is_a_case_with_its_type_its_place_and_its_photo(phone: Client, patrol: Patrol, small_city: SimpleNamespace) -> None:
    data = photo().read()
    fields = {"found": "checked", "answer_C1": "fail", "note_C1": "一堆", "answer_C2": "pass", "seen_at": "2026-01-05T09:00:00Z"}

    key = str(uuid.uuid4())
    answer = send(phone, patrol, key, {"photos_C1": data}, **fields)

    assert answer.status_code == 201, answer.content
    assert answer.json()["receipt"] == f"{patrol.number}-1"
    assert answer.json()["hash"] == as_the_phone_hashes(key, fields, {"photos_C1": [data]})
    wrong = PointAnswer.objects.get(answer="fail")
    assert wrong.report is not None
    case = case_of(wrong.report)
    assert case is not None and case.problem_type == small_city.overflow
    assert "没有积存垃圾”不合格；一堆" in wrong.report.text
    assert case.placement.address == patrol.points.get(position=1).placement.address
    assert [shown.original.sha256 for shown in photos_of(case).before] == [hashlib.sha256(data).hexdigest()]
    assert PointLook.objects.get().seen_at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_sent_again_it_is_received_once(phone: Client, patrol: Patrol) -> None:
    key, fields = str(uuid.uuid4()), {"found": "checked", "answer_C1": "fail"}
    before = Case.objects.count()

    first, second = send(phone, patrol, key, **fields), send(phone, patrol, key, **fields)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["hash"] == second.json()["hash"] and first.json()["receipt"] == second.json()["receipt"]
    assert (PointLook.objects.count(), HandedIn.objects.filter(kind="patrol").count()) == (1, 1)
    assert Case.objects.count() == before + 1


def test_what_comes_when_the_plan_has_ended_is_taken_all_the_same(phone: Client, patrol: Patrol, small_city: SimpleNamespace) -> None:
    end_plan(patrol.plan, by=small_city.officer, now=timezone.now())

    assert send(phone, patrol, str(uuid.uuid4()), found="unseen", why_unseen="有围挡").status_code == 201
    assert PointLook.objects.get().note == "有围挡"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"found": "fine", "answer_C1": "fail"}, "记了不合格"),
        ({"found": "checked"}, "一项都还没有答"),
        ({"found": "unseen"}, "请选一个原因"),
        ({}, "还没有说看到的是哪一种"),
    ],
)
def test_what_is_to_be_mended_is_said_and_nothing_is_kept(phone: Client, patrol: Patrol, fields: dict[str, str], said: str) -> None:
    answer = send(phone, patrol, str(uuid.uuid4()), **fields)
    page = phone.post(f"/field/patrol/{patrol.number}/1/answers/", fields)

    assert answer.status_code == 422 and said in answer.json()["message"]
    assert page.status_code == 422 and said in page.content.decode()
    assert PointLook.objects.count() == 0 and HandedIn.objects.count() == 0


def test_a_form_that_comes_back_has_lost_nothing(phone: Client, patrol: Patrol) -> None:
    given = {"found": "fine", "answer_C1": "fail", "note_C1": "一堆", "photos_C1": photo()}
    page = phone.post(f"/field/patrol/{patrol.number}/1/answers/", given).content.decode()

    assert "一堆" in page and "前面的 1 张照片已经收好" in page
    assert 'value="fail" class="is-fail" checked' in page


def test_the_pack_holds_the_walk_with_its_points_and_renews_what_was_seen(phone: Client, patrol: Patrol) -> None:
    def pages() -> dict[str, str]:
        return {page["url"]: page["version"] for page in phone.get("/field/pack/").json()["pages"]}

    before, walk = pages(), f"/field/patrol/{patrol.number}/"
    assert {walk, f"{walk}1/", f"{walk}2/"} <= before.keys()
    phone.post(f"{walk}1/answers/", {"found": "fine"})

    after = pages()
    assert {url for url in before if url.startswith(walk) and before[url] != after[url]} == {walk, f"{walk}1/"}
    assert before["/field/"] != after["/field/"]
    phone.post(f"{walk}2/answers/", {"found": "fine"})
    assert walk not in pages(), "the walk is over"


@pytest.mark.parametrize(("room", "walks"), [(1, 1), (2, 1), (3, 1), (4, 2)])
def test_the_pack_holds_whole_walks_until_the_phone_is_full(
    room: int, walks: int, phone: Client, patrol: Patrol, small_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The walk due first is in it however long it is; the next one as a whole or not at all."""
    now, facts = timezone.now(), FocusFacts("signs", "户外招牌", 6, 7, ("TEST:E01*",), (ItemFacts("S1", "牢固", "松动"),))
    plan_patrol(
        publish_focus(facts, reason="本市编码", seen_version=1, by=small_city.officer, now=now), unit=small_city.east,
        area=PatrolArea("town", "442000002", "东区", "442000002", None), cycle_days=30, starts_on=timezone.localdate(),
        by=small_city.officer, now=now,
    )  # fmt: skip
    raise_due_patrols(now)
    monkeypatch.setattr(pack, "MOST_POINTS", room)
    urls = [page["url"] for page in phone.get("/field/pack/").json()["pages"]]

    packed = [each.number for each in Patrol.objects.all() if f"/field/patrol/{each.number}/" in urls]
    assert len(packed) == walks and patrol.number in packed
    assert sum(url.startswith("/field/patrol/") for url in urls) == walks * 3, "the walk and both its points"

"""The demo city's 门前三包: a few managed streets with their shops (all made up), papers, matters, fees and a contractor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle
from random import Random

from django.db import transaction
from django.utils import timezone
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from wenming.cases.frontages import DUMPING
from wenming.cases.models import Case
from wenming.cases.services.frontages import tie_to_frontage
from wenming.responsibilities.frontages.ledger import charge_fee, receive_payment
from wenming.responsibilities.frontages.services import (
    Covered,
    ask_question,
    draw_up_agreement,
    issue_area_notice,
    make_contract,
    open_matter,
    record_service,
    sign_agreement,
    take_step,
)
from wenming.responsibilities.rules.frontage_steps import StepKind
from wenming.territory.frontages.services import Edge, Walls, manage_street, register_premises, set_stretch
from wenming.territory.models import ManagedStreet, Premises, Road, RunBy, Side
from wenming.territory.rules.strips import line_length_cm, middle_of

from .chance import chance
from .city import DemoCity

KERB = "墙基到人行道路缘石"
WALL_M = 9.0
TRADES = (
    ("清和茶铺", "茶叶"), ("阿婆面馆", "餐饮"), ("顺风单车行", "修理"), ("百味烧腊", "餐饮"), ("小满书屋", "文具"), ("和记五金", "五金"),
    ("鲜来果蔬", "果蔬"), ("朝日眼镜", "眼镜"), ("安康药房", "药品"), ("云裳服饰", "服装"), ("福满早点", "餐饮"), ("新星理发", "理发"),
)  # fmt: skip
# (streets, shops on a side, how many of them get papers)
SIZES = {"small": (1, 4, 1), "normal": (3, 9, 5), "large": (3, 9, 5)}
LENGTH_M = {"small": 60.0}


def build_frontages(city: DemoCity, size: str) -> None:
    """Streets that are not quite whole: a gap, an overlap and a shop that nobody has told yet, so that the lists live."""
    streets, shops, papers = SIZES[size]
    rng = chance(city.seed, "frontages")
    begun = city.now - timedelta(days=70)
    names = cycle(TRADES)
    first: list[Premises] = []
    for number, road in enumerate(_roads(streets), start=1):
        with transaction.atomic():
            street = _street(city, road, number, LENGTH_M.get(size, 12.0 * shops + 4), begun)
            made = [_shop(city, street, side, place, shops, names, begun, rng) for side in Side.values for place in range(shops)]
            _crossing(city, street, begun)
        first = first or made
    if first:
        _papers(city, first[:papers], begun, rng)
        _contract(city, first, begun)
        _before_a_door(city, first[0])


def _roads(many: int) -> Iterator[Road]:
    """Straight short streets of the first towns."""
    found = 0
    for road in Road.objects.filter(rank=Road.Rank.STREET, town__isnull=False).select_related("town").order_by("pk")[:400]:
        line = road.geometry
        if line is None or line.geom_type != "LineString" or len(line.coords) != 2 or line_length_cm(line) < 18_000:
            continue
        yield road
        found += 1
        if found == many:
            return


def _street(city: DemoCity, road: Road, number: int, metres: float, now: datetime) -> ManagedStreet:
    line = road.geometry
    assert line is not None and road.town is not None
    piece: BaseGeometry = substring(line, 0.2, 0.2 + metres * 100 / line_length_cm(line), normalized=True)
    return manage_street(
        f"LD-{number:03d}", road.name, piece, town=road.town, walls=Walls(WALL_M, WALL_M, "单号侧", "双号侧"), on=now.date(), by=None,
        now=now, stretch="示范段", run_by=RunBy.CONTRACTOR if number == 1 else RunBy.TOGETHER,
    )  # fmt: skip


def _shop(
    city: DemoCity, street: ManagedStreet, side: str, place: int, shops: int, names: Iterator[tuple[str, str]], now: datetime, rng: Random
) -> Premises:
    name, trade = next(names)
    wide = (street.length_cm / 100 - 4) / shops
    since, to = place * wide, (place + 1) * wide
    lon, lat = middle_of(street.line, side, round(since * 100), round(to * 100), street.wall_cm(side))
    made = register_premises(
        f"{name}（演示）", longitude=lon, latitude=lat, on=now.date(), by=None, now=now, trade=trade,
        door=f"{street.name} {2 * place + (1 if side == Side.LEFT else 2)} 号",
    )  # fmt: skip
    # The second is measured a little short (a gap for a middle line), the third claims a metre of the second's.
    since, to = (since + 0.6, to) if place == 1 else (since - 1.0, to) if place == 2 and side == Side.RIGHT else (since, to)
    edge = Edge(side, since, to, 3.0 if trade != "餐饮" else 3.5, KERB)
    set_stretch(street, edge, holder=made, on=now.date(), by=None, now=now)
    return made


def _crossing(city: DemoCity, street: ManagedStreet, now: datetime) -> None:
    """The last four metres are a crossing: the sweepers', on one side; on the other nobody has said so yet."""
    metres = street.length_cm / 100
    edge = Edge(Side.LEFT, metres - 4, metres, 3.0, "路口，墙基线到路缘石")
    set_stretch(street, edge, holder=city.units["HW04"], on=now.date(), by=None, now=now)


def _papers(city: DemoCity, shops: list[Premises], begun: datetime, rng: Random) -> None:
    """Told and served; agreed and signed; the first one's agreement soon runs out, and it has a matter under way."""
    told_at = begun + timedelta(days=2)
    for number, shop in enumerate(shops):
        notice = issue_area_notice(shop, by=None, now=told_at)
        served_at = told_at + timedelta(hours=3)
        record_service(notice.document, way="handed", served_at=served_at, receiver="店员", by=None, now=served_at)
        if number < 2:
            _agreement(shop, city.now, soon=number == 0)
        charge_fee(shop, amount_fen=36_000, what="环卫服务费", due_on=city.now.date(), by=None, now=told_at)
        if number % 2 == 0:
            receive_payment(shop, amount_fen=36_000, what="转账", by=None, now=told_at + timedelta(days=9))
    matter_at = city.now - timedelta(days=1, hours=2)
    before, _after = city.album.pair("litter", rng)
    matter = open_matter(shops[0], duty="hygiene", what="门口堆放纸箱和厨余", by=None, now=matter_at, photos=[before])
    step = take_step(matter, StepKind.REMINDER, by=None, now=matter_at + timedelta(minutes=20))
    served_at = matter_at + timedelta(hours=1)
    record_service(step.document, way="handed", served_at=served_at, receiver="店主", by=None, now=served_at)
    ask_question(shops[0], text="台风天花盆可以先搬进店里吗？", now=city.now - timedelta(hours=5))


def _agreement(shop: Premises, now: datetime, *, soon: bool) -> None:
    at = now - timedelta(days=60)
    since, to = timezone.localdate(at), timezone.localdate(now) + timedelta(days=20 if soon else 305)
    sign_agreement(draw_up_agreement(shop, since=since, to=to, by=None, now=at), way="screen", signer="店主", by=None, now=at)


def _contract(city: DemoCity, shops: list[Premises], begun: datetime) -> None:
    """A contractor whose list is not quite the register's."""
    street = ManagedStreet.objects.order_by("code")[0]
    listed = [shop.number for shop in shops if shop != shops[1]] + ["M009999"]
    since = timezone.localdate(begun)
    pieces = [Covered(street, side, 0, street.length_cm) for side in Side.values]
    make_contract(
        f"FW{since.year}-01", city.units["HW04"], town_code=street.town.code, since=since, to=date(since.year + 1, since.month, 1),
        terms="每日两次清扫、全天保洁，垃圾日产日清；按月核对门店清单。", promised_on_time_percent=95, areas=pieces, listed=listed, by=None,
        now=begun,
    )  # fmt: skip


def _before_a_door(city: DemoCity, shop: Premises) -> None:
    """One case of rubbish that lies before the first shop's door, as far as a dispatcher has said."""
    codes = [code.rpartition(":E")[2] for code in DUMPING if code.startswith("GB30428")]
    case = Case.objects.filter(problem_type__code__in=codes, problem_type__scheme__code="GB30428", unit__isnull=False).order_by("-opened_at").first()
    if case is not None:
        tie_to_frontage(case, shop, by=city.dispatcher(chance(city.seed, "frontage case")), now=city.now)



"""What each row of a list of premises along streets would do to the register, told before it does it. Policy: 3.1, 3.2.

What may be the same shop is put beside it, a piece of the edge that somebody else has is asked about, and where a piece was
only worked out (from the position and the width of the front) the row says so. Nothing is asked of the database row by row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import shapely
from django.db.models import QuerySet
from django.utils import timezone

from wenming.territory.frontages.correcting import PremisesFacts
from wenming.territory.models import Area, EdgeStretch, Landmark, Level, ManagedStreet, Premises, PremisesKind
from wenming.territory.rules.coordinates import Datum, to_cgcs2000
from wenming.territory.rules.geometry import METRES_PER_DEGREE, distance_m
from wenming.territory.rules.same_place import tidy_name
from wenming.territory.rules.strips import Along, Beside, middle_of
from wenming.territory.selectors import homes_of

from .batches import plain
from .models import ImportBatch, ImportRow
from .models.imports import RowState
from .rules.premises_rows import SIDES, read_row, without_personal_numbers
from .rules.reading import Reading

# The same name within this: a person says whether it is the same shop.
SAME_M = 60.0
# The same point told by two programs differs in its last digits.
SAME_POINT_M = 0.5
# From the wall, as far as a pin set on the pavement or in the shop may be off.
BESIDE_THE_WALL_CM = 1500
# A measuring wheel at the end of a street of some hundred metres.
BEYOND_THE_END_CM = 200
# Which side a pin this near to the middle of the street means is anybody's guess.
SURE_OF_THE_SIDE_CM = 200
# As far as two who measure the same wall differ: told, not asked.
HANDS_BREADTH_CM = 10
NEAREST_DOOR = 10
_WORDS = {"name": "名称", "kind": "种类", "trade": "行业", "door": "门牌", "contact_post": "联系岗位"}


class Judging:
    """The rows of one file, judged by portions in their order. Of the rows before only what later ones are compared with stays."""

    def __init__(self, batch: ImportBatch, now: datetime) -> None:
        self.columns, self.today, self.zone = batch.mapping.columns, timezone.localdate(now), timezone.get_default_timezone()
        self.known, self.seen = _Known(batch), Counter[str]()

    def judge(self, rows: Sequence[ImportRow]) -> None:
        """Give every row of a portion its verdict; nothing is asked of the database row by row."""
        for row in rows:
            row.cells = without_personal_numbers(row.cells)
        judged = [_Judged(row, read_row(row.cells, self.columns, zone=self.zone, today=self.today)) for row in rows]
        for one in judged:
            _read_number(one, self.known, self.seen)
            _read_point(one, self.known)
            _read_street(one, self.known)
            _read_edge(one, self.known)
            _stand_somewhere(one, self.known)
        _read_community(judged, self.known)
        for one in judged:
            if not one.reading.refusals:
                _look_for_the_same(one, self.known)
                _look_for_overlaps(one, self.known)
            _verdict(one, self.known)


@dataclass(frozen=True)
class _There:
    """Premises of the register, as far as rows are compared with them."""

    number: str
    facts: PremisesFacts
    tidy: str
    point: tuple[float, float] | None
    is_open: bool
    was_there: bool  # False: a list that told of it was taken back


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A row before, as far as later ones are compared with it."""

    position: int
    name: str
    door: str
    point: tuple[float, float] | None


@dataclass
class _Street:
    row: ManagedStreet
    along: Along
    # (from, to, holder's number or unit's code, holder's name) by side
    taken: dict[str, list[tuple[int, int, str, str]]]


@dataclass
class _Judged:
    """One row on its way to a verdict."""

    row: ImportRow
    reading: Reading
    there: _There | None = None
    point: tuple[float, float] | None = None
    street: _Street | None = None
    beside: Beside | None = None
    edge: dict[str, Any] | None = None
    tidy: str = ""
    like: list[dict[str, Any]] = field(default_factory=list)


class _Known:
    """What all rows are compared with; asked once for the file."""

    def __init__(self, batch: ImportBatch) -> None:
        self.datum = Datum(batch.options["datum"])
        self.depth_m, self.boundary = float(batch.options["depth_m"]), str(batch.options["boundary"])
        self.by_number = {one.number: one for one in _standing_there()}
        self.by_name: dict[str, list[_There]] = defaultdict(list)
        for there in self.by_number.values():
            self.by_name[there.tidy].append(there)
        # Rows of this file that came before: theirs is the first telling.
        self.told: dict[str, list[_Earlier]] = defaultdict(list)
        communities = Area.objects.filter(level=Level.COMMUNITY, valid_to=None).defer("wkb")
        self.communities = {key: one.code for one in communities for key in (one.code, one.name, one.short_name)}
        self.streets = list(_managed_streets())
        self.tree = shapely.STRtree([one.row.line for one in self.streets])
        self.streets_named: dict[str, list[_Street]] = defaultdict(list)
        for street in self.streets:
            for key in {street.row.code, street.row.name, str(street.row)}:
                self.streets_named[key].append(street)
        self.doors: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
        numbered = Landmark.objects.filter(number__isnull=False).values_list("road", "number", "longitude", "latitude")
        for road, number, lon, lat in numbered:
            self.doors[road].append((number or 0, lon, lat))

    def streets_near(self, point: tuple[float, float]) -> list[tuple[_Street, Beside]]:
        """Those at whose walls the point may stand, the nearest wall first."""
        hits = (
            self.tree.query(shapely.Point(point), "dwithin", distance=100 / METRES_PER_DEGREE) if self.streets else []
        )
        found = []
        for hit in hits:
            street = self.streets[hit]
            beside = street.along.beside(*point)
            from_the_wall = abs(abs(beside.off_cm) - street.row.wall_cm(beside.side))
            if from_the_wall <= BESIDE_THE_WALL_CM:
                found.append((from_the_wall, street.row.code, street, beside))
        return [(street, beside) for _far, _code, street, beside in sorted(found, key=lambda each: each[:2])]


def _standing_there(asked: QuerySet[Premises] | None = None) -> Iterator[_There]:
    fields = (
        "number", "name", "kind", "trade", "door", "contact_post", "placement__longitude", "placement__latitude", "opened_on", "closed_on",
    )  # fmt: skip
    rows = Premises.objects.all() if asked is None else asked
    for number, name, kind, trade, door, post, lon, lat, opened_on, closed_on in rows.values_list(*fields).iterator(
        chunk_size=5000
    ):
        yield _There(
            number, PremisesFacts(name, kind, trade, door, post), tidy_name(name), (lon, lat) if lon is not None else None,
            closed_on is None, closed_on is None or closed_on > opened_on,
        )  # fmt: skip


def correction_of(row: ImportRow, number: str) -> dict[str, Any] | None:
    """What the row would do to the premises of this number, were it about them; None where they are not open."""
    there = next(_standing_there(Premises.objects.filter(number=number, closed_on=None)), None)
    if there is None:
        return None
    return {**row.understood, **corrected(there, row.understood["facts"], None)}


def _managed_streets() -> Iterator[_Street]:
    taken: dict[int, dict[str, list[tuple[int, int, str, str]]]] = defaultdict(lambda: defaultdict(list))
    rows = EdgeStretch.objects.filter(valid_to=None).select_related("premises", "unit")
    for row in rows.iterator(chunk_size=5000):
        taken[row.street_id][row.side].append((row.from_cm, row.to_cm, row.holder.journal_key, str(row.holder)))
    for street in ManagedStreet.objects.filter(managed_to=None).order_by("code"):
        yield _Street(street, Along(street.line), taken[street.pk])


def _read_number(one: _Judged, known: _Known, seen: Counter[str]) -> None:
    number = one.reading.values.get("number", "").upper()
    if not number:
        return
    seen[number] += 1
    if seen[number] > 1:
        one.reading.refusals.append("这个登记号在本文件里出现过了")
    one.there = known.by_number.get(number)
    if one.there is None or not one.there.was_there:
        one.there = None
        one.reading.notes.append(f"登记号“{number[:16]}”登记里没有，另给一个号")
    elif not one.there.is_open:
        one.reading.refusals.append(f"{number} 已经注销；再开业的按新的一家登记，不填登记号")


def _read_point(one: _Judged, known: _Known) -> None:
    lon, lat = one.reading.values.pop("longitude", None), one.reading.values.pop("latitude", None)
    if lon is None or lat is None:
        return
    try:
        x, y = to_cgcs2000(lon, lat, known.datum)
        one.point = (round(x, 7), round(y, 7))
    except ValueError:
        one.reading.refusals.append("坐标不是经纬度（经度在前，单位是度）")


def _read_street(one: _Judged, known: _Known) -> None:
    """The street that is told, else one that the address names, else the one at whose wall it stands."""
    values, questions = one.reading.values, one.reading.questions
    said = values.pop("street", "")
    named = (
        known.streets_named.get(said, [])
        if said
        else _named_in(f"{values.get('address', '')} {values.get('door', '')}", known)
    )
    near = known.streets_near(one.point) if one.point else []
    if len(named) > 1:
        named = [street for street, _beside in near if street in named][:1] or named
    if len(named) == 1:
        one.street = named[0]
    elif len(named) > 1:
        questions.append(f"叫“{said[:20]}”的管理路段不止一条，接受则先登记、不划责任段")
        return
    elif said:
        questions.append(f"路段“{said[:20]}”不在管理路段里，接受则先登记、不划责任段")
        return
    elif near:
        one.street = near[0][0]
        if len(near) > 1:
            questions.append(f"位置靠近几条路段，接受则划在最近的{one.street.row.name}")
    if one.street is not None and one.point is not None:
        one.beside = one.street.along.beside(*one.point)


def _named_in(text: str, known: _Known) -> list[_Street]:
    return [street for street in known.streets if street.row.name in text]


def _read_edge(one: _Judged, known: _Known) -> None:
    """Its piece of a side: as told, or worked out from the position and the width of the front."""
    values = one.reading.values
    side_said, width = values.pop("side", ""), values.pop("width_m", None)
    since, to = values.pop("from_m", None), values.pop("to_m", None)
    depth, boundary = values.pop("depth_m", None), values.pop("boundary", "") or known.boundary
    if one.reading.refusals:
        return
    if since is None and width is None:
        if one.street is not None and one.there is None:
            one.reading.notes.append("没有起止，也没有门宽，先不划责任段")
        return
    if one.street is None:
        if not any("不划责任段" in why for why in one.reading.questions):
            one.reading.questions.append("看不出在哪条管理路段，接受则先登记、不划责任段")
        return
    side = _side(one, side_said)
    if not side:
        return
    if since is None:
        if one.beside is None:
            one.reading.questions.append("只有门宽，没有位置和起止，接受则先登记、不划责任段")
            return
        since, to = (one.beside.along_cm / 100 + half for half in (-width / 2, width / 2))
        one.reading.notes.append(f"起止按位置和门宽算出：{max(since, 0):.1f}–{to:.1f} 米")
    _lay(one, side, (round(since * 100), round(to * 100)), depth, boundary, known)


def _side(one: _Judged, said: str) -> str:
    """The side that is told, in whatever word; else the one on which it stands. "": nobody can say."""
    assert one.street is not None
    street, beside = one.street.row, one.beside
    told = SIDES.get(said.lower(), "")
    for side, name in (("left", street.left_name), ("right", street.right_name)):
        if said and said.rstrip("侧边") == name.rstrip("侧边"):
            told = side
    if not told and beside is None:
        one.reading.questions.append(f"看不出在{street.name}哪一侧，接受则先登记、不划责任段")
        return ""
    if said and not told:
        one.reading.questions.append(
            f"“{said[:10]}”不是{street.name}的叫法（{street.left_name}、{street.right_name}），接受则以位置为准"
        )
    if told and beside is not None and beside.side != told and abs(beside.off_cm) > SURE_OF_THE_SIDE_CM:
        one.reading.questions.append(
            f"位置在{street.side_name(beside.side)}，表里写的是{said[:10]}，接受则以表里写的为准"
        )
    return told or (beside.side if beside else "")


def _lay(one: _Judged, side: str, edge: tuple[int, int], depth_m: float | None, boundary: str, known: _Known) -> None:
    """Within the street and no deeper than its middle."""
    assert one.street is not None
    street, (since, to) = one.street.row, edge
    beyond = max(-since, to - street.length_cm)
    if since >= street.length_cm or to <= 0 or beyond > BEYOND_THE_END_CM:
        one.reading.questions.append(
            f"起止超出{street.name}全长 {street.length_cm / 100:.1f} 米，接受则先登记、不划责任段"
        )
        return
    if beyond > 0:
        one.reading.notes.append("起止略超出路段，按路段两端截齐")
        since, to = max(since, 0), min(to, street.length_cm)
    depth, wall = round((depth_m if depth_m is not None else known.depth_m) * 100), street.wall_cm(side)
    if depth <= 0:
        one.reading.refusals.append("纵深要大于 0")
        return
    if depth > wall:
        one.reading.questions.append(f"纵深 {depth / 100:g} 米过了道路中线，接受则按 {wall / 100:g} 米")
        depth = wall
    one.edge = {
        "street": street.code,
        "side": side,
        "from_cm": since,
        "to_cm": to,
        "depth_cm": depth,
        "boundary": boundary,
    }


def _stand_somewhere(one: _Judged, known: _Known) -> None:
    """A row without coordinates stands before its piece of the edge, or at the number of its address."""
    if one.point is not None or one.there is not None:
        return
    if one.edge is not None and one.street is not None:
        wall = one.street.row.wall_cm(one.edge["side"])
        one.point = middle_of(one.street.row.line, one.edge["side"], one.edge["from_cm"], one.edge["to_cm"], wall)
        one.reading.notes.append("没有坐标，位置按责任段的中点")
        return
    text = f"{one.reading.values.get('address', '')}{one.reading.values.get('door', '')}"
    if found := _door_in(text, known):
        number, away, one.point = found
        words = f"没有坐标，位置按地名地址库里的 {number} 号"
        if away:
            one.reading.questions.append(f"{words}（差 {away} 号），接受则先用它")
        else:
            one.reading.notes.append(words)
    else:
        one.reading.refusals.append("缺少位置：要有经度和纬度，或者路段加起止，或者查得到的地址")


def _door_in(text: str, known: _Known) -> tuple[int, int, tuple[float, float]] | None:
    """(number found, how many numbers away, its point) of the road and number that an address names."""
    road = max((name for name in known.doors if name and name in text), key=len, default="")
    digits = "".join(each if each.isdigit() else " " for each in text[text.find(road) + len(road) :]).split()
    if not road or not digits or len(digits[0]) > 5:
        return None
    asked = int(digits[0])
    number, lon, lat = min(known.doors[road], key=lambda door: (abs(door[0] - asked), door[0]))
    return (number, abs(number - asked), (lon, lat)) if abs(number - asked) <= NEAREST_DOOR else None


def _read_community(judged: Sequence[_Judged], known: _Known) -> None:
    """The community is the one in which it lies; another one on the list is asked about."""
    placed = [one for one in judged if one.point is not None]
    if not placed:
        return
    homes = homes_of([one.point[0] for one in placed], [one.point[1] for one in placed])  # type: ignore[index]
    for one, home in zip(placed, homes, strict=True):
        said = one.reading.values.pop("community", "")
        if home is None:
            one.reading.refusals.append("位置不在本市范围内。坐标系选对了吗？")
        elif home.community is None:
            one.reading.refusals.append("位置不在任何村居里。请检查位置，或者先画好村居的边界")
        elif said and said not in known.communities:
            one.reading.notes.append(f"村居“{said[:20]}”对不上，以位置为准：{home.community.short_name}")
        elif said and known.communities[said] != home.community.code:
            one.reading.questions.append(
                f"位置落在{home.community.short_name}，表里写的是{said[:20]}，接受则以位置为准"
            )


def _look_for_the_same(one: _Judged, known: _Known) -> None:
    """The same name at the same door or near: in the register, or in a row before this one."""
    one.tidy = tidy_name(one.reading.values["name"])
    name, door = one.reading.values["name"], one.reading.values.get("door", "")
    if one.there is None:
        for there in known.by_name[one.tidy]:
            if there.was_there and _meet(one.point, door, there.point, there.facts.door):
                one.like.append({
                    "number": there.number, "row": None, "name": there.facts.name, "door": there.facts.door, "open": there.is_open,
                })  # fmt: skip
        for other in known.told[one.tidy]:
            if _meet(one.point, door, other.point, other.door):
                one.like.append({"number": "", "row": other.position, "name": other.name, "door": other.door, "open": True})
    known.told[one.tidy].append(_Earlier(one.row.position, name, door, one.point))


def _meet(point: Any, door: str, other_point: Any, other_door: str) -> bool:
    if point is None or other_point is None:
        return bool(door) and door == other_door
    far = distance_m(point, other_point)
    return far <= SAME_M if not (door and other_door) or door == other_door else far <= SAME_POINT_M


def _look_for_overlaps(one: _Judged, known: _Known) -> None:
    """Others on its piece, in the register or in rows before it. Both may stand: the overlap is then listed."""
    if one.edge is None or one.street is None:
        return
    since, to, side = one.edge["from_cm"], one.edge["to_cm"], one.edge["side"]
    own = {one.there.number if one.there else "", *(each["number"] or f"row {each['row']}" for each in one.like)}
    taken = one.street.taken[side]
    for begin, end, whose, name in taken:
        common = min(to, end) - max(since, begin)
        if whose in own or common <= 0:
            continue
        if common <= HANDS_BREADTH_CM:
            one.reading.notes.append(f"和“{name[:20]}”重叠 {common} 厘米，列在路段的清单里，可以取中线")
        else:
            one.reading.questions.append(f"和“{name[:20]}”重叠 {common / 100:.1f} 米，接受则两家都记，列在路段的清单里")
            break
    taken.append((since, to, one.there.number if one.there else f"row {one.row.position}", one.reading.values["name"]))


def _verdict(one: _Judged, known: _Known) -> None:
    """The row's state, its reasons, and what is to be done with it."""
    reading, row = one.reading, one.row
    told = facts_told(reading.values)
    values: dict[str, Any] = {
        "act": "register", "facts": told, "point": list(one.point) if one.point else None, "edge": one.edge,
        "beside": [each for each in one.like if each["open"]],
        "on": plain(reading.values.get("on")), "name": reading.values.get("name", ""),
    }  # fmt: skip
    open_ones = values["beside"]
    if not reading.refusals and (there := one.there or _told_already(one, open_ones, known)):
        values |= corrected(there, told, one.point)
        values["edge"] = None if _has(one, there) else one.edge
        changed = (
            [_WORDS[name] for name in values["changed"]]
            + ["位置"] * values["moves"]
            + ["责任段"] * bool(values["edge"])
        )
        if not changed and not reading.questions:
            row.state, row.reasons, row.understood = RowState.KNOWN, [f"和登记的 {there.number} 一样"], values
            return
        reading.notes.append(f"已登记为 {there.number}，将更正：{'、'.join(changed)}")
    elif open_ones:
        best = open_ones[0]
        where = f"登记的 {best['number']}" if best["number"] else f"本文件第 {best['row']} 行"
        reading.questions.append(f"可能和{where}“{best['name'][:30]}”是同一家，接受则另登记一家")
    elif one.like:
        reading.notes.append(f"同名的 {one.like[0]['number']} 已经注销，按新的一家登记")
    if (
        values["act"] == "register"
        and "kind" not in told
        and not any(why.startswith("种类") for why in reading.questions)
    ):
        reading.notes.append("没有写种类，按店铺登记")
    if reading.refusals:
        row.state = RowState.REFUSED
    elif reading.questions:
        row.state = RowState.DECIDE
    else:
        row.state = RowState.WARNED if reading.notes else RowState.READY
    row.reasons = [*reading.refusals, *reading.questions, *reading.notes]
    row.understood = values


def _told_already(one: _Judged, like: Sequence[dict[str, Any]], known: _Known) -> _There | None:
    """The one that the register says all of this about already: the same file a second time."""
    for each in like:
        there = known.by_number.get(each["number"])
        if there is None or there.facts.name != one.reading.values["name"]:
            continue
        same = corrected(there, facts_told(one.reading.values), one.point)
        if not same["changed"] and not same["moves"] and (one.edge is None or _has(one, there)):
            return there
    return None


def _has(one: _Judged, there: _There) -> bool:
    """Whether they have exactly this piece already."""
    if one.edge is None or one.street is None:
        return False
    mine = (one.edge["from_cm"], one.edge["to_cm"], there.number)
    return any(each[:3] == mine for each in one.street.taken[one.edge["side"]][:-1])


def facts_told(values: dict[str, Any]) -> dict[str, str]:
    """What a row tells of the facts; what it leaves empty stays as it was."""
    door = values.get("door") or values.get("address", "")[:60]
    named = {
        "name": values.get("name"),
        "kind": values.get("kind"),
        "trade": values.get("trade"),
        "door": door,
        "contact_post": values.get("contact"),
    }
    return {name: value for name, value in named.items() if value}


def corrected(there: _There, told: dict[str, str], point: tuple[float, float] | None) -> dict[str, Any]:
    """How a row becomes a correction of premises that the register has."""
    is_now = asdict(there.facts)
    moves = point is not None and (there.point is None or distance_m(point, there.point) > SAME_POINT_M)
    return {
        "act": "correct", "number": there.number, "seen": is_now, "moves": moves,
        "changed": [name for name, value in told.items() if value != is_now[name]],
    }  # fmt: skip


def kind_label(kind: str) -> str:
    return str(PremisesKind(kind or "shop").label)

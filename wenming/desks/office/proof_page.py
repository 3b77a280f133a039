"""The reports of the closure proof as people read them: what is open, where, when, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.organisations.models import Unit
from wenming.responsibilities.models import ClosureReport
from wenming.responsibilities.models.rosters import RosterPost
from wenming.responsibilities.rosters.selectors import NO_ROSTER
from wenming.standards.selectors import kind_names
from wenming.territory.models import Area, GridKind

KINDS = {
    "gap": (gettext_lazy("没有人负责"), gettext_lazy("在权责矩阵里补一条，或登记由哪个单位承担。")),
    # The reason kept with the report already says what to do.
    "conflict": (gettext_lazy("说法冲突"), ""),
    "ended": (gettext_lazy("单位已停用"), gettext_lazy("在权责矩阵里改成现有的单位。")),
    "no-grid": (gettext_lazy("没有网格"), gettext_lazy("在网格图层里补画这一块。")),
}
REASONS = {
    "no-shift": gettext_lazy("班次里没有排到"), "not-filled": gettext_lazy("这个班缺人"), "lacks-skill": gettext_lazy("缺有技能的人"),
    "paused": gettext_lazy("暂停值班"),
}  # fmt: skip
PLACE_KINDS = {
    "no-body": (gettext_lazy("没有管理单位"), gettext_lazy("在场所档案里用“更正”登记管理单位。")),
    "no-desk": (gettext_lazy("管理单位不在系统里"), gettext_lazy("把它登记为单位，再更正场所档案；登记以前由镇街代办。")),
    "body-ended": (gettext_lazy("管理单位已停用"), gettext_lazy("在场所档案里改成现在的管理单位。")),
    "no-town": (gettext_lazy("没有督促的镇街"), gettext_lazy("补上场所的位置，或登记由哪个单位担任属地镇街。")),
    "two-towns": (gettext_lazy("两个单位都是属地镇街"), gettext_lazy("只留一个单位担任这个镇街的角色。")),
    "two-bodies": (gettext_lazy("矩阵里有两个说法"), gettext_lazy("在权责矩阵里留下一条，或分出先后。")),
}  # fmt: skip
LISTED, NAMED = 200, 6
HEADS = (
    gettext_lazy("怎么了"), gettext_lazy("小类代码"), gettext_lazy("小类"), gettext_lazy("镇街"), gettext_lazy("村居"),
    gettext_lazy("面积（平方米）"), gettext_lazy("经度"), gettext_lazy("纬度"), gettext_lazy("从"), gettext_lazy("到（不含）"),
    gettext_lazy("指向的单位"), gettext_lazy("权责第几条"), gettext_lazy("说明"),
)  # fmt: skip


class ProofForm(forms.Form):
    """Which week."""

    since = forms.DateField(
        label=gettext_lazy("从哪天起的一周"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


@dataclass(frozen=True)
class Line:
    """One opening in words."""

    kind: str
    what_to_do: str
    late: bool
    types: Sequence[str]
    towns: Sequence[str]
    area_m2: float
    pieces: int
    since: date
    until: date
    units: Sequence[str]
    why: str
    url: str

    @property
    def km2(self) -> str:
        return area_words(self.area_m2)


@dataclass(frozen=True)
class PlaceLine:
    """Places of one town with the same fault."""

    kind: str
    what_to_do: str
    town: str
    numbers: Sequence[str]
    since: date
    until: date
    units: Sequence[str]
    why: str


@dataclass
class Shown:
    """A report with the names its codes stand for."""

    report: ClosureReport

    @property
    def told(self) -> dict[str, Any]:
        return self.report.content

    @cached_property
    def types(self) -> Mapping[str, str]:
        return kind_names({code for one in self._openings for code in one["types"]})

    @cached_property
    def places(self) -> Mapping[str, str]:
        return dict(Area.objects.filter(valid_to=None).order_by("valid_from").values_list("code", "short_name"))

    @cached_property
    def units(self) -> Mapping[str, str]:
        wanted = {code for one in (*self._openings, *self._of_places) for code in one["units"]}
        return dict(Unit.objects.filter(code__in=wanted).values_list("code", "short_name"))

    @property
    def _openings(self) -> list[dict[str, Any]]:
        return [*self.told["openings"], *self.told["of_owned"]]

    @property
    def _of_places(self) -> list[dict[str, Any]]:
        """Reports of before 2026-11-24 say nothing of places."""
        told: list[dict[str, Any]] = (self.told.get("places") or {}).get("openings", [])
        return told

    def public_places(self) -> list[PlaceLine]:
        return [self._place_line(one) for one in self._of_places[:LISTED]]

    def _place_line(self, one: Mapping[str, Any]) -> PlaceLine:
        kind, what_to_do = PLACE_KINDS[one["kind"]]
        return PlaceLine(
            str(kind), str(what_to_do), self.places.get(one["town"], one["town"]), one["numbers"], date.fromisoformat(one["since"]),
            date.fromisoformat(one["until"]), self._unit_names(one), one["why"],
        )  # fmt: skip

    def lines(self) -> list[Line]:
        return [self._line(one, self.told["grounds"]) for one in self.told["openings"][:LISTED]]

    def of_owned(self) -> list[Line]:
        return [self._line(one, self.told["owned"]) for one in self.told["of_owned"][:LISTED]]

    def rosters(self) -> dict[str, list[dict[str, Any]]] | None:
        """Stretches without enough people on duty, the longest first: of groups with a roster, and of those without one.

        None while there is no group at all. Reports of before 2026-11-24 do not say where nobody of any group is.
        """
        gaps = self.told["rosters"]
        if gaps is None:
            return None
        named = sorted((self._gap(gap) for gap in gaps), key=lambda gap: -gap["minutes"])
        return {
            "planned": [gap for gap in named if gap.get("reason") != NO_ROSTER][:LISTED],
            "unplanned": [gap for gap in named if gap.get("reason") == NO_ROSTER][:LISTED],
            "unwatched": [self._unwatched(one) for one in self.told.get("unwatched", ())][:LISTED],
        }

    def _gap(self, gap: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **gap, "post": RosterPost(gap["post"]).label, "since": _moment(gap["since"]), "until": _moment(gap["until"]),
            "km2": area_words(gap["area_m2"]), "why": REASONS.get(gap.get("reason", ""), ""),
        }  # fmt: skip

    def _unwatched(self, one: Mapping[str, Any]) -> dict[str, Any]:
        where = [_("全市") if code == "*" else self.places.get(code, code) for code in one["places"]]
        return {
            **one, "post": RosterPost(one["post"]).label, "since": _moment(one["since"]), "until": _moment(one["until"]),
            "where": where, "km2": area_words(one["area_m2"]),
        }  # fmt: skip

    def layers(self) -> list[str]:
        """“块状网格 v3” for each layer of grids it rests on; the signed text holds the editions' tokens too."""
        named = {kind.value: str(kind.label) for kind in GridKind}
        return [f"{named.get(kind, kind)} v{version.partition(':')[0]}" for kind, version in self.told["layers"].items()]

    def rows_of_file(self) -> Iterator[list[Any]]:
        """Every matter on every ground, a row each."""
        yield [str(head) for head in HEADS]
        for openings, grounds in (("openings", "grounds"), ("of_owned", "owned")):
            for one in self.told[openings]:
                for number in one["grounds"]:
                    yield from self._rows(one, self.told[grounds][number])
        for one in self._of_places:
            line = self._place_line(one)
            for number in line.numbers:
                yield [
                    line.kind, "、".join(one["types"]), number, line.town, "", "", "", "", one["since"], one["until"],
                    "、".join(line.units), "", line.why,
                ]  # fmt: skip

    def _rows(self, one: Mapping[str, Any], ground: Mapping[str, Any]) -> Iterator[list[Any]]:
        town = self.places.get(ground["town"], ground["town"])
        communities = "、".join(self.places.get(code, code) for _town, code in ground["spots"] if code)
        rest = [
            one["since"],
            one["until"],
            "、".join(self._unit_names(one)),
            "、".join(map(str, one["rules"])),
            one["why"],
        ]
        for code in one["types"]:
            yield [
                str(KINDS[one["kind"]][0]), code, self.types.get(code, ""), town, communities, ground["area_m2"], ground["lon"], ground["lat"],
                *rest,
            ]  # fmt: skip

    def _line(self, one: Mapping[str, Any], grounds: Sequence[Mapping[str, Any]]) -> Line:
        there = [grounds[number] for number in one["grounds"]]
        largest = max(there, key=lambda ground: ground["area_m2"])
        kind, what_to_do = KINDS[one["kind"]]
        asked = {
            "longitude": largest["lon"],
            "latitude": largest["lat"],
            "type": one["types"][0],
            "at": f"{one['since']}T00:00",
        }
        return Line(
            str(kind), str(what_to_do), one["kind"] != "gap", [self.types.get(code, code) for code in one["types"]],
            list(dict.fromkeys(self.places.get(ground["town"], ground["town"]) for ground in there)),
            sum(ground["area_m2"] for ground in there), sum(ground["pieces"] for ground in there),
            date.fromisoformat(one["since"]), date.fromisoformat(one["until"]), self._unit_names(one), one["why"], f"?{urlencode(asked)}",
        )  # fmt: skip

    def _unit_names(self, one: Mapping[str, Any]) -> list[str]:
        return [self.units.get(code, code) for code in one["units"]]


def area_words(area_m2: float) -> str:
    """“1,780 平方公里”, “120 平方米”: as exact as people read it."""
    if area_m2 >= 1_000_000:
        return _("%(n)s 平方公里") % {"n": f"{area_m2 / 1_000_000:,.1f}"}
    return _("%(n)s 平方米") % {"n": f"{area_m2:,.0f}"}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

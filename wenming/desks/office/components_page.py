"""The pages of the register of components: which are listed, what is told of one, the forms, the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import shapely
from django import forms
from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.components import cases_on, link_of
from wenming.cases.models import Case
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.forms import DATUMS, ThingForm
from wenming.desks.common.paging import first_of
from wenming.desks.common.timeline import Told
from wenming.organisations.models import Account, Unit
from wenming.standards.models import ProblemType
from wenming.standards.selectors import current_scheme, kind_names, types_in
from wenming.territory.components import services
from wenming.territory.components.selectors import (
    city_division,
    components_visible_to,
    editions_of,
    free_code,
    register_begun,
)
from wenming.territory.components.services import Drawn, Facts
from wenming.territory.maps import Pin, around, svg_map
from wenming.territory.models import Component, ComponentEdition, Condition, Standing
from wenming.territory.rules.component_codes import kind_digits
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import towns

from .thing_acts import ThingAct, Things

LISTED = 50
SHOWN_CASES = 12
MOST_PINS = 5_000
MAP_SIZE, CLOSE_MAP_SIZE = (620, 760), (620, 340)
CLOSE_UP = 0.0015
LOOKS = {Condition.GOOD: "done", Condition.DAMAGED: "late", Condition.MISSING: "late", Condition.DISUSED: "hold"}
HEADS = (
    gettext_lazy("标识码"), gettext_lazy("小类"), gettext_lazy("小类代码"), gettext_lazy("名称"), gettext_lazy("权属单位"),
    gettext_lazy("主管单位"), gettext_lazy("养护单位"), gettext_lazy("状态"), gettext_lazy("在册情况"), gettext_lazy("经度"),
    gettext_lazy("纬度"), gettext_lazy("几何（WKT）"), gettext_lazy("镇街"), gettext_lazy("村居"), gettext_lazy("网格"), gettext_lazy("地点"),
    gettext_lazy("变更日期"), gettext_lazy("备注"),
)  # fmt: skip


class ComponentFilter(forms.Form):
    """Which components; kept in the address."""

    q = forms.CharField(label=gettext_lazy("标识码、名称、地点"), required=False, max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("小类"), required=False)
    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)
    owner = forms.ChoiceField(label=gettext_lazy("权属单位"), required=False)
    condition = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[("", gettext_lazy("不限")), *Condition.choices]
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("在册情况"), required=False,
        choices=[("", gettext_lazy("在册")), (Standing.RETIRED, gettext_lazy("已注销"))],
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="components_%s", **kwargs)  # type: ignore[arg-type, misc]
        self.names = kind_names(Component.objects.order_by("kind_code").values_list("kind_code", flat=True).distinct())
        self._offer("kind", sorted(self.names.items()))
        self._offer("town", towns().values_list("code", "short_name"))
        owners = Unit.objects.filter(pk__in=Component.objects.order_by().values("owner").distinct())
        self._offer("owner", [("-", _("没有登记")), *owners.order_by("short_name").values_list("code", "short_name")])

    def narrow(self, found: QuerySet[Component]) -> QuerySet[Component]:
        """Those asked for, by code."""
        self.is_valid()
        asked = {name: self.cleaned_data.get(name, "") for name in self.fields}
        found = found.filter(standing=asked["standing"] or Standing.IN_USE)
        if words := asked["q"].strip():
            found = found.filter(Q(code__startswith=words) | Q(name__contains=words) | Q(placement__address__contains=words))
        found = found.filter(kind_code=asked["kind"]) if asked["kind"] else found
        found = found.filter(placement__town__code=asked["town"]) if asked["town"] else found
        found = found.filter(condition=asked["condition"]) if asked["condition"] else found
        if asked["owner"]:
            found = found.filter(owner=None) if asked["owner"] == "-" else found.filter(owner__code=asked["owner"])
        return found.order_by("code")

    @property
    def applied(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def _offer(self, name: str, choices: Any) -> None:
        self.fields[name].choices = [("", _("不限")), *choices]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Line:
    """One component as a list shows it."""

    component: Component
    kind: str

    @property
    def look(self) -> str:
        return LOOKS[Condition(self.component.condition)] if self.component.in_use else "hold"

    @property
    def words(self) -> str:
        return str(self.component.get_condition_display() if self.component.in_use else self.component.get_standing_display())

    @property
    def title(self) -> str:
        return " ".join(filter(None, [self.kind, self.component.name]))


def lines_of(found: Sequence[Component], names: Mapping[str, str] | None = None) -> list[Line]:
    """The lines of a list, with their kinds' names. names: of all kinds in the register, where they are known already."""
    names = kind_names({one.kind_code for one in found}) if names is None else names
    return [Line(one, names.get(one.kind_code, one.kind_code)) for one in found]


def drawn_map(
    found: QuerySet[Component], current: Component | None, query: str, size: tuple[int, int] = MAP_SIZE
) -> SafeString:
    """The components of the list; the selected one with a pin of its own, and near enough to be seen."""
    wanted = found.values_list("code", "condition", "placement__longitude", "placement__latitude")[:MOST_PINS]
    pins = [
        Pin(lon, lat or 0.0, LOOKS[Condition(condition)], code, f"?{query}component={code}")
        for code, condition, lon, lat in wanted
        if lon is not None and (current is None or code != current.code)
    ]
    if current is not None:
        lon, lat = current.placement.point or (0.0, 0.0)
        pins.insert(0, Pin(lon, lat, "here", current.code, f"?{query}component={current.code}"))
    box = around(pins[:1] if current else pins, CLOSE_UP)
    width, height = size
    return svg_map(bbox=box, pins=pins, width=width, height=height, title=_("部件的位置"))


# --- one component ---------------------------------------------------------------------------------------------------


def detail_of(
    component: Component, user: Account, on: date | None = None, acting: ThingAct[Component] | None = None, form: Any = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Everything the page tells of one component. on: a past day, whose edition is shown beside today's; names: see lines_of."""
    editions = list(editions_of(component))
    as_of = [one for one in editions if on is not None and one.valid_from <= on]
    cases = cases_visible_to(user).filter(pk__in=cases_on(component).values("case")).order_by("-opened_at")
    first_cases, all_cases = first_of(cases, SHOWN_CASES)
    return {
        "line": lines_of([component], names)[0],
        "component": component,
        "history": [_told(one, before) for one, before in zip(editions, [None, *editions], strict=False)],
        "cases": first_cases,
        "all_cases": all_cases,
        "on": on,
        "then": as_of[-1] if as_of else None,
        "day_form": DayForm(initial={"on": on}),
        "acts": COMPONENTS.open_acts(component, user, STEPS[Standing(component.standing)], acting=acting, form=form),
    }


def _told(edition: ComponentEdition, before: ComponentEdition | None) -> Told:
    changed = [] if before is None else list(_differences(before, edition))
    since = _("从 %(day)s 起") % {"day": edition.valid_from.isoformat()}
    note = "；".join(filter(None, [since, *changed, edition.reason, edition.source]))
    return Told(edition.at, edition.get_act_display(), edition.by.display_name if edition.by else _("系统"), note)


def _differences(before: ComponentEdition, after: ComponentEdition) -> Iterator[str]:
    """“状态 完好→破损” for each field that differs."""
    nothing, condition = _("空"), _("状态")
    for name, label in (
        ("name", _("名称")), ("owner", _("权属单位")), ("supervisor", _("主管单位")), ("caretaker", _("养护单位")), ("note", _("备注")),
    ):  # fmt: skip
        was, is_now = getattr(before, name), getattr(after, name)
        if was != is_now:
            yield f"{label} {was or nothing}→{is_now or nothing}"
    if before.condition != after.condition:
        yield f"{condition} {before.get_condition_display()}→{after.get_condition_display()}"
    if before.placement_id != after.placement_id:
        yield _("位置改到 %(place)s") % {"place": after.placement}


class DayForm(forms.Form):
    """As of which day."""

    on = forms.DateField(label=gettext_lazy("哪一天的情况"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


def link_shown(case: Case, user: Account) -> dict[str, Any]:
    """What the page of a case tells of its component, where the city keeps a register."""
    begun = register_begun()
    may_attach = begun and user.may("cases.dispatch") and not case.ended
    return {"link": link_of(case) if begun else None, "may_attach": may_attach}


# --- acts ------------------------------------------------------------------------------------------------------------


def _units() -> QuerySet[Unit]:
    return Unit.objects.filter(valid_to=None).order_by("kind", "short_name")


def _unit_field(label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=label, queryset=_units(), to_field_name="code", required=False, empty_label=gettext_lazy("没有登记")
    )


class ReasonForm(ThingForm):
    """Why, and from which day."""

    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, thing: Component, **kwargs: Any) -> None:
        starting = {"on": localdate(), "edition": thing.editions_count, **self.filled_in(thing)}
        super().__init__(data, thing=thing, initial=starting if data is None else {}, **kwargs)

    def filled_in(self, component: Component) -> dict[str, Any]:
        """What the register already tells."""
        return {}


class PlaceFields(forms.Form):
    """A position; its datum is always said."""

    longitude = forms.FloatField(label=gettext_lazy("经度"), required=False, min_value=-180, max_value=180)
    latitude = forms.FloatField(label=gettext_lazy("纬度"), required=False, min_value=-90, max_value=90)
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=DATUMS, initial=Datum.CGCS2000.value)
    address = forms.CharField(label=gettext_lazy("地点"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("longitude") is None) != (given.get("latitude") is None) and not self.errors:
            self.add_error("longitude", _("经度和纬度要一起填。"))
        return given

    @property
    def drawn(self) -> Drawn | None:
        given = self.cleaned_data
        if given.get("longitude") is None:
            return None
        return Drawn(shapely.Point(given["longitude"], given["latitude"]), Datum(given["datum"]), given["address"])


class FactsFields(forms.Form):
    """What is told of a component beside its code and its place. The units to choose from are read once for all three."""

    name = forms.CharField(label=gettext_lazy("名称"), required=False, max_length=60)
    owner = _unit_field(gettext_lazy("权属单位"))
    supervisor = _unit_field(gettext_lazy("主管单位"))
    caretaker = _unit_field(gettext_lazy("养护单位"))
    condition = forms.ChoiceField(label=gettext_lazy("状态"), choices=Condition.choices, initial=Condition.GOOD)
    note = forms.CharField(label=gettext_lazy("备注"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = cache(lambda: [("", _("没有登记")), *((one.code, str(one)) for one in _units())])
        for name in ("owner", "supervisor", "caretaker"):
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def facts(self, kind_code: str) -> Facts:
        given = {name: self.cleaned_data[name] for name in FactsFields.base_fields}
        return Facts(kind_code, **given)


class CorrectionForm(FactsFields, PlaceFields, ReasonForm):
    """更正. A position left empty stays where it is."""

    def filled_in(self, component: Component) -> dict[str, Any]:
        facts = {name: getattr(component, name) for name in FactsFields.base_fields}
        units = {name: one.code if isinstance(one, Unit) else one for name, one in facts.items()}
        return {**units, "datum": Datum.CGCS2000.value, "address": component.placement.address}


class NewComponentForm(FactsFields, PlaceFields):
    """登记. Without a code the next free one of the kind is given."""

    kind = forms.ChoiceField(label=gettext_lazy("小类"))
    code = forms.CharField(
        label=gettext_lazy("标识码"), required=False, max_length=24, help_text=gettext_lazy("16 位；不填就接着排下一个流水号")
    )
    on = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = types_in(current_scheme(), kind="component") if ProblemType.objects.exists() else ()
        listed = [(one.full_code, f"{one.code} {one.name}") for one in types]
        self.fields["kind"].choices = [("", _("请选小类")), *listed]  # type: ignore[attr-defined]
        self.fields["longitude"].required = self.fields["latitude"].required = True

    def wanted_code(self) -> str:
        """The code typed, else the next free one."""
        return self.cleaned_data["code"] or free_code(city_division(), kind_digits(self.cleaned_data["kind"]))


Do = Callable[[Component, Any, Account, datetime], Component]


def _correct(component: Component, form: CorrectionForm, by: Account, now: datetime) -> Component:
    given, where = form.cleaned_data, form.drawn
    if where is None and given["address"] != component.placement.address:
        # The same point under another name is another placement; the shape stays.
        where = Drawn(component.geometry, Datum.CGCS2000, given["address"])
    return services.correct_component(
        component, form.facts(component.kind_code), where, reason=given["reason"], on=given["on"], by=by, now=now,
        expected_edition=given["edition"],
    )  # fmt: skip


def _plain(service: Callable[..., Component]) -> Do:
    def do(component: Component, form: ReasonForm, by: Account, now: datetime) -> Component:
        given = form.cleaned_data
        seen = given["edition"]
        return service(component, reason=given["reason"], on=given["on"], by=by, now=now, expected_edition=seen)

    return do


COMPONENTS: Things[Component] = Things("component", "code", components_visible_to, services.PERMISSION, (
    ThingAct("corrections", "correct", gettext_lazy("更正"), CorrectionForm, _correct, gettext_lazy("已更正，原来的留在变更史里"),
             note=gettext_lazy("不填经纬度，位置就不动。")),
    ThingAct("retirement", "retire", gettext_lazy("注销"), ReasonForm, _plain(services.retire_component), gettext_lazy("已注销"),
             danger=True),
    ThingAct("restoration", "restore", gettext_lazy("恢复在册"), ReasonForm, _plain(services.restore_component),
             gettext_lazy("已恢复在册")),
))  # fmt: skip
STEPS = {Standing.IN_USE: {"correct", "retire"}, Standing.RETIRED: {"restore"}}


# --- files -----------------------------------------------------------------------------------------------------------


def table_rows(found: QuerySet[Component], most: int | None = None) -> Iterator[list[Any]]:
    """Heads and rows of the list, in columns that the import reads again; no more than `most`."""
    yield [str(head) for head in HEADS]
    names = kind_names(found.order_by().values_list("kind_code", flat=True).distinct())
    for one in found[:most].iterator(chunk_size=1000):
        place = one.placement
        yield [
            one.code, names.get(one.kind_code, ""), kind_digits(one.kind_code), one.name, *(_name(unit) for unit in _units_of(one)),
            str(one.get_condition_display()), str(one.get_standing_display()), place.longitude, place.latitude,
            shapely.to_wkt(one.geometry, rounding_precision=7) if one.outline is not None else "",
            _name(place.town), _name(place.community), place.grid.code if place.grid else "", place.address,
            one.valid_from.isoformat(), one.note,
        ]  # fmt: skip


def features(found: QuerySet[Component]) -> Iterator[dict[str, Any]]:
    """The list as GeoJSON features in CGCS2000 degrees; their properties are the list's columns."""
    rows = table_rows(found)
    heads = next(rows)
    keys = [key for key in heads if key not in {_("经度"), _("纬度"), _("几何（WKT）")}]
    for row in rows:
        told = dict(zip(heads, row, strict=True))
        wkt = told[_("几何（WKT）")]
        geometry = shapely.from_wkt(wkt) if wkt else shapely.Point(told[_("经度")], told[_("纬度")])
        yield {
            "type": "Feature", "id": row[0], "geometry": shapely.geometry.mapping(geometry),
            "properties": {key: told[key] for key in keys},
        }  # fmt: skip


def _units_of(component: Component) -> tuple[Unit | None, ...]:
    return component.owner, component.supervisor, component.caretaker


def _name(thing: Any) -> str:
    return thing.name if thing else ""


def query_of(chosen: ComponentFilter) -> str:
    """The filter as the beginning of an address's query."""
    return f"{urlencode(chosen.applied)}&" if chosen.applied else ""

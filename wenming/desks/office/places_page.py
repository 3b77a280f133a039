"""The pages of the register of public places: which are listed, what is told of one, the forms, the files. Policy: 2.1-2.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import shapely
from django import forms
from django.db.models import CharField, F, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.places import cases_at
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.forms import DATUMS, ThingForm
from wenming.desks.common.place_looks import by_parts
from wenming.desks.common.timeline import Told
from wenming.desks.common.wording import WEEKDAYS
from wenming.evidence.selectors import exhibits_of_either
from wenming.observations.place_proposals import PHOTOS as FOUND
from wenming.observations.public_places import PHOTOS, latest_verification, without_photos
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.places import selectors as owed
from wenming.responsibilities.places import services as duties
from wenming.responsibilities.places.change import with_another_body
from wenming.standards.places.selectors import checklist_of, checklists
from wenming.territory.components.services import Drawn
from wenming.territory.maps import Pin, svg_map
from wenming.territory.models import Area, Place, PlaceCondition, PlaceEdition, PlaceKind, PlaceOrigin, PlaceStanding
from wenming.territory.public_places import services
from wenming.territory.public_places.selectors import editions_of, missing_facts, overdue, places_visible_to
from wenming.territory.public_places.services import PlaceTelling, PlaceWhere
from wenming.territory.rules.coordinates import Datum
from wenming.territory.selectors import towns

from .components_page import DayForm
from .thing_acts import ThingAct, Things

LISTED = 50
SHOWN_CASES = 12
CLOSE_MAP_SIZE, CLOSE_UP = (620, 340), 16.0
LOOKS = {PlaceCondition.GOOD: "done", PlaceCondition.WORN: "soon", PlaceCondition.POOR: "late", PlaceCondition.UNKNOWN: "hold"}
GAPS = (
    ("pact", gettext_lazy("没有公约")), ("guides", gettext_lazy("没有引导员")), ("body", gettext_lazy("没有管理单位")),
    ("education", gettext_lazy("一年没有宣传教育")), ("facts", gettext_lazy("档案缺项")), ("checks", gettext_lazy("清单没有答完")),
    ("failed", gettext_lazy("清单有不到位的")), ("photos", gettext_lazy("没有照片")),
)  # fmt: skip
# The columns that the import reads again.
HEADS = (
    gettext_lazy("编号"), gettext_lazy("类别"), gettext_lazy("名称"), gettext_lazy("管理单位"), gettext_lazy("负责岗位"), gettext_lazy("负责人"),
    gettext_lazy("现状"), gettext_lazy("经度"), gettext_lazy("纬度"), gettext_lazy("几何（WKT）"), gettext_lazy("镇街"), gettext_lazy("地点"),
    gettext_lazy("普查日期"), gettext_lazy("备注"), gettext_lazy("在册情况"), gettext_lazy("档案完整（%）"), gettext_lazy("上次核对"),
    gettext_lazy("下次核对"), gettext_lazy("二维码编号"),
)  # fmt: skip


class PlaceFilter(forms.Form):
    """Which places; kept in the address."""

    q = forms.CharField(label=gettext_lazy("编号、名称、地点"), required=False, max_length=60)
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"), required=False, choices=[("", gettext_lazy("不限")), *PlaceKind.choices]
    )
    town = forms.ChoiceField(label=gettext_lazy("镇街"), required=False)
    gap = forms.ChoiceField(label=gettext_lazy("缺什么"), required=False, choices=[("", gettext_lazy("不限")), *GAPS])
    due = forms.ChoiceField(
        label=gettext_lazy("核对"), required=False, choices=[("", gettext_lazy("不限")), ("late", gettext_lazy("该核对了"))]
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("在册情况"), required=False,
        choices=[("", gettext_lazy("在册")), (PlaceStanding.CLOSED, gettext_lazy("已关闭"))],
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="places_%s", **kwargs)  # type: ignore[arg-type, misc]
        named = list(towns().values_list("code", "short_name"))
        self.fields["town"].choices = [("", _("不限")), *named, ("-", _("不知道在哪个镇街"))]  # type: ignore[attr-defined]
        self.is_valid()

    def narrow(self, found: QuerySet[Place], on: date) -> QuerySet[Place]:
        """Those asked for, by number."""
        asked = {name: self.cleaned_data.get(name, "") for name in self.fields}
        found = found.filter(standing=asked["standing"] or PlaceStanding.OPEN)
        if words := asked["q"].strip():
            found = found.filter(Q(number__startswith=words) | Q(name__contains=words) | Q(placement__address__contains=words))
        found = found.filter(kind=asked["kind"]) if asked["kind"] else found
        if asked["town"]:
            found = found.filter(placement__town=None) if asked["town"] == "-" else found.filter(placement__town__code=asked["town"])
        found = found.filter(overdue(on)) if asked["due"] else found
        return with_gap(found, asked["gap"], on).order_by("number")

    @property
    def applied(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """The filter as the beginning of an address's query."""
        return f"{urlencode(self.applied)}&" if self.applied else ""


def with_gap(found: QuerySet[Place], gap: str, on: date) -> QuerySet[Place]:
    """Of these the ones with that gap; "" leaves all."""
    if gap == "photos":
        return without_photos(found)
    asked: dict[str, Callable[[], Q]] = {
        "pact": owed.no_pact, "guides": lambda: owed.no_guides(on), "body": owed.no_body, "education": lambda: owed.no_education(on),
        "facts": lambda: _fewer("told", "asked"), "checks": lambda: _fewer("answered", "items") | Q(items=0), "failed": lambda: Q(failed__gt=0),
    }  # fmt: skip
    return found.filter(asked[gap]()) if gap in asked else found


def _fewer(one: str, other: str) -> Q:
    return Q(**{f"{one}__lt": F(other)})


@dataclass(frozen=True)
class Line:
    """One place as a list shows it."""

    place: Place
    today: date
    # How many items its kind's checklist has: of a place that nobody has looked at, none is answered.
    items: int = 0

    @property
    def complete_percent(self) -> int:
        return self.place.complete_percent(self.items)

    @property
    def items_asked(self) -> int:
        return self.place.items or self.items

    @property
    def look(self) -> str:
        return LOOKS[PlaceCondition(self.place.condition)] if self.place.is_open else "hold"

    @property
    def words(self) -> str:
        if self.place.is_open and self.place.condition == PlaceCondition.UNKNOWN:
            # “还没有核过” beside a checklist answered last week would contradict it: what is missing is this one fact.
            return _("现状没有登记")
        return str(self.place.get_condition_display() if self.place.is_open else self.place.get_standing_display())

    @property
    def late(self) -> bool:
        return self.place.is_open and (self.place.due_on is None or self.place.due_on < self.today)

    @property
    def due_words(self) -> str:
        if self.place.due_on is None:
            return _("还没有核对过")
        return _("%(day)s 前") % {"day": self.place.due_on.isoformat()}


def lines_of(found: Sequence[Place], today: date) -> list[Line]:
    """The lines of a list."""
    items = items_by_kind()
    return [Line(one, today, items.get(one.kind, 0)) for one in found]


def items_by_kind() -> dict[str, int]:
    """{kind: how many items its checklist in force has}."""
    return {kind: len(one.items) for kind, one in checklists().items()}


def drawn_place(place: Place) -> SafeString | None:
    """The streets around one place; None for what moves."""
    point = place.placement.point
    width, height = CLOSE_MAP_SIZE
    return point and svg_map(center=point, zoom=CLOSE_UP, pins=[Pin(*point, "here", place.name)], width=width, height=height, title=_("位置"))


# --- one place -------------------------------------------------------------------------------------------------------


def detail_of(place: Place, user: Account, on: date | None, acting: Any = None, form: Any = None) -> dict[str, Any]:
    """Everything the dossier tells. on: a past day, whose state is shown beside today's."""
    today = localdate()
    editions = list(editions_of(place))
    as_of = [one for one in editions if on is not None and one.valid_from <= on]
    looked = latest_verification(place)
    then_looked = latest_verification(place, on) if on is not None else None
    checklist = looked.checklist if looked else checklist_of(place.kind)
    asked = len(checklist.asked) if checklist else 0
    prefetch_related_objects([place], "guides")
    pact, guides = owed.pact_of(place), [one for one in place.guides.all() if one.until is None or one.until >= today]
    educations = list(place.educations.all()[:5])
    found_as = place.proposals.values(key=Cast("proposal", CharField()))
    # Its own before those it was found with.
    photos = sorted(exhibits_of_either((PHOTOS, [place.number]), (FOUND, found_as)), key=lambda one: one.subject_type != PHOTOS)
    context = {
        "place": place, "now": timezone.now(), "line": Line(place, today, asked), "looked": looked, "checklist": checklist,
        "parts": by_parts(checklist, looked.answers if looked else {}) if checklist else [],
        "pact": pact, "guides": guides, "educations": educations, "photos": photos,
        "history": [_told(one, before) for one, before in zip(editions, [None, *editions], strict=False)],
        "cases": list(cases_visible_to(user).filter(pk__in=cases_at(place).values("pk")).order_by("-opened_at")[:SHOWN_CASES]),
        "may_open_cases": user.may("cases.oversee"), "duty": owed.verification_owed(place),
        "missing": _missing(place, asked), "unkept": _unkept(place, today, pact=pact, guides=guides, educations=educations, photos=photos),
        "on": on, "then": as_of[-1] if as_of else None, "then_looked": then_looked,
        "then_parts": by_parts(then_looked.checklist, then_looked.answers) if then_looked else [],
        "day_form": DayForm(initial={"on": on}), "may_verify": user.may(duties.PERMISSION) and place.is_open,
        "acts": PLACES.open_acts(place, user, STEPS[PlaceStanding(place.standing)], acting=acting, form=form),
        "duties": PLACE_DUTIES.open_acts(place, user, _duty_steps(place, guides), acting=acting, form=form),
        "map": drawn_place(place),
    }  # fmt: skip
    return context


def _missing(place: Place, items: int) -> list[str]:
    """What the dossier still lacks, in words: exactly what its percentage counts."""
    if not place.is_open:
        return []
    unanswered = items - place.answered if place.items else items
    return missing_facts(place) + ([_("清单 %(count)d 项没有答") % {"count": unanswered}] if unanswered > 0 else [])


def _unkept(
    place: Place, today: date, *, pact: Any, guides: Sequence[Any], educations: Sequence[Any], photos: Sequence[Any]
) -> list[str]:
    """What the managing body owes and nobody has entered (2.4); whether it is there, the checklist says."""
    if not place.is_open:
        return []
    found: list[str] = []
    found += [] if pact else [_("公约")]
    found += [] if guides else [_("引导员")]
    found += [] if educations and educations[0].held_on > today - owed.EDUCATION_HOLDS else [_("近一年的宣传教育")]
    return found + ([] if photos else [_("照片")])


def _told(edition: PlaceEdition, before: PlaceEdition | None) -> Told:
    changed = [] if before is None else list(_differences(before, edition))
    since = _("从 %(day)s 起") % {"day": edition.valid_from.isoformat()}
    note = _("；").join(filter(None, [since, *changed, edition.reason, edition.source]))
    return Told(edition.at, edition.get_act_display(), edition.by.display_name if edition.by else _("系统"), note)


def _differences(before: PlaceEdition, after: PlaceEdition) -> Iterator[str]:
    """“现状 良好→有缺损” for each field that differs."""
    nothing = _("空")
    for name, label in (
        ("name", _("名称")), ("managing_body", _("管理单位")), ("responsible_post", _("负责岗位")), ("responsible_name", _("负责人")),
        ("note", _("备注")),
    ):  # fmt: skip
        was, is_now = getattr(before, name), getattr(after, name)
        if was != is_now:
            yield f"{label} {was or nothing}→{is_now or nothing}"
    for name, label in (("condition", _("现状")), ("kind", _("类别"))):
        if getattr(before, name) != getattr(after, name):
            yield f"{label} {getattr(before, f'get_{name}_display')()}→{getattr(after, f'get_{name}_display')()}"
    if before.placement_id != after.placement_id:
        yield _("位置改到 %(place)s") % {"place": after.placement}


# --- acts ------------------------------------------------------------------------------------------------------------


class DatedForm(ThingForm):
    """Why, and from which day."""

    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200)
    on = forms.DateField(label=gettext_lazy("从哪天起"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, thing: Place, **kwargs: Any) -> None:
        starting = {"on": localdate(), "edition": thing.editions_count, **self.filled_in(thing)}
        super().__init__(data, thing=thing, initial=starting if data is None else {}, **kwargs)

    def filled_in(self, place: Place) -> dict[str, Any]:
        """What the register already tells."""
        return {}


class TellingFields(forms.Form):
    """What is told of a place, beside its number and its position."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=[("", gettext_lazy("请选类别")), *PlaceKind.choices])
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    manager = forms.ModelChoiceField(
        label=gettext_lazy("管理单位"), queryset=Unit.objects.none(), to_field_name="code", required=False,
        empty_label=gettext_lazy("不在单位名单里"),
    )  # fmt: skip
    manager_name = forms.CharField(
        label=gettext_lazy("管理单位名称"), max_length=80, required=False, help_text=gettext_lazy("单位名单里没有的才填")
    )
    responsible_post = forms.CharField(label=gettext_lazy("负责岗位"), max_length=40, required=False)
    responsible_name = forms.CharField(
        label=gettext_lazy("负责人"), max_length=40, required=False, help_text=gettext_lazy("只在档案里用，不公开")
    )
    condition = forms.ChoiceField(label=gettext_lazy("现状"), choices=PlaceCondition.choices, initial=PlaceCondition.UNKNOWN)
    note = forms.CharField(label=gettext_lazy("备注"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = Unit.objects.filter(valid_to=None).order_by("kind", "short_name")  # type: ignore[attr-defined]

    def telling(self) -> PlaceTelling:
        told = {name: self.cleaned_data[name] for name in TellingFields.base_fields}
        return PlaceTelling(**{**told, "manager_name": "" if told["manager"] else told["manager_name"]})


class WhereFields(forms.Form):
    """A point, or a shape as text, or a town alone; the datum is always said."""

    longitude = forms.FloatField(label=gettext_lazy("经度"), required=False, min_value=-180, max_value=180)
    latitude = forms.FloatField(label=gettext_lazy("纬度"), required=False, min_value=-90, max_value=90)
    datum = forms.ChoiceField(label=gettext_lazy("坐标系"), choices=DATUMS, initial=Datum.CGCS2000.value)
    shape = forms.CharField(
        label=gettext_lazy("几何（WKT）"), required=False, max_length=200_000, widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("道路是线，公园、广场是面；没有就只填经纬度"),
    )  # fmt: skip
    town = forms.ModelChoiceField(
        label=gettext_lazy("镇街"), queryset=Area.objects.none(), to_field_name="code", required=False,
        empty_label=gettext_lazy("按位置定"), help_text=gettext_lazy("公共交通工具等没有固定位置的才选"),
    )  # fmt: skip
    address = forms.CharField(label=gettext_lazy("地点"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].queryset = towns().defer("wkb")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("longitude") is None) != (given.get("latitude") is None) and not {"longitude", "latitude"} & set(self.errors):
            self.add_error("longitude", _("经度和纬度要一起填。"))
        if given.get("shape"):
            try:
                shapely.from_wkt(given["shape"])
            except (shapely.errors.ShapelyError, UnicodeDecodeError):  # GEOS cuts what it repeats in the middle of a character
                self.add_error("shape", _("图形读不懂。请从 GIS 软件里复制 WKT，或者只填经纬度。"))
        return given

    @property
    def where(self) -> PlaceWhere | None:
        """Where it is; None where nothing of it was filled in."""
        given = self.cleaned_data
        datum, address = Datum(given["datum"]), given["address"]
        if given.get("shape"):
            return PlaceWhere(Drawn(shapely.from_wkt(given["shape"]), datum, address))
        if given.get("longitude") is not None:
            return PlaceWhere(Drawn(shapely.Point(given["longitude"], given["latitude"]), datum, address))
        return PlaceWhere(None, given["town"], address) if given["town"] else None


class PlaceCorrectionForm(TellingFields, WhereFields, DatedForm):
    """更正. A position left empty stays where it is. Another managing body that leaves something open is said first."""

    sure = forms.BooleanField(label=gettext_lazy("看过了，照这样改"), required=False)

    def __init__(self, data: Any = None, *, thing: Place, **kwargs: Any) -> None:
        super().__init__(data, thing=thing, **kwargs)
        self.place = thing
        if not self.is_bound:
            del self.fields["sure"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.errors:
            return given
        told = self.telling()
        unchanged = (told.manager, told.manager_name) == (self.place.manager, self.place.manager_name)
        opens = [] if unchanged else with_another_body(self.place, told.manager, told.manager_name, given["on"])[0]
        if not opens:
            self.fields["sure"].widget = forms.HiddenInput()
        elif not given["sure"]:
            why = _("；").join(dict.fromkeys(one.why for one in opens))
            self.add_error("sure", _("这样改，闭合证明会多一处空缺：%(why)s。确实要改，请勾选后再提交。") % {"why": why})
        return given

    def filled_in(self, place: Place) -> dict[str, Any]:
        facts = {name: getattr(place, name) for name in TellingFields.base_fields}
        return {**facts, "manager": place.manager.code if place.manager else None, "datum": Datum.CGCS2000.value, "address": place.placement.address}


class NewPlaceForm(TellingFields, WhereFields):
    """登记. Without a number the next free one of the kind is given."""

    number = forms.CharField(label=gettext_lazy("编号"), required=False, max_length=24, help_text=gettext_lazy("不填就按类别接着排"))
    origin = forms.ChoiceField(label=gettext_lazy("怎么知道的"), choices=PlaceOrigin.choices, initial=PlaceOrigin.OFFICE)
    on = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        told = {"longitude", "latitude", "shape", "town"}
        if given.get("longitude") is None and not given.get("shape") and not given.get("town") and not told & set(self.errors):
            self.add_error("longitude", _("还没有说在哪里。请填经纬度，或者选镇街。"))
        return given


class PactForm(ThingForm):
    text = forms.CharField(label=gettext_lazy("公约内容"), max_length=2000, widget=forms.Textarea({"rows": 6}))
    posted_on = forms.DateField(
        label=gettext_lazy("上墙日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate
    )


class GuideForm(ThingForm):
    name = forms.CharField(
        label=gettext_lazy("怎么称呼"), max_length=40, required=False, help_text=gettext_lazy("只为了到现场找得到人；离岗一年后自动清除")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("星期"), coerce=int, choices=[(n, words) for n, words in enumerate(WEEKDAYS, start=1)],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    begins = forms.TimeField(label=gettext_lazy("几点起"), widget=forms.TimeInput({"type": "time"}))
    ends = forms.TimeField(label=gettext_lazy("几点止"), widget=forms.TimeInput({"type": "time"}))
    since = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate
    )


class GuideEndForm(ThingForm):
    guide = forms.ModelChoiceField(label=gettext_lazy("哪一条"), queryset=Unit.objects.none(), empty_label=None)
    until = forms.DateField(
        label=gettext_lazy("到哪天止"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate
    )

    def __init__(self, data: Any = None, *, thing: Place, **kwargs: Any) -> None:
        super().__init__(data, thing=thing, **kwargs)
        self.fields["guide"].queryset = thing.guides.filter(until=None)  # type: ignore[attr-defined]
        # The dossier has read them already; drawing the field would ask for them twice.
        self.fields["guide"].choices = [(one.pk, str(one)) for one in thing.guides.all() if one.until is None]  # type: ignore[attr-defined]


class EducationForm(ThingForm):
    held_on = forms.DateField(
        label=gettext_lazy("哪天"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), initial=localdate
    )
    topic = forms.CharField(label=gettext_lazy("内容"), max_length=100)
    people = forms.IntegerField(label=gettext_lazy("多少人参加"), min_value=1, max_value=100_000)


def _correct(place: Place, form: PlaceCorrectionForm, by: Account, now: datetime) -> Place:
    given, where = form.cleaned_data, form.where
    if where is None and given["address"] != place.placement.address:
        # The same spot under other words is another placement; the shape stays.
        drawn = Drawn(place.geometry, Datum.CGCS2000, given["address"]) if place.geometry is not None else None
        where = PlaceWhere(drawn, place.placement.town, given["address"])
    return services.correct_place(
        place, form.telling(), where, reason=given["reason"], on=given["on"], by=by, now=now, expected_edition=given["edition"]
    )


def _dated(service: Callable[..., Place]) -> Callable[[Place, Any, Account, datetime], Place]:
    def do(place: Place, form: DatedForm, by: Account, now: datetime) -> Place:
        given = form.cleaned_data
        return service(place, reason=given["reason"], on=given["on"], by=by, now=now, expected_edition=given["edition"])

    return do


def _plain(service: Callable[..., Any]) -> Callable[[Place, Any, Account, datetime], None]:
    def do(place: Place, form: ThingForm, by: Account, now: datetime) -> None:
        service(place, **form.cleaned_data, by=by, now=now)

    return do


def _end_guide(place: Place, form: GuideEndForm, by: Account, now: datetime) -> None:
    duties.end_guide(form.cleaned_data["guide"], until=form.cleaned_data["until"], by=by, now=now)


def _duty_steps(place: Place, guides: Sequence[Any]) -> set[str]:
    if not place.is_open:
        return set()
    return {"pact", "guide", "education"} | ({"guide_end"} if guides else set())


PLACES: Things[Place] = Things("place", "number", places_visible_to, services.PERMISSION, (
    ThingAct("corrections", "correct", gettext_lazy("更正"), PlaceCorrectionForm, _correct, gettext_lazy("已更正，原来的留在变更史里"),
             note=gettext_lazy("不填位置，位置就不动。")),
    ThingAct("closure", "close", gettext_lazy("关闭"), DatedForm, _dated(services.close_place), gettext_lazy("已关闭"), danger=True),
    ThingAct("reopening", "reopen", gettext_lazy("重新开放"), DatedForm, _dated(services.reopen_place), gettext_lazy("已重新开放")),
))  # fmt: skip
PLACE_DUTIES: Things[Place] = Things("place", "number", places_visible_to, duties.PERMISSION, (
    ThingAct("pacts", "pact", gettext_lazy("登记公约"), PactForm, _plain(duties.post_pact), gettext_lazy("已登记公约")),
    ThingAct("guides", "guide", gettext_lazy("排引导员"), GuideForm, _plain(duties.add_guide), gettext_lazy("已排上")),
    ThingAct("guide-endings", "guide_end", gettext_lazy("引导员离岗"), GuideEndForm, _end_guide, gettext_lazy("已记离岗")),
    ThingAct("educations", "education", gettext_lazy("记一次宣传教育"), EducationForm, _plain(duties.note_education), gettext_lazy("已记下")),
))  # fmt: skip
STEPS: dict[str, set[str]] = {
    PlaceStanding.OPEN: {"correct", "close"}, PlaceStanding.CLOSED: {"reopen"}, PlaceStanding.WITHDRAWN: set(),
}  # fmt: skip


# --- files -----------------------------------------------------------------------------------------------------------


def table_rows(found: QuerySet[Place], most: int | None = None) -> Iterator[list[Any]]:
    """Heads and rows of the list, in columns that the import reads again; no more than `most`."""
    yield [str(head) for head in HEADS]
    items = items_by_kind()
    for one in found[:most].iterator(chunk_size=1000):
        where = one.placement
        yield [
            one.number, str(one.get_kind_display()), one.name, one.managing_body, one.responsible_post, one.responsible_name,
            str(one.get_condition_display()), where.longitude, where.latitude,
            shapely.to_wkt(one.geometry, rounding_precision=7) if one.outline is not None else "",
            where.town.name if where.town else "", where.address, one.valid_from.isoformat(), one.note, str(one.get_standing_display()),
            one.complete_percent(items.get(one.kind, 0)), one.verified_on.isoformat() if one.verified_on else "",
            one.due_on.isoformat() if one.due_on else "",
            one.short_code,
        ]  # fmt: skip


def features(found: QuerySet[Place]) -> Iterator[dict[str, Any]]:
    """The list as GeoJSON features in CGCS2000 degrees; what moves has no geometry. No person is named in it."""
    for one in found.iterator(chunk_size=1000):
        geometry = one.geometry
        yield {
            "type": "Feature", "id": one.number, "geometry": shapely.geometry.mapping(geometry) if geometry is not None else None,
            "properties": {
                _("编号"): one.number, _("类别"): str(one.get_kind_display()), _("名称"): one.name, _("管理单位"): one.managing_body,
                _("现状"): str(one.get_condition_display()), _("镇街"): one.placement.town.name if one.placement.town else "",
                _("地点"): one.placement.address, _("备注"): one.note,
            },
        }  # fmt: skip

"""What the office fills in about a focus: its next version, and a plan of patrols."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.observations.models import AreaKind
from wenming.observations.patrols.areas import PatrolArea, area_called
from wenming.organisations.models import Account, Unit
from wenming.organisations.rules.permissions import Role
from wenming.standards.focus.selectors import facts_of, unknown_patterns
from wenming.standards.models import FocusEdition
from wenming.standards.rules.focus_facts import FocusFacts, ItemFacts
from wenming.territory.models import Area, Grid, Level, Road
from wenming.territory.roads import road_key
from wenming.territory.selectors import base_layer

PART = "|"


class EditionForm(forms.Form):
    """The next version of a focus, a line for each type and each item."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    cycle_days = forms.IntegerField(label=gettext_lazy("巡查周期（天）"), min_value=1, max_value=365)
    patterns = forms.CharField(
        label=gettext_lazy("包含哪些小类"), widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("一行一个编码，例如 GB30428:E0401；整个大类写 GB30428:C01*。"),
    )  # fmt: skip
    items = forms.CharField(
        label=gettext_lazy("清单"), widget=forms.Textarea({"rows": 6}),
        help_text=gettext_lazy("一行一项，用竖线分开：编号 | 看什么 | 什么情况记不合格 | 不合格时报的小类（可不填）。"),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("改了什么、依据是什么"), max_length=200, required=False, help_text=gettext_lazy("发布时要写。")
    )

    def __init__(self, *args: Any, edition: FocusEdition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition

    @classmethod
    def of(cls, edition: FocusEdition) -> EditionForm:
        """The form as the version in force fills it."""
        lines = [PART.join(filter(None, [i.key, i.words, i.condition, i.type_code])) for i in edition.items.all()]
        filled = {
            "version": edition.version, "cycle_days": edition.cycle_days, "patterns": "\n".join(edition.patterns),
            "items": "\n".join(lines),
        }  # fmt: skip
        return cls(initial=filled, edition=edition)

    def clean_patterns(self) -> str:
        text: str = self.cleaned_data["patterns"]
        if unknown := unknown_patterns(text.split()):
            raise forms.ValidationError(_("没有这样的小类：%(codes)s。请对照字典改好。") % {"codes": "、".join(unknown)})
        return text

    def clean_items(self) -> str:
        text: str = self.cleaned_data["items"]
        for line in text.strip().splitlines():
            if not 3 <= len(line.split(PART)) <= 4:
                raise forms.ValidationError(_("“%(line)s”没有分成三段或四段。请用竖线分开。") % {"line": line})
        return text

    def facts(self) -> FocusFacts:
        """The focus as the form says it; what it does not ask stays."""
        was, given = facts_of(self.edition), self.cleaned_data
        known = {item.key: item.confidence for item in was.items}
        parts = [[part.strip() for part in line.split(PART)] for line in given["items"].strip().splitlines()]
        items = tuple(
            ItemFacts(key, words, condition, more[0] if more else "", known.get(key, "recon"))
            for key, words, condition, *more in parts
        )
        return FocusFacts(
            code=was.code, name=was.name, position=was.position, cycle_days=given["cycle_days"],
            patterns=tuple(given["patterns"].split()), items=items, near_kinds=was.near_kinds, near_m=was.near_m,
            source=was.source, confidence=was.confidence,
        )  # fmt: skip


def units_on_the_street() -> Any:
    """The units that have people who look on the spot."""
    people = Account.objects.filter(role=Role.FIELD, is_active=True).values("unit")
    return Unit.objects.filter(pk__in=people, valid_to=None).order_by("path")


class PlanForm(forms.Form):
    """排巡查: where, who, how often, from when."""

    area_kind = forms.ChoiceField(label=gettext_lazy("范围"), choices=AreaKind.choices, initial=AreaKind.COMMUNITY)
    area_name = forms.CharField(
        label=gettext_lazy("哪里"), max_length=60, help_text=gettext_lazy("写名称或编码，例如“石岐街道”“民权路”；重名的前面写上镇街。")
    )
    unit = forms.ModelChoiceField(
        label=gettext_lazy("由谁看"), queryset=Unit.objects.none(), to_field_name="code", empty_label=gettext_lazy("请选单位")
    )
    cycle_days = forms.IntegerField(label=gettext_lazy("几天一次"), min_value=1, max_value=365)
    starts_on = forms.DateField(
        label=gettext_lazy("从哪天起"), localize=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "plan_%s", **kwargs})
        self.fields["unit"].queryset = units_on_the_street()  # type: ignore[attr-defined]

    @classmethod
    def of(cls, edition: FocusEdition, now: datetime) -> PlanForm:
        return cls(initial={"cycle_days": edition.cycle_days, "starts_on": timezone.localdate(now)})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        kind, name = given.get("area_kind"), (given.get("area_name") or "").replace(" ", "")
        if kind and name:
            found = areas_named(kind, name)
            if len(found) == 1:
                given["area"] = found[0]
            elif found:
                words = {"count": len(found), "some": "、".join(area.name for area in found[:4])}
                self.add_error("area_name", _("有 %(count)d 个都叫这个：%(some)s。请写上镇街。") % words)
            else:
                self.add_error("area_name", _("没找到“%(name)s”。请写全称，或换一种范围。") % {"name": name})
        return given


MOST_ALIKE = 20


def areas_named(kind: str, name: str) -> list[PatrolArea]:
    """The areas of today that a typed name or code may mean; a town's name may stand in front."""
    codes = _codes_named(kind, name)
    return [area for code in dict.fromkeys(codes) if (area := area_called(kind, code))]


def _codes_named(kind: str, name: str) -> list[str]:
    if kind == AreaKind.ROAD:
        roads = Road.objects.filter(name__in=_endings(name), town__isnull=False).select_related("town").defer("wkb")
        return [road_key(r.town.code, r.name) for r in roads if r.town and f"{r.town.short_name}{r.name}".endswith(name)][:MOST_ALIKE * 50]
    if kind == AreaKind.GRID:
        grids = Grid.objects.filter(layer=base_layer()).filter(code=name) | Grid.objects.filter(layer=base_layer(), name=name)
        return list(grids.order_by("code").values_list("code", flat=True)[:MOST_ALIKE])
    level = Level.TOWN if kind == AreaKind.TOWN else Level.COMMUNITY
    areas = Area.objects.filter(level=level, valid_to=None).select_related("parent").defer("wkb")
    exact = [area.code for area in areas if name in (area.code, area.name, area.short_name, _full(area))]
    return exact[:MOST_ALIKE]


def _full(area: Area) -> str:
    return f"{area.parent.short_name if area.parent else ''}{area.short_name}"


def _endings(name: str) -> list[str]:
    """What may be the road's own name where the town's stands in front of it."""
    return [name[start:] for start in range(max(1, len(name) - 1))]

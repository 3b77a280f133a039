"""What forms of several desks have in common: the day, the systems of coordinates, an act that knows its thing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from wenming.territory.rules.coordinates import Datum

DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
DATUMS = [
    (Datum.CGCS2000.value, gettext_lazy("CGCS2000（国家大地坐标）")), (Datum.WGS84.value, gettext_lazy("WGS-84（GPS、手机）")),
    (Datum.GCJ02.value, gettext_lazy("GCJ-02（高德、腾讯地图）")), (Datum.BD09.value, gettext_lazy("BD-09（百度地图）")),
]  # fmt: skip


class ThingForm(forms.Form):
    """An act's form; as it stands, that of an act that asks for nothing."""

    def __init__(self, data: Any = None, *, thing: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)

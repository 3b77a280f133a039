"""The field for a kind of problem: typed text with suggestions (a datalist), so that 400 conditions need no long menu.

One choice settles both 小类 and 立案条件: “E0192 垃圾满溢 · 收集设施满溢 · 4 个工作时”.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from wenming.desks.common.wording import limit_words
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.standards.models import EstablishRule, ProblemType

LIST_ID = "kinds"


@dataclass(frozen=True)
class Kind:
    """A type with one of its conditions; no condition where the scheme states none."""

    problem_type: ProblemType
    rule: EstablishRule | None

    @property
    def label(self) -> str:
        letter = "C" if self.problem_type.kind == "component" else "E"
        name = f"{letter}{self.problem_type.code} {self.problem_type.name}"
        if self.rule is None:
            return name
        limit = limit_words(Limit(self.rule.limit_amount, LimitUnit(self.rule.limit_unit)))
        return f"{name} · {self.rule.condition} · {limit}"


def kinds() -> list[Kind]:
    """Every kind of the current scheme, a line per condition."""
    types = ProblemType.objects.filter(scheme__is_current=True).select_related("scheme").prefetch_related("rules")
    return [Kind(one, rule) for one in types.order_by("kind", "code") for rule in (*one.rules.all(),) or (None,)]


class KindField(forms.CharField):
    """Cleans to a Kind. Takes the whole line or enough words of it to leave one type over."""

    def __init__(self, **kwargs: Any) -> None:
        # Chrome offers the field's last entries above the datalist unless autocomplete is off.
        widget = forms.TextInput(attrs={"list": LIST_ID, "autocomplete": "off"})
        super().__init__(max_length=200, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        words = super().clean(value)
        return _one_of(words, kinds()) if words else None


def _one_of(words: str, known: Iterable[Kind]) -> Kind:
    found = [kind for kind in known if kind.label == words]
    found = found or [kind for kind in known if all(word in kind.label for word in words.split())]
    names = list(dict.fromkeys(kind.problem_type.name for kind in found))
    if len(names) == 1:
        return found[0]
    if not names:
        raise ValidationError(_("没有叫“%(words)s”的小类。请写小类名称里的字，再从列出的里面选。") % {"words": words})
    some = "、".join(names[:4])
    raise ValidationError(_("有 %(count)d 个小类都像：%(some)s。请再写具体些。") % {"count": len(names), "some": some})

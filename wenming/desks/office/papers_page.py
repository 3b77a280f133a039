"""发文登记簿: every document this person may see, by register; which were served and which still must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.documents.models import Document, ProofOfService
from wenming.responsibilities.rules.frontage_steps import StepKind

LISTED = 50
KINDS = [
    ("area_notice", gettext_lazy("责任区告知书")), ("agreement", gettext_lazy("门前三包责任书")),
    (StepKind.REMINDER.value, gettext_lazy("提醒函")), (StepKind.ORDER.value, gettext_lazy("责令改正通知书")),
    (StepKind.HEARING.value, gettext_lazy("陈述申辩告知书")), (StepKind.REFERRAL.value, gettext_lazy("案件移送函")),
]  # fmt: skip
DATE = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
HEADS = (
    gettext_lazy("文号"), gettext_lazy("标题"), gettext_lazy("发文机关"), gettext_lazy("主送"), gettext_lazy("印发时间"),
    gettext_lazy("送达方式"), gettext_lazy("送达时间"), gettext_lazy("签收人和身份"), gettext_lazy("文件校验"),
)  # fmt: skip


class PaperFilter(forms.Form):
    """Which documents; kept in the address."""

    q = forms.CharField(label=gettext_lazy("文号、标题、主送"), required=False, max_length=60)
    kind = forms.ChoiceField(label=gettext_lazy("文种"), required=False, choices=[("", gettext_lazy("不限")), *KINDS])
    served = forms.ChoiceField(label=gettext_lazy("送达"), required=False, choices=[
        ("", gettext_lazy("不限")), ("no", gettext_lazy("还没有登记送达")), ("yes", gettext_lazy("已送达或已签字")),
    ])  # fmt: skip
    since = forms.DateField(label=gettext_lazy("印发不早于"), required=False, widget=DATE)
    until = forms.DateField(label=gettext_lazy("印发不晚于"), required=False, widget=DATE)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="papers_%s", **kwargs)  # type: ignore[arg-type, misc]

    def narrow(self, found: QuerySet[Document]) -> QuerySet[Document]:
        self.is_valid()
        asked = {name: self.cleaned_data.get(name) for name in self.fields}
        if words := (asked["q"] or "").strip():
            found = found.filter(Q(number__contains=words) | Q(title__contains=words) | Q(to__contains=words))
        found = found.filter(kind=asked["kind"]) if asked["kind"] else found
        arrived = Q(service__isnull=False) | Q(agreement__signature__isnull=False)
        waits = ~arrived & Q(agreement__withdrawal__isnull=True)
        found = found.filter(arrived if asked["served"] == "yes" else waits) if asked["served"] else found
        found = found.filter(issued_at__date__gte=asked["since"]) if asked["since"] else found
        found = found.filter(issued_at__date__lte=asked["until"]) if asked["until"] else found
        return found.order_by("-issued_at", "-pk")

    @property
    def applied(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True)
class PaperLine:
    """One row: the paper, how it reached whom it is for, and the page of what it is about."""

    paper: Document
    about_name: str
    about_url: str

    @property
    def service(self) -> ProofOfService | None:
        return getattr(self.paper, "service", None)

    @property
    def signature(self) -> Any:
        """An agreement is signed by both sides, which is more than to be served."""
        return getattr(getattr(self.paper, "agreement", None), "signature", None)

    @property
    def withdrawal(self) -> Any:
        """Of an agreement that was taken back before anybody signed it."""
        return getattr(getattr(self.paper, "agreement", None), "withdrawal", None)

    @property
    def has_words(self) -> bool:
        """Whether an editable copy can be made: letters from before their words were kept have none."""
        return bool(getattr(self.paper, "has_words", False))


def paper_lines(page: list[Document]) -> list[PaperLine]:
    return [PaperLine(paper, *_about(paper)) for paper in page]


def joined(found: QuerySet[Document]) -> QuerySet[Document]:
    """With what a row tells, so that a page costs one statement for its rows."""
    about = ("area_notice__premises", "agreement__premises", "agreement__signature", "agreement__withdrawal", "frontage_step__matter")
    # What a letter said in full is only wanted for its own copy.
    has_words = ExpressionWrapper(Q(told__isnull=False), BooleanField())
    return found.select_related("service", *about).defer("told").annotate(has_words=has_words)


def _about(paper: Document) -> tuple[str, str]:
    if hasattr(paper, "frontage_step"):
        number = paper.frontage_step.matter.number
        return number, reverse("office:matter", args=[number])
    told = paper.area_notice if hasattr(paper, "area_notice") else paper.agreement
    return told.premises.number, reverse("office:shop", args=[told.premises.number])


def paper_rows(found: QuerySet[Document]) -> Iterator[list[Any]]:
    """The register as a table, its heads first."""
    yield [str(head) for head in HEADS]
    for paper in found.select_related("service", "agreement__withdrawal").defer("told").iterator(chunk_size=500):
        service = getattr(paper, "service", None)
        served = [service.get_way_display(), _moment(service.served_at), service.receiver] if service else ["", "", ""]
        gone = getattr(getattr(paper, "agreement", None), "withdrawal", None)
        served = [_("已作废"), _moment(gone.at), gone.reason] if gone else served
        yield [paper.number, paper.title, paper.issuer, paper.to, _moment(paper.issued_at), *served, paper.sha256]


def _moment(at: Any) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}"


def file_title() -> str:
    return _("发文登记簿")

"""The words of the documents of 门前三包. Documents are Chinese on paper, whatever language a desk is read in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from wenming.documents.letters import Letter, head, picture, signs, table, text
from wenming.organisations.selectors import town_unit
from wenming.territory.models import EdgeStretch, Premises

from ..models.frontages import DutyKind, FrontageMatter, MatterNote
from ..rules.clock import Limit
from ..rules.frontage_steps import StepKind
from .drawing import WIDTH_MM, ground_svg

DUTY_NAMES = {DutyKind.HYGIENE: "包卫生", DutyKind.GREENERY: "包绿化", DutyKind.ORDER: "包秩序"}
DUTY_WORDS = {
    DutyKind.HYGIENE: "保持地面、墙面和设施干净；不向外倾倒、堆放自己的垃圾和污水；发现他人乱扔乱倒，劝阻并报告。",
    DutyKind.GREENERY: "爱护树木、花草和绿化设施；不在树上拉绳、钉挂，不占用绿地；发现损坏及时报告。",
    DutyKind.ORDER: "不店外经营、不占道堆放；不乱搭建、张贴、涂写、吊挂；门前车辆停放有序；发现他人违反，劝阻并报告。",
}  # fmt: skip
TITLES = {
    StepKind.REMINDER: "关于门前责任区的提醒函", StepKind.ORDER: "责令限期改正通知书", StepKind.HEARING: "陈述申辩权利告知书",
    StepKind.REFERRAL: "案件移送函",
}  # fmt: skip


def issuer_of(premises: Premises) -> tuple[str, str]:
    """(whose heading, under which mark): the town's, since until a shop is told the town answers."""
    town = premises.community.parent or premises.community
    unit = town_unit(town.code)
    short = re.sub(r"[^一-鿿]", "", town.short_name)
    mark = re.sub(r"(街道|镇|区|乡)$", "", short) or short
    return (unit.name if unit else f"{short}人民政府（办事处）"), f"{mark[:8]}门前"


def receipt_mark(premises: Premises) -> str:
    """Under which mark receipts are counted."""
    _issuer, mark = issuer_of(premises)
    return f"{mark[:8]}收据"


def stretch_words(stretch: EdgeStretch) -> str:
    """“民权路南侧，自路段起点 120.0 米到 132.5 米，长 12.5 米；纵深 3.0 米，墙基到人行道路缘石”."""
    street = stretch.street
    since, to, depth = stretch.from_cm / 100, stretch.to_cm / 100, stretch.depth_cm / 100
    where = f"{street.name}{street.side_name(stretch.side)}，自路段起点 {since:.1f} 米到 {to:.1f} 米，长 {to - since:.1f} 米"
    return f"{where}；纵深 {depth:.1f} 米，{stretch.boundary}"


def addressee(premises: Premises) -> str:
    return f"{premises.name}（登记号 {premises.number}）"


def notice_letter(premises: Premises, stretches: Sequence[EdgeStretch]) -> Letter:
    """书面告知: which ground, what is asked, and from when it counts."""
    issuer, _mark = issuer_of(premises)
    blocks = [
        text("根据市容和环境卫生管理条例关于责任区的规定，现将你单位（户）门前责任区的具体范围和责任要求书面告知如下。"),
        head("一、责任区范围"),
        *(text(f"{number}. {stretch_words(one)}。") for number, one in enumerate(stretches, start=1)),
        *_drawn(stretches, {}),
        head("二、责任要求"),
        *(text(f"{DUTY_NAMES[kind]}：{DUTY_WORDS[kind]}") for kind in DutyKind),
        head("三、其他"),
        text("自本通知送达之日起，上述范围由你单位（户）承担责任；送达以前由本机关负责。对范围有不同意见的，可以向本机关提出，本机关到现场重新丈量。"),
    ]
    return Letter("area_notice", "关于告知门前责任区范围和责任要求的通知", issuer, addressee(premises), blocks)


def agreement_letter(
    premises: Premises, stretches: Sequence[EdgeStretch], duties: Sequence[tuple[str, str, int, float]], *, since: date, to: date
) -> Letter:
    """门前三包责任书. duties: (kind, words, depth in cm, area in m²)."""
    issuer, _mark = issuer_of(premises)
    rows = [["责任", "范围", "要求"]]
    rows += [[DUTY_NAMES[DutyKind(kind)], f"纵深 {depth / 100:.1f} 米\n{area:.1f} 平方米", words] for kind, words, depth, area in duties]
    blocks = [
        text(f"为落实门前三包责任，{issuer}（甲方）与你单位（户，乙方）约定如下，期限自 {_day(since)}至 {_day(to)}，期满重新签订。"),
        head("一、责任区范围"),
        *(text(f"{number}. {stretch_words(one)}。") for number, one in enumerate(stretches, start=1)),
        *_drawn(stretches, {kind: depth for kind, _words, depth, _area in duties}),
        head("二、三项责任"),
        table([2, 3, 8], rows),
        head("三、双方约定"),
        text("甲方负责指导和检查，接到乙方报告的问题及时处理，公开联系方式。乙方在责任区内做到上述三项，发现他人违反的劝阻并报告。"),
        signs("甲方（盖章）：", "乙方（签字）：                    日期："),
    ]
    return Letter("agreement", "门前三包责任书", issuer, addressee(premises), blocks)


def _drawn(stretches: Sequence[EdgeStretch], depths: Mapping[str, int]) -> list[dict[str, object]]:
    """Each stretch as a drawing true to scale. depths: by duty, in centimetres; none given, the stretch's own."""
    each = [(one, sorted(set(depths.values())) or [one.depth_cm]) for one in stretches if not one.area.is_empty]
    return [picture(ground_svg(one, deep), WIDTH_MM) for one, deep in each]


def step_letter(
    matter: FrontageMatter, kind: StepKind, *, limit: Limit | None, basis: str, to: str, earlier: Sequence[tuple[str, str]],
    statement: str = "",
) -> Letter:  # fmt: skip
    """The document of one lawful step. earlier: (title and number, when served) of those before it; to: of a referral."""
    issuer, _mark = issuer_of(matter.premises)
    days = f"{limit.amount} 个工作日" if limit else ""
    match kind:
        case StepKind.REMINDER:
            blocks = _reminder(matter, days)
        case StepKind.ORDER:
            blocks = _order(matter, earlier, basis, days)
        case StepKind.HEARING:
            blocks = _hearing(matter, earlier, basis, days)
        case _:
            blocks = _referral(matter, earlier, basis, statement)
    return Letter(kind.value, TITLES[kind], issuer, to if kind is StepKind.REFERRAL else addressee(matter.premises), blocks)


def _reminder(matter: FrontageMatter, days: str) -> list[dict[str, Any]]:
    return [
        text(_found(matter)), text(f"请自收到本函之日起 {days}内改正。改正后可在门牌码页面告诉我们，也可以直接联系本机关。"),
        text("有不同意见的，可以向本机关说明。"),
    ]  # fmt: skip


def _order(matter: FrontageMatter, earlier: Sequence[tuple[str, str]], basis: str, days: str) -> list[dict[str, Any]]:
    return [
        text(_found(matter)), *_told(earlier),
        text(f"经提醒，到期后现场查看仍未改正。依据{basis}，责令你单位（户）自收到本通知书之日起 {days}内改正。"),
        text("逾期没有改正的，本机关将依法处理。你单位（户）有权陈述和申辩。"),
    ]  # fmt: skip


def _hearing(matter: FrontageMatter, earlier: Sequence[tuple[str, str]], basis: str, days: str) -> list[dict[str, Any]]:
    return [
        text(_found(matter)), *_told(earlier),
        text(f"责令改正期满，现场查看仍未改正。依据{basis}，本机关拟将此事移送有权机关处理。"),
        text(
            f"自收到本告知书之日起 {days}内，你单位（户）可以向本机关陈述和申辩，书面、口头都可以。"
            "本机关充分听取意见，不会因为你陈述申辩而加重处理。期满没有提出的，视为放弃。"
        ),
    ]  # fmt: skip


def _referral(matter: FrontageMatter, earlier: Sequence[tuple[str, str]], basis: str, statement: str) -> list[dict[str, Any]]:
    premises = matter.premises
    whose = f"{premises.name}（登记号 {premises.number}，{premises.door or premises.community.short_name}）"
    return [
        text(f"{whose}门前责任区{_what_is_wrong(matter)}"),
        *_told(earlier), text(statement), text(f"依据{basis}，现将此事及全部材料移送你单位依法处理。处理结果请函告本机关。"),
    ]  # fmt: skip


def _found(matter: FrontageMatter) -> str:
    seen = _day(timezone.localdate(matter.opened_at))
    return f"{seen}，本机关现场查看，你单位（户）门前责任区{_what_is_wrong(matter)}"


def _what_is_wrong(matter: FrontageMatter) -> str:
    return f"{DUTY_NAMES[DutyKind(matter.duty)]}方面存在以下问题：{matter.what}。"


def statement_words(heard: MatterNote | None) -> str:
    """What they said and what was made of it, as the referral tells."""
    if heard is None:
        return ""
    if heard.kind == "waived":
        return "当事人在期限内没有陈述申辩。"
    return f"当事人陈述申辩：{heard.text}。本机关意见：{heard.answer}。"


def moment_words(at: datetime) -> str:
    here = timezone.localtime(at)
    return f"{_day(here.date())} {here:%H:%M}"


def _told(earlier: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    return [table([5, 4], [["已发文书", "送达时间"], *([title, served] for title, served in earlier)])]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"

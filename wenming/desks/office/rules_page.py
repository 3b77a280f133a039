"""What the pages of rules show: differences and edits in words, and the figures of a preview with their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from wenming.cases.models import Case
from wenming.cases.models.stages import STAGES, stage_limits
from wenming.cases.rule_changes.editing import LINE_ADDED, LINE_ENDED, STAGE
from wenming.cases.rule_changes.effects import WINDOW, ClockMove, Effects, spread
from wenming.cases.selectors import cases_visible_to
from wenming.desks.common.wording import duration, limit_words
from wenming.organisations.models import Account, Unit
from wenming.responsibilities.rules.clock import Limit
from wenming.responsibilities.rules.matrix import Finding
from wenming.standards.drafts.models import DraftEdit
from wenming.standards.drafts.selectors import DraftState
from wenming.standards.models import PublicCategory
from wenming.standards.rules.scheme_draft import Difference, What
from wenming.territory.selectors import towns

_STAGE_NAMES = dict(STAGES)


def difference_words(each: Difference, categories: dict[str, str]) -> str:
    """One difference as a sentence, without the type's name."""
    before, after = each.before, each.after
    if each.what == What.ADDED:
        return _("新增")
    if each.what == What.RETIRED:
        return _("停用，改用 %(into)s") % {"into": "、".join(after)} if after else _("停用，没有改用的")
    if each.what == What.LIMIT:
        told = {"about": each.about, "before": limit_words(before), "after": limit_words(after)}
        return _("“%(about)s”的时限 %(before)s → %(after)s") % told
    if each.what in (What.RULE_ADDED, What.RULE_REMOVED):
        rule = after or before
        told = {"about": each.about, "limit": limit_words(rule.limit)}
        return (_("增加立案条件“%(about)s”，%(limit)s") if after else _("去掉立案条件“%(about)s”（%(limit)s）")) % told
    if each.what in (What.DO_ROLES, What.SUP_ROLES):
        before, after = "、".join(before), "、".join(after)
    if each.what == What.PUBLIC:
        before, after = categories.get(before or "", ""), categories.get(after or "", "")
    told = {"before": before or _("没有"), "after": after or _("没有"), "about": each.about}
    sentences = {
        What.NAME: _("名称“%(before)s”改为“%(after)s”"), What.PUBLIC: _("市民选项 %(before)s → %(after)s"),
        What.DO_ROLES: _("处置 %(before)s → %(after)s"), What.SUP_ROLES: _("主管 %(before)s → %(after)s"),
        What.CONDITION: _("立案条件“%(before)s”改写为“%(after)s”"),
        What.CLOSE_CONDITION: _("“%(about)s”的结案要求“%(before)s”改为“%(after)s”"),
    }  # fmt: skip
    return sentences[each.what] % told


@dataclass(frozen=True)
class TypeDifferences:
    """Everything that differs about one type."""

    code: str
    name: str
    sentences: Sequence[str]


def differences_in_words(found: Iterable[Difference], categories: dict[str, str] | None = None) -> list[TypeDifferences]:
    """Type by type, in the order of their codes. categories: {code: name}, where they have been read already."""
    categories = dict(PublicCategory.objects.values_list("code", "name")) if categories is None else categories
    types: dict[tuple[str, str], list[str]] = {}
    for each in found:
        types.setdefault((each.code, each.name), []).append(difference_words(each, categories))
    return [TypeDifferences(code, name, sentences) for (code, name), sentences in types.items()]


@dataclass(frozen=True)
class EditLine:
    """One edit of a draft, with why it no longer fits where it does not."""

    edit: DraftEdit
    words: str
    mistake: str


def edit_lines(state: DraftState, mistakes: dict[int, str]) -> list[EditLine]:
    """The edits in words, the newest first."""
    units = dict(Unit.objects.values_list("code", "short_name")) if state.of(LINE_ADDED) else {}
    return [EditLine(e, _edit_words(e, state, units), mistakes.get(e.position, "")) for e in reversed(state.edits)]


def _edit_words(edit: DraftEdit, state: DraftState, units: dict[str, str]) -> str:
    given: dict[str, Any] = edit.content
    if edit.act == STAGE:
        told = {"stage": _STAGE_NAMES[edit.subject], "before": _limit(given["before"]), "after": _limit(given["limit"])}
        return _("环节“%(stage)s”的时限 %(before)s → %(after)s") % told
    if edit.act == LINE_ENDED:
        return _("停用权责第 %(number)s 条") % {"number": edit.subject}
    if edit.act == LINE_ADDED:
        target = given["accountable"]
        who = units.get(target.removeprefix("unit:"), target.removeprefix("role:"))
        return _("增加权责：%(pattern)s 由%(who)s负责（%(basis)s）") % {
            "pattern": given["type_pattern"], "who": who, "basis": given["basis"]
        }  # fmt: skip
    base = state.base.get(edit.subject)
    name = base.name if base else given.get("name", "")
    if edit.act == "retire":
        into = "、".join(given["into"])
        return _("停用 %(code)s %(name)s") % {"code": edit.subject, "name": name} + (
            _("，改用 %(into)s") % {"into": into} if into else ""
        )
    sentence = _("增加小类 %(code)s %(name)s") if edit.act == "add" else _("改 %(code)s %(name)s")
    return sentence % {"code": edit.subject or given.get("code", ""), "name": name}


def _limit(notation: str) -> str:
    return limit_words(Limit.parse(notation))


# --- the figures of a preview ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClockRow:
    """One clock that would move."""

    move: ClockMove
    case: Case | None
    late: bool

    @property
    def before(self) -> str:
        return limit_words(self.move.clock.duty.limit)

    @property
    def after(self) -> str:
        return limit_words(self.move.clock.limit)


@dataclass(frozen=True)
class Figure:
    """One number of the preview and what it was counted from. bad: a publisher should look before going on."""

    key: str
    words: str
    detail: str = ""
    bad: bool = False
    clocks: Sequence[ClockMove] = ()
    cases: Sequence[int] = ()
    lines: Sequence[str] = field(default_factory=tuple)

    @property
    def count(self) -> int:
        return len(self.clocks) or len(self.cases) or len(self.lines)


@dataclass(frozen=True)
class Group:
    """Figures about one thing. words: what one has to know to read them."""

    title: str
    words: str
    figures: Sequence[Figure]


def figures_of(effects: Effects, state: DraftState) -> list[Group]:
    """Everything that the preview says; figures of nothing are kept, since nothing is an answer too."""
    return [_clocks(effects), _past(effects), _types(effects, state), _learned(effects, state)]


def _clocks(effects: Effects) -> Group:
    figures = [
        Figure("earlier", _("提前"), _how_far(effects.earlier), clocks=effects.earlier),
        Figure("later", _("推后"), _how_far(effects.later), clocks=effects.later),
        Figure("late", _("会变成逾期"), bad=bool(effects.become_late), clocks=effects.become_late),
        Figure("saved", _("会不再逾期"), clocks=effects.stop_being_late),
        Figure("unmatched", _("立案条件没有了，时限只能不动"), bad=bool(effects.unmatched), cases=effects.unmatched),
        Figure("waiting", _("已立案、还没派遣：派遣时仍按立案时的版本"), cases=effects.waiting),
        Figure("undecided", _("还没立案、小类要停用：改按接替的小类建议"), cases=effects.undecided),
    ]
    words = _("正在走的时限按派出时答应的算，发布不会动它；只有发布的人选“一起移”，下面这些才会移动。")
    if effects.promised_otherwise:
        words += _("另有 %(n)d 件派遣时另定了时限，怎么都不动。") % {"n": effects.promised_otherwise}
    return Group(_("正在走的时限"), words, figures)


def _past(effects: Effects) -> Group:
    past, names = effects.past, _names(effects.past.reassigned)
    figures = [
        Figure("limit", _("时限会不同"), cases=past.limit),
        Figure("retyped", _("会按别的小类立案"), cases=past.retyped),
        Figure("dropped", _("没有小类或条件可立案"), bad=bool(past.dropped), cases=past.dropped),
        Figure("reworded", _("立案条件改写了，要人重新判断"), cases=past.reworded),
        Figure("refused", _("当时不予受理，条件改了，要人重新判断"), cases=past.refused),
    ]
    for n, ((was, would_be), cases) in enumerate(sorted(past.reassigned.items(), key=lambda item: -len(item[1]))):
        words = _("会派给别的单位：%(was)s → %(would_be)s") % {"was": names[was], "would_be": names[would_be]}
        figures.append(Figure(f"moved-{n}", words, bad=would_be is None, cases=cases))
    if not past.reassigned:
        figures.append(Figure("moved", _("会派给别的单位")))
    words = _("近 %(days)d 天收到的 %(n)d 件，假如当时就按这份草稿。立不立案由人判断，系统只说哪些要重新判断。")
    return Group(_("近 90 天的案件"), words % {"days": WINDOW.days, "n": past.looked_at}, figures)


def _types(effects: Effects, state: DraftState) -> Group:
    names = {code: each.name for code, each in {**state.base, **state.result.types}.items()}
    bare, places = [f"{code} {names[code]}" for code in effects.without_rule], dict(towns().values_list("code", "short_name"))
    new = _finding_lines(effects.new_findings, names, places)
    figures = [
        Figure("no-rule", _("没有立案条件，时限只能按环节默认"), bad=bool(effects.without_rule), lines=bare),
        Figure("new-gaps", _("新出现的没人负责或说法冲突"), bad=bool(new), lines=new),
        Figure("closed-gaps", _("消除的没人负责或说法冲突"), lines=_finding_lines(effects.gone_findings, names, places)),
    ]
    words = _("每个小类、每个镇街按草稿的权责算一遍：现在 %(before)d 处没人负责或说法冲突，改了以后 %(after)d 处。")
    return Group(_("小类和权责"), words % {"before": len(effects.matrix_before), "after": len(effects.matrix_after)}, figures)


def _learned(effects: Effects, state: DraftState) -> Group:
    names = {code: each.name for code, each in {**state.base, **state.result.types}.items()}
    figures = [
        Figure("unlearned", _("从往期学会、以后不再建议的小类"), lines=[f"{c} {names[c]}" for c in effects.learned_lost]),
        Figure("untaught", _("还没学过、要等重新学的新小类"), lines=[f"{c} {names[c]}" for c in effects.not_learned]),
    ]
    return Group(_("系统的建议"), _("定类建议只在还有的小类里选；新小类先按关键词建议，重新学过才按往期。"), figures)


def _how_far(moves: Sequence[ClockMove]) -> str:
    found = spread(moves)
    if found is None:
        return ""
    told = {"least": duration(found.least), "middle": duration(found.middle), "most": duration(found.most)}
    return _("最少 %(least)s，一半不到 %(middle)s，最多 %(most)s") % told


def _names(reassigned: Iterable[tuple[str | None, str | None]]) -> dict[str | None, str]:
    codes = {code for pair in reassigned for code in pair if code}
    names: dict[str | None, str] = dict(Unit.objects.filter(code__in=codes).values_list("code", "short_name"))
    return {code: code for code in codes} | names | {None: _("没有人")}


def _finding_lines(found: Iterable[Finding], names: dict[str, str], places: dict[str, str]) -> list[str]:
    lines: dict[tuple[str, str], list[str]] = {}
    for each in found:
        lines.setdefault((each.type_code.rpartition(":")[2], each.why), []).append(places.get(each.town_code, each.town_code))
    return [f"{code} {names.get(code, '')}：{why}（{'、'.join(where)}）" for (code, why), where in lines.items()]


def clock_rows(moves: Sequence[ClockMove], user: Account, now: datetime) -> list[ClockRow]:
    """The clocks of one page with their cases, as far as this person may see them."""
    numbers = [each.number for each in moves if each.number]
    cases = {case.number: case for case in cases_visible_to(user).filter(number__in=numbers)}
    return [ClockRow(each, cases.get(each.number), each.clock.becomes_late(now)) for each in moves]


def case_rows(keys: Sequence[int], user: Account) -> QuerySet[Case]:
    """The cases of one page, the newest first."""
    return cases_visible_to(user).filter(pk__in=list(keys)).order_by("-opened_at")


def stage_lines(state: DraftState) -> list[tuple[str, str, str]]:
    """(stage, its limit in force, that of the draft or "")."""
    drafted, in_force = {edit.subject: _limit(edit.content["limit"]) for edit in state.of(STAGE)}, stage_limits()
    return [(str(name), limit_words(in_force[code]), drafted.get(code, "")) for code, name in STAGES]


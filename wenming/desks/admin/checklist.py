"""上线检查: what a city still lacks before it can work, computed from what is there; nobody ticks anything off (A1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.accountability.figures import answering_units
from wenming.cases.stage_limits import stages
from wenming.exchange.models import Receiver
from wenming.journal.selectors import stuck_reactions, waiting_reactions
from wenming.operations import readiness
from wenming.organisations.models import Account, Unit, UnitKind
from wenming.organisations.rules.permissions import SECOND_FACTOR_NEEDED, Role
from wenming.organisations.selectors import heads_of
from wenming.responsibilities.audit import matrix_findings
from wenming.responsibilities.models import CalendarVersion, WorkSchedule
from wenming.standards.models import Scheme
from wenming.territory.selectors import city_name, towns

# From here on next year's holidays are known or about to be.
NEXT_YEAR_MATTERS_FROM = (11, 1)
WORKER_IS_LATE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Check:
    """One line: late keeps a city from working, soon should be mended, done is in order. page: where to mend it."""

    title: str | Promise
    state: str
    sentence: str
    page: str = ""


def checks(now: datetime) -> list[tuple[str | Promise, list[Check]]]:
    """All of them in groups, in the order in which a new city does them."""
    today = timezone.localdate(now)
    return [(title, [check for ask in asked for check in ask(now, today)]) for title, asked in _GROUPS]


def _name(now: datetime, today: date) -> Iterator[Check]:
    if settings.CITY_NAME or city_name():
        yield Check(_("城市名称"), "done", settings.CITY_NAME or city_name())
    else:
        yield Check(
            _("城市名称"),
            "soon",
            _("页面上写的是“本市”。导入区划边界会带入市名，也可以用设置 WENMING_CITY_NAME 写明。"),
        )


def _units(now: datetime, today: date) -> Iterator[Check]:
    by_kind = dict(Unit.objects.filter(valid_to=None).values_list("kind").annotate(Count("pk")).order_by())
    missing = [str(UnitKind(kind).label) for kind in (UnitKind.COMMAND_CENTRE, UnitKind.TOWN) if not by_kind.get(kind)]
    counted = _("、").join(f"{UnitKind(kind).label} {n}" for kind, n in sorted(by_kind.items()))
    sentence = _("还没有%(kinds)s。案件没有地方可派。") % {"kinds": _("、").join(missing)} if missing else counted
    yield Check(_("机构"), "late" if missing else "done", sentence, "admin:organisations")


def _towns(now: datetime, today: date) -> Iterator[Check]:
    areas = dict(towns().values_list("code", "short_name"))
    held = set(Unit.objects.filter(kind=UnitKind.TOWN, valid_to=None).values_list("area_code", flat=True))
    without = [name for code, name in areas.items() if code not in held]
    if not areas:
        yield Check(_("镇街边界"), "late", _("还没有导入镇街边界，地点归不到镇街。运行 python3 run.py manage 导入。"))
    elif without:
        names = {"names": _("、").join(without)}
        yield Check(
            _("镇街边界"), "late", _("这些镇街在地图上有、机构里没有：%(names)s。") % names, "admin:organisations"
        )
    else:
        yield Check(_("镇街边界"), "done", _("地图上 %(n)d 个镇街都有对应的单位。") % {"n": len(areas)})


def _heads(now: datetime, today: date) -> Iterator[Check]:
    units = list(answering_units().values())
    filled = heads_of(units, today)
    vacant = [unit.short_name for unit in units if unit.pk not in filled]
    yield _listed(
        _("主要负责人"),
        vacant,
        _("%(n)d 个单位的主要负责人空缺"),
        _("每个镇街和部门都有主要负责人"),
        "admin:organisations",
    )


def _handlers(now: datetime, today: date) -> Iterator[Check]:
    handler = Account.objects.filter(unit=OuterRef("pk"), is_active=True, role__in=[Role.HANDLER, Role.UNIT_LEAD])
    units = Unit.objects.filter(kind__in=[UnitKind.TOWN, UnitKind.DEPARTMENT], valid_to=None)
    without = list(units.exclude(Exists(handler)).order_by("path").values_list("short_name", flat=True))
    yield _listed(
        _("经办账号"),
        without,
        _("%(n)d 个单位没有经办账号，派过去没人签收"),
        _("每个镇街和部门都有经办账号"),
        "admin:organisations",
    )


def _second_factors(now: datetime, today: date) -> Iterator[Check]:
    if settings.DEMO:
        yield Check(
            _("二次验证"), "soon", _("演示城市不要求二次验证；正式城市里指挥、领导、管理等岗位第一次登录就要设置。")
        )
        return
    has_one = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    needed = Account.objects.filter(is_active=True, role__in=[role.value for role in SECOND_FACTOR_NEEDED])
    without = list(needed.exclude(Exists(has_one)).values_list("display_name", flat=True))
    wrong = _("%(n)d 个账号还没有设置二次验证，第一次登录时会要求设置")
    yield _listed(_("二次验证"), without, wrong, _("该设的账号都设了二次验证"), "admin:organisations")


def _passwords(now: datetime, today: date) -> Iterator[Check]:
    waiting = list(
        Account.objects.filter(is_active=True, must_change_password=True).values_list("display_name", flat=True)
    )
    yield _listed(
        _("初始密码"),
        waiting,
        _("%(n)d 个账号还在用初始密码，没有登录过"),
        _("没有账号还在用初始密码"),
        "admin:organisations",
    )


def _calendar(now: datetime, today: date) -> Iterator[Check]:
    newest = CalendarVersion.objects.order_by("-number").first()
    if newest is None or not WorkSchedule.objects.filter(unit=None).exists():
        yield Check(_("工作日历"), "late", _("还没有工作日历和全市工作时间，算不出时限。"), "admin:calendar")
        return
    wanted = [today.year] + ([today.year + 1] if (today.month, today.day) >= NEXT_YEAR_MATTERS_FROM else [])
    missing = [str(year) for year in wanted if year not in newest.announced_years]
    state = "late" if str(today.year) in missing else "soon" if missing else "done"
    sentence = (
        _("%(years)s 年的放假通知还没有录入，跨到那里的时限只是暂定。")
        if missing
        else _("%(version)s，覆盖到 %(year)d 年。")
    )
    facts = {"years": _("、").join(missing), "version": str(newest), "year": max(newest.announced_years or [0])}
    yield Check(_("工作日历"), state, sentence % facts, "admin:calendar")


def _stage_limits(now: datetime, today: date) -> Iterator[Check]:
    samples = [stage.name for stage in stages() if stage.sample]
    wrong = _("%(n)d 个环节用的是样本时限，请按本市规定核对")
    yield _listed(_("各环节时限"), samples, wrong, _("各环节时限都已按本市规定设置"), "admin:problem_types")


def _scheme(now: datetime, today: date) -> Iterator[Check]:
    scheme = Scheme.objects.filter(is_current=True).first()
    if scheme is None:
        yield Check(_("问题分类"), "late", _("还没有启用问题分类，案件不能立案。"), "admin:problem_types")
    else:
        yield Check(_("问题分类"), "done", str(scheme), "admin:problem_types")


def _matrix(now: datetime, today: date) -> Iterator[Check]:
    found = matrix_findings(today)
    gaps = sum(finding.kind == "gap" for finding in found)
    words = _("%(gaps)d 处没人负责，%(conflicts)d 处指向不止一个单位。") % {
        "gaps": gaps,
        "conflicts": len(found) - gaps,
    }
    yield Check(
        _("权责"),
        "soon" if found else "done",
        words if found else _("每类问题在每个镇街都有唯一的责任单位。"),
        "admin:matrix_findings",
    )


def _worker(now: datetime, today: date) -> Iterator[Check]:
    stuck = stuck_reactions().count()
    waiting = waiting_reactions(now - WORKER_IS_LATE_AFTER).filter(attempts=0).count()
    if waiting:
        yield Check(
            _("后台任务"),
            "late",
            _("%(n)d 项等了 2 分钟以上，后台程序好像没有在运行。") % {"n": waiting},
            "admin:health",
        )
    elif stuck:
        yield Check(_("后台任务"), "soon", _("%(n)d 项失败过，还在重试。") % {"n": stuck}, "admin:health")
    else:
        yield Check(_("后台任务"), "done", _("没有积压。"), "admin:health")


def _receivers(now: datetime, today: date) -> Iterator[Check]:
    """Nothing where nobody is told: most cities begin so."""
    stopped = list(Receiver.objects.filter(stopped_at__isnull=False, failures__gt=0).values_list("name", flat=True))
    if Receiver.objects.exists():
        yield _listed(
            _("推送"), stopped, _("%(n)d 个接收方连续失败，已经停用"), _("没有因失败停用的接收方"), "admin:interfaces"
        )


def _machine(now: datetime, today: date) -> Iterator[Check]:
    for title, found in (
        (_("磁盘"), readiness.free_disk(settings.CITY)),
        (_("备份演练"), readiness.last_drill(settings.CITY, today)),
        (_("密钥"), readiness.keys_of_this_city(settings.CITY)),
        (_("数据库升级"), readiness.unapplied_migrations()),
    ):
        problems = list(found)
        state = "late" if any(one.fatal for one in problems) else "soon" if problems else "done"
        yield Check(
            title, state, "".join(f"{one.sentence}{one.remedy}" for one in problems) or _("正常。"), "admin:health"
        )


def _listed(title: str, names: list[str], wrong: str, right: str, page: str) -> Check:
    if not names:
        return Check(title, "done", right + _("。"), page)
    shown = _("、").join(names[:6]) + ("…" if len(names) > 6 else "")
    return Check(title, "soon", wrong % {"n": len(names)} + _("：") + shown + _("。"), page)


_Ask = Callable[[datetime, date], Iterator[Check]]
_GROUPS: tuple[tuple[Promise, tuple[_Ask, ...]], ...] = (
    (gettext_lazy("谁来办"), (_name, _units, _towns, _heads, _handlers, _second_factors, _passwords)),
    (gettext_lazy("按什么办"), (_scheme, _matrix, _calendar, _stage_limits)),
    (gettext_lazy("系统"), (_worker, _receivers, _machine)),
)

"""What the demo city's leader ordered: one order done and accepted, one answered, one running, one late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from wenming.accountability.services import accept_order, give_order
from wenming.organisations.models import Unit
from wenming.responsibilities.rules.clock import Limit, LimitUnit
from wenming.responsibilities.services import acknowledge_duty, answer_duty, mark_read

from .city import DemoCity

DAY_HOURS = 8


def leaders_orders(city: DemoCity) -> list[Iterator[datetime]]:
    """The stories of the orders."""
    xiaolan, shiqi, law = city.units["442000118"], city.units["442000001"], city.units["CGZF"]
    return [
        _order(
            city, xiaolan, days_ago=7, limit=5, text="垃圾满溢反复出现，一周内拿出清运班次调整办法并落实。",
            about="小榄镇：垃圾满溢逾期件较多", answer="已增加晚间一班，重点点位每日三清。", answered_after=3, accepted_after=4,
        ),
        _order(
            city, law, days_ago=6, limit=5, text="夜间占道烧烤投诉集中，请开展一次联合整治并报结果。",
            about="占道经营类不满意评价上升", answer="已联合属地开展三次夜间整治，结果附后。", answered_after=4,
        ),
        _order(city, shiqi, days_ago=1, limit=3, text="请逐一回访近半月不满意的市民，说明处理情况。", about=""),
        _order(
            city, city.units["442000107"], days_ago=9, limit=5, text="逾期件要逐件说明原因，月底前清零。",
            about="坦洲镇：按时办结率连续下降",
        ),
    ]  # fmt: skip


def inbox_read(city: DemoCity) -> Iterator[datetime]:
    """Yesterday evening everybody had read their messages; what came since is new."""
    yesterday = city.work_time(city.centre).after(city.now, -DAY_HOURS)
    yield yesterday
    for unit in city.units.values():
        mark_read(unit, now=yesterday)


def _order(
    city: DemoCity, to: Unit, *, days_ago: int, limit: int, text: str, about: str, answer: str = "",
    answered_after: int = 0, accepted_after: int = 0,
) -> Iterator[datetime]:  # fmt: skip
    def days_later(days: float) -> datetime:
        return city.work_time(city.centre).after(city.now, (days - days_ago) * DAY_HOURS)

    yield days_later(0)
    leader, handler = city.leader, city.handler(to)
    order = give_order(
        by=leader, to=to, about=about, text=text, limit=Limit(limit, LimitUnit.WHOLE_DAYS), now=days_later(0)
    )
    yield days_later(0.2)
    acknowledge_duty(order.duty, by=handler, now=days_later(0.2))
    if answer:
        yield days_later(answered_after)
        answer_duty(order.duty, text=answer, by=handler, now=days_later(answered_after))
    if accepted_after:
        yield days_later(accepted_after)
        accept_order(order, by=leader, now=days_later(accepted_after))

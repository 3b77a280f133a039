"""What the pages of the hot topics show: lines, figures with their rows, acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.models import Topic, TopicMessage
from wenming.cases.rules.lifecycle import STATE_NAMES_ZH, State
from wenming.cases.rules.topic_life import STARTS_FROM, TOPIC_ACTS_ZH, TOPIC_STATES_ZH, TopicState
from wenming.cases.topics import selectors
from wenming.cases.topics import services as topics
from wenming.desks.common.forms import ThingForm
from wenming.desks.common.reporters import without_numbers
from wenming.desks.common.timeline import Told
from wenming.organisations.models import Account

from .thing_acts import OpenThingAct, ThingAct, Things

LISTED = 100
ROWS_PER_PAGE = 50
SHOWN_CHARACTERS = 160
PROPOSED = "proposed"
STATES = [
    ("", gettext_lazy("在列")), (PROPOSED, gettext_lazy("已提请会商")),
    *((state.value, gettext_lazy(TOPIC_STATES_ZH[state])) for state in TopicState if state != TopicState.OPEN),
]  # fmt: skip


def _periods() -> list[tuple[str, str]]:
    # Asked for with every form: what is put together while the module loads stays Chinese for good.
    return [(str(days), _("近 %(days)d 天") % {"days": days}) for days in selectors.PERIODS]


class TopicFilter(forms.Form):
    """Which topics, and over how many days their heat is counted; kept in the address."""

    days = forms.ChoiceField(label=gettext_lazy("热度按"), required=False, choices=_periods)
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=STATES)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, auto_id="topics_%s", **kwargs)  # type: ignore[arg-type, misc]
        self.is_valid()

    @property
    def period(self) -> int:
        return int(self.cleaned_data.get("days") or selectors.PERIODS[0])

    @property
    def state_asked(self) -> str:
        return str(self.cleaned_data.get("state") or "")

    def narrow(self, found: QuerySet[Topic]) -> QuerySet[Topic]:
        if self.state_asked == PROPOSED:
            return found.filter(proposed_at__isnull=False)
        return found.filter(state=self.state_asked or TopicState.OPEN)


@dataclass(frozen=True)
class TopicLine:
    """One line of the list; the topic carries its heat (`with_heat`)."""

    rank: int
    topic: Topic
    days: int

    @property
    def change(self) -> str:
        return change_words(self.topic.people, self.topic.people_before)  # type: ignore[attr-defined]

    @property
    def url(self) -> str:
        return page_url(self.topic.number, self.days)

    @property
    def lately_url(self) -> str:
        return page_url(self.topic.number, self.days, "lately")

    @property
    def before_url(self) -> str:
        return page_url(self.topic.number, self.days, "before")

    @property
    def all_url(self) -> str:
        return page_url(self.topic.number, self.days, "all")


def change_words(now: int, before: int) -> str:
    """The trend in words: people now against people in as many days before."""
    if not before:
        return _("新") if now else _("没有新的")
    if now == before:
        return _("持平")
    return _("多 %(n)d 人") % {"n": now - before} if now > before else _("少 %(n)d 人") % {"n": before - now}


def page_url(number: str, days: int, rows: str = "") -> str:
    """The topic's page with these rows; the rows stand under `#rows`."""
    asked = {"days": days, **({"rows": rows} if rows else {})}
    return f"{reverse('office:topic', args=[number])}?{urlencode(asked)}{'#rows' if rows else ''}"


def lines_of(found: QuerySet[Topic], days: int, now: datetime) -> list[TopicLine]:
    """The list, hottest first."""
    ranked = selectors.with_heat(found, days=days, now=now)[:LISTED]
    return [TopicLine(rank, topic, days) for rank, topic in enumerate(ranked, start=1)]


def cells_of_file(lines: Sequence[TopicLine]) -> list[list[Any]]:
    """The list as a table; the first row names the columns. Nobody's words are in it but the names of the topics."""
    heads = [
        _("名次"), _("话题编号"), _("名称"), _("地点"), _("人数"), _("前一段人数"), _("留言"), _("累计人数"), _("累计留言"), _("最早"), _("最近"),
        _("提请会商"),
    ]  # fmt: skip
    return [heads, *([*_cells(line)] for line in lines)]


def _cells(line: TopicLine) -> list[Any]:
    topic: Any = line.topic
    return [
        line.rank, topic.number, topic.name, topic.place, topic.people, topic.people_before, topic.many, topic.people_ever,
        topic.many_ever, _day(topic.first_at), _day(topic.last_at), _day(topic.proposed_at),
    ]  # fmt: skip


def _day(at: datetime | None) -> str:
    return f"{localtime(at):%Y-%m-%d}" if at else ""


# --- one topic -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TopicFigure:
    """A number that leads to the rows it was counted from."""

    label: str
    words: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Said:
    """One message as the page shows it: its case, and its words without numbers that lead to a person."""

    message: TopicMessage
    words: str
    times: int

    @property
    def case(self) -> Any:
        return self.message.report.case_report.case


def figures_of(topic: Any, user: Account, days: int) -> list[TopicFigure]:
    """topic: with its heat. Each figure says over what it was counted, and leads to its rows."""
    solved = selectors.solved_of(topic, user)

    def url(rows: str) -> str:
        return page_url(topic.number, days, rows)

    people = _("%(n)d 人")
    return [
        TopicFigure(_("近 %(days)d 天写了的人") % {"days": days}, people % {"n": topic.people}, url("lately"), _("%(n)d 条留言") % {"n": topic.many}),
        TopicFigure(
            _("再前 %(days)d 天") % {"days": days}, people % {"n": topic.people_before}, url("before"),
            change_words(topic.people, topic.people_before),
        ),
        TopicFigure(_("累计"), people % {"n": topic.people_ever}, url("all"), _("%(n)d 条留言") % {"n": topic.many_ever}),
        TopicFigure(
            _("已结案"), f"{solved.percent}%" if solved.percent is not None else "–", url("closed"),
            _("%(counted)d 件里 %(closed)d 件") % {"counted": solved.counted, "closed": solved.closed},
        ),
    ]  # fmt: skip


ROWS_WORDS = {
    "lately": gettext_lazy("近 %(days)d 天的留言"),
    "before": gettext_lazy("再前 %(days)d 天的留言"),
    "all": gettext_lazy("全部留言"),
    "closed": gettext_lazy("已结案的留言"),
    "open": gettext_lazy("还没结案的留言"),
}


def rows_of(topic: Topic, user: Account, asked: str, *, days: int, now: datetime) -> tuple[str, QuerySet[TopicMessage]]:
    """(what these rows are, the rows). What is asked for and unknown is everything."""
    told = selectors.messages_of(topic, user)
    since, before = now - timedelta(days=days), now - timedelta(days=2 * days)
    state = "report__case_report__case__state"
    counted = told.exclude(**{f"{state}__in": selectors.NOT_COUNTED})
    kinds = {
        "lately": told.filter(at__gt=since, at__lte=now), "before": told.filter(at__gt=before, at__lte=since),
        "closed": counted.filter(**{state: State.CLOSED}), "open": counted.exclude(**{state: State.CLOSED}),
    }  # fmt: skip
    if asked.startswith("type-") and asked.removeprefix("type-").isdecimal():
        kind = told.filter(report__case_report__case__problem_type=int(asked.removeprefix("type-")))
        first = kind.first()
        name = first.report.case_report.case.problem_type if first else ""
        return _("小类是“%(type)s”的留言") % {"type": name}, kind
    if asked == "type-":
        return _("还没定小类的留言"), told.filter(report__case_report__case__problem_type=None)
    return str(ROWS_WORDS.get(asked, ROWS_WORDS["all"]) % {"days": days}), kinds.get(asked, told)


def written_by(topic: Topic) -> Counter[int]:
    """{person: how many messages of theirs are in this topic}."""
    return Counter(topic.messages.values_list("person", flat=True))


def said(messages: Sequence[TopicMessage], written: Mapping[int, int]) -> list[Said]:
    """The messages of one page; written: how many each person wrote into this topic."""
    return [Said(each, shown_words(each.report.text), written.get(each.person, 1)) for each in messages]


def shown_words(text: str) -> str:
    clean = without_numbers(" ".join(text.split()))
    return clean if len(clean) <= SHOWN_CHARACTERS else f"{clean[: SHOWN_CHARACTERS - 1]}…"


def types_of(topic: Topic, user: Account, days: int) -> list[TopicFigure]:
    """Its problem types, each with its rows."""
    return [
        TopicFigure(name or _("还没定小类"), _("%(n)d 件") % {"n": many}, page_url(topic.number, days, f"type-{code}"))
        for code, name, many in selectors.types_of(topic, user)
    ]


def examples_of(topic: Topic, user: Account, written: Mapping[int, int]) -> list[tuple[str, Said]]:
    """The message nearest to all others, and the shortest clear one, as far as this person may see their cases."""
    seen = {each.report_id: each for each in selectors.messages_of(topic, user).filter(report__in=(topic.typical_id, topic.shortest_id))}
    wanted = {topic.typical_id: _("最有代表性的一条")}
    wanted.setdefault(topic.shortest_id, _("最短又说得清的一条"))
    return [(label, said([seen[pk]], written)[0]) for pk, label in wanted.items() if pk in seen]


def why_of(topic: Any, days: int) -> list[str]:
    """What speaks for the topic, in sentences that can be recounted in its rows."""
    why = [
        _("近 %(days)d 天 %(people)d 人写了 %(many)d 条，再前 %(days)d 天 %(before)d 人：%(change)s。") % {
            "days": days, "people": topic.people, "many": topic.many, "before": topic.people_before,
            "change": change_words(topic.people, topic.people_before),
        }
    ]  # fmt: skip
    if topic.first_at:
        why.append(_("最早 %(first)s，最近 %(last)s。") % {"first": _day(topic.first_at), "last": _day(topic.last_at)})
    if topic.many_ever > topic.people_ever:
        why.append(
            _("同一个人写了几条的只算一人：%(many)d 条留言来自 %(people)d 人。") % {"many": topic.many_ever, "people": topic.people_ever}
        )
    why.append(_("地点：%(place)s。") % {"place": topic.place} if topic.place else _("没有集中在一个地点。"))
    return why


def story_of(topic: Topic) -> list[Told]:
    return [
        Told(move.at, _(TOPIC_ACTS_ZH[move.act]), move.by.display_name if move.by else _("系统"), _note(move))
        for move in selectors.moves_of_topic(topic)
    ]


def _note(move: Any) -> str:
    facts = move.facts
    told = {
        "find": _("%(messages)s 条留言，%(people)s 人") % {"messages": facts.get("messages"), "people": facts.get("people")},
        "rename": _("原来叫“%(before)s”") % {"before": facts.get("before")},
        "merge": _("并入 %(into)s，%(messages)s 条") % {"into": facts.get("into"), "messages": facts.get("messages")},
        "take_in": _("并进了 %(other)s 的 %(messages)s 条") % {"other": facts.get("other"), "messages": facts.get("messages")},
        "split": _("拆出 %(messages)s 条") % {"messages": facts.get("messages")} + (f" → {facts['into']}" if facts.get("into") else ""),
        "split_off": _("来自 %(other)s") % {"other": facts.get("other")},
    }.get(move.act, "")
    return " ".join(filter(None, (told, move.reason)))


def state_words(code: str) -> str:
    return _(STATE_NAMES_ZH[State(code)])


# --- acts ------------------------------------------------------------------------------------------------------------


class NameForm(ThingForm):
    """改名."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("以后有新留言归进来，名称也不变。"))


class ReasonForm(ThingForm):
    """An act that needs its reason."""

    reason = forms.CharField(label=gettext_lazy("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ProposalForm(ThingForm):
    """提请会商."""

    reason = forms.CharField(
        label=gettext_lazy("给会商的话（可不写）"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class MergerForm(ThingForm):
    """并入: another topic of the list, by its number."""

    into = forms.CharField(
        label=gettext_lazy("并入哪个话题（编号）"), max_length=12, help_text=gettext_lazy("例如 R26-0001，编号在话题清单里。")
    )

    def clean_into(self) -> Topic:
        number = str(self.cleaned_data["into"]).strip().upper()
        found = Topic.objects.filter(number=number, state=TopicState.OPEN).first()
        if found is None:
            raise forms.ValidationError(_("没有在列的话题 %(number)s。请核对编号。") % {"number": number})
        return found


class SplitForm(forms.Form):
    """拆出: the messages that were ticked, and a name if they are to be a topic of their own."""

    name = forms.CharField(
        label=gettext_lazy("另立话题的名称（可不写）"), max_length=60, required=False,
        help_text=gettext_lazy("不写名称，这几条就不归任何话题，以后也不再自动归类。"),
    )  # fmt: skip
    report = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, ticked: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = [each for each in ticked if each.isdecimal() and len(each) < 19]
        self.fields["report"].choices = [(each, each) for each in numbers]  # type: ignore[attr-defined]


TOPICS: Things[Topic] = Things("topic", "number", selectors.topics_visible_to, topics.PERMISSION, (
    ThingAct(
        "proposal", "propose", gettext_lazy("提请会商"), ProposalForm,
        lambda topic, form, by, now: topics.propose_topic(topic, reason=form.cleaned_data["reason"], by=by, now=now),
        gettext_lazy("已提请会商"),
    ),
    ThingAct(
        "proposal-withdrawal", "withdraw", gettext_lazy("撤回提请"), ReasonForm,
        lambda topic, form, by, now: topics.withdraw_proposal(topic, reason=form.cleaned_data["reason"], by=by, now=now),
        gettext_lazy("已撤回提请"),
    ),
    ThingAct(
        "name", "rename", gettext_lazy("改名"), NameForm,
        lambda topic, form, by, now: topics.rename_topic(topic, name=form.cleaned_data["name"], by=by, now=now),
        gettext_lazy("已改名"),
    ),
    ThingAct(
        "merger", "merge", gettext_lazy("并入别的话题"), MergerForm,
        lambda topic, form, by, now: topics.merge_topics(topic, into=form.cleaned_data["into"], by=by, now=now),
        gettext_lazy("已并入"),
    ),
    ThingAct(
        "dismissal", "dismiss", gettext_lazy("不列入"), ReasonForm,
        lambda topic, form, by, now: topics.dismiss_topic(topic, reason=form.cleaned_data["reason"], by=by, now=now),
        gettext_lazy("已记为不列入"),
    ),
    ThingAct(
        "restoration", "restore", gettext_lazy("重新列入"), ReasonForm,
        lambda topic, form, by, now: topics.restore_topic(topic, reason=form.cleaned_data["reason"], by=by, now=now),
        gettext_lazy("已重新列入"),
    ),
))  # fmt: skip


def open_acts(
    topic: Topic, user: Account, acting: ThingAct[Topic] | None = None, form: Any = None
) -> list[OpenThingAct[Topic]]:
    """What this person may do with the topic as it stands; proposing leads."""
    steps = {step for step, states in STARTS_FROM.items() if topic.state in states}
    steps.discard("withdraw" if topic.proposed_at is None else "propose")
    return TOPICS.open_acts(topic, user, steps, {"propose", "restore"}, acting, form)

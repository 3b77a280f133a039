"""`python -m wenming learn_types`: teach the judge of texts on the city's own history (extra `text`)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from wenming.cases.learning.suggesting import learn_types
from wenming.refusals import Refusal


class Command(BaseCommand):
    help = "从本市往期案件的文字学习怎样建议小类。需要可选组件 text（scikit-learn）；不联网，只用处理器。"

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            facts = learn_types(by=None, now=timezone.now()).facts
        except Refusal as refused:
            raise CommandError(str(refused)) from refused
        told = _("学好了：%(messages)d 条文字，对没见过的文字小类对的占 %(right_percent)s%%。")
        self.stdout.write(told % {"messages": facts["messages"], "right_percent": facts["right_percent"]})

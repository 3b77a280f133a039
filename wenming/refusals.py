"""What a person may not do is an answer, not a crash: every refusal has a stable code and a sentence for people."""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Base of every foreseen "no". Subclasses set `code` (public, stable, `room.reason`) and `status` (HTTP).

    The sentence says what happened and what to do, in the words of the label the person saw; it is shown as it is.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, sentence: str | Promise, **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts

    def __str__(self) -> str:
        return str(self.sentence)


class NotAllowed(Refusal):
    """The person is known and may not do this here."""

    code = "not-allowed"
    status = 403

    def __init__(self, sentence: str | Promise | None = None, **facts: object) -> None:
        super().__init__(sentence or _("这件事要由有相应权限的人来办，您的账号不能办理。需要时请联系本单位管理员。"), **facts)


class BadInput(Refusal):
    """What was handed in cannot be taken as it is; nothing of it was stored."""

    code = "bad-input"
    status = 422

"""Sessions in the database as Django keeps them; only the question that every request asks is put together once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField
from django.utils import timezone

from wenming.engine.asking import Given, Question

_IN_FORCE = Question(
    lambda: Session.objects.filter(session_key=Given("key"), expire_date__gt=Given("now", DateTimeField()))
)


class SessionStore(db.SessionStore):
    """Named in the settings as SESSION_ENGINE."""

    def _get_session_from_db(self) -> Session | None:
        found = _IN_FORCE.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found

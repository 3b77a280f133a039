"""Reading along: what has happened since an entry that the reader has already seen."""

from __future__ import annotations

from django.db import models

from .models import Entry
from .services import about_key


def numbers_touched(kind: type[models.Model], *, since: int) -> list[str]:
    """The natural numbers of the things of a kind that the entries after `since` are about, each once.

    For a reader close behind: whoever is far behind (`head` says so) had better read everything again.
    """
    begins = about_key(kind()).rpartition(":")[0] + ":"
    entries = Entry.objects.filter(seq__gt=since).order_by("seq").values_list("about", flat=True)
    return list(dict.fromkeys(about.removeprefix(begins) for about in entries if about.startswith(begins)))

"""Photos on pages: links that open one photo for about two days, and the one view behind all of them.

Whoever draws a page has already decided that its reader may see the photo; the link carries that decision, sealed, so
that the citizen's receipt page and every desk show photos in the same way. Only the copy without metadata goes out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypedDict, cast

from django.core.signing import Signer
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wenming.evidence import selectors as evidence
from wenming.evidence.models import Exhibit, PublicCopy
from wenming.evidence.serving import open_public

from .access import public

LARGE, SMALL = "large", "small"
GOOD_FOR = timedelta(days=2)


class Shown(TypedDict):
    """One photo as `{% before_after %}` and `{% photo %}` take it."""

    url: str
    alt: str
    at: datetime
    large_url: str


def photo_url(exhibit: Exhibit, size: str = LARGE) -> str:
    """The address of a photo (large: 1600 px, small: 320 px), good for two to three days.

    It ends at a midnight, not after so many seconds: during a day the address stays the same, and a browser that has
    the photo does not fetch it again.
    """
    return _sealed_url(exhibit.public_id, size, (timezone.now() + GOOD_FOR).toordinal())


@lru_cache(maxsize=4096)
def _sealed_url(exhibit: uuid.UUID, size: str, until: int) -> str:
    """Kept, because a list shows the same photos all day; a link depends on nothing but what is asked for here."""
    return reverse("photo", args=[exhibit, size, until, _seal(exhibit, size, until)])


def shown(exhibit: Exhibit, number: int = 1) -> Shown:
    """A photo with its small and large address and words for those who do not see it."""
    words = exhibit.caption or _("%(role)s照片 %(number)d") % {"role": exhibit.get_role_display(), "number": number}
    return {
        "url": photo_url(exhibit, SMALL), "alt": words, "at": exhibit.added_at, "large_url": photo_url(exhibit),
    }  # fmt: skip


def shown_all(exhibits: Iterable[Exhibit]) -> list[Shown]:
    """Several photos, numbered in their order."""
    return [shown(exhibit, number) for number, exhibit in enumerate(exhibits, start=1)]


@require_safe
@public
def photo(request: HttpRequest, exhibit: uuid.UUID, size: str, until: int, seal: str) -> HttpResponse:
    """The public copy behind a sealed link. Unknown, withdrawn, expired and forged links get the same answer."""
    found = evidence.exhibit(exhibit) if _still_good(exhibit, size, until, seal) else None
    if found is None:
        raise Http404
    try:
        served = open_public(found, thumb=size == SMALL)
    except (PublicCopy.DoesNotExist, FileNotFoundError) as error:
        raise Http404 from error
    response = FileResponse(served.file, content_type=served.content_type, headers=served.headers)
    response["ETag"] = served.etag
    unchanged: HttpResponse | None = get_conditional_response(request, etag=served.etag)
    return unchanged or cast(HttpResponse, response)


def _still_good(exhibit: uuid.UUID, size: str, until: int, seal: str) -> bool:
    return timezone.now().toordinal() <= until and constant_time_compare(seal, _seal(exhibit, size, until))


def _seal(exhibit: uuid.UUID, size: str, until: int) -> str:
    return Signer(salt="photo").signature(f"{exhibit} {size} {until}")

"""What every page knows about itself: how it should look, where it is, whether its data is real."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wenming.territory import selectors as territory

from .navigation import DESKS, bar, foot_entries, home_of

# A city is renamed once in a generation, and every page asks.
NAME_IS_KEPT_SECONDS = 60
THEMES = ("auto", "light", "dark", "sun")
MODES = ("standard", "elder")
SIZES = ("normal", "large", "largest")
HANDS = ("right", "left")
# Cookies, not the account: a person may want large text on the phone only, and a citizen has no account.
COOKIES = {"theme": ("wm_theme", THEMES), "mode": ("wm_mode", MODES), "size": ("wm_size", SIZES), "hand": ("wm_hand", HANDS)}


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame of a page: look, desk, navigation, city, language, demo mark."""
    desk = desk_of(request)
    return {
        **look_of(request),
        "desk": desk,
        "desk_name": DESKS[desk].name,
        "desk_home": home_of(desk, getattr(request, "user", None)),
        "bar": bar(desk, request.path, getattr(request, "user", None)),
        "foot": foot_entries(),
        "demo": getattr(settings, "DEMO", False),
        "city_name": city_name(),
        "host_unit": getattr(settings, "HOST_UNIT", _("创建文明城市工作办公室")),
        "page_language": get_language() or settings.LANGUAGE_CODE,
    }


def city_name() -> str:
    """“中山市”, from the settings or the city's map; “本市” while neither says."""
    return settings.CITY_NAME or cache.get_or_set("city-name", territory.city_name, NAME_IS_KEPT_SECONDS) or _("本市")


def look_of(request: HttpRequest) -> dict[str, str]:
    """Theme, mode, size and hand from the visitor's cookies; anything unknown counts as the default."""
    return {what: _one_of(request.COOKIES.get(cookie), known) for what, (cookie, known) in COOKIES.items()}


def desk_of(request: HttpRequest) -> str:
    """The desk whose page is being shown; pages of no desk look like the public one."""
    match = getattr(request, "resolver_match", None)
    names = (match.namespaces[0] if match and match.namespaces else "", request.path.strip("/").split("/")[0])
    return next((name for name in names if name in DESKS), "public")


def _one_of(value: str | None, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]

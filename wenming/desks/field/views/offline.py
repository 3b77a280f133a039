"""What makes the desk an installable tool that works without network: manifest, service worker, offline pack."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wenming.desks.common.access import public, whoever
from wenming.desks.common.context import look_of

from .. import shell
from ..access import FIND, VERIFY, field_desk
from ..components_pack import components_for, version_for
from ..pack import MOST_TASKS, map_of, pages_for
from ..tasks import task_rows, tasks_for


@require_safe
@public
def manifest(request: HttpRequest) -> JsonResponse:
    """How a phone installs the desk. Public: browsers fetch it without anybody's session, and it names nobody."""
    home, icons = reverse("field:home"), [("img/icon-192.png", "192x192"), ("img/icon-512.png", "512x512")]
    told = {
        "id": home, "start_url": home, "scope": home, "display": "standalone", "lang": "zh-CN", "name": _("文明创建 · 巡查"),
        "short_name": _("文明巡查"), "background_color": "#F6F5F1", "theme_color": "#24458A",
        "description": _("核实、核查、拍问题；没有网络也能用。"),
        "icons": [
            {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *({"src": static(name), "sizes": size, "type": "image/png", "purpose": "any"} for name, size in icons),
        ],
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@require_safe
@public
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of this version's files. Asked for at each visit, so that releases arrive."""
    context = {
        "version": shell.version(), "files": [*shell.urls(), reverse("field:away")], "home": reverse("field:home"),
        "away": reverse("field:away"), "static": settings.STATIC_URL,
    }  # fmt: skip
    response = render(request, "field/sw.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@public
def away(request: HttpRequest) -> HttpResponse:
    """What is shown for a page that was not kept; drawn without knowing who will see it."""
    return HttpResponse(render_to_string("field/away.html"))


@require_safe
@never_cache
@field_desk(VERIFY)
def pack(request: HttpRequest) -> JsonResponse:
    """The pages to keep for this person, each with its version, and the components of the area with theirs."""
    look = " ".join(look_of(request).values())
    user = whoever(request)
    version = version_for(user) if user.may(FIND) else ""
    components = {"url": reverse("field:pack_components"), "version": version} if version else None
    return JsonResponse({"shell": shell.version(), "pages": pages_for(user, look), "components": components})


@require_safe
@never_cache
@field_desk(FIND)
def pack_components(request: HttpRequest) -> JsonResponse:
    """The components of this person's area, for finds without network."""
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    return JsonResponse(components_for(whoever(request)), json_dumps_params=compact)


@require_safe
@field_desk(VERIFY)
def area(request: HttpRequest) -> HttpResponse:
    """Where the tasks are: a drawn map, and the same in words."""
    tasks = list(tasks_for(whoever(request))[:MOST_TASKS])
    return render(request, "field/map.html", {"drawn": map_of(tasks), "rows": task_rows(tasks, timezone.now())})

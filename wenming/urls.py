"""Every address of the house, a line per desk."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from wenming.desks.common.log_in import demo_log_in, home

urlpatterns = [
    path("", include("wenming.desks.public.urls")),
    path("field/", include("wenming.desks.field.urls")),
    path("unit/", include("wenming.desks.unit.urls")),
    path("office/", include("wenming.desks.office.urls")),
    path("leaders/", include("wenming.desks.leaders.urls")),
    path("admin/", include("wenming.desks.admin.urls")),
    path("", include("wenming.desks.api.urls")),
    path("", include("wenming.desks.common.urls")),
    path("home/", home, name="home"),
    path("account/demo/", demo_log_in, name="demo_log_in"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
]
if settings.DEBUG:
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    urlpatterns += staticfiles_urlpatterns()

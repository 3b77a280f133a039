"""Addresses of the field desk (网格员、巡查员)."""

from __future__ import annotations

from django.urls import path

from .views import find, mine, new_place, offline, patrol, place, recheck, shift, task, today, uploads

app_name = "field"
urlpatterns = [
    path("", today.home, name="home"),
    path("task/<str:number>/", task.task, name="task"),
    path("task/<str:number>/verifications/", task.verifications, name="verifications"),
    path("task/<str:number>/photo-hints/<int:pk>/verdicts/", task.photo_hint_verdicts, name="photo_hint_verdicts"),
    path("recheck/<int:pk>/", recheck.recheck, name="recheck"),
    path("recheck/<int:pk>/findings/", recheck.findings, name="recheck_findings"),
    path("patrol/<str:patrol>/", patrol.patrol, name="patrol"),
    path("patrol/<str:patrol>/<int:position>/", patrol.point, name="point"),
    path("patrol/<str:patrol>/<int:position>/answers/", patrol.answers, name="point_answers"),
    path("place/", place.places, name="places"),
    path("place/new/", new_place.new_place, name="place_new"),
    path("place/<str:place>/", place.place, name="place"),
    path("place/<str:place>/looks/", place.looks, name="place_looks"),
    path("find/", find.find, name="find"),
    path("find/components/", find.components, name="find_components"),
    path("find/map/", find.place_map, name="find_map"),
    path("find/<str:receipt>/", find.found, name="found"),
    path("photos/", find.photos, name="photos"),
    path("outbox/", mine.outbox, name="outbox"),
    path("me/", mine.me, name="me"),
    path("shift/", shift.shift, name="shift"),
    path("shift/handovers/", shift.handing_over, name="shift_handovers"),
    path("shift/handovers/<int:pk>/taking/", shift.taking_over, name="shift_taking"),
    path("shift/swaps/", shift.swapping, name="shift_swaps"),
    path("shift/leave/", shift.leaving, name="shift_leave"),
    path("shift/requests/<int:pk>/answer/", shift.answering, name="shift_answer"),
    path("shift/requests/<int:pk>/withdrawal/", shift.withdrawing, name="shift_withdrawal"),
    path("shift/requests/<int:pk>/decision/", shift.deciding, name="shift_decision"),
    path("shift/calendar/", shift.calendar, name="shift_calendar"),
    path("shift/calendar/removal/", shift.calendar_removal, name="shift_calendar_removal"),
    path("shift/calendar/<str:token>.ics", shift.feed, name="shift_feed"),
    path("map/", offline.area, name="map"),
    path("pack/", offline.pack, name="pack"),
    path("pack/components/", offline.pack_components, name="pack_components"),
    path("away/", offline.away, name="away"),
    path("sw.js", offline.worker, name="worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<uuid:token>/", uploads.upload, name="upload"),
]

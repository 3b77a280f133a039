"""Addresses of the unit desk (责任单位)."""

from __future__ import annotations

from django.urls import path

from .views import about, acts, cases, doors, duties, frontages, home, matters, notices, supervising

app_name = "unit"
urlpatterns = [
    path("", home.home, name="home"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices_read"),
    path("photos/", acts.photos, name="photos"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<str:number>/", cases.case, name="case"),
    path("cases/<str:number>/acknowledgement/", acts.acknowledgement, name="acknowledgement"),
    path("cases/<str:number>/answers/", acts.answers, name="answers"),
    path("cases/<str:number>/extensions/", acts.extensions, name="extensions"),
    path("cases/<str:number>/returns/", acts.returns, name="returns"),
    path("cases/<str:number>/appeals/", acts.appeals, name="appeals"),
    path("cases/<str:number>/parts/<int:pk>/answers/", acts.part_answers, name="part_answers"),
    path("cases/<str:number>/parts/<int:pk>/returns/", acts.part_returns, name="part_returns"),
    path("duties/<int:pk>/", duties.duty, name="duty"),
    path("duties/<int:pk>/answers/", duties.answers, name="duty_answers"),
    path("beside/", cases.beside, name="beside"),
    path("cases/<str:number>/reminders/", supervising.reminders, name="reminders"),
    path("cases/<str:number>/looks/", supervising.looks, name="looks"),
    path("places/", supervising.places, name="places"),
    path("places/proposals/<int:proposal>/verdict/", supervising.proposal_verdicts, name="place_proposal_verdict"),
    path("frontages/", frontages.frontages, name="frontages"),
    path("frontages/new/", doors.door_new, name="door_new"),
    path("frontages/<str:shop>/", doors.door, name="door"),
    path("frontages/<str:shop>/pieces/", doors.pieces, name="door_pieces"),
    path("frontages/<str:shop>/notices/", doors.notices, name="door_notices"),
    path("frontages/<str:shop>/agreements/", doors.agreements, name="door_agreements"),
    path("frontages/<str:shop>/agreements/<int:pk>/signature/", doors.signature, name="door_signature"),
    path("frontages/<str:shop>/agreements/<int:pk>/withdrawal/", doors.withdrawal, name="door_withdrawal"),
    path("frontages/<str:shop>/papers/<int:pk>.pdf", doors.paper, name="door_paper"),
    path("frontages/<str:shop>/papers/<int:pk>/service/", doors.service, name="door_service"),
    path("frontages/<str:shop>/matters/", matters.matters, name="door_matters"),
    path("frontages/<str:shop>/matters/<str:matter>/", matters.matter, name="matter"),
    path("frontages/<str:shop>/matters/<str:matter>/looks/", matters.looks, name="matter_looks"),
    path("frontages/<str:shop>/matters/<str:matter>/end/", matters.ending, name="matter_end"),
    path("frontages/<str:shop>/questions/<int:pk>/answer/", matters.answers, name="door_answer"),
    path("about/", about.about, name="about"),
]

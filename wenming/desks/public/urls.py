from __future__ import annotations

from django.urls import path

from .views import case, code, everybody, pages, report, shop

app_name = "public"
urlpatterns = [
    path("", pages.home, name="home"),
    path("report/", report.report, name="report"),
    path("report/photos/", report.photos, name="report_photos"),
    path("report/map/", report.place_map, name="report_map"),
    path("report/done/<str:receipt>/", report.done, name="report_done"),
    path("track/", case.track, name="track"),
    path("c/<str:receipt>/", case.case, name="case"),
    path("c/<str:receipt>/contact/", case.contact, name="contact"),
    path("c/<str:receipt>/ratings/", case.ratings, name="ratings"),
    path("c/<str:receipt>/reopening/", case.reopening, name="reopening"),
    path("q/<str:code>/", code.code, name="code"),
    path("map/", everybody.everybody, name="map"),
    path("shop/<str:shop>/", shop.shop, name="shop"),
    path("shop/<str:shop>/reports/", shop.reports, name="shop_reports"),
    path("shop/<str:shop>/questions/", shop.questions, name="shop_questions"),
    path("shop/<str:shop>/agreements/<int:pk>/signature/", shop.signature, name="shop_signature"),
    path("shop/<str:shop>/matters/<str:matter>/mended/", shop.mended, name="shop_mended"),
    path("shop/<str:shop>/matters/<str:matter>/statements/", shop.statements, name="shop_statements"),
    path("about/accessibility/", pages.accessibility, name="accessibility"),
    path("about/privacy/", pages.privacy, name="privacy"),
    path("about/feedback/", pages.feedback, name="feedback"),
]

"""The addresses of 门前三包: premises, streets, matters, papers, contracts."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import case_frontage, papers
from .views import frontages as views
from .views.register_imports import SHOPS

ROUTES: tuple[URLPattern, ...] = (
    path("shops/", views.shops, name="shops"),
    path("shops/list.<str:kind>", views.shops_export, name="shops_export"),
    path("shops/new/", views.shop_new, name="shop_new"),
    path("shops/questions/", views.questions, name="shop_questions"),
    *SHOPS.routes("shops/imports/"),
    path("shops/<str:shop>/", views.shop, name="shop"),
    path("shops/<str:shop>/door/", views.plate, name="shop_plate"),
    path("shops/<str:shop>/matters/", views.matters, name="shop_matters"),
    path("shops/<str:shop>/agreements/<int:pk>/signature/", views.signature, name="shop_signature"),
    path("shops/<str:shop>/agreements/<int:pk>/withdrawal/", views.withdrawal, name="shop_withdrawal"),
    path("shops/<str:shop>/fees/<int:pk>/reversal/", views.reversal, name="shop_fee_reversal"),
    *views.ACT_ROUTES,
    path("cases/<str:number>/frontage/", case_frontage.case_frontage, name="case_frontage"),
    path("matters/<str:matter>/", views.matter, name="matter"),
    path("matters/<str:matter>/looks/", views.look, name="matter_looks"),
    path("matters/<str:matter>/end/", views.ending, name="matter_end"),
    path("matters/<str:matter>/steps/", views.step, name="matter_steps"),
    path("matters/<str:matter>/hearing/", views.hearing, name="matter_hearing"),
    path("papers/", papers.papers, name="papers"),
    path("papers/list.<str:kind>", papers.export, name="papers_export"),
    path("papers/<int:pk>.docx", papers.word, name="paper_word"),
    path("papers/<int:pk>.pdf", views.paper, name="paper"),
    path("papers/<int:pk>/service/", views.service, name="paper_service"),
    path("streets/", views.streets, name="streets"),
    path("streets/gaps.<str:kind>", views.faults_export, name="street_faults_export"),
    path("streets/new/", views.street_new, name="street_new"),
    path("streets/<str:street>/", views.street, name="street"),
    path("streets/<str:street>/middle-lines/", views.middle_lines, name="street_middle_lines"),
    path("contracts/", views.contracts, name="contracts"),
    path("contracts/new/", views.contract_new, name="contract_new"),
    path("contracts/<str:contract>/", views.contract, name="contract"),
)

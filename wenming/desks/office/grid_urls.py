"""The addresses of the grids, their drafts and their versions."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import grid_counts as counting
from .views import grid_drafts as drafting
from .views import grid_imports as importing
from .views import grids

ROUTES: tuple[URLPattern, ...] = (
    path("grids/", grids.grids, name="grids"),
    path("grids/plates/", grids.plates, name="grid_plates"),
    path("grids/vacancies/", grids.vacant, name="grid_vacancies"),
    path("grids/counts/", counting.counts, name="grid_counts"),
    path("grids/counts/rows/", counting.one_count, name="grid_count_rows"),
    path("grids/audit/", grids.audit, name="grid_audit"),
    path("grids/versions/", grids.versions, name="grid_versions"),
    path("grids/versions/<int:pk>/", grids.version, name="grid_version"),
    path("grids/versions/<int:pk>/restoration/", grids.restoration, name="grid_restoration"),
    path("grids/posts/<int:pk>/ending/", grids.post_ending, name="grid_post_ending"),
    path("grids/drafts/", drafting.drafts_list, name="grid_drafts"),
    path("grids/drafts/<int:pk>/", drafting.draft, name="grid_draft"),
    path("grids/drafts/<int:pk>/cells.geojson", drafting.cells, name="grid_draft_cells"),
    path("grids/drafts/<int:pk>/borders/", drafting.borders, name="grid_draft_borders"),
    path("grids/drafts/<int:pk>/proposal/", drafting.proposal, name="grid_draft_proposal"),
    path("grids/drafts/<int:pk>/imports/", importing.imports, name="grid_draft_imports"),
    path("grids/drafts/<int:pk>/imports/<int:staged>/", importing.staged, name="grid_staged"),
    path("grids/drafts/<int:pk>/imports/<int:staged>/dropping/", importing.dropping, name="grid_staged_dropping"),
    path("grids/drafts/<int:pk>/publication/", drafting.publication, name="grid_draft_publication"),
    path("grids/drafts/<int:pk>/discarding/", drafting.discarding, name="grid_draft_discarding"),
    *drafting.ACT_ROUTES,
    path("grids/<str:grid>/", grids.grid, name="grid"),
    path("grids/<str:grid>/posts/", grids.posts, name="grid_posts"),
)

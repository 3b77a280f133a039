"""The addresses of 规则: drafts of types and rules, what they would do, and the versions there were."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import rules

ROUTES: tuple[URLPattern, ...] = (
    path("rules/", rules.rules, name="rules"),
    path("rules/drafts/", rules.drafts, name="rule_drafts"),
    path("rules/versions/<int:pk>/", rules.version, name="rule_version"),
    path("rules/versions/<int:pk>/types.<str:kind>", rules.version_file, name="rule_version_file"),
    path("rules/changes/<int:pk>/withdrawal/", rules.change_withdrawal, name="rule_change_withdrawal"),
    path("rules/drafts/<int:pk>/", rules.draft, name="rule_draft"),
    path("rules/drafts/<int:pk>/types/<str:short>/", rules.edit_type, name="rule_type"),
    path("rules/drafts/<int:pk>/types/<str:short>/retirement/", rules.retirement, name="rule_retirement"),
    path("rules/drafts/<int:pk>/new-type/", rules.new_type, name="rule_new_type"),
    path("rules/drafts/<int:pk>/stage-limits/", rules.stage_limits, name="rule_stages"),
    path("rules/drafts/<int:pk>/lines/", rules.lines, name="rule_lines"),
    path("rules/drafts/<int:pk>/line-ends/", rules.line_ends, name="rule_line_ends"),
    path("rules/drafts/<int:pk>/edits/<int:edit>/withdrawal/", rules.withdrawal, name="rule_edit_withdrawal"),
    path("rules/drafts/<int:pk>/base/", rules.base, name="rule_base"),
    path("rules/drafts/<int:pk>/discarding/", rules.discarding, name="rule_discarding"),
    path("rules/drafts/<int:pk>/file/", rules.file, name="rule_file"),
    path("rules/drafts/<int:pk>/types.<str:kind>", rules.draft_file, name="rule_draft_file"),
    path("rules/drafts/<int:pk>/effects/", rules.effects, name="rule_effects"),
    path("rules/drafts/<int:pk>/effects/<str:figure>/", rules.figure_rows, name="rule_figure"),
    path("rules/drafts/<int:pk>/publication/", rules.publication, name="rule_publication"),
)

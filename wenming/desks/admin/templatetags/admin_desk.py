"""How the admin desk puts the journal into words."""

from __future__ import annotations

from django import template

from ..journal_words import action_words, facts_in_words

register = template.Library()
register.filter(action_words)
register.filter(facts_in_words)

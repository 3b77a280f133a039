"""What those who handle or verify may read of a reporter's words: the problem, never how to reach whoever wrote it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from wenming.observations.rules.contacts import without_contacts


def without_numbers(text: str) -> str:
    """The text, without numbers by which its writer could be reached or known."""
    return without_contacts(text, _("〔号码已隐去〕"))

"""What a case is found by when people search. Not a record: it can be made again from the records at any time."""

from __future__ import annotations

from django.db import models

from wenming.engine.text_index import TokensField


class CaseText(models.Model):
    """The words of one case, in the text index of the engine; `search.py` says which words these are."""

    case = models.BigIntegerField(primary_key=True, db_column="rowid")
    tokens = TokensField()

    class Meta:
        managed = False
        db_table = "cases_casetext"

    def __str__(self) -> str:
        return str(self.case)

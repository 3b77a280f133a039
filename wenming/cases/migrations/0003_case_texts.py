"""The text index of cases, filled from the cases that are there already; a short index of those under way."""

from itertools import islice

from django.db import migrations, models

import wenming.engine.text_index
from wenming.engine.bigrams import tokens
from wenming.engine.inserting import insert_all
from wenming.engine.text_index import make_text_index
from wenming.observations.rules.contacts import searchable

AT_A_TIME = 500


def fill(apps, _editor):
    links = apps.get_model("cases", "CaseReport").objects.order_by("case", "pk")
    places = ("case__placement__address", "case__placement__town__short_name", "case__placement__community__short_name")
    said = ("report__category__name", "report__text")
    rows = links.values_list("case", "case__number", *places, *said).iterator(chunk_size=AT_A_TIME)
    while portion := list(islice(rows, AT_A_TIME)):
        insert_all([_text(apps, *row) for row in portion])


def _text(apps, case, number, address, town, community, category, text):
    place = address or f"{town or ''}{community or ''}"
    return apps.get_model("cases", "CaseText")(case=case, tokens=tokens(number, place, category or "", searchable(text)))


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="CaseText",
            fields=[
                ("case", models.BigIntegerField(db_column="rowid", primary_key=True, serialize=False)),
                ("tokens", wenming.engine.text_index.TokensField()),
            ],
            options={"db_table": "cases_casetext", "managed": False},
        ),
        make_text_index("cases_casetext"),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("closed_at", None)), fields=["state", "due_at"], name="cases_not_closed"),
        ),
    ]

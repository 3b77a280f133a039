"""Reports of the closure proof."""

import django.db.models.deletion
import wenming.engine.hexadecimal
import wenming.engine.moments
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("responsibilities", "0014_pacts_and_guides_of_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosureReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                ("made_at", wenming.engine.moments.MomentField()),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("document", models.TextField()),
                ("sha256", wenming.engine.hexadecimal.HexField()),
                ("journal_seq", models.PositiveBigIntegerField()),
                ("journal_hash", wenming.engine.hexadecimal.HexField()),
                ("area_m2", models.FloatField()),
                ("open_area_m2", models.FloatField()),
                ("openings", models.PositiveIntegerField()),
                ("uncovered_minutes", models.PositiveIntegerField(null=True)),
                ("seconds", models.FloatField()),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("since"))),
                        name="a_closure_report_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("document", ""), _negated=True), name="a_closure_report_holds_its_document"
                    ),
                ],
            },
        ),
    ]

"""Cases near a border and the neighbours who know of them; how near that is."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wenming.engine.moments
from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_hot_topics"),
        ("organisations", "0003_the_same_contact"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BoundaryCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("metres", models.PositiveSmallIntegerField()),
                ("at", wenming.engine.moments.MomentField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="neighbours", to="cases.case"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.unit",
                    ),
                ),
            ],
            options={
                "ordering": ["metres", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "case"), name="a_neighbour_is_told_of_a_case_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BoundaryDistance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("metres", models.PositiveSmallIntegerField()),
                ("at", wenming.engine.moments.MomentField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("metres__lte", 500)), name="a_border_is_near")
                ],
            },
        ),
        append_only("cases_boundarydistance", "cases_boundarycase"),
    ]

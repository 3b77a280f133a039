"""Lines of the matrix that a ruling proposed, and what was decided about them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wenming.engine.moments


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_append_only"),
        ("responsibilities", "0002_append_only"),
        ("standards", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MatrixProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("town_code", models.CharField(default="*", max_length=12)),
                ("basis", models.CharField(max_length=200)),
                ("because", models.CharField(max_length=1000)),
                ("about", models.CharField(max_length=96)),
                ("proposed_at", wenming.engine.moments.MomentField()),
                ("decided_at", wenming.engine.moments.MomentField(null=True)),
                ("accepted", models.BooleanField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposal",
                        to="responsibilities.matrixentry",
                    ),
                ),
                (
                    "problem_type",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="standards.problemtype",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "ordering": ["proposed_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("basis", ""), _negated=True), name="a_proposed_entry_states_its_basis"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted", True), ("entry__isnull", False)),
                            models.Q(("accepted", True), _negated=True),
                            _connector="OR",
                        ),
                        name="an_accepted_proposal_has_its_entry",
                    ),
                ],
            },
        ),
    ]

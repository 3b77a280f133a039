import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wenming.engine.moments
from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """Which component a case is about; what was said is never rewritten."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("cases", "0008_disputes"),
        ("territory", "0004_histories_of_components_stay"),
    ]
    operations = [
        migrations.CreateModel(
            name="CaseComponent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("distance_m", models.FloatField(null=True)),
                (
                    "how",
                    models.CharField(
                        choices=[("field", "现场认定"), ("dispatch", "随派遣认定"), ("chosen", "指挥中心认定")], max_length=10
                    ),
                ),
                ("at", wenming.engine.moments.MomentField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="components",
                        to="cases.case",
                    ),
                ),
                (
                    "component",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="case_links",
                        to="territory.component",
                    ),
                ),
            ],
            options={"ordering": ["position"]},
        ),
        migrations.AddConstraint(
            model_name="casecomponent",
            constraint=models.UniqueConstraint(fields=("case", "position"), name="components_of_a_case_are_counted"),
        ),
        append_only("cases_casecomponent"),
    ]  # fmt: skip

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """Counts that grids are divided by; a later edition follows, none is rewritten."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("territory", "0050_whom_to_ask_for"),
    ]
    operations = [
        migrations.CreateModel(
            name="CountEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="来源")),
                ("counted_on", models.DateField(verbose_name="统计日")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("by", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={"verbose_name": "人口户数", "ordering": ["-pk"]},
        ),
        migrations.CreateModel(
            name="HeadCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("building", models.CharField(blank=True, max_length=60, verbose_name="楼栋")),
                ("longitude", models.FloatField(null=True)),
                ("latitude", models.FloatField(null=True)),
                ("people", models.PositiveIntegerField(verbose_name="人数")),
                ("dwellings", models.PositiveIntegerField(verbose_name="户数")),
                ("community", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.area")),
                ("edition", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="territory.countedition")),
            ],
            options={"verbose_name": "人口户数"},
        ),
        migrations.AddConstraint(
            model_name="countedition",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="count_edition_says_its_source"),
        ),
        migrations.AddConstraint(
            model_name="headcount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("latitude", None), ("longitude", None)),
                    models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                    _connector="OR",
                ),
                name="head_count_has_a_point_or_none",
            ),
        ),
        append_only("territory_countedition", "territory_headcount"),
    ]

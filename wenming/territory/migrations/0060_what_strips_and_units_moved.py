import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("territory", "0015_the_register_of_frontages")]
    operations = [
        migrations.CreateModel(
            name="OverlayHoming",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="起始时间")),
                ("after", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.grid")),
                ("before", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.grid")),
                ("layer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="overlay_homings", to="territory.gridlayer")),
                ("placement", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="overlay_homings", to="territory.placement")),
            ],
            options={"verbose_name": "条形、单位型归属变更", "ordering": ["at", "pk"]},
        ),
        migrations.AddConstraint(
            model_name="overlayhoming",
            constraint=models.UniqueConstraint(fields=("placement", "layer"), name="a_layer_moves_a_placement_once"),
        ),
        migrations.AddConstraint(
            model_name="overlayhoming",
            constraint=models.CheckConstraint(
                condition=models.Q(("before", None), ("after", None), _negated=True), name="an_overlay_homing_leaves_or_comes_somewhere"
            ),
        ),
    ]

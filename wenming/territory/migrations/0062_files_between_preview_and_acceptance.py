import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("territory", "0061_what_strips_and_units_moved_stays"),
    ]
    operations = [
        migrations.CreateModel(
            name="StagedGrids",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="文件名")),
                ("says", models.TextField(blank=True)),
                ("packed", models.BinaryField()),
                ("shapes", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("draft", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="staged", to="territory.griddraft")),
            ],
            options={"verbose_name": "待确认的网格文件"},
        ),
        migrations.AddConstraint(
            model_name="stagedgrids",
            constraint=models.UniqueConstraint(fields=("draft", "by"), name="one_file_of_grids_waits_for_each_person"),
        ),
    ]

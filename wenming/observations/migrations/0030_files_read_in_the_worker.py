import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A long file waits in pieces until the worker has given its last row a verdict; the batch says how far that is."""

    dependencies = [("observations", "0011_credit_stays")]
    operations = [
        migrations.AddField("importbatch", "rows_total", models.PositiveIntegerField(null=True)),
        migrations.AddField("importbatch", "rows_read", models.PositiveIntegerField(default=0)),
        migrations.CreateModel(
            name="ImportPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="observations.importbatch"
                    ),
                ),
            ],
            options={"ordering": ["position"]},
        ),
        migrations.AddConstraint(
            "importpiece", models.UniqueConstraint(fields=("batch", "position"), name="a_piece_stands_once_in_its_file")
        ),
    ]

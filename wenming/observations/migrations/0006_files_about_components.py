import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A batch may be about components; its rows then lead to the register, and may ask before they come in."""

    dependencies = [
        ("observations", "0005_patrols"),
        ("territory", "0004_histories_of_components_stay"),
    ]
    operations = [
        migrations.AddField(
            "importmapping",
            "about",
            models.CharField(
                choices=[("reports", "工单"), ("components", "部件")], default="reports", max_length=10
            ),
        ),
        migrations.AddField("importbatch", "options", models.JSONField(default=dict)),
        migrations.AddField(
            "importrow",
            "component",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="import_rows",
                to="territory.component",
            ),
        ),
        migrations.AlterField(
            "importrow",
            "state",
            models.CharField(
                choices=[
                    ("ready", "可以导入"), ("warned", "可以导入，请留意"), ("refused", "不能导入"), ("done", "已导入"),
                    ("known", "以前导入过"), ("undone", "已撤销"), ("decide", "要您定"), ("skipped", "不导入"),
                    ("kept", "已有变动，留下"),
                ],
                max_length=8,
            ),
        ),
    ]  # fmt: skip

from django.db import migrations, models


class Migration(migrations.Migration):
    """The words of a letter beside its paper, so that an editable copy can be made of it. Earlier ones have none."""

    dependencies = [("documents", "0002_append_only")]
    operations = [
        migrations.AddField(model_name="document", name="told", field=models.JSONField(null=True)),
    ]

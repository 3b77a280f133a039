"""Whether two reports come from one contact, without looking into the vault."""

from django.db import migrations

import wenming.engine.hexadecimal


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_append_only")]

    operations = [
        migrations.AddField(
            model_name="reporteridentity", name="mark", field=wenming.engine.hexadecimal.HexField(null=True)
        ),
    ]

from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """A receipt that was given is not taken back (law 4)."""

    dependencies = [("observations", "0003_each_record_of_a_phone_comes_in_once")]
    operations = [append_only("observations_handedin")]

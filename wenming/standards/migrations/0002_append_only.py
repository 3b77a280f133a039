"""From here on the database itself refuses to rewrite what a scheme says (law 4): cases cite it."""

from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("standards", "0001_initial")]
    operations = [append_only("standards_problemtype", "standards_establishrule", "standards_typemapping")]

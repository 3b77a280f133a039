from django.db import migrations

from wenming.engine.append_only import append_only


class Migration(migrations.Migration):
    """What was issued and how it was served is never rewritten."""

    dependencies = [("documents", "0001_what_is_on_paper")]
    operations = [append_only("documents_document", "documents_proofofservice")]

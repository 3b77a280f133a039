import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from wenming.engine.append_only import append_only, lift

AGREEMENTS = "responsibilities_frontageagreement"
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    """An agreement that nobody signed is withdrawn with its reason, and its period drawn up again."""

    dependencies = [
        ("documents", "0003_what_a_letter_said"),
        ("responsibilities", "0095_statements_to_a_matter"),
        ("territory", "0063_counts_of_people_and_dwellings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        # SQLite makes a table anew when its constraint changes, and the triggers are gone with the old one.
        migrations.RunPython(lambda _apps, editor: lift(editor, [AGREEMENTS]), migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="frontageagreement", name="premises_agree_once_for_a_period"),
        migrations.AddField(model_name="frontageagreement", name="turn", field=models.PositiveSmallIntegerField(db_default=1, default=1)),
        migrations.AddConstraint(
            model_name="frontageagreement",
            constraint=models.UniqueConstraint(fields=("premises", "period_from", "turn"), name="premises_agree_once_for_a_period"),
        ),
        migrations.CreateModel(
            name="AgreementWithdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("agreement", models.OneToOneField(on_delete=PROTECT, related_name="withdrawal", to="responsibilities.frontageagreement")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(db_index=False, null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="a_withdrawn_agreement_says_why")
                ],
            },
        ),
        append_only(AGREEMENTS, "responsibilities_agreementwithdrawal"),
    ]  # fmt: skip

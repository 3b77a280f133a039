"""Appeals and their rulings, blind re-checks, and four more acts in the life of a case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from wenming.engine.append_only import append_only, lift
from wenming.engine.coding import CodedField

NEW = (
    "cases_appeal", "cases_ruling", "cases_recheckdraw", "cases_recheck", "cases_recheckfinding",
)  # fmt: skip
PROTECT = django.db.models.deletion.PROTECT
KEY = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _to(model, **options):
    return models.ForeignKey(on_delete=PROTECT, to=model, **options)


def _who():
    return _to(settings.AUTH_USER_MODEL, db_index=False, related_name="+")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_case_texts"),
        ("organisations", "0002_append_only"),
        ("responsibilities", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # SQLite makes a table anew when its constraint changes, and the triggers are gone with the old one.
        migrations.RunPython(lambda _apps, editor: lift(editor, ["cases_casemove"]), migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="casemove", name="acts_that_need_a_reason_have_one"),
        migrations.AlterField(
            model_name="casemove",
            name="act",
            field=CodedField(
                choices=[
                    ("collect", "收到"), ("ask_verification", "派人核实"), ("verify_before", "核实"), ("cannot_see", "看不到现场"),
                    ("change_type", "改类"), ("establish", "立案"), ("refuse", "不予受理"), ("take_back_refusal", "恢复受理"),
                    ("merge", "并案"), ("separate", "撤销并案"), ("dispatch", "派遣"), ("recall", "撤回派遣"),
                    ("acknowledge", "签收"), ("hand_back", "退回"), ("ask_extension", "申请延期"),
                    ("decide_extension", "审批延期"), ("suspend", "挂账"), ("resume", "恢复办理"), ("answer", "回复"),
                    ("pass_verification", "核查通过"), ("send_back", "返工"), ("close", "结案"), ("settle", "当场改好"),
                    ("appeal", "申诉"), ("decide_appeal", "裁定申诉"), ("reopen_unsolved", "复核重办"),
                    ("adopt_closed", "原系统已办结"), ("void", "作废"), ("reopen", "重办"),
                ],
                codes={
                    "collect": 1, "ask_verification": 2, "verify_before": 3, "cannot_see": 4, "change_type": 5,
                    "establish": 6, "refuse": 7, "take_back_refusal": 8, "merge": 9, "separate": 10, "dispatch": 11,
                    "recall": 12, "acknowledge": 13, "hand_back": 14, "ask_extension": 15, "decide_extension": 16,
                    "suspend": 17, "resume": 18, "answer": 19, "pass_verification": 20, "send_back": 21, "close": 22,
                    "adopt_closed": 23, "void": 24, "reopen": 25, "settle": 26, "appeal": 27, "decide_appeal": 28,
                    "reopen_unsolved": 29,
                },
            ),
        ),
        migrations.AddConstraint(
            model_name="casemove",
            constraint=models.CheckConstraint(
                condition=~models.Q(
                    act__in=[
                        "cannot_see", "refuse", "take_back_refusal", "hand_back", "ask_extension", "suspend", "send_back",
                        "appeal", "decide_appeal", "reopen_unsolved", "adopt_closed", "void", "reopen",
                    ]
                )
                | ~models.Q(reason=""),
                name="acts_that_need_a_reason_have_one",
            ),
        ),
        append_only("cases_casemove"),
        migrations.AlterField(
            model_name="stagelimit",
            name="stage",
            field=models.CharField(
                choices=[
                    ("case.accept", "受理"), ("case.verify-before", "立案前核实"), ("case.dispatch", "派遣"),
                    ("case.handle", "处置（类型没有规定时限时）"), ("case.verify-after", "结案前核查"), ("case.close", "结案"),
                    ("case.recheck", "盲复核"),
                ],
                max_length=20,
                unique=True,
            ),
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                KEY,
                ("about", models.CharField(choices=[("late", "没有按期"), ("rework", "返工")], max_length=8)),
                ("reason", models.CharField(max_length=1000)),
                ("at", models.DateTimeField()),
                ("by", _who()),
                ("by_unit", _to("organisations.unit", db_index=False, related_name="+")),
                ("case", _to("cases.case", related_name="appeals")),
                ("handling", _to("responsibilities.duty", db_index=False, related_name="+")),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=["handling", "about"], name="a_handling_is_appealed_once_about_one_thing"),
                    models.CheckConstraint(condition=~models.Q(reason=""), name="an_appeal_states_its_reason"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ruling",
            fields=[
                KEY,
                ("granted", models.BooleanField()),
                ("reason", models.CharField(max_length=1000)),
                ("at", models.DateTimeField()),
                ("appeal", models.OneToOneField(on_delete=PROTECT, related_name="ruling", to="cases.appeal")),
                ("by", _who()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=~models.Q(reason=""), name="a_ruling_states_its_reason")
                ]
            },
        ),
        migrations.CreateModel(
            name="RecheckDraw",
            fields=[
                KEY,
                ("town_code", models.CharField(max_length=12)),
                ("first_day", models.DateField()),
                ("head_seq", models.BigIntegerField()),
                ("head_hash", models.CharField(max_length=64)),
                ("seed", models.CharField(max_length=64)),
                ("population", models.PositiveIntegerField()),
                ("population_hash", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-first_day", "town_code"],
                "constraints": [
                    models.UniqueConstraint(fields=["town_code", "first_day"], name="a_town_is_drawn_once_a_quarter"),
                    models.CheckConstraint(
                        condition=models.Q(size__lte=models.F("population")), name="a_draw_is_not_larger_than_its_town"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recheck",
            fields=[
                KEY,
                ("position", models.PositiveIntegerField()),
                ("case", _to("cases.case", related_name="rechecks")),
                ("draw", _to("cases.recheckdraw", db_index=False, related_name="rechecks")),
                ("duty", models.OneToOneField(on_delete=PROTECT, related_name="+", to="responsibilities.duty")),
                ("unit", _to("organisations.unit", related_name="rechecks")),
            ],
            options={
                "ordering": ["draw", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=["draw", "position"], name="rechecks_of_a_draw_are_counted")
                ],
            },
        ),
        migrations.CreateModel(
            name="RecheckFinding",
            fields=[
                KEY,
                (
                    "found",
                    models.CharField(
                        choices=[
                            ("solved", "已解决"), ("unsolved", "没有解决"), ("again", "解决过，又出现了"), ("unseen", "看不到"),
                        ],
                        max_length=8,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                ("by", _who()),
                ("recheck", models.OneToOneField(on_delete=PROTECT, related_name="finding", to="cases.recheck")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(found__in=["solved", "again"]) | ~models.Q(note=""),
                        name="what_is_not_solved_or_not_seen_says_why",
                    )
                ]
            },
        ),
        append_only(*NEW),
    ]  # fmt: skip

"""主办、协办: parts of a case asked of other units, and five more acts in the life of a case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wenming.cases.rules.supports
import wenming.engine.coding
import wenming.engine.moments
from wenming.engine.append_only import append_only, lift


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_spots_and_suggestions"),
        ("organisations", "0002_append_only"),
        ("responsibilities", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Support",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asks", models.CharField(max_length=500)),
                (
                    "state",
                    wenming.engine.coding.CodedField(
                        choices=[
                            ("open", "协办中"),
                            ("answered", "已回复"),
                            ("returned", "已退回"),
                            ("withdrawn", "已撤回"),
                            ("unanswered", "到结案没有回复"),
                        ],
                        codes={"answered": 2, "open": 1, "returned": 3, "unanswered": 5, "withdrawn": 4},
                        default=wenming.cases.rules.supports.SupportState["OPEN"],
                    ),
                ),
                ("said", models.CharField(blank=True, max_length=1000)),
                ("asked_at", wenming.engine.moments.MomentField()),
                ("ended_at", wenming.engine.moments.MomentField(null=True)),
            ],
            options={
                "ordering": ["asked_at", "id"],
            },
        ),
        # SQLite makes a table anew when its constraint changes, and the triggers are gone with the old one.
        migrations.RunPython(lambda _apps, editor: lift(editor, ["cases_casemove"]), migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="casemove",
            name="acts_that_need_a_reason_have_one",
        ),
        migrations.AddField(
            model_name="case",
            name="supports_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="casemove",
            name="act",
            field=wenming.engine.coding.CodedField(
                choices=[
                    ("collect", "收到"),
                    ("ask_verification", "派人核实"),
                    ("verify_before", "核实"),
                    ("recall_verification", "撤回核实"),
                    ("cannot_see", "看不到现场"),
                    ("change_type", "改类"),
                    ("establish", "立案"),
                    ("refuse", "不予受理"),
                    ("take_back_refusal", "恢复受理"),
                    ("merge", "并案"),
                    ("separate", "撤销并案"),
                    ("dispatch", "派遣"),
                    ("recall", "撤回派遣"),
                    ("acknowledge", "签收"),
                    ("hand_back", "退回"),
                    ("ask_extension", "申请延期"),
                    ("decide_extension", "审批延期"),
                    ("ask_support", "请协办"),
                    ("reassign_support", "改派协办"),
                    ("withdraw_support", "撤回协办"),
                    ("answer_support", "协办回复"),
                    ("hand_back_support", "退回协办"),
                    ("suspend", "挂账"),
                    ("resume", "恢复办理"),
                    ("answer", "回复"),
                    ("pass_verification", "核查通过"),
                    ("send_back", "返工"),
                    ("close", "结案"),
                    ("settle", "当场改好"),
                    ("appeal", "申诉"),
                    ("decide_appeal", "裁定申诉"),
                    ("reopen_unsolved", "复核重办"),
                    ("adopt_closed", "原系统已办结"),
                    ("void", "作废"),
                    ("reopen", "重办"),
                ],
                codes={
                    "acknowledge": 13,
                    "adopt_closed": 23,
                    "answer": 19,
                    "answer_support": 34,
                    "appeal": 27,
                    "ask_extension": 15,
                    "ask_support": 31,
                    "ask_verification": 2,
                    "cannot_see": 4,
                    "change_type": 5,
                    "close": 22,
                    "collect": 1,
                    "decide_appeal": 28,
                    "decide_extension": 16,
                    "dispatch": 11,
                    "establish": 6,
                    "hand_back": 14,
                    "hand_back_support": 35,
                    "merge": 9,
                    "pass_verification": 20,
                    "reassign_support": 32,
                    "recall": 12,
                    "recall_verification": 30,
                    "refuse": 7,
                    "reopen": 25,
                    "reopen_unsolved": 29,
                    "resume": 18,
                    "send_back": 21,
                    "separate": 10,
                    "settle": 26,
                    "suspend": 17,
                    "take_back_refusal": 8,
                    "verify_before": 3,
                    "void": 24,
                    "withdraw_support": 33,
                },
            ),
        ),
        migrations.AddConstraint(
            model_name="casemove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "act__in",
                            [
                                "cannot_see",
                                "refuse",
                                "take_back_refusal",
                                "hand_back",
                                "ask_extension",
                                "hand_back_support",
                                "suspend",
                                "send_back",
                                "appeal",
                                "decide_appeal",
                                "reopen_unsolved",
                                "adopt_closed",
                                "void",
                                "reopen",
                            ],
                        ),
                        _negated=True,
                    ),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="acts_that_need_a_reason_have_one",
            ),
        ),
        append_only("cases_casemove"),
        migrations.AddField(
            model_name="support",
            name="asked_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="support",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="supports", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="support",
            name="duty",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="support", to="responsibilities.duty"
            ),
        ),
        migrations.AddField(
            model_name="support",
            name="replaces",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replaced_by", to="cases.support"
            ),
        ),
        migrations.AddField(
            model_name="support",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="supports", to="organisations.unit"
            ),
        ),
        migrations.AddConstraint(
            model_name="support",
            constraint=models.CheckConstraint(
                condition=models.Q(("asks", ""), _negated=True), name="a_sub_task_says_what_is_asked"
            ),
        ),
        migrations.AddConstraint(
            model_name="support",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state", wenming.cases.rules.supports.SupportState["OPEN"])),
                    models.Q(
                        models.Q(("state", wenming.cases.rules.supports.SupportState["OPEN"]), _negated=True),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_sub_task_is_open_until_it_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="support",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("case", "unit"),
                name="a_unit_has_one_open_part_of_a_case",
            ),
        ),
    ]

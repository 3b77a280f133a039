"""The journal in the words of its readers: what an action and a fact are called. The raw names stay beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wenming.cases.rules.lifecycle import STATE_NAMES_ZH, STEPS, State
from wenming.responsibilities.rules.ladder import DEFAULT_LADDER

ACTIONS: dict[str, str | Promise] = {
    "account.changed": gettext_lazy("账号有改动"), "account.demo-log-in": gettext_lazy("演示城市一键登录"),
    "account.opened": gettext_lazy("开了账号"), "account.password-reset": gettext_lazy("重设密码"),
    "boundary.distance-set": gettext_lazy("设置边界距离"),
    "api-key.issued": gettext_lazy("发了对接密钥"), "api-key.ended": gettext_lazy("停用对接密钥"), "calendar.published": gettext_lazy("公布工作日历"),
    "case.collect": gettext_lazy("收到"), "case.list-exported": gettext_lazy("导出清单"), "case.rated": gettext_lazy("上报人评价"),
    "case.component-attached": gettext_lazy("认定案件的部件"), "case.component-detached": gettext_lazy("案件不涉及部件"),
    "component.registered": gettext_lazy("登记部件"), "component.corrected": gettext_lazy("更正部件"),
    "component.retired": gettext_lazy("注销部件"), "component.restored": gettext_lazy("恢复部件"),
    "component.taken-back": gettext_lazy("撤销导入的部件"), "components.import-confirmed": gettext_lazy("确认导入部件"),
    "components.import-undone": gettext_lazy("撤销部件导入"),
    "place.registered": gettext_lazy("登记公共场所"), "place.corrected": gettext_lazy("更正公共场所"),
    "place.closed": gettext_lazy("关闭公共场所"), "place.reopened": gettext_lazy("重新开放公共场所"),
    "place.taken-back": gettext_lazy("撤销导入的公共场所"), "place.verified": gettext_lazy("核对公共场所"),
    "place.pact-posted": gettext_lazy("登记文明公约"), "place.guide-added": gettext_lazy("排引导员"),
    "place.guide-ended": gettext_lazy("引导员离岗"), "place.education-held": gettext_lazy("记一次宣传教育"),
    "places.brought-in": gettext_lazy("一批公共场所登记入册"), "places.import-confirmed": gettext_lazy("确认导入公共场所"),
    "places.import-handed-in": gettext_lazy("公共场所：交来一份清单"),
    "place.proposed": gettext_lazy("现场发现公共场所"),
    "place.proposal-ended": gettext_lazy("定下现场发现的公共场所"),
    "places.taken-back": gettext_lazy("公共场所：撤回一批"),
    "places.import-undone": gettext_lazy("撤销公共场所导入"), "place-checklist.published": gettext_lazy("发布核对清单"),
    "case.frontage-tied": gettext_lazy("认定案件在谁门前"),
    "document.issued": gettext_lazy("印发公文"), "document.served": gettext_lazy("登记公文送达"),
    "frontage.street-managed": gettext_lazy("列为管理路段"), "frontage.premises-registered": gettext_lazy("登记沿街单位店铺"),
    "frontage.premises-closed": gettext_lazy("注销沿街单位店铺"), "frontage.plate-renewed": gettext_lazy("换门牌码"),
    "frontage.edge-set": gettext_lazy("划定责任段"), "frontage.edge-ended": gettext_lazy("停用责任段"),
    "frontage.area-told": gettext_lazy("书面告知责任区"), "frontage.agreement-drawn-up": gettext_lazy("起草责任书"),
    "frontage.agreement-withdrawn": gettext_lazy("作废责任书"),
    "frontage.agreement-signed": gettext_lazy("签订责任书"), "frontage.contract-made": gettext_lazy("登记服务合同"),
    "frontage.matter-ended": gettext_lazy("了结门前事项"),
    "frontage.matter-opened": gettext_lazy("立门前事项"), "frontage.looked-at": gettext_lazy("现场查看门前"),
    "frontage.said-mended": gettext_lazy("门店说改好了"), "frontage.heard": gettext_lazy("听取陈述申辩"),
    "frontage.step-taken": gettext_lazy("走法定步骤"), "frontage.asked": gettext_lazy("门店提问"),
    "frontage.answered": gettext_lazy("答复门店"), "frontage.fee-booked": gettext_lazy("记门前费用"),
    "frontage.fee-reversed": gettext_lazy("冲正门前费用"),
    "frontage.premises-corrected": gettext_lazy("更正沿街单位店铺"), "frontage.premises-taken-back": gettext_lazy("撤销导入的门店"),
    "frontage.edge-taken-back": gettext_lazy("撤销导入的责任段"), "premises.import-confirmed": gettext_lazy("确认导入门店"),
    "premises.import-handed-in": gettext_lazy("沿街门店：交来一份清单"), "premises.import-undone": gettext_lazy("撤销门店导入"),
    "duty.acknowledged": gettext_lazy("签收责任事项"), "duty.answered": gettext_lazy("回复责任事项"),
    "duty.discharged": gettext_lazy("责任事项办完"), "duty.escalated": gettext_lazy("时限提醒升级"),
    "duty.reminded": gettext_lazy("催办责任单位"), "duty.extended": gettext_lazy("同意延期"), "duty.extension-refused": gettext_lazy("不同意延期"),
    "duty.extension-asked": gettext_lazy("申请延期"), "duty.imposed": gettext_lazy("交办责任事项"),
    "evidence.attached": gettext_lazy("附上照片或文件"), "evidence.withdrawn": gettext_lazy("撤下照片或文件"),
    "evidence.hint-found": gettext_lazy("发现照片提示"), "evidence.hint-judged": gettext_lazy("判断照片提示"),
    "focus.published": gettext_lazy("公布重点问题的新版本"), "patrol.plan-ended": gettext_lazy("停用巡查计划"),
    "patrol.planned": gettext_lazy("排巡查计划"), "patrol.raised": gettext_lazy("巡查到期"), "patrol.seen": gettext_lazy("巡查看到的"),
    "hours.set": gettext_lazy("设置工作时间"), "identity.looked-at": gettext_lazy("查看举报人身份"),
    "import.confirmed": gettext_lazy("确认导入"), "import.undone": gettext_lazy("撤销导入"),
    "import.mapping-saved": gettext_lazy("保存导入对照"), "matrix.entry-added": gettext_lazy("权责增加一条"),
    "matrix.closure-asked": gettext_lazy("请后台算闭合证明"), "matrix.closure-proved": gettext_lazy("算出闭合证明"),
    "matrix.change-proposed": gettext_lazy("提议改权责"), "matrix.change-decided": gettext_lazy("决定权责提议"),
    "matrix.entry-ended": gettext_lazy("权责停用一条"), "order.given": gettext_lazy("领导批示"),
    "order.accepted": gettext_lazy("批示办理认可"), "order.sent-back": gettext_lazy("批示退回再办"),
    "post.added": gettext_lazy("增加岗位"), "post.filled": gettext_lazy("岗位任职"), "reaction.retried": gettext_lazy("重试后续动作"),
    "roster.changed": gettext_lazy("直接调整班次"), "roster.draft-dropped": gettext_lazy("放弃排班草稿"),
    "roster.drawing-asked": gettext_lazy("要求排班"), "roster.drawing-cancelled": gettext_lazy("取消排班"),
    "roster.drawn-up": gettext_lazy("排出草稿"), "roster.feed-opened": gettext_lazy("开通班次日历"),
    "roster.feed-ended": gettext_lazy("停用班次日历"), "roster.group-founded": gettext_lazy("设值班组"),
    "roster.decision-taken-back": gettext_lazy("撤销对换班或请假的批准"), "roster.group-ended": gettext_lazy("结束值班组"),
    "roster.group-reopened": gettext_lazy("撤销结束值班组"), "roster.group-paused": gettext_lazy("暂停值班组"),
    "roster.handed-over": gettext_lazy("交班"), "roster.taken-over": gettext_lazy("接班"),
    "roster.member-joined": gettext_lazy("值班组进人"), "roster.member-left": gettext_lazy("值班组出人"),
    "roster.published": gettext_lazy("发布排班表"), "roster.request-asked": gettext_lazy("申请换班或请假"),
    "roster.request-answered": gettext_lazy("答复换班"), "roster.request-decided": gettext_lazy("决定换班或请假"),
    "roster.request-withdrawn": gettext_lazy("撤回换班或请假"), "roster.terms-set": gettext_lazy("定排班规则"),
    "receiver.registered": gettext_lazy("登记接收方"), "receiver.changed": gettext_lazy("改接收方"),
    "receiver.secret-renewed": gettext_lazy("换签名密钥"), "receiver.pinged": gettext_lazy("发测试消息"),
    "receiver.stopped": gettext_lazy("接收方连续失败停用"), "receiver.paused": gettext_lazy("停用接收方"),
    "receiver.resumed": gettext_lazy("恢复推送"), "receiver.sent-again": gettext_lazy("再发一次推送"),
    "recheck.drawn": gettext_lazy("盲复核抽取"), "recheck.found": gettext_lazy("盲复核结果"),
    "report.contact-left": gettext_lazy("上报人留联系方式"), "report.history-imported": gettext_lazy("导入往期经过"),
    "report.received": gettext_lazy("收好上报"), "role.given": gettext_lazy("明确业务角色"),
    "scheme.adopted": gettext_lazy("启用问题分类"), "scheme.loaded": gettext_lazy("装入问题分类"),
    "scheme.change-in-force": gettext_lazy("规则起用"), "scheme.change-published": gettext_lazy("发布规则改动"),
    "scheme.change-withdrawn": gettext_lazy("撤回规则改动"),
    "scheme.draft-discarded": gettext_lazy("放弃规则草稿"), "scheme.draft-edited": gettext_lazy("改规则草稿"),
    "scheme.draft-moved": gettext_lazy("规则草稿移到现用的版本"), "scheme.draft-opened": gettext_lazy("起草规则"),
    "scheme.edit-undone": gettext_lazy("撤掉规则草稿的一处改动"), "duty.limit-changed": gettext_lazy("时限按新规定移动"),
    "scheme.mapped": gettext_lazy("对照问题分类"), "scheme.published": gettext_lazy("公布问题分类"),
    "spot.delisted": gettext_lazy("黑点销号"), "spot.dismissed": gettext_lazy("不列入黑点"), "spot.found": gettext_lazy("发现黑点"),
    "topic.dismissed": gettext_lazy("不列入热点话题"), "topic.found": gettext_lazy("发现热点话题"), "topic.merged": gettext_lazy("话题并入别的话题"),
    "topic.proposal-withdrawn": gettext_lazy("撤回提请会商"), "topic.proposed": gettext_lazy("提请会商"), "topic.renamed": gettext_lazy("话题改名"),
    "topic.restored": gettext_lazy("重新列入话题"), "topic.split": gettext_lazy("从话题拆出留言"),
    "spot.registered": gettext_lazy("登记黑点"), "spot.treated": gettext_lazy("交办整治黑点"), "spot.watched": gettext_lazy("黑点转入观察"),
    "suggestion.confidence-set": gettext_lazy("设置建议的把握"), "suggestion.learned": gettext_lazy("从往期案件学定类"),
    "stage-limit.set": gettext_lazy("设置环节时限"), "territory.layer-published": gettext_lazy("公布网格"),
    "territory.areas-entered": gettext_lazy("装入区划"),
    "territory.grid-post-assigned": gettext_lazy("网格定岗"), "territory.grid-post-ended": gettext_lazy("网格岗位截止"),
    "territory.draft-opened": gettext_lazy("起草网格"), "territory.draft-edited": gettext_lazy("改网格草稿"),
    "territory.draft-discarded": gettext_lazy("放弃网格草稿"),
    "territory.file-read": gettext_lazy("读取网格文件"), "territory.counts-entered": gettext_lazy("存入人数户数"),
    "territory.fault-signed": gettext_lazy("签认网格例外"),
    "territory.rehomed": gettext_lazy("按新网格重新归属"), "unit.closed": gettext_lazy("撤销单位"),
    "unit.founded": gettext_lazy("设立单位"), "unit.moved": gettext_lazy("单位改隶属"),
}  # fmt: skip
FACTS: dict[str, str | Promise] = {
    "accountable": gettext_lazy("责任方"), "after": gettext_lazy("之后"), "amount": gettext_lazy("数量"),
    "batch": gettext_lazy("批次"), "before": gettext_lazy("之前"), "cells": gettext_lazy("网格数"),
    "case": gettext_lazy("案件"), "cases": gettext_lazy("案件"), "contested": gettext_lazy("申诉的是"),
    "exhibit": gettext_lazy("照片"), "sound": gettext_lazy("有道理"),
    "found": gettext_lazy("看到的"), "head": gettext_lazy("日志号"), "population": gettext_lazy("从几件里抽"),
    "position": gettext_lazy("第几件"), "seed": gettext_lazy("种子"),
    "changed": gettext_lazy("改动"), "channel": gettext_lazy("来源"), "columns": gettext_lazy("列"),
    "content": gettext_lazy("内容指纹"), "days": gettext_lazy("天数"), "digest": gettext_lazy("校验码"),
    "done": gettext_lazy("做了什么"), "due": gettext_lazy("时限"), "due_at": gettext_lazy("时限"),
    "entry": gettext_lazy("日志号"), "file": gettext_lazy("文件"), "filter": gettext_lazy("筛选条件"),
    "clock": gettext_lazy("时限怎么算"), "ground": gettext_lazy("争议原因"), "rule": gettext_lazy("权责条目"),
    "granted": gettext_lazy("同意"), "holds": gettext_lazy("属实"), "into": gettext_lazy("并入"), "kind": gettext_lazy("种类"),
    "limit": gettext_lazy("期限"), "move": gettext_lazy("第几步"), "name": gettext_lazy("名称"), "note": gettext_lazy("说明"),
    "number": gettext_lazy("版次"), "of": gettext_lazy("对象"), "on": gettext_lazy("日期"), "on_time": gettext_lazy("按时"),
    "options": gettext_lazy("选项"), "owner": gettext_lazy("责任单位"), "parent": gettext_lazy("上级"),
    "pattern": gettext_lazy("管哪些问题"), "photos": gettext_lazy("照片数"), "post": gettext_lazy("岗位"),
    "reason": gettext_lazy("原因"), "report": gettext_lazy("上报"), "role": gettext_lazy("角色"), "row": gettext_lazy("行"),
    "rows": gettext_lazy("行数"), "rung": gettext_lazy("提醒"), "score": gettext_lazy("评分"), "spans": gettext_lazy("时段"),
    "stage": gettext_lazy("环节"), "subject": gettext_lazy("关于"), "support": gettext_lazy("协办"), "supporting": gettext_lazy("配合单位"),
    "to": gettext_lazy("改为"), "town": gettext_lazy("镇街"), "type": gettext_lazy("小类"), "types": gettext_lazy("小类数"),
    "unit": gettext_lazy("单位"), "verification": gettext_lazy("核实核查"), "why": gettext_lazy("依据"),
}  # fmt: skip
_RUNGS = {rung.name: rung.label for rung in DEFAULT_LADDER}


def action_words(action: str) -> str:
    """“派遣” for case.dispatch; "" for an action of a later version that this one has no words for."""
    if action in ACTIONS:
        return str(ACTIONS[action])
    step = STEPS.get(action.removeprefix("case.").replace("-", "_")) if action.startswith("case.") else None
    return _(step.zh) if step else ""


def facts_in_words(facts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(what it is called, its raw name, its value in words) of every fact that says something."""
    return [
        (str(FACTS.get(name, "")), name, _value(name, value))
        for name, value in facts.items()
        if value not in ("", None, [], {})
    ]


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name in ("before", "after") and value in set(State):
        return _(STATE_NAMES_ZH[State(value)])
    if name == "rung" and value in _RUNGS:
        return _(_RUNGS[value])
    return "、".join(str(one) for one in value) if isinstance(value, list) else str(value)

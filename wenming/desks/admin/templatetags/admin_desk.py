"""The admin desk's own navigation: three offices share it, and each sees only its own doors (三员分立)."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from wenming.desks.common.navigation import Entry, url_of
from wenming.organisations.models import Account

from ..journal_words import action_words, facts_in_words

register = template.Library()
register.filter(action_words)
register.filter(facts_in_words)
DOORS = (
    ("admin:home", _("上线检查"), "admin.see"),
    ("admin:organisations", _("机构人员"), "organisations.manage"),
    ("admin:matrix", _("权责"), "matrix.manage"),
    ("admin:calendar", _("时限日历"), "calendar.manage"),
    ("admin:problem_types", _("字典"), "standards.manage"),
    ("admin:interfaces", _("对接系统"), "interfaces.manage"),
    ("admin:health", _("健康"), "health.see"),
    ("admin:journal", _("日志"), "journal.see"),
    ("admin:identities", _("举报人身份"), "identity.look"),
)

# Pages whose address does not begin with that of the door behind which people look for them.
BEHIND = {"account": "admin:organisations", "account_password": "admin:organisations"}


@register.simple_tag(takes_context=True)
def doors(context: template.Context) -> list[Entry]:
    """What this account may open, the page it is on marked."""
    request, user = context.get("request"), context.get("user")
    if request is None or not isinstance(user, Account):
        return []
    open_ones = [(url_of(name), label) for name, label, permission in DOORS if user.may(permission)]
    under = BEHIND.get(request.resolver_match.url_name if request.resolver_match else "")
    shown = url_of(under) if under else request.path
    here = max((url for url, _label in open_ones if shown.startswith(url)), key=len, default="")
    return [Entry(url, label, url == here) for url, label in open_ones]

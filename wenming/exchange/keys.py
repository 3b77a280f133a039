"""The keys of other systems: issuing, ending, and finding out whose a signed request is."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from wenming.journal import services as journal
from wenming.organisations import vault
from wenming.organisations.models import Account, ApiKey
from wenming.organisations.rules.permissions import Role
from wenming.organisations.services import hash_key, issue_api_key
from wenming.refusals import BadInput, NotAllowed, Refusal

from .models import SigningKey, UsedNonce
from .rules.requests import WINDOW_SECONDS, Claim, in_time, is_genuine

SECRET = "signing key"  # noqa: S105  the purpose under which secrets are sealed
REMEMBERED = timedelta(seconds=2 * WINDOW_SECONDS)


class SignatureWrong(Refusal):
    """The key is unknown or ended, or this request was not signed by it; which of them is not said."""

    code = "api.signature-wrong"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("签名核对不上：可能密钥停用了，或者签的内容和收到的不一样。请核对密钥编号、路径、参数和正文。"))


class SignatureOutOfTime(Refusal):
    code = "api.signature-out-of-time"
    status = 401

    def __init__(self, now: datetime) -> None:
        words = _("签名的时间和本机相差超过 %(n)d 分钟。请校准时钟，本机现在是 %(now)d（1970 年以来的秒数）。")
        super().__init__(words % {"n": WINDOW_SECONDS // 60, "now": int(now.timestamp())})


class RequestUsed(Refusal):
    """The same signed request came before: repeated by a fault, or by somebody who listened."""

    code = "api.nonce-used"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("这个请求已经收过一次。要重发，请换一个新的 nonce 重新签名，Idempotency-Key 保持不变。"))


@transaction.atomic
def issue_key(account: Account, *, name: str, signs: bool, by: Account, now: datetime) -> tuple[str, str]:
    """A key for another system; signs: it signs requests and is never sent. Returns (number or "", secret), shown once.

    Raises NotAllowed, and BadInput for the account of a person.
    """
    _may(by)
    if account.role != Role.API or not account.is_active:
        raise BadInput(_("密钥只发给在用的“对接系统”账号。请先在机构人员里开一个。"))
    if not signs:
        return "", issue_api_key(account, name=name.strip(), by=by, now=now)
    key_id, secret = f"wk_{secrets.token_hex(8)}", f"wms_{secrets.token_urlsafe(32)}"
    # The hash of something that nobody was given: this key cannot be sent as a bearer's.
    key = ApiKey.objects.create(
        account=account, name=name.strip(), prefix=key_id[:8], key_hash=hash_key(secrets.token_hex(32)), created_at=now
    )
    SigningKey.objects.create(api_key=key, key_id=key_id, sealed_secret=vault.seal(secret, purpose=SECRET))
    journal.record("api-key.issued", by=by, about=account, now=now, name=key.name, key=key_id)
    return key_id, secret


@transaction.atomic
def end_key(key: ApiKey, *, by: Account, now: datetime) -> None:
    """From now on the key opens nothing. Ending it twice is ending it once."""
    _may(by)
    key = ApiKey.objects.select_for_update().select_related("account").get(pk=key.pk)
    if key.revoked_at:
        return
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    journal.record("api-key.ended", by=by, about=key.account, now=now, name=key.name)


def whose_request(claim: Claim, *, method: str, target: str, body: bytes, now: datetime) -> Account:
    """The account that signed a request, which counts this once. Raises SignatureWrong, SignatureOutOfTime, RequestUsed.

    The time is looked at after the signature: whoever cannot sign learns nothing of our clock.
    """
    known = SigningKey.objects.select_related("api_key__account__unit")
    signing = known.filter(key_id=claim.key_id, api_key__revoked_at=None, api_key__account__is_active=True).first()
    if signing is None:
        raise SignatureWrong
    secret = vault.open_sealed(bytes(signing.sealed_secret), purpose=SECRET)
    if not is_genuine(claim, secret, method=method, target=target, body=body):
        raise SignatureWrong
    if not in_time(claim, now.timestamp()):
        raise SignatureOutOfTime(now)
    try:
        with transaction.atomic():
            UsedNonce.objects.create(signing_key=signing, nonce=claim.nonce, used_at=now)
    except IntegrityError:
        raise RequestUsed from None
    return signing.api_key.account


def forget_used_nonces(now: datetime) -> int:
    """Delete the nonces whose time can no longer be claimed; how many."""
    return UsedNonce.objects.filter(used_at__lt=now - REMEMBERED).delete()[0]


def _may(by: Account) -> None:
    if not by.may("interfaces.manage"):
        raise NotAllowed()

"""The one place from which this house speaks to other machines: one POST, to an address that was looked at first.

The name is resolved once; every address it stands for is judged (rules/addresses.py); the connection is made to the very
address that was judged, so that a name which changes its mind a moment later changes nothing. No redirect is followed, no
proxy of the environment is used, little of the answer is read, and the whole takes ten seconds at most.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from .rules.addresses import AddressRefused, Endpoint, Inside, address_for, endpoint_of

SECONDS = 10.0
MOST_ANSWER_BYTES = 16 * 1024


@dataclass(frozen=True)
class Answer:
    """What became of one attempt. status: None where nothing answered; then `trouble` says what was in the way."""

    status: int | None
    trouble: str = ""


def inside() -> Inside:
    """The hosts of its own net that this city has named."""
    return Inside.of(settings.EGRESS_HOSTS)


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Answer:
    """Send a message and read the answer's status. Never raises for anything the other side can do."""
    try:
        endpoint = endpoint_of(url, inside())
        address = address_for(endpoint, _resolved(endpoint))
    except AddressRefused as refused:
        return Answer(None, why_refused(refused))
    except OSError:
        return Answer(None, _("找不到这个主机名对应的地址。请核对网址，或者检查本机的域名解析。"))
    return _posted(endpoint, address, body, headers, seconds)


def why_refused(refused: AddressRefused) -> str:
    """The sentence for an address that is not spoken to."""
    return {
        "scheme": _("网址要以 https:// 开头。内网主机要用 http 的，请先由运维写进 WENMING_EGRESS_HOSTS。"),
        "form": _("网址看不懂。请写成 https://主机名/路径，不带账号密码。"),
        "port": _("外网只用 443 或 8443 端口。别的端口请先由运维写进 WENMING_EGRESS_HOSTS。"),
        "inside": _("这个网址指向内网或本机地址，没有发送。确实是本市的系统，请由运维把主机名写进 WENMING_EGRESS_HOSTS。"),
        "never": _("这个网址指向不能访问的特殊地址，没有发送。请换一个网址。"),
    }[refused.why]


def _resolved(endpoint: Endpoint) -> list[str]:
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _posted(endpoint: Endpoint, address: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    deadline = time.monotonic() + seconds
    connection = _Pinned(endpoint, address, seconds)
    # A time-out counts from the last byte, so one that drips would hold us for ever: at the end the line is cut.
    cut = threading.Timer(seconds, connection.cut)
    cut.daemon = True
    cut.start()
    try:
        connection.request("POST", endpoint.target, body=body, headers=dict(headers))
        response = connection.getresponse()
        status = response.status
        response.read(MOST_ANSWER_BYTES)
    except ssl.SSLCertVerificationError:
        return Answer(None, _("对方的证书验不过。自建证书的，请由运维用 WENMING_EGRESS_CA 指明根证书。"))
    except (OSError, http.client.HTTPException, ValueError):
        late = time.monotonic() >= deadline - 0.1
        return Answer(None, _("对方没有在 %(n)d 秒内答复。") % {"n": seconds} if late else _("连不上对方，或者对方中途断开。"))
    finally:
        cut.cancel()
        connection.close()
    if 300 <= status < 400:
        return Answer(status, _("对方要求转到别的网址。不跟随转向，请登记最终的网址。"))
    return Answer(status, "" if 200 <= status < 300 else _("对方答复 %(status)d，没有收下。") % {"status": status})


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name says by now; the certificate is still asked for the name."""

    def __init__(self, endpoint: Endpoint, address: str, seconds: float) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=seconds)
        self.default_port = 443 if endpoint.scheme == "https" else 80
        self._endpoint, self._address = endpoint, address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._endpoint.scheme == "https":
            # The handshake after `self.sock` is the wrapped one: a peer that drips it can be cut as well.
            self.sock = _trust().wrap_socket(
                self.sock, server_hostname=self._endpoint.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def cut(self) -> None:
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.EGRESS_CA and os.path.exists(settings.EGRESS_CA):
        context.load_verify_locations(cafile=settings.EGRESS_CA)
    return context

"""Which addresses are spoken to at all: a table, without a network."""

from __future__ import annotations

import pytest

from wenming.exchange.rules.addresses import AddressRefused, Inside, address_for, endpoint_of

NOBODY = Inside.of("")
NAMED = Inside.of("10.1.2.3:8443, oa.city.example ,[fd12::5]:443")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("http://example.com/hook", "scheme", id="not encrypted"),
        pytest.param("file:///etc/passwd", "form", id="a file"),
        pytest.param("gopher://example.com/", "scheme", id="another protocol"),
        pytest.param("https://me:secret@example.com/", "form", id="a password in the address"),
        pytest.param("https://example.com/#there", "form", id="a fragment"),
        pytest.param("https://example.com:22/", "port", id="a port of something else"),
        pytest.param("https://example.com:99999/", "form", id="no port at all"),
        pytest.param("https://", "form", id="no host"),
        pytest.param("https://exa mple.com/", "form", id="a blank"),
        pytest.param("https://example.com/\r\nHost: other", "form", id="a header smuggled in"),
        pytest.param("https://example.com\\@10.0.0.1/", "form", id="a backslash that parsers read differently"),
        pytest.param("https://example.com/" + "a" * 600, "form", id="too long"),
    ],
)
def test_it_refuses_the_address(url: str, why: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        endpoint_of(url, NOBODY)

    assert refused.value.why == why


def test_it_takes_https_and_what_the_city_has_named() -> None:
    assert endpoint_of("https://example.com/a?b=1", NOBODY).target == "/a?b=1"
    assert endpoint_of("http://10.1.2.3:8443/x", NAMED).inside
    assert endpoint_of("http://OA.city.example:8080/x", NAMED).inside, "named without a port: any port"
    assert endpoint_of("https://[fd12::5]/x", NAMED).inside
    with pytest.raises(AddressRefused):
        endpoint_of("http://10.1.2.3:8444/x", NAMED)


INNER = (
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "192.0.0.1", "198.18.0.1", "240.0.0.1",
    "::1", "fc00::1", "fd12::5", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "2002:0a00:0001::1",
    "64:ff9b::a00:1", "2001:db8::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
)  # fmt: skip
NEVER = ("169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "ff02::1", "::", "100.100.100.200", "fd00:ec2::254",
         "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1%eth0")  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="inside"):
        address_for(endpoint_of("https://example.com/", NOBODY), [address])


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_refused_even_to_a_named_host(address: str) -> None:
    for inside in (NOBODY, NAMED):
        with pytest.raises(AddressRefused, match="never"):
            address_for(endpoint_of("https://oa.city.example:443/", inside), [address])


def test_one_inner_address_among_many_refuses_the_name() -> None:
    with pytest.raises(AddressRefused, match="inside"):
        address_for(endpoint_of("https://example.com/", NOBODY), ["93.184.216.34", "10.0.0.1"])


def test_public_addresses_are_taken_and_named_hosts_may_be_inside() -> None:
    outside, inside = endpoint_of("https://example.com/", NOBODY), endpoint_of("https://oa.city.example/", NAMED)

    assert address_for(outside, ["93.184.216.34"]) == "93.184.216.34"
    assert address_for(outside, ["2606:2800:220:1:248:1893:25c8:1946"]).startswith("2606")
    assert address_for(outside, ["64:ff9b::5db8:d822"]) == "64:ff9b::5db8:d822", "a public address through NAT64"
    assert address_for(inside, ["10.0.0.1"]) == "10.0.0.1"

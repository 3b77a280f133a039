"""Certificates for an intranet: one authority for ten years, server certificates as often as names change."""

import stat
from datetime import UTC, datetime

from cryptography import x509

from wenming.city_folder import CityFolder
from wenming.operations import tls

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_certificate_speaks_for_names_and_addresses_and_is_signed_by_the_authority(tmp_path):
    city = CityFolder(tmp_path).make()

    pair = tls.issue(city, ["wenming.example", "192.0.2.7", "[::1]"], now=NOW)

    assert tls.names_in(pair.certificate) == ["wenming.example", "192.0.2.7", "::1"]
    load(pair.certificate).verify_directly_issued_by(load(tls.authority_pair(city).certificate))


def test_renewing_keeps_the_authority_that_desktops_already_trust(tmp_path):
    city = CityFolder(tmp_path).make()
    tls.issue(city, ["old.example"], now=NOW)
    before = tls.fingerprint(tls.authority_pair(city).certificate)

    pair = tls.issue(city, ["new.example"], now=NOW)

    assert tls.fingerprint(tls.authority_pair(city).certificate) == before
    assert tls.names_in(pair.certificate) == ["new.example"]


def test_private_keys_are_readable_by_their_owner_only(tmp_path):
    city = CityFolder(tmp_path).make()

    pair = tls.issue(city, ["wenming.example"], now=NOW)

    for key in (pair.key, tls.authority_pair(city).key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_browsers_accept_the_length_of_time(tmp_path):
    certificate = load(tls.issue(CityFolder(tmp_path).make(), ["wenming.example"], now=NOW).certificate)

    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days <= 825

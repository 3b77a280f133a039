"""A city's own certificate authority, for HTTPS on an intranet where no public authority reaches.

Browsers allow cameras, positions and offline pages only over HTTPS. The authority's certificate is installed once on
each desktop and phone; the server's certificate can then be renewed without touching them again.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wenming.city_folder import CityFolder

AUTHORITY_DAYS = 3650
# Browsers refuse server certificates that are valid for longer than 825 days.
SERVER_DAYS = 820


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, as PEM files; the key is readable by its owner only."""

    certificate: Path
    key: Path

    def exists(self) -> bool:
        return self.certificate.exists() and self.key.exists()


def authority_pair(city: CityFolder) -> Pair:
    return Pair(city.root / "tls" / "authority.pem", city.root / "tls" / "authority.key")


def server_pair(city: CityFolder) -> Pair | None:
    """What the web server shows to browsers, or None before `run.py tls`."""
    pair = Pair(city.root / "tls" / "server.pem", city.root / "tls" / "server.key")
    return pair if pair.exists() else None


def issue(city: CityFolder, names: list[str], *, now: datetime) -> Pair:
    """Make a server certificate for these names and addresses; the authority is made once and kept."""
    authority = authority_pair(city)
    if not authority.exists():
        _make_authority(authority, now)
    authority_key = serialization.load_pem_private_key(authority.key.read_bytes(), password=None)
    authority_certificate = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _server_certificate(authority_certificate, key, names, now).sign(authority_key, hashes.SHA256())
    pair = Pair(city.root / "tls" / "server.pem", city.root / "tls" / "server.key")
    _write(pair, key, [certificate, authority_certificate])
    return pair


def names_in(certificate: Path) -> list[str]:
    """The names and addresses a certificate speaks for."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def fingerprint(certificate: Path) -> str:
    """The SHA-256 that people compare before they trust an authority: AB:CD:…"""
    digest = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


def _make_authority(pair: Pair, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "文明创建 本市内网证书")])
    builder = _certificate(name, name, key, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    _write(pair, key, [builder.sign(key, hashes.SHA256())])


def _server_certificate(
    authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, names: list[str], now: datetime
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    builder = _certificate(subject, authority.subject, key, now, SERVER_DAYS)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    issuer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    # A day earlier: clocks on an intranet without a time server run apart.
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=days))
    return builder.serial_number(x509.random_serial_number())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name)


def _write(pair: Pair, key: ec.EllipticCurvePrivateKey, chain: list[x509.Certificate]) -> None:
    pair.key.parent.mkdir(mode=0o700, exist_ok=True)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pair.key.unlink(missing_ok=True)
    with os.fdopen(os.open(pair.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    pair.certificate.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))

"""A private authority and the certificates that it signs, as an installer's own would be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

YEAR = timedelta(days=365)


class Authority:
    """Signs for names; `file` holds its own certificate (PEM)."""

    def __init__(self, name: str, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        made = (
            _certificate(self._name, self._name, self._key.public_key(), datetime.now(UTC))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.crt"
        self.file.write_bytes(made.public_bytes(Encoding.PEM))

    def sign(
        self, host: str, certificate: Path, key: Path, *, age: timedelta | None = None
    ) -> None:
        """Write a certificate for a host, a year long from `age` ago (a day), and its key."""
        own = ec.generate_private_key(ec.SECP256R1())
        begins = datetime.now(UTC) - (age or timedelta())
        made = (
            _certificate(_named(host), self._name, own.public_key(), begins)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate.parent.mkdir(exist_ok=True)
        certificate.write_bytes(made.public_bytes(Encoding.PEM))
        key.write_bytes(
            own.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - timedelta(days=1))
        .not_valid_after(begins - timedelta(days=1) + YEAR)
    )

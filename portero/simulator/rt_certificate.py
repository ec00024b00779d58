"""A certificate that the Realtime stand-in makes for itself, to be reached by ``wss``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from twisted.internet.ssl import PrivateCertificate

# Valid for any time at which it could be used: it is made anew on every start.
NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
LIFETIME = timedelta(days=3650 * 3)


def self_made_certificate() -> PrivateCertificate:
    """A new key and its certificate for ``localhost``, 127.0.0.1 and ::1; a client trusts it as
    its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portero simulator")])
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.IPAddress(ip_address("::1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_BEFORE + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    certified: PrivateCertificate = PrivateCertificate.loadPEM(
        pem + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return certified

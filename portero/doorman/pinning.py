"""TLS to a device that signed its own certificate: that very certificate, or no connection."""

from __future__ import annotations

from cryptography.x509 import load_pem_x509_certificate
from OpenSSL.crypto import X509
from OpenSSL.SSL import VERIFY_FAIL_IF_NO_PEER_CERT, VERIFY_PEER, Connection

from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer


@implementer(IPolicyForHTTPS, IOpenSSLClientConnectionCreator)
class PinnedCertificate:
    """Takes the one certificate in `pem`, for any name and at any time, and no other.

    Gate controllers come with certificates that name nobody and with clocks that stand still, so
    who signed it, for which name and until when says nothing; having its key does.
    """

    def __init__(self, pem: str) -> None:
        self._pinned = load_pem_x509_certificate(pem.encode())
        self._options = CertificateOptions()

    def creatorForNetloc(self, hostname: bytes, port: int) -> PinnedCertificate:
        return self

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> Connection:
        connection = Connection(self._options.getContext(), None)
        connection.set_verify(VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT, self._is_pinned)
        return connection

    def _is_pinned(self, _: Connection, given: X509, error: int, depth: int, fine: int) -> bool:
        """OpenSSL's verify callback, called for each certificate of the chain."""
        return depth > 0 or given.to_cryptography() == self._pinned

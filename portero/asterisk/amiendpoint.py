"""The way to Asterisk's manager, plain or over TLS, and what keeps TLS from coming about.

Over TLS the certificate must be signed by an authority that this machine trusts, be valid today
and name the host; nothing is sent before that is seen to.
"""

from __future__ import annotations

from typing import Any

from OpenSSL.SSL import Error as SSLError
from service_identity import VerificationError

from twisted.internet.abstract import isIPv6Address
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import optionsForClientTLS
from twisted.python.failure import Failure

from portero.asterisk.error import AMITLSFailure
from portero.limits import AMI_RESPONSE_SECONDS


def ami_endpoint(
    reactor: Any, address: str, *, seconds: float = AMI_RESPONSE_SECONDS
) -> IStreamClientEndpoint:
    """`tcp:HOST:PORT` or `tls:HOST:PORT`; HOST: a name or an address, of IPv6 too.

    seconds: until it is connected. Raises ValueError for anything else.
    """
    kind, _, place = address.partition(":")
    host, _, port = place.rpartition(":")
    if kind not in ("tcp", "tls") or not host or not port.isdecimal():
        raise ValueError(f"{address}: not tcp:HOST:PORT or tls:HOST:PORT")
    if kind == "tls":
        way = HostnameEndpoint(reactor, host, int(port), timeout=seconds)
        endpoint: IStreamClientEndpoint = wrapClientTLS(optionsForClientTLS(host), way)
        return endpoint
    plain = TCP6ClientEndpoint if isIPv6Address(host) else TCP4ClientEndpoint
    return plain(reactor, host, int(port), timeout=seconds)


def tls_failure(reason: Failure) -> AMITLSFailure | None:
    """What kept TLS from coming about, and what to do; None: it was not TLS."""
    if reason.check(VerificationError):
        return AMITLSFailure(
            "Asterisk's certificate names another host",
            "set asterisk.ami.host to a name that stands in the certificate (tlscertfile in "
            "manager.conf), or have one made for this host",
        )
    if not reason.check(SSLError):
        return None
    if "certificate verify failed" in str(reason.value):
        return AMITLSFailure(
            "Asterisk's certificate is not trusted by this machine, or has expired",
            "install its authority (a .crt in /usr/local/share/ca-certificates, then "
            "update-ca-certificates) and start portero again, or renew the certificate "
            "(tlscertfile in manager.conf); 'portero doctor --only ami' says which",
        )
    return AMITLSFailure(
        "Asterisk does not speak TLS there",
        "set asterisk.ami.tls: false and its port (5038), or tlsenable=yes and tlsbindaddr in "
        "manager.conf",
    )

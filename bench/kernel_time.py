"""When the kernel saw a packet, on the clock that all processes of a bench share.

A load generator that is itself late must not count: arrivals are stamped by the kernel
(SO_TIMESTAMPNS, the wall clock), and moved to CLOCK_MONOTONIC, by which sending is stamped.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Final

SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h; Python has no name for it
TIMESPEC: Final = struct.Struct("qq")
ANCILLARY_BYTES: Final = socket.CMSG_SPACE(TIMESPEC.size)
NANOSECONDS: Final = 1_000_000_000
MONOTONIC_OFFSET: Final = time.monotonic_ns() - time.time_ns()


def stamp_arrivals(sock: socket.socket) -> None:
    """Have the kernel stamp what arrives on this socket."""
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def receive(sock: socket.socket, size: int) -> tuple[bytes, int]:
    """What has arrived, and when, in monotonic ns; raises BlockingIOError when nothing has.

    Of a stream the time is that of the last segment in it.
    """
    data, ancillary, _, _ = sock.recvmsg(size, ANCILLARY_BYTES)
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = TIMESPEC.unpack(value)
            return data, seconds * NANOSECONDS + nanoseconds + MONOTONIC_OFFSET
    return data, time.monotonic_ns()  # the end of a stream has no stamp

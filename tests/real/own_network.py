"""A network of its own: loopback and nothing else, so that every default port is free."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000  # sched.h
SIOCSIFFLAGS = 0x8914  # netdevice(7)
IFF_UP = 0x1
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def own_network() -> Iterator[None]:
    """What this thread opens or starts inside is in a network namespace of its own.

    Sockets that were there before go on as they are.
    """
    before = os.open(f"/proc/self/task/{_thread()}/ns/net", os.O_RDONLY)
    try:
        _checked(_libc.unshare(CLONE_NEWNET))
        _raise_loopback()
        yield
    finally:
        _checked(_libc.setns(before, CLONE_NEWNET))
        os.close(before)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def _thread() -> int:
    return int(Path("/proc/thread-self").readlink().name)


def _checked(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

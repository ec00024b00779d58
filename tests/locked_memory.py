"""Keeps programs in memory while they are tested in real time.

A kernel that reclaims what was idle for some seconds (DAMON's `pageout`, a small cgroup) takes
even the code that plays the next sound, and the thread that needs it waits for the disk: a hole is
heard, and no CPU has stood still. Where that may not be forbidden, the tests run without.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import re
from pathlib import Path

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4  # <sys/mman.h>; what is mapped later, too
CAP_IPC_LOCK, CAP_SYS_ADMIN = 14, 21  # <linux/capability.h>
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
)
_libc.mlock.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_MAPPED = re.compile(r"(?P<range>[0-9a-f]+-[0-9a-f]+) r-xp .* (?P<path>/\S+)$", re.MULTILINE)
_kept: set[tuple[int, int]] = set()


def may_lock() -> bool:
    """Whether this process may lock memory, and see what others have mapped."""
    held = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert held is not None
    return all(int(held[1], 16) >> needed & 1 for needed in (CAP_IPC_LOCK, CAP_SYS_ADMIN))


def lock_own_memory() -> None:
    """Lock what this process has touched and will touch."""
    if may_lock():
        _libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)


def keep_programs_of(pid: int) -> None:
    """Keep the files whose code that process runs, until this one ends: it maps them as well."""
    if may_lock():
        for found in _MAPPED.finditer(Path(f"/proc/{pid}/maps").read_text()):
            _keep(Path(f"/proc/{pid}/map_files/{found['range']}"))


def _keep(path: Path) -> None:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:  # let go since, or root of a user namespace only
        return
    try:
        facts = os.fstat(file)
        name, size = (facts.st_dev, facts.st_ino), facts.st_size
        if name not in _kept:
            _libc.mlock(_libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_PRIVATE, file, 0), size)
            _kept.add(name)
    finally:
        os.close(file)

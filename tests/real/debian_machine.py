"""A clean Debian 12 that is switched on: its own systemd, processes, files; the network is shared.

Its root (``script/debian-root`` makes it) is never written to: all that is changed lies in memory,
and goes away with the machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
BOOT_SECONDS = 60.0
STOP_SECONDS = 30.0
COMMAND_SECONDS = 120.0
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
_OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")
_ENTER = ("--mount", "--uts", "--ipc", "--pid", "--net", "--cgroup", "--root", "--wd")


class NoMachine(Exception):
    """No Debian can be had here; the text says why."""


def find_root() -> Path:
    """The clean root, made by ``script/debian-root``, or ``NoMachine``."""
    if os.geteuid() != 0:
        raise NoMachine("a Debian of its own needs root (namespaces, mounts, cgroup)")
    made = subprocess.run(
        [REPOSITORY / "script" / "debian-root"], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise NoMachine(made.stderr.strip())
    return Path(made.stdout.strip())


class DebianMachine:
    """One machine; ``folder`` holds its console, ``shared`` maps paths inside to those outside."""

    def __init__(self, root: Path, folder: Path, shared: Mapping[str, Path] | None = None) -> None:
        self.root = root
        self.folder = folder
        self.shared = dict(shared or {})
        self._keeper: subprocess.Popen[bytes] | None = None
        self._systemd = 0

    # -- life

    def start(self) -> None:
        """Switch it on, and return when systemd has started all that it is to start."""
        pid_file = self.folder / "systemd.pid"
        where = (self.root, self.folder)
        binds = [text for pair in self.shared.items() for text in (pair[0], str(pair[1]))]
        self._keeper = subprocess.Popen(
            [*_OWN_MOUNTS, "sh", "-euc", _KEEP, "machine", *map(str, where), _INSIDE, *binds],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "console").open("ab"),
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + BOOT_SECONDS
        state = ""
        while state not in ("running", "degraded"):
            if self._keeper.poll() is not None or time.monotonic() > deadline:
                console = (self.folder / "console").read_text(errors="replace")
                self.stop()
                raise NoMachine(f"systemd did not start ({state}): {console[-1000:]}")
            time.sleep(0.1)
            if not self._systemd and pid_file.exists():
                self._systemd = int(pid_file.read_text() or 0)
            if self._systemd:
                state = self.run("systemctl", "is-system-running", check=False).stdout.strip()

    def stop(self) -> None:
        """Switch it off, as a power button would, or pull the plug after ``STOP_SECONDS``."""
        if self._keeper is None:
            return
        if self._systemd and self._keeper.poll() is None:
            os.kill(self._systemd, signal.SIGRTMIN + 4)  # systemd(1): power off
            try:
                self._keeper.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.kill(self._systemd, signal.SIGKILL)
        elif self._keeper.poll() is None:
            self._keeper.kill()
        self._keeper.wait()
        self._keeper, self._systemd = None, 0

    # -- use

    def run(
        self,
        *command: str,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        typed: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """A command of root's in it (blocks the reactor); ``typed`` is its standard input."""
        settings = [f"{key}={value}" for key, value in {**_ENVIRONMENT, **(env or {})}.items()]
        done = subprocess.run(
            ["nsenter", f"--target={self._systemd}", *_ENTER, "env", "-i", *settings, *command],
            capture_output=True,
            text=True,
            input=typed,
            stdin=subprocess.DEVNULL if typed is None else None,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def path(self, inside: str) -> Path:
        """A path of the machine's, as the tests can read and write it."""
        return Path(f"/proc/{self._systemd}/root") / inside.lstrip("/")

    def shows(self, unit: str, what: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", "--property", what, unit).stdout.strip()

    def journal(self, unit: str) -> str:
        """What a unit has logged up to now."""
        self.run("journalctl", "--sync")  # what was sent, journald may not have read yet
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit).stdout


# $1: the root, $2: a folder, $3: what is run inside, then pairs of folders. Its cgroups are below
# ours, whichever hierarchy this machine has; they are removed when all of it has ended.
_KEEP = """
root=$1 folder=$2 inside=$3
mkdir -p "$folder/cgroup" "$folder/nothing"
mount -t cgroup2 cgroup2 "$folder/cgroup"
ours=$folder/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
group=$ours/portero-test-$$
mkdir "$group"
shift 3
status=0
sh -euc 'echo $$ >"$0/cgroup.procs"; exec unshare --mount --propagation private --pid --fork \
    --uts --ipc --cgroup sh -euc "$@"' "$group" "$inside" "$root" "$folder" "$@" || status=$?
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
    sleep 0.1
done
exit $status
"""
# $0: the root, $1: the folder, then pairs. Changes go into memory: a tmpfs over the root.
_INSIDE = """
root=$0 folder=$1
shift
mount -t tmpfs tmpfs "$folder/nothing"
mkdir "$folder/nothing/changes" "$folder/nothing/work" "$folder/nothing/root"
mount -t overlay -o "lowerdir=$root,upperdir=$folder/nothing/changes,workdir=$folder/nothing/work" \
    overlay "$folder/nothing/root"
root=$folder/nothing/root
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for place in run tmp dev; do mount -t tmpfs tmpfs "$root/$place"; done
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
while [ $# -gt 1 ]; do
    mkdir -p "$root$1"
    mount --bind "$2" "$root$1"
    shift 2
done
: >"$root/etc/resolv.conf"
echo portero-test >"$root/etc/hostname"
echo 127.0.0.1 localhost portero-test >"$root/etc/hosts"
read -r pid rest </proc/self/stat # the old /proc: our number as the tests know it
echo "$pid" >"$folder/systemd.pid"
cd "$root"
pivot_root . mnt
umount -l /mnt
mount --make-rshared / # as systemd wants it: its credentials are mounts that services get to see
exec env -i container=portero-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target
"""

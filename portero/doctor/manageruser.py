"""What Asterisk's console tells of an AMI user: `manager show user NAME` (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

_RULE: Final = re.compile(r"^\s*\d+:\s*(allow|deny)\s*-\s*(\S+)", re.MULTILINE)
_PERMISSIONS: Final = re.compile(r"^\s*(read|write) perm: *(\S*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ManagerUser:
    """An AMI user as Asterisk has loaded him.

    rules: `allow` or `deny` and a network, in their order; the last that fits an address counts.
    read, write: his classes.
    """

    rules: tuple[tuple[str, str], ...]
    read: frozenset[str]
    write: frozenset[str]

    def admits(self, address: str) -> bool:
        """Whether he may come from there."""
        admitted = True
        for kind, network in self.rules:
            try:
                fits = ip_address(address) in ip_network(network, strict=False)
            except ValueError:
                continue
            admitted = kind == "allow" if fits else admitted
        return admitted


def read_user(said: str) -> ManagerUser | None:
    """The user that the console has told of; None: there is none of that name."""
    if "username:" not in said:
        return None
    classes = {kind: frozenset(told.split(",")) for kind, told in _PERMISSIONS.findall(said)}
    nobody: frozenset[str] = frozenset()
    rules = tuple(_RULE.findall(said))
    return ManagerUser(rules, classes.get("read", nobody), classes.get("write", nobody))

"""The actions of the stand-in's AMI, and which classes of rights they take (pure).

Source: ``reference/freepbx.md`` 1, and what Asterisk 22.10.1 says to ``ListCommands``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Any one of the classes is enough; an empty set is for everybody who is logged in.
WRITE_CLASSES: Final[Mapping[str, frozenset[str]]] = {
    "CoreShowChannels": frozenset({"system", "reporting"}),
    "Events": frozenset(),
    "Getvar": frozenset({"call", "reporting"}),
    "Hangup": frozenset({"system", "call"}),
    "ListCommands": frozenset(),
    "Logoff": frozenset(),
    "Originate": frozenset({"originate"}),
    "Ping": frozenset(),
    "Redirect": frozenset({"call"}),
    "Setvar": frozenset({"call"}),
    "Status": frozenset({"system", "call", "reporting"}),
}
SUMMARIES: Final[Mapping[str, str]] = {
    "CoreShowChannels": "List currently active channels.",
    "Events": "Control Event Flow.",
    "Getvar": "Gets a channel variable or function value.",
    "Hangup": "Hangup channel.",
    "ListCommands": "List available manager commands.",
    "Logoff": "Logoff Manager.",
    "Originate": "Originate a call.",
    "Ping": "Keepalive command.",
    "Redirect": "Redirect (transfer) a call.",
    "Setvar": "Sets a channel variable or function value.",
    "Status": "List channel status.",
}
# Actions of Asterisk's that the stand-in does not play: it has nobody who may use them.
NOT_PLAYED: Final = frozenset({"command", "userevent", "reload", "getconfig", "dbget", "dbput"})

"""What Asterisk says of a call when it arrives over FastAGI (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

# What Asterisk writes where it knows nothing (asterisk/res_agi.c, setup_env).
NOTHING = frozenset({"", "unknown", "(null)"})
# The extensions that every dialplan has, and our own (`visit`): they name no tenant.
SPECIAL_EXTENSIONS = frozenset({"s", "i", "t", "h", "o", "a", "fax", "visit"})
# How the channels begin whose sound is not a phone's but a program's (asterisk/chan_rtp.c).
MADE_BY_US = "UnicastRTP/"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call as the dialplan hands it over; an empty string stands for "not said"."""

    channel: str
    unique_id: str
    caller_number: str
    caller_name: str
    extension: str
    did: str
    url_tenant: str
    no_way_back: bool = False


def read_arrival(variables: Mapping[str, str]) -> Arrival:
    """The call of an AGI environment (keys as sent: ``agi_channel``, ``agi_arg_1`` …).

    The DID is the first argument of ``AGI(agi://…/portero,${FROM_DID})``, else ``agi_dnid``: in
    FreePBX only FROM_DID survives the way to a Custom Destination (reference/freepbx.md, 2). The
    dialled extension is the third argument, else ``agi_extension``: the sample dialplan runs AGI()
    in an extension of its own. The fourth says `goto` where the sample dialplan has nobody to
    return to: who can't be helped is hung up on. `portero call` comes so, too, but nobody stands
    at a gate then.
    """

    def said(key: str) -> str:
        value = variables.get(key, "").strip()
        return "" if value.lower() in NOTHING else value

    channel = said("agi_channel")
    extension = said("agi_arg_3") or said("agi_extension")
    query = parse_qs(urlsplit(said("agi_network_script")).query)
    return Arrival(
        channel=channel,
        unique_id=said("agi_uniqueid"),
        caller_number=said("agi_callerid"),
        caller_name=said("agi_calleridname"),
        extension="" if extension in SPECIAL_EXTENSIONS else extension,
        did=said("agi_arg_1") or said("agi_dnid"),
        url_tenant=query.get("tenant", [""])[-1].strip(),
        no_way_back=said("agi_arg_4") == "goto" and not channel.startswith(MADE_BY_US),
    )

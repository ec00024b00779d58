"""What a call says of itself when it arrives."""

from __future__ import annotations

import pytest

from portero.call.arrival import read_arrival

# As a real Asterisk 22 sends it (reference/agi-ami-starpy.md, 1.6), less the keys of no interest.
FROM_FREEPBX = {
    "agi_network": "yes",
    "agi_network_script": "portero",
    "agi_request": "agi://127.0.0.1:4574/portero",
    "agi_channel": "PJSIP/trunk-00000001",
    "agi_uniqueid": "1763836800.12",
    "agi_callerid": "5512345678",
    "agi_calleridname": "Portón norte",
    "agi_dnid": "unknown",
    "agi_extension": "s",
    "agi_arg_1": "525588990011",
}


def test_the_did_is_what_freepbx_hands_on() -> None:
    arrival = read_arrival(FROM_FREEPBX)
    assert arrival.did == "525588990011"
    assert arrival.channel == "PJSIP/trunk-00000001"
    assert arrival.unique_id == "1763836800.12"
    assert arrival.caller_name == "Portón norte"


def test_without_an_argument_the_dialled_number_is_the_did() -> None:
    arrival = read_arrival({**FROM_FREEPBX, "agi_arg_1": "", "agi_dnid": "5500"})
    assert arrival.did == "5500"


@pytest.mark.parametrize("extension", ["s", "i", "t", "h"])
def test_the_extensions_that_every_dialplan_has_name_no_tenant(extension: str) -> None:
    assert read_arrival({"agi_extension": extension}).extension == ""


def test_a_dialled_extension_is_kept() -> None:
    assert read_arrival({"agi_extension": "1000"}).extension == "1000"


@pytest.mark.parametrize("nothing", ["unknown", "", " ", "(null)"])
def test_what_asterisk_does_not_know_is_empty(nothing: str) -> None:
    arrival = read_arrival({"agi_callerid": nothing, "agi_dnid": nothing})
    assert (arrival.caller_number, arrival.did) == ("", "")


@pytest.mark.parametrize(
    ("script", "tenant"),
    [
        ("portero?tenant=lomas", "lomas"),
        ("portero?x=1&tenant=las%20lomas", "las lomas"),
        ("portero?tenant=", ""),
        ("portero", ""),
    ],
)
def test_the_url_may_name_the_tenant(script: str, tenant: str) -> None:
    assert read_arrival({"agi_network_script": script}).url_tenant == tenant


def test_the_dialled_extension_is_handed_on_by_the_sample_dialplan() -> None:
    arrival = read_arrival({**FROM_FREEPBX, "agi_extension": "visit", "agi_arg_3": "2001"})
    assert arrival.extension == "2001"


@pytest.mark.parametrize(
    ("way", "channel", "none"),
    [
        ("goto", "PJSIP/trunk-00000001", True),
        ("gosub", "PJSIP/trunk-00000001", False),
        # A dialplan of somebody's own says nothing of it.
        ("", "PJSIP/trunk-00000001", False),
        # `portero call`: nobody stands at the gate.
        ("goto", "UnicastRTP/127.0.0.1:4000-0x7f41", False),
    ],
)
def test_a_visitor_without_a_way_back_is_known(way: str, channel: str, none: bool) -> None:
    arrival = read_arrival({**FROM_FREEPBX, "agi_arg_4": way, "agi_channel": channel})
    assert arrival.no_way_back is none

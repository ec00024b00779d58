"""What the stand-in device says: ISAPI documents, from gates-and-notices.md 1.5 to 1.7."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NEWER = "http://www.isapi.org/ver20/XMLSchema"
OLDER = "http://www.hikvision.com/ver20/XMLSchema"


@dataclass(frozen=True, slots=True)
class Seen:
    """A plate that the camera saw; `at`: by its own clock, local time."""

    plate: str
    at: datetime
    confidence: int = 95
    direction: str = "forward"

    @property
    def pic_name(self) -> str:
        """Eighteen digits: the time and a serial of four."""
        return f"{self.at:%Y%m%d%H%M%S}{self.at.microsecond // 1000:04d}"


def document(root: str, inner: str, namespace: str = NEWER) -> bytes:
    """An XML document with that root around `inner`."""
    return f'{_HEAD}<{root} version="2.0" xmlns="{namespace}">{inner}</{root}>\n'.encode()


def response_status(url: str, code: int, string: str, sub: str) -> bytes:
    """ResponseStatus: what each order is answered with."""
    return document(
        "ResponseStatus",
        f"<requestURL>{escape(url)}</requestURL><statusCode>{code}</statusCode>"
        f"<statusString>{string}</statusString><subStatusCode>{sub}</subStatusCode>",
    )


def user_check(unlock_seconds: int, tries_left: int) -> bytes:
    """The body of a 401."""
    lock = f"<lockStatus>lock</lockStatus><unlockTime>{unlock_seconds}</unlockTime>"
    free = f"<lockStatus>unlock</lockStatus><retryLoginTime>{tries_left}</retryLoginTime>"
    return document(
        "userCheck",
        "<statusValue>401</statusValue><statusString>Unauthorized</statusString>"
        + (lock if unlock_seconds else free),
        OLDER,
    )


def door_capabilities(doors: int, words: tuple[str, ...]) -> bytes:
    """RemoteControl/door/capabilities."""
    return document(
        "RemoteControlDoor",
        f'<doorNo min="1" max="{doors}"></doorNo><cmd opt="{",".join(words)}"></cmd>',
    )


def work_status(unlocked: list[bool], leaves: list[bool]) -> bytes:
    """AcsWorkStatus: parallel arrays, padded far past the doors that there are."""
    padding = [0] * (126 - len(unlocked))
    return json.dumps(
        {
            "AcsWorkStatus": {
                "doorLockStatus": [int(door) for door in unlocked] + padding,
                "doorStatus": [4] * len(unlocked) + padding,
                "magneticStatus": [int(leaf) for leaf in leaves] + padding,
            }
        }
    ).encode()


def barrier_status(status: int) -> bytes:
    """barrierGateStatus: 0 no signal, 1 fully closed, 2 fully open."""
    return document("BarrierGateStatus", f"<barrierGateStatus>{status}</barrierGateStatus>")


def local_time(now: datetime) -> bytes:
    """System/time."""
    stamp = now.isoformat(timespec="seconds")
    return document("Time", f"<timeMode>manual</timeMode><localTime>{stamp}</localTime>", OLDER)


def device_info(model: str) -> bytes:
    """System/deviceInfo."""
    return document(
        "DeviceInfo",
        f"<deviceName>gate</deviceName><model>{model}</model><deviceType>VIS</deviceType>",
    )


def plates(seen: list[Seen]) -> bytes:
    """What a camera answers to AfterTime; it tells no confidence here."""
    return document(
        "Plates",
        "".join(
            f"<Plate><captureTime>{row.at:%Y%m%dT%H%M%S}{row.at.microsecond // 1000:04d}"
            f"</captureTime><plateNumber>{escape(row.plate)}</plateNumber>"
            f"<picName>{row.pic_name}</picName><country>MEX</country><laneNo>1</laneNo>"
            f"<direction>{row.direction}</direction></Plate>"
            for row in seen
        ),
        OLDER,
    )


def plate_event(seen: Seen, again: bool = False) -> bytes:
    """EventNotificationAlert of a plate; `again`: one that was buffered and is sent later."""
    stamp = seen.at.isoformat(timespec="seconds")
    return document(
        "EventNotificationAlert",
        f"<ipAddress>192.0.2.21</ipAddress><channelID>1</channelID><dateTime>{stamp}</dateTime>"
        "<activePostCount>1</activePostCount><eventType>ANPR</eventType>"
        f"<eventState>active</eventState><isDataRetransmission>{str(again).lower()}"
        f"</isDataRetransmission><ANPR><country>MEX</country>"
        f"<licensePlate>{escape(seen.plate)}</licensePlate><line>1</line>"
        f"<direction>{seen.direction}</direction>"
        f"<confidenceLevel>{seen.confidence}</confidenceLevel></ANPR>",
    )


def heartbeat(now: datetime) -> bytes:
    """What the stream sends while nothing happens."""
    stamp = now.isoformat(timespec="seconds")
    return document(
        "EventNotificationAlert",
        f"<dateTime>{stamp}</dateTime><activePostCount>0</activePostCount>"
        "<eventType>videoloss</eventType><eventState>inactive</eventState>",
    )

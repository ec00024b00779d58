"""What the pages quote is said in these words: by portero, or by Asterisk."""

from __future__ import annotations

import re
from functools import cache

import pytest
from asterisk.ami_side import SECRET, ManagerEndpoint
from pages import PAGES, ROOT

from twisted.internet.error import getConnectError
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure

from portero.asterisk.managerservice import ManagerService
from portero.messages import CATALOGUE

QUOTED = re.compile(r"\*[\"«](.+?)[\"»]\*", re.DOTALL)
ASTERISKS = "tests/real/test_call_failures.py"  # it waits for that line of a real Asterisk's


def quotes(page: str) -> list[str]:
    return [" ".join(it.split()) for it in QUOTED.findall((ROOT / page).read_text("utf-8"))]


def nobody_listens() -> list[str]:
    """What is logged where Asterisk does not run."""
    reactor = MemoryReactorClock()
    service = ManagerService("tcp:127.0.0.1:5038", "portero", SECRET, reactor=reactor)
    with capturedLogs() as events:
        service.startService()
        factory = reactor.tcpClients[0][2]
        refused = getConnectError((111, "Connection refused"))
        factory.clientConnectionFailed(None, Failure(refused))
        service.stopService()
    return [formatEvent(it) for it in events]


def secret_is_refused() -> list[str]:
    """What is logged where the AMI's secret is another."""
    clock = Clock()
    endpoint = ManagerEndpoint(clock)
    service = ManagerService(endpoint, "portero", SECRET, reactor=clock)
    with capturedLogs() as events:
        service.startService()
        endpoint.sides[-1].refuses()
        service.stopService()
    return [formatEvent(it) for it in events]


@cache
def said() -> str:
    texts = [text for it in CATALOGUE.values() for text in (it.es, it.en)]
    texts += [*nobody_listens(), *secret_is_refused(), (ROOT / ASTERISKS).read_text("utf-8")]
    return " ".join("\n".join(texts).split())


@pytest.mark.parametrize("page", PAGES)
def test_what_is_quoted_is_said(page: str) -> None:
    assert [it for it in quotes(page) if it not in said()] == []


def test_there_are_quotes_and_a_wrong_one_would_be_found() -> None:
    assert len(quotes("docs/troubleshooting.md")) == len(quotes("docs/troubleshooting.es.md")) == 4
    assert "AMI at tcp:127.0.0.1:5038: connection refused" not in said()

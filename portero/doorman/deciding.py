"""The one transaction in which a request to open is judged, claimed, counted and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from portero.config.rules import PolicySettings
from portero.doorman.facts import Facts, Opening, Request, Verdict
from portero.doorman.policy import judge, weigh
from portero.limits import OPENINGS_COUNTED_SECONDS
from portero.messages import text
from portero.registry import claims, ledger, openings
from portero.registry.standing import authorization_taken_back, pin_taken_back


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and all that it is judged by but for the openings of the last hour."""

    request: Request
    facts: Facts
    policy: PolicySettings
    language: str
    timezone: str
    duress_opens: bool


def decide(connection: Connection, case: Case) -> Verdict:
    """Judge `case`; what it rests on is claimed, and nobody else can be judged at the same time.

    Two daemons that ask for the same gate do so one after the other (openings.lock), so that
    neither a limit nor a one-time authorisation is used twice.
    """
    request = case.request
    now = datetime.fromtimestamp(case.facts.now, UTC)
    openings.lock(connection, request.tenant, request.gate_id)
    since = now - timedelta(seconds=OPENINGS_COUNTED_SECONDS)
    recent = openings.recent(connection, request.tenant, since)
    facts = _usable(connection, request.tenant, case.facts, now)
    facts = replace(facts, openings=tuple(map(_opening, recent)))
    options: dict[str, Any] = {
        "language": case.language,
        "timezone": case.timezone,
        "duress_opens": case.duress_opens,
    }
    verdict = judge(request, facts, case.policy, **options)
    findings = weigh(request, facts, case.policy, **options)
    verdict = _claimed(connection, request, verdict, now, case.language)
    if verdict.allowed:
        openings.add(connection, request.tenant, _row(request, verdict), now)
    body = _body(request)
    ledger.append(connection, request.tenant, "request", request.call_id, body, now)
    judged = {
        **body,
        "allowed": verdict.allowed,
        "rule": verdict.rule,
        "evidence": asdict(verdict.evidence),
        "findings": [asdict(finding) for finding in findings],
    }
    ledger.append(connection, request.tenant, "verdict", request.call_id, judged, now)
    return verdict


def give_back(connection: Connection, request: Request, verdict: Verdict) -> None:
    """Undo an opening that surely did not happen: it counts for nothing, and what was claimed for
    it may be used again.
    """
    openings.undo(connection, request.tenant, request.key)
    if verdict.evidence.subject:
        claims.release(connection, request.tenant, verdict.evidence.subject, request.key)


def _usable(connection: Connection, tenant: str, facts: Facts, now: datetime) -> Facts:
    """The facts without what has been used up or taken back since, by this call or by another."""

    def stands(authorization_id: str | None, uses: int | None) -> bool:
        if authorization_id is None:
            return True
        return _is_left(connection, tenant, f"authorization:{authorization_id}", uses) and not (
            authorization_taken_back(connection, tenant, authorization_id, now)
        )

    checks = [
        it if stands(it.authorization_id, it.uses) else replace(it, authorized=False)
        for it in facts.checks
    ]
    pins = [
        it
        for it in facts.pins
        if _is_left(connection, tenant, f"pin:{it.pin_id}", it.uses)
        and not pin_taken_back(connection, tenant, it.pin_id, now)
    ]
    expected = [it for it in facts.expected if stands(it.authorization_id, it.uses)]
    return replace(facts, checks=checks, pins=pins, expected=expected)


def _is_left(connection: Connection, tenant: str, subject: str, uses: int | None) -> bool:
    return uses is None or claims.used(connection, tenant, subject) < uses


def _claimed(
    connection: Connection, request: Request, verdict: Verdict, now: datetime, language: str
) -> Verdict:
    subject, uses = verdict.evidence.subject, verdict.evidence.uses
    if not verdict.allowed or not subject:
        return verdict
    if claims.claim(connection, request.tenant, subject, uses, request.key, now):
        return verdict
    return Verdict(False, "used_up", text("not_authorized", language))


def _opening(row: Mapping[str, Any]) -> Opening:
    at = row["created_at"].timestamp()
    return Opening(row["gate_id"], row["call_id"], row["caller"], row["rule"], at)


def _row(request: Request, verdict: Verdict) -> dict[str, Any]:
    return {
        "gate_id": request.gate_id,
        "call_id": request.call_id,
        "caller": request.caller,
        "rule": verdict.rule,
        "key": request.key,
    }


def _body(request: Request) -> dict[str, Any]:
    return {
        "gate": request.gate_id,
        "visitor": request.visitor_name,
        "resident_id": request.resident_id,
        "caller": request.caller,
        "by": request.by,
        "key": request.key,
    }

"""What settings ask of Asterisk's AMI user beyond reading, hanging up and moving calls (pure)."""

from __future__ import annotations

from portero.config.settings import Settings, TenantSettings


def needs_originate(settings: Settings) -> bool:
    """Whether portero makes calls itself with these settings: `write = …,originate`."""
    return any(
        _makes_calls(tenant) or any(_is_call(settings, name) for name in tenant.tools)
        for tenant in settings.tenants
    )


def _makes_calls(tenant: TenantSettings) -> bool:
    """Residents who are phoned, gates that a call opens, and the silent alarm to the guard."""
    return (
        any(step.by == "call" for step in tenant.notify.chain)
        or any(gate.driver == "asterisk" for gate in tenant.gates.values())
        or bool(tenant.duress.words and (tenant.duress.extension or tenant.guard))
    )


def _is_call(settings: Settings, name: str) -> bool:
    tool = settings.tools.get(name)
    return tool is not None and tool.originate is not None

"""Whose call it is, and what its agent is told (pure)."""

from __future__ import annotations

from functools import cache
from importlib import resources

from portero.config.settings import Settings, TenantSettings


def find_tenant(
    settings: Settings, *, variable: str, url_tenant: str, did: str, extension: str
) -> TenantSettings | None:
    """The tenant of a call, by the first of these that decides; None if none does.

    `variable` (PORTERO_TENANT) and `url_tenant` (?tenant=) name a tenant's id; `did` and
    `extension` are looked up. An empty string, or one that nothing lists, does not decide; but a
    *named* tenant that does not exist does: the call is unknown and goes on to the guard. Whoever
    wrote that name meant a certain community, and falling through to the DID would let another
    community's agent answer, look up its residents and open its gate.
    """
    named = variable.strip() or url_tenant.strip()
    if named:
        return next((tenant for tenant in settings.tenants if tenant.id == named), None)
    by_did = next((tenant for tenant in settings.tenants if did.strip() in tenant.dids), None)
    return by_did or next(
        (tenant for tenant in settings.tenants if extension.strip() in tenant.extensions), None
    )


def instructions_of(tenant: TenantSettings, language: str) -> str:
    """What the tenant's agent is told: its own text, else ours in `language` (`en…`, else es)."""
    if tenant.instructions.strip():
        return tenant.instructions
    ours = default_instructions("en" if language.lower().startswith("en") else "es")
    place = tenant.name or tenant.id
    return ours.replace("{place}", place)


@cache
def default_instructions(language: str) -> str:
    """The packaged text in `es` or `en`; `{place}` stands for the community's name."""
    file = resources.files(__package__).joinpath(f"default_instructions.{language}.txt")
    return file.read_text("utf-8")

"""Whose call it is: in DESIGN's order, and never another community's by accident."""

from __future__ import annotations

import pytest

from portero.config.settings import Settings, TenantSettings
from portero.config.tenants import find_tenant, instructions_of

SETTINGS = Settings(
    tenants=(
        TenantSettings(id="norte", extensions=("100",), dids=("5551",)),
        TenantSettings(id="sur", extensions=("200",), dids=("5552",)),
        TenantSettings(id="nada"),
    )
)


@pytest.mark.parametrize(
    ("variable", "url_tenant", "did", "extension", "found"),
    [
        ("norte", "sur", "5552", "200", "norte"),
        ("", "norte", "5552", "200", "norte"),
        ("", "", "5551", "200", "norte"),
        ("", "", "", "200", "sur"),
        ("", "", "999", "200", "sur"),
        (" sur ", "", "", "", "sur"),
        ("", "", "", "999", None),
        ("", "", "", "", None),
        ("este", "sur", "5552", "200", None),
        ("", "este", "5552", "200", None),
        ("NORTE", "", "", "", None),
        ("", "", "200", "", None),
        ("", "", "", "5551", None),
    ],
)
def test_the_first_that_decides_decides(
    variable: str, url_tenant: str, did: str, extension: str, found: str | None
) -> None:
    tenant = find_tenant(
        SETTINGS, variable=variable, url_tenant=url_tenant, did=did, extension=extension
    )
    assert (tenant.id if tenant else None) == found


@pytest.mark.parametrize(("language", "word"), [("es-MX", "portero"), ("en-US", "doorman")])
def test_an_agent_without_instructions_gets_ours_with_the_places_name(
    language: str, word: str
) -> None:
    told = instructions_of(TenantSettings(id="n", name="Lomas {del} Norte"), language)
    assert f"{word} " in told
    assert "Lomas {del} Norte" in told
    assert "{place}" not in told


@pytest.mark.parametrize("language", ["es", "en"])
def test_our_instructions_name_every_tool(language: str) -> None:
    told = instructions_of(TenantSettings(id="n"), language)
    missing = [name for name in TenantSettings(id="n").tools if name not in told]
    assert missing == []


def test_a_tenants_own_instructions_are_taken_as_they_are() -> None:
    tenant = TenantSettings(id="n", instructions="Eres {place}.")
    assert instructions_of(tenant, "es") == "Eres {place}."

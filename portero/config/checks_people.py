"""What must hold for residents who are asked, keys that are typed, and words of duress (pure)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from portero.config.explain import choice
from portero.config.findings import Finding
from portero.config.problems import KeyPath
from portero.config.settings import Settings, TenantSettings
from portero.limits import DURESS_WORD_LETTERS_MIN

ASTERISK_HTTP_PORT: Final = 8088  # Asterisk's http.conf, bindport; FreePBX switches it on
# What people say at any gate: a silent alarm must not go off at "buenas tardes".
_ORDINARY_WORDS: Final = (
    "abra abre abrir adios aqui ayuda bien bueno buenos buenas carro casa claro como cuando dia"
    " dias donde doctor emergencia entrega entrar esta favor gracias guardia hola hora hoy juan"
    " llave luego manana maria mande mensajeria momento muchas noche noches nombre oficial paquete"
    " pedido perdon permiso persona pizza placa placas policia por porton puerta que quien rapido"
    " residente senor senora servicio si soy tarde tardes uber urgente vengo visita visitante"
    " visito afternoon car delivery door driver emergency evening friend gate good guard hello"
    " help here house morning name open package please police resident sorry thank thanks urgent"
    " visit visitor yes"
)
_ORDINARY: Final = frozenset(_ORDINARY_WORDS.split())


def check_people(settings: Settings, tenant: TenantSettings, at: KeyPath) -> Iterator[Finding]:
    """What does not fit in a tenant's notify, keypad, fallback and duress."""
    for index, step in enumerate(tenant.notify.chain):
        if step.by == "whatsapp" and settings.doorman.whatsapp is None:
            yield Finding((*at, "notify", "chain", index, "by"), "whatsapp_missing")
    gate = tenant.keypad.gate
    if gate is not None and gate not in tenant.gates:
        key, values = choice("gate_unknown", gate, list(tenant.gates))
        yield Finding((*at, "keypad", "gate"), key, {**values, "tenant": tenant.id})
    if tenant.fallback.mode == "keypad" and not tenant.keypad.enabled:
        yield Finding((*at, "fallback", "mode"), "fallback_without_keypad")
    yield from _check_duress(tenant, (*at, "duress"))


def check_webhook(settings: Settings) -> Iterator[Finding]:
    """The port of WhatsApp's answers, where there are any."""
    if settings.doorman.whatsapp is None:
        return
    path = ("doorman", "webhook", "port")
    port = settings.doorman.webhook.port
    others = {
        "asterisk.fastagi.port": settings.asterisk.fastagi.port,
        "media.audiosocket_port": settings.media.audiosocket_port,
    }
    for other, taken in others.items():
        if port == taken:
            yield Finding(path, "port_taken", {"port": port, "other": other})
    if port == ASTERISK_HTTP_PORT:
        yield Finding(path, "port_of_asterisk_http", warning=True)


def _check_duress(tenant: TenantSettings, at: KeyPath) -> Iterator[Finding]:
    """The words are never quoted: whoever knows them could set the alarm off, or avoid it."""
    duress = tenant.duress
    for index, word in enumerate(duress.words):
        said = _plain(word.get_secret_value())
        if sum(map(str.isalpha, said)) < DURESS_WORD_LETTERS_MIN:
            values = {"limit": DURESS_WORD_LETTERS_MIN}
            yield Finding((*at, "words", index), "duress_word_short", values)
        elif set(said.split()) <= _ORDINARY:
            yield Finding((*at, "words", index), "duress_word_ordinary")
    if duress.words and not (duress.extension or duress.url or tenant.guard):
        yield Finding(at, "duress_nobody")


def _plain(text: str) -> str:
    """Small letters without accents; all else is space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = (char for char in letters if not unicodedata.combining(char))
    return "".join(char if char.isalpha() else " " for char in kept)

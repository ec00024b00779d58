"""WhatsApp in memory on both sides: the Graph API that we write to, and the webhook it tells."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import SecretStr
from registry.house import NOW, House
from wire import Running

from treq.testing import RequestTraversalAgent
from twisted.internet.task import Clock

from portero.config.residents import WhatsAppSettings
from portero.doorman.exchange import make_client
from portero.doorman.webhook import Webhook
from portero.doorman.whatsapp import WhatsAppClient
from portero.simulator.whatsapp import NUMBER_ID, VERSION, Message, WhatsAppServer

TOKEN, SECRET, VERIFY = "EAAtoken", "app-secret", "verify-me"
SETTINGS = WhatsAppSettings(
    phone_number_id=NUMBER_ID,
    token=SecretStr(TOKEN),
    app_secret=SecretStr(SECRET),
    verify_token=SecretStr(VERIFY),
    url=f"https://graph.facebook.com/{VERSION}",
)
PATH = "/whatsapp"


class WhatsAppBench:
    """`server` is Meta, `client` and `webhook` are portero's, `told` what the webhook passed on."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.house = House()
        self.house.time = NOW
        self.told: list[str] = []
        self.told_to: Callable[[str], None] = lambda question: None
        make_agent: Any = RequestTraversalAgent
        self._agents: list[Any] = []
        self.server = WhatsAppServer(
            self.clock,
            http=make_client(self._late_agent()),
            now=self.now,
            token=TOKEN,
            app_secret=SECRET,
            webhook=f"https://portero.example{PATH}",
        )
        self._agents.append(make_agent(self.server.resource))
        self.client = WhatsAppClient(
            SETTINGS, make_client(self._agents[0]), clock=self.clock, random=lambda: 0.5
        )
        self.webhook = Webhook(
            SETTINGS,
            PATH,
            self.house,
            self.client,
            when_told=self._told,
            language_of=lambda tenant: "es",
            now=self.now,
        )
        self._agents.append(make_agent(self.webhook.resource()))

    def _late_agent(self) -> Any:
        """The webhook's, which is made after the server that posts to it."""
        bench = self

        class Late:
            def request(self, *what: Any) -> Any:
                return bench._agents[1].request(*what)

        return Late()

    def _told(self, question: str) -> None:
        self.told.append(question)
        self.told_to(question)

    def now(self) -> float:
        """The wall clock of everybody."""
        return NOW.timestamp() + float(self.clock.seconds())

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> Running:
        running = Running(coroutine)
        self.flush()
        return running

    def flush(self) -> None:
        for _ in range(8):
            for agent in self._agents:
                agent.flush()

    def pass_time(self, seconds: float, step: float = 0.25) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.flush()

    def post(self, body: bytes, signature: str | None = None) -> int:
        """Have Meta post a body; the HTTP status that it gets."""
        status: int = self.start(self.server.post(body, signature)).result
        return status

    @property
    def last(self) -> Message:
        return self.server.messages[-1]

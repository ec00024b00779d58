"""What Prometheus is told: sums of the calls that are over, and of what happens in those inside.

Labels are bounded (`portero.console.labels`): nobody's name, number or words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from portero.config import Settings
from portero.config.settings import BUILT_IN_TOOLS
from portero.console.gauges import HouseGauges
from portero.console.house import House
from portero.console.labels import Words, name
from portero.feed import Happened
from portero.limits import FRAME_SECONDS
from portero.records import CallRecord, Quality

CALL_SECONDS: Final = (5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800)
ANSWER_SECONDS: Final = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 13)  # silence gets awkward at 2 s
TOOL_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)
JITTER_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2)
LAG_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """The figures of one daemon. `settings`: those in force, whose names labels may bear."""

    def __init__(self, house: House, settings: Callable[[], Settings]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each
        self.registry = CollectorRegistry()
        self._settings = settings
        self._reasons, self._verdicts, self._kinds = Words(), Words(), Words()
        self._make_call_metrics()
        self._make_agent_metrics()
        self._make_sound_metrics()
        self.lag = self._histogram(
            "reactor_lag_seconds", "How late the event loop came to a timer.", LAG_SECONDS
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.registry.register(HouseGauges(house, settings))
        self.forget = house.feed.subscribe(self._happened)

    def observe(self, record: CallRecord) -> None:
        """A call is over."""
        tenant = self._tenant(record.tenant)
        self._count(tenant, record.status, record.reason)
        if record.seconds:  # not one that was turned away
            self._duration.labels(tenant).observe(record.seconds)
        self._cost.labels(tenant).inc(record.cost_usd or 0.0)
        for kind, amount in record.usage.items():
            if kind == "transcribed_seconds":
                self._transcribed.inc(amount)
            else:
                self._tokens.labels(self._kinds.take(kind)).inc(amount)
        known = {*BUILT_IN_TOOLS, *self._settings().tools}
        for use in record.tools:
            tool = name(use.name, known)
            self._tools.labels(tool, self._verdicts.take(use.verdict)).inc()
            self._tool_seconds.labels(tool).observe(use.seconds)
        self._observe_sound(record.quality)

    def _count(self, tenant: str, status: object, reason: object) -> None:
        self._calls.labels(tenant, self._reasons.take(status), self._reasons.take(reason)).inc()

    def _observe_sound(self, quality: Quality) -> None:
        self._frames.labels("in").inc(quality.frames_in)
        self._frames.labels("out").inc(quality.frames_out)
        self._lost.inc(quality.lost)
        self._late.inc(quality.late)
        self._underruns.inc(quality.underruns)
        self._overflow.inc(quality.overflow_ms / 1000)
        self._silence.inc(quality.silence_filled * FRAME_SECONDS)
        self._barge_ins.inc(quality.barge_ins)
        self._reconnects.inc(quality.reconnects)
        for milliseconds, histogram in (
            (quality.jitter_ms, self._jitter),
            (quality.first_sound_ms, self._first_sound),
            (quality.response_ms, self._response),
            (quality.response_ms_max, self._response_max),
        ):
            if milliseconds is not None:
                histogram.observe(milliseconds / 1000)

    def _happened(self, happened: Happened) -> None:
        tenant = self._tenant(happened.get("tenant"))
        match happened.get("event"):
            case "begin":
                self._begun.labels(tenant).inc()
            case "refused" if not happened.get("tenant"):  # it leaves no record
                self._count(tenant, happened.get("status"), happened.get("reason"))
            case "opened":
                gates = {it.id: it.gates for it in self._settings().tenants}.get(tenant, {})
                self._openings.labels(tenant, name(happened.get("gate"), gates)).inc()
            case "guard":
                answered = "yes" if happened.get("answered") else "no"
                self._guard.labels(tenant, answered).inc()

    def _tenant(self, given: object) -> str:
        return name(given, {it.id for it in self._settings().tenants})

    def _make_call_metrics(self) -> None:
        counter, histogram = self._counter, self._histogram
        self._begun = counter("calls_begun", "Calls that were taken.", "tenant")
        self._calls = counter("calls", "Calls that are over.", "tenant", "status", "reason")
        self._duration = histogram(
            "call_duration_seconds", "How long calls took.", CALL_SECONDS, "tenant"
        )
        self._openings = counter("openings", "Gates that took an order.", "tenant", "gate")
        self._guard = counter(
            "guard_calls", "Visitors who were put through to a person.", "tenant", "answered"
        )

    def _make_agent_metrics(self) -> None:
        counter, histogram = self._counter, self._histogram
        self._cost = counter("cost_usd", "What the model has cost, in USD.", "tenant")
        self._tokens = counter("tokens", "Tokens; cached_* is a part of *_in.", "kind")
        self._transcribed = counter("transcribed_seconds", "Visitors' speech written down.")
        self._tools = counter("tool_calls", "Tools that the model called.", "tool", "verdict")
        self._tool_seconds = histogram(
            "tool_duration_seconds", "How long tools took.", TOOL_SECONDS, "tool"
        )
        self._first_sound = histogram(
            "first_sound_seconds", "From Dial to the agent's first sound.", ANSWER_SECONDS
        )
        self._response = histogram(
            "response_seconds",
            "From the end of a visitor's turn to the agent's sound: the median of each call.",
            ANSWER_SECONDS,
        )
        self._response_max = histogram(
            "response_longest_seconds", "The longest of each call.", ANSWER_SECONDS
        )
        self._barge_ins = counter("barge_ins", "Times a visitor cut the agent short.")
        self._reconnects = counter("reconnects", "Sessions opened again within a call.")

    def _make_sound_metrics(self) -> None:
        counter = self._counter
        self._frames = counter("frames", "Frames of 20 ms.", "direction")
        self._lost = counter("frames_lost", "Frames of visitors that never came.")
        self._late = counter("frames_late", "Frames of visitors that came too late.")
        self._underruns = counter("underruns", "Times the agent's voice broke off.")
        self._overflow = counter("overflow_seconds", "The agent's sound that found no room.")
        self._silence = counter("silence_filled_seconds", "Silence put where no sound came.")
        self._jitter = self._histogram(
            "jitter_seconds", "Interarrival jitter of each call (RFC 3550).", JITTER_SECONDS
        )

    def _counter(self, suffix: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"portero_{suffix}", help_text, labels, registry=self.registry)

    def _histogram(
        self, suffix: str, help_text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            f"portero_{suffix}", help_text, labels, buckets=buckets, registry=self.registry
        )

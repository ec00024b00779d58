"""The visitor's side of a session: appended sound becomes turns, on the clock of that sound."""

from __future__ import annotations

import numpy as np

from portero.simulator.conversation_script import Transcript
from portero.simulator.energy import SpeechDetector, SpeechEvent, SpeechStarted
from portero.simulator.rt_checking import Refusal
from portero.simulator.rt_config import DEFAULT_TURN_DETECTION, SEMANTIC_SILENCE_MS, SessionConfig
from portero.simulator.rt_director import Director
from portero.simulator.rt_history import History, Item
from portero.simulator.rt_link import Link
from portero.simulator.rt_responses import Responses
from portero.simulator.rt_transcripts import Transcripts
from portero.simulator.sound import (
    FORMAT_BYTES_PER_MS,
    FORMAT_RATES,
    SESSION_RATE,
    Samples,
    decode,
    resample,
)

LEAST_COMMIT_MS = 100  # reference 3.2


class Turns:
    """Counts, hears and commits what is appended.

    ``hears`` False: no turn is ever detected (chatter needs none). ``keep`` False: only counts.
    """

    def __init__(
        self,
        link: Link,
        config: SessionConfig,
        history: History,
        director: Director,
        responses: Responses,
        transcripts: Transcripts,
        *,
        hears: bool,
        keep: bool,
    ) -> None:
        self._link = link
        self._config = config
        self._history = history
        self._director = director
        self._responses = responses
        self._transcripts = transcripts
        self._hears = hears
        self._keep = keep
        self._heard: list[tuple[str, bytearray]] = []
        self._pending_ms = 0.0
        self._item_id = ""
        self._start_ms = 0
        self._idle_from_ms: float | None = None
        self.now_ms = 0.0
        self._hearing = self._hearing_wanted  # what the detector was made for
        self._detector = self._new_detector()

    @property
    def heard_pcm24(self) -> Samples:
        """All that was appended, as samples at 24 kHz."""
        parts = [
            resample(decode(bytes(audio), name), FORMAT_RATES[name], SESSION_RATE)
            for name, audio in self._heard
        ]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def reconfigured(self) -> None:
        """The session's format or turn detection may have changed."""
        if self._hearing != self._hearing_wanted:
            self._detector = self._new_detector()

    def append(self, audio: bytes) -> None:
        """More sound, in the session's input format."""
        audio_format = self._config.input_format
        if self._keep:
            if not self._heard or self._heard[-1][0] != audio_format:
                self._heard.append((audio_format, bytearray()))
            self._heard[-1][1].extend(audio)
        length_ms = len(audio) / FORMAT_BYTES_PER_MS[audio_format]
        self.now_ms += length_ms
        self._pending_ms += length_ms
        if self._detector is None:
            return
        for event in self._detector.feed(decode(audio, audio_format)):
            self._hear(event)
        self._watch_idle()

    def commit(self) -> None:
        """The client's own commit, for manual turns; raises Refusal."""
        if self._config.turn_detection is not None or self._pending_ms < LEAST_COMMIT_MS:
            raise Refusal(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{LEAST_COMMIT_MS}ms of audio, but buffer only has {self._pending_ms:.2f}ms.",
            )
        self._item_id = self._link.new_id("item")
        self._commit(self._pending_ms)

    def clear(self) -> None:
        """Forget what is not committed."""
        self._pending_ms = 0.0
        self._detector = self._new_detector()
        self._link.send("input_audio_buffer.cleared")

    def idle_after(self, audio_ms: float) -> None:
        """A response of so much sound has ended: from its last word on nobody speaks."""
        self._idle_from_ms = self.now_ms + audio_ms

    @property
    def _hearing_wanted(self) -> tuple[str, dict[str, object] | None]:
        return self._config.input_format, self._config.turn_detection

    def _new_detector(self) -> SpeechDetector | None:
        self._hearing = self._hearing_wanted
        detection = self._config.turn_detection
        if detection is None or not self._hears:
            return None
        # semantic_vad has neither threshold nor padding: those of server_vad stand in.
        server_vad = {**DEFAULT_TURN_DETECTION["server_vad"], **detection}
        silence_ms = SEMANTIC_SILENCE_MS.get(
            detection.get("eagerness", ""), server_vad["silence_duration_ms"]
        )
        return SpeechDetector(
            FORMAT_RATES[self._config.input_format],
            threshold=server_vad["threshold"],
            prefix_padding_ms=server_vad["prefix_padding_ms"],
            silence_duration_ms=silence_ms,
            now_ms=int(self.now_ms),
        )

    def _hear(self, event: SpeechEvent) -> None:
        detection = self._config.turn_detection or {}
        line = self._director.visitor_turn()
        if isinstance(event, SpeechStarted):
            self._idle_from_ms = None
            self._item_id = self._link.new_id("item")
            self._start_ms = event.audio_start_ms
            self._link.send(
                "input_audio_buffer.speech_started",
                audio_start_ms=event.audio_start_ms,
                item_id=self._item_id,
            )
            self._transcripts.speech_started(self._item_id, line.text, line.transcript)
            if detection["interrupt_response"]:
                self._responses.interrupt()
            return
        self._link.send(
            "input_audio_buffer.speech_stopped",
            audio_end_ms=event.audio_end_ms,
            item_id=self._item_id,
        )
        self._commit(event.audio_end_ms - self._start_ms)
        if detection["create_response"]:
            self._responses.create_for_turn()

    def _commit(self, audio_ms: float) -> None:
        line = self._director.visitor_turn()
        item = self._add_user_item(audio_ms)
        self._transcripts.committed(item, line.text, line.transcript)
        self._director.heard()

    def _add_user_item(self, audio_ms: float) -> Item:
        self._pending_ms = 0.0
        self._link.send(
            "input_audio_buffer.committed",
            previous_item_id=self._history.last_id,
            item_id=self._item_id,
        )
        content = {"type": "input_audio", "transcript": None}
        return self._add({"id": self._item_id, "role": "user", "content": [content]}, audio_ms)

    def _add(self, wire: dict[str, object], audio_ms: float = 0.0) -> Item:
        item = Item({"type": "message", "status": "completed", **wire}, audio_ms=audio_ms)
        self._history.add(item)
        for kind in ("conversation.item.added", "conversation.item.done"):
            previous = self._history.previous_id(item.id)
            self._link.send(kind, previous_item_id=previous, item=item.snapshot())
        return item

    def _watch_idle(self) -> None:
        timeout_ms = (self._config.turn_detection or {}).get("idle_timeout_ms")
        since = self._idle_from_ms
        if timeout_ms is None or since is None:
            return
        if self.now_ms - since < timeout_ms or self._responses.active is not None:
            return
        self._idle_from_ms = None
        self._time_out(int(since))

    def _time_out(self, start_ms: int) -> None:
        """Nobody has spoken for long (reference 4.7)."""
        self._item_id = self._link.new_id("item")
        self._link.send(
            "input_audio_buffer.timeout_triggered",
            audio_start_ms=start_ms,
            audio_end_ms=int(self.now_ms),
            item_id=self._item_id,
        )
        hint = {"type": "input_text", "text": "The user has not spoken. Follow up with them."}
        self._add({"id": self._link.new_id("item"), "role": "system", "content": [hint]})
        item = self._add_user_item(self.now_ms - start_ms)
        self._responses.create_for_turn()
        self._transcripts.committed(item, "", Transcript.NORMAL)

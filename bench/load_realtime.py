"""The Realtime server of the bench: wss, answers in 200 ms deltas, on and on, to everybody.

Lean, so that a hundred calls fit beside the phones on one core: the sound is encoded beforehand,
and nothing of what a client sends is checked (portero.simulator does that). It looks for marks in
the visitor's sound, and notes when they arrived. It ends when its input does.

Usage: load_realtime.py AUTHORITY.pem TIMELINE.npz
It writes both: the first, which a client has to trust, before it prints its port.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import random
import socket
import ssl
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import msgspec
import numpy as np
import pybase64
from kernel_time import receive, stamp_arrivals
from OpenSSL.crypto import FILETYPE_PEM
from timeline import Timeline

from portero.simulator.rt_certificate import self_made_certificate
from portero.simulator.sound import decode, encode

DELTA_SECONDS: Final = 0.2
ANSWER_DELTAS: Final = 19  # 3.8 s
PAUSE_SECONDS: Final = 0.4  # so that each answer has a first packet
DELTAS_AHEAD: Final = 2  # a server is ahead of the voice; 200 ms more than the prebuffer
SAMPLE_RATES: Final = {"audio/pcm": 24000, "audio/pcmu": 8000, "audio/pcma": 8000}
LOUD: Final = 20000  # a mark; the visitor's speech stays far below
VOICE_LEVEL: Final = 6000

WEBSOCKET_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
READ_BYTES: Final = 256 * 1024
SEND_BUFFER_BYTES: Final = 4 * 1024 * 1024
APPEND_HEAD: Final = b'{"type":"input_audio_buffer.append"'
AUDIO_KEY: Final = b'"audio"'


class Server:
    """Takes connections, in the order of the calls."""

    def __init__(self, context: ssl.SSLContext, timeline: Timeline) -> None:
        self.context = context
        self.timeline = timeline
        self.loop = asyncio.get_running_loop()
        self.dice = random.Random(1)
        self._calls = itertools.count()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._socket.setblocking(False)
        self.loop.add_reader(self._socket, self._accept)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._socket.getsockname()[1]
        return port

    def _accept(self) -> None:
        sock, _ = self._socket.accept()
        Peer(self, sock, next(self._calls))


class Peer:
    """One call's connection."""

    def __init__(self, server: Server, sock: socket.socket, call: int) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        stamp_arrivals(sock)
        self._server = server
        self._socket = sock
        self._call = call
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = server.context.wrap_bio(self._in, self._out, server_side=True)
        self._shaken = self._upgraded = False
        self._buffer = bytearray()
        self._format = "audio/pcm"
        self._marked = False
        self._talking: asyncio.Task[None] | None = None
        server.loop.add_reader(sock, self._readable)

    # -- from bytes to messages

    def _readable(self) -> None:
        try:
            data, arrived = receive(self._socket, READ_BYTES)
        except ConnectionResetError:
            data, arrived = b"", 0
        if not data:
            self._close()
            return
        self._in.write(data)
        try:
            self._decrypt()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            self._close()
            return
        self._flush()
        for opcode, payload in self._messages():
            self._received(opcode, payload, arrived)

    def _decrypt(self) -> None:
        if not self._shaken:
            self._tls.do_handshake()
            self._shaken = True
        while chunk := self._tls.read(READ_BYTES):
            self._buffer += chunk

    def _messages(self) -> Iterator[tuple[int, bytes]]:
        if not self._upgraded and not self._upgrade():
            return
        while (frame := self._frame()) is not None:
            yield frame

    def _upgrade(self) -> bool:
        head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not end:
            return False
        lines = [line.partition(b":") for line in head.split(b"\r\n")]
        key = next(
            value.strip() for name, _, value in lines if name.lower() == b"sec-websocket-key"
        )
        accept = base64.b64encode(hashlib.sha1(key + WEBSOCKET_GUID).digest())
        self._buffer[:] = rest
        self._upgraded = True
        self._write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._send({"type": "session.created", "session": {"id": f"sess_{self._call}"}})
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole message; a client masks, and ours sends none in pieces."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start], "big")
        end = start + 4 + length
        if len(buffer) < end:
            return None
        opcode, mask = buffer[0] & 0x0F, bytes(buffer[start : start + 4])
        payload = unmasked(bytes(buffer[start + 4 : end]), mask)
        del buffer[:end]
        return opcode, payload

    # -- what the client wants

    def _received(self, opcode: int, payload: bytes, arrived: int) -> None:
        if opcode == PING:
            self._write_frame(PONG, payload)
        elif opcode == CLOSE:
            self._write_frame(CLOSE, payload)
            self._close()
        elif payload.startswith(APPEND_HEAD):
            self._appended(payload, arrived)
        elif opcode == TEXT:
            self._asked(msgspec.json.decode(payload))

    def _appended(self, payload: bytes, arrived: int) -> None:
        start = payload.index(b'"', payload.index(AUDIO_KEY) + len(AUDIO_KEY)) + 1
        sound = decode(pybase64.b64decode(payload[start : payload.rindex(b'"')]), self._format)
        self._server.timeline.add("appends", self._call, arrived, len(sound))
        marked = int(sound.max(initial=0)) > LOUD
        if marked and not self._marked:
            self._server.timeline.add("marks_heard", self._call, arrived)
        self._marked = marked

    def _asked(self, event: dict[str, Any]) -> None:
        if event["type"] == "session.update":
            self._format = event["session"]["audio"]["input"]["format"]["type"]
            self._send({"type": "session.updated", "session": event["session"]})
        elif event["type"] == "response.create" and self._talking is None:
            metadata = event.get("response", {}).get("metadata")
            self._talking = self._server.loop.create_task(self._talk(metadata))

    # -- answers

    async def _talk(self, metadata: dict[str, str] | None) -> None:
        """The greeting that was asked for, then one answer after the other.

        The answers of a hundred calls do not begin together.
        """
        await asyncio.sleep(self._server.dice.uniform(0, ANSWER_DELTAS * DELTA_SECONDS))
        await self._answer(0, metadata)
        for turn in itertools.count(1):
            self._hear(turn)
            await self._answer(turn, None)

    def _hear(self, turn: int) -> None:
        item_id = f"item_u{turn}"
        for event in (
            {"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, "item_id": item_id},
            {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 1, "item_id": item_id},
            {"type": "input_audio_buffer.committed", "item_id": item_id},
            {
                "type": "conversation.item.added",
                "item": {"id": item_id, "type": "message", "role": "user", "content": []},
            },
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "item_id": item_id,
                "transcript": "Buenas tardes.",
                "usage": {"type": "duration", "seconds": 3},
            },
        ):
            self._send(event)

    async def _answer(self, turn: int, metadata: dict[str, str] | None) -> None:
        response = {"id": f"resp_{turn}", "status": "in_progress", "metadata": metadata}
        item = {"id": f"item_a{turn}", "type": "message", "role": "assistant", "content": []}
        ids = {"response_id": response["id"], "item_id": item["id"]}
        self._send({"type": "response.created", "response": response})
        self._send({"type": "response.output_item.added", "item": item, **ids})
        began = self._server.loop.time()
        for index in range(ANSWER_DELTAS):
            due = began + max(0, index + 1 - DELTAS_AHEAD) * DELTA_SECONDS
            await asyncio.sleep(due - self._server.loop.time())
            self._delta(first=index == 0, ids=ids)
        for event in (
            {"type": "response.output_audio.done", **ids},
            {"type": "response.output_audio_transcript.done", "transcript": "Bueno.", **ids},
            {"type": "response.output_item.done", "item": item, **ids},
            {"type": "response.done", "response": {**response, "status": "completed"}},
        ):
            self._send(event)
        due = began + ANSWER_DELTAS * DELTA_SECONDS + PAUSE_SECONDS
        await asyncio.sleep(due - self._server.loop.time())

    def _delta(self, *, first: bool, ids: dict[str, Any]) -> None:
        """200 ms of voice, and a word of its transcript."""
        head = msgspec.json.encode({"type": "response.output_audio.delta", **ids})
        if first:
            self._server.timeline.add("deltas", self._call, time.monotonic_ns())
        self._write_frame(TEXT, head[:-1] + b',"delta":"' + VOICE[self._format] + b'"}')
        self._send({"type": "response.output_audio_transcript.delta", "delta": "bueno ", **ids})

    # -- from messages to bytes

    def _send(self, event: dict[str, Any]) -> None:
        self._write_frame(TEXT, msgspec.json.encode(event))

    def _write_frame(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = struct.pack("!BH", 126, size) if size > 125 else struct.pack("!B", size)
        self._write(bytes((0x80 | opcode,)) + length + payload)

    def _write(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    def _flush(self) -> None:
        data = self._out.read()
        if data and self._socket.send(data) < len(data):
            raise RuntimeError("the daemon does not take its sound: SEND_BUFFER_BYTES are full")

    def _close(self) -> None:
        if self._talking is not None:
            self._talking.cancel()
        self._server.loop.remove_reader(self._socket)
        self._socket.close()


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """RFC 6455, 5.3."""
    padding = -len(payload) % 4
    words = np.frombuffer(payload + bytes(padding), np.uint32) ^ np.frombuffer(mask, np.uint32)
    return words.tobytes()[: len(payload)]


def voice(audio_format: str) -> bytes:
    """A delta's worth of noise, in base64."""
    count = round(SAMPLE_RATES[audio_format] * DELTA_SECONDS)
    noise = np.random.default_rng(1).integers(-VOICE_LEVEL, VOICE_LEVEL, count, np.int16)
    return pybase64.b64encode(encode(noise, audio_format))


VOICE: Final = {audio_format: voice(audio_format) for audio_format in SAMPLE_RATES}


def self_made_context(authority: Path) -> ssl.SSLContext:
    """A new certificate; ``authority`` is written, for who is to trust it."""
    certificate = self_made_certificate()
    authority.write_bytes(certificate.dumpPEM())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile() as file:
        file.write(certificate.privateKey.dump(FILETYPE_PEM) + certificate.dumpPEM())
        file.flush()
        context.load_cert_chain(file.name)
    return context


async def main() -> None:
    """Serve until the input ends."""
    timeline = Timeline("appends", "marks_heard", "deltas")
    server = Server(self_made_context(Path(sys.argv[1])), timeline)
    print(server.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    timeline.save(Path(sys.argv[2]))


if __name__ == "__main__":
    asyncio.run(main())

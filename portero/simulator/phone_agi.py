"""AGI as Asterisk speaks it: the environment, how it reads a command, its replies (pure).

Source: ``reference/agi-ami-starpy.md`` 1.6 and what Asterisk 22.10.1 sent; ``agi show commands``
for which commands a dead channel still answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from portero.simulator.phone_channel import Channel

WORDS_MAX: Final = 128

UNKNOWN: Final = "510 Invalid or unknown command"
DEAD: Final = "511 Command Not Permitted on a dead channel or intercept routine"
HANGUP_LINE: Final = "HANGUP"


def split_words(line: str) -> list[str]:
    """The words of a command: space and tab part them, ``"`` quotes, ``\\`` takes what follows.

    A carriage return is part of a word, as it is to Asterisk.
    """
    words: list[str] = []
    word: list[str] = []
    quoted = escaped = inside = False
    for character in line:
        if escaped:
            word.append(character)
            escaped = False
        elif character == "\\":
            escaped = inside = True
        elif character == '"':
            quoted = not quoted
            inside = True
        elif character in " \t" and not quoted:
            if inside:
                words.append("".join(word))
            word, inside = [], False
        else:
            word.append(character)
            inside = True
    if inside:
        words.append("".join(word))
    return words[:WORDS_MAX]


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: its words, how many arguments it takes, whether a dead channel answers it."""

    words: tuple[str, ...]
    fewest: int = 0
    most: int = 0
    dead: bool = False
    usage: str = "See 'agi show commands'."

    def usage_error(self) -> str:
        """The reply to a wrong number of arguments, of several lines."""
        return (
            "520-Invalid command syntax.  Proper usage follows:\n"
            f"{self.usage}\n"
            "520 End of proper usage."
        )


VERBS: Final = tuple(
    sorted(
        (
            Verb(("answer",)),
            Verb(("channel", "status"), 0, 1),
            Verb(("exec",), 1, 2, dead=True),
            Verb(("get", "data"), 1, 3),
            Verb(("get", "full", "variable"), 1, 2, dead=True),
            Verb(("get", "variable"), 1, 1, dead=True),
            Verb(("hangup",), 0, 1),
            Verb(("noop",), 0, WORDS_MAX, dead=True),
            Verb(("set", "autohangup"), 1, 1),
            Verb(("set", "context"), 1, 1),
            Verb(("set", "extension"), 1, 1),
            Verb(("set", "priority"), 1, 1),
            Verb(
                ("set", "variable"),
                2,
                2,
                dead=True,
                usage="Sets a variable to the current channel.",
            ),
            Verb(("stream", "file"), 2, 3),
            Verb(("verbose",), 1, 2, dead=True),
            Verb(("wait", "for", "digit"), 1, 1),
        ),
        key=lambda verb: -len(verb.words),
    )
)


def find_verb(words: list[str]) -> Verb | None:
    """The command that these words begin with, in any case."""
    lower = tuple(word.lower() for word in words)
    return next((verb for verb in VERBS if lower[: len(verb.words)] == verb.words), None)


def result(value: int | str, text: str | None = None) -> str:
    """``200 result=…``, with a value in parentheses where there is one."""
    return f"200 result={value}" + ("" if text is None else f" ({text})")


def expand(expression: str, value: Callable[[str], str | None]) -> str:
    """``${NAME}`` and ``${URIENCODE(…)}`` replaced; what a value holds is not read again."""
    done: list[str] = []
    while (start := expression.find("${")) >= 0:
        end = _closing_brace(expression, start + 2)
        name = expand(expression[start + 2 : end], value)
        if name.startswith("URIENCODE(") and name.endswith(")"):
            replaced = quote(name[len("URIENCODE(") : -1], safe="")
        else:
            replaced = value(name) or ""
        done += [expression[:start], replaced]
        expression = expression[end + 1 :]
    return "".join([*done, expression])


def _closing_brace(expression: str, start: int) -> int:
    depth = 1
    for index in range(start, len(expression)):
        depth += {"{": 1, "}": -1}.get(expression[index], 0)
        if not depth:
            return index
    return len(expression)


@dataclass(frozen=True, slots=True)
class AgiUrl:
    """``agi://HOST:PORT/path?query`` and the arguments after it, as ``AGI()`` has them."""

    host: str
    port: int
    script: str = "portero"
    arguments: tuple[str, ...] = ()

    @property
    def request(self) -> str:
        """The URL in one piece."""
        return f"agi://{self.host}:{self.port}/{self.script}"


def environment(channel: Channel, url: AgiUrl, *, dnid: str = "") -> str:
    """What Asterisk sends first, ended by an empty line."""
    fields = [
        ("agi_network", "yes"),
        ("agi_network_script", url.script),
        ("agi_request", url.request),
        ("agi_channel", channel.name),
        ("agi_language", channel.language),
        ("agi_type", channel.name.partition("/")[0]),
        ("agi_uniqueid", channel.unique_id),
        ("agi_version", "22.10.1"),
        ("agi_callerid", channel.caller_number or "unknown"),
        ("agi_calleridname", channel.caller_name or "unknown"),
        ("agi_callingpres", "0" if channel.caller_number else "67"),
        ("agi_callingani2", "0"),
        ("agi_callington", "0"),
        ("agi_callingtns", "0"),
        ("agi_dnid", dnid or "unknown"),
        ("agi_rdnis", "unknown"),
        ("agi_context", channel.context),
        ("agi_extension", channel.extension),
        ("agi_priority", str(channel.priority)),
        ("agi_enhanced", "0.0"),
        ("agi_accountcode", ""),
        ("agi_threadid", "140166827230912"),
        *((f"agi_arg_{number}", text) for number, text in enumerate(url.arguments, 1)),
    ]
    return "".join(f"{name}: {value}\n" for name, value in fields) + "\n"

"""What every test of a finding looks at."""

from __future__ import annotations

from portero.doctor.findings import Finding, Level
from portero.messages import text

GREEN, YELLOW, RED = Level.GREEN, Level.YELLOW, Level.RED


def told(findings: list[Finding], *, secret: str = "") -> list[tuple[str, Level]]:
    """Steps and levels; on the way every text is written in both languages, without the secret.

    What is wrong has a cure, what is not has none.
    """
    for finding in findings:
        for language in ("es", "en"):
            said = text(finding.word, language, **finding.values)
            if finding.cure:
                said += text(finding.cure, language, **finding.values)
            assert not secret or secret not in said
        assert not secret or secret not in repr(finding)
        assert bool(finding.cure) == (finding.level in (YELLOW, RED))
    return [(finding.step, finding.level) for finding in findings]

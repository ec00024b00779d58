import pytest_twisted, yaml
from pathlib import Path
from twisted.internet import reactor
from portero.simulator.realtime import RealtimeServer
from portero.simulator.script_loader import load_script
from .daemon import settings, start_daemon
from .visit import originate_visit


@pytest_twisted.ensureDeferred
async def test_first(asterisk, ami, tmp_path):
    server = RealtimeServer(
        reactor, script=load_script(Path("/work/main/portero/simulator/scripts/to_the_guard.yaml"))
    )
    server.startService()
    d = await start_daemon(settings(asterisk, tmp_path, server.url), tmp_path)
    await d.logged("AMI: logged in")
    import portero.simulator.voice

    pcm = (
        await portero.simulator.voice.Voice.in_threads_of(reactor).say(
            "Quiero hablar con una persona."
        )
        if False
        else None
    )
    v = await originate_visit(asterisk, ami, "1000@from-intercom", seconds=20)
    try:
        m = await d.logged(r"end: .*", patience=25)
    finally:
        print(d.log)
        for s in server.sessions:
            print(s.violations, s.heard_ms)
        await d.stop()
        await server.stopService()
        await v.hang_up(ami)
    print(asterisk.complaints())

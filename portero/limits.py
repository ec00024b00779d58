"""Every bound of portero, with its unit and where the number comes from."""

from __future__ import annotations

from typing import Final

# The frame: what a phone sends and what the beat of portero is made of (RFC 3551, 4.2).
FRAME_MS: Final = 20
FRAME_SECONDS: Final = FRAME_MS / 1000

# The doorman's tools: what the model may send and what it is told (both also cost tokens).
TOOL_ARGUMENTS_CHARS: Final = 4096  # ten times the longest sensible call
TOOL_OUTPUT_CHARS: Final = 4096  # about 1,000 tokens, read before the agent may speak
TOOL_ITEMS: Final = 5  # more names than this nobody reads aloud
TOOL_TEXT_CHARS: Final = 200  # a single field of an answer
TOOL_CALLS: Final = 60  # in one call; a long visit has some fifteen
PROGRESS_SECONDS: Final = 3.0  # a tool that takes longer: people ask "hello?" after 4 s of silence
WORDS_SECONDS: Final = 2.0  # a transcription takes 1 s; a visitor waits for a gate that long
TOOL_CALLS_WAITING: Final = 16  # a response of the model has one to three
ALARM_SECONDS: Final = 10.0  # for the address that a duress word is told to
OPENINGS_COUNTED_SECONDS: Final = 3600.0  # `per_hour` and `per_caller` (config/rules.py)
GUESSES_COUNTED_SECONDS: Final = 3600.0  # `per_caller` of guesses (config/keypad.py)
RESIDENTS_ASKED: Final = 400  # as find_resident: backends give 100 to who asks for no number
PLATES_JUDGED: Final = 5  # cars at a gate at one time; each costs a question to the Backend API

# The Backend API: a visitor waits on the phone for each of these.
BACKEND_SECONDS: Final = 8.0  # one request with its retries; silence gets awkward at 10 s
BACKEND_TRIES: Final = 3  # GET only
BACKEND_RETRY_SECONDS: Final = 0.25  # doubles with each try
BACKEND_KEEPALIVE_SECONDS: Final = 4  # uvicorn, under the first backend, hangs up after 5
BACKEND_ANSWER_BYTES: Final = 256 * 1024  # 100 access-log rows are about 60 kB

# The registry (embedded backend).
REGISTRY_BODY_BYTES: Final = 64 * 1024  # an access-log entry is below 2 kB
REGISTRY_FIELD_CHARS: Final = 500  # any text of a request; the columns are as wide
REGISTRY_ROWS: Final = 100  # rows of one answer, as the first backend's default
REGISTRY_CANDIDATES: Final = 50  # two that agree already mean "ask for more"
REGISTRY_WAITING: Final = 64  # jobs queued for the database before "busy" is answered
REGISTRY_CONNECT_SECONDS: Final = 3.0  # a PostgreSQL server in the same building takes 5 ms
REGISTRY_STATEMENT_SECONDS: Final = 4.0  # less than a visitor waits (BACKEND_SECONDS)
REGISTRY_CUT_SECONDS: Final = 6.0  # one transaction; a server that answers has refused by then
REGISTRY_LONG_SECONDS: Final = 600.0  # bringing tables up to date, reading the whole ledger
PRUNE_SECONDS: Final = 24 * 3600  # what `registry.keep_days` counts is days
REGISTRY_WAL_SECONDS: Final = 0.05  # between two tries for the journal of a new SQLite file
REGISTRY_BUSY_SECONDS: Final = 5.0  # wait for another process (portero registry import)
REGISTRY_COUNTED_SECONDS: Final = 24 * 3600.0  # guesses, openings, wrong PINs: none counts longer
LEDGER_CUT_ROWS: Final = 20_000  # forgotten in one transaction: a second
LEDGER_FLAWS: Final = 100  # shown of one ledger; more says nothing new
PLATES_MINUTES: Final = 24 * 60  # oldest plate that may be asked for
AUTHORIZATION_USES_MAX: Final = 1_000  # who comes more often needs no count
IMPORT_FILE_BYTES: Final = 8 * 1024 * 1024  # 50,000 rows of 160 bytes
IMPORT_ROWS: Final = 50_000  # the largest communities have some 10,000 units

# Rehearsals (portero.rehearsal).
REHEARSAL_BYTES: Final = 256 * 1024  # a hundred visits
REHEARSAL_STEPS: Final = 100  # one visit; a long one has twenty
REHEARSAL_ANSWER_SECONDS: Final = 8.0  # a resident who has the phone in the hand
REHEARSAL_LATE_SECONDS: Final = 1_200.0  # ASK_STEPS_MAX of ASK_SECONDS_MAX wait 1,080
REHEARSAL_TOOL_SECONDS: Final = 120.0  # no tool but a question to people takes longer

# Settings (portero.config).
PORT_MAX: Final = 65535  # RFC 768: a port has 16 bits
MAX_CALLS: Final = 500  # five times the load that bench/ measures on one core (DESIGN.md)
# A Realtime session lives 60 min and cannot be resumed (openai-realtime.md 1.3).
MAX_CALL_SECONDS: Final = 3600
MIN_CALL_SECONDS: Final = 10  # shorter than a greeting is a mistake of units
SAMPLE_MAX: Final = 32767  # loudest sample of signed 16 bit sound: the noise gate's end
PREBUFFER_FRAMES_MAX: Final = 50  # 1 s before the first word: more is a visitor left in silence
QUEUE_FRAMES_MIN: Final = 50  # 1 s: the server answers in bursts far faster than it is played
QUEUE_FRAMES_MAX: Final = 15_000  # 5 min of speech, 14 MB of 24 kHz sound, for one call
JITTER_MS_MAX: Final = 500  # past it two people talk over each other (ITU-T G.114: 400 ms)
VAD_PADDING_MS_MAX: Final = 5000  # the API only asks for >= 0 (openai-realtime.md 6)
VAD_SILENCE_MS_MAX: Final = 10_000  # likewise; longer leaves the visitor in silence
VAD_IDLE_MS_MIN: Final = 5000  # openai-realtime.md 6
VAD_IDLE_MS_MAX: Final = 30_000  # openai-realtime.md 6
SPEED_MIN: Final = 0.25  # openai-realtime.md 2.4
SPEED_MAX: Final = 1.5  # openai-realtime.md 2.4
OUTPUT_TOKENS_MAX: Final = 4096  # openai-realtime.md 2.4
DOORS_MAX: Final = 64  # doors of one controller; door stations have 1 to 4
TIMEOUT_SECONDS_MAX: Final = 60  # nobody at a gate waits a minute for an answer
RING_SECONDS_MIN: Final = 5  # one ring of a phone is 5 to 6 s
RING_SECONDS_MAX: Final = 120
CONFIG_BYTES_MAX: Final = 256 * 1024  # a settings file is some KB; a log or a disk image is not
CONFIG_DEPTH_MAX: Final = 32  # the settings nest 6 deep, a tool's JSON Schema a little deeper
CONFIG_NODES_MAX: Final = 20_000  # keys and values, aliases counted each time they are used
SECRET_BYTES_MAX: Final = 16_384  # a key, a token, at most a certificate chain

TONE_MS_MIN: Final = 50  # RFC 4733, 2.5.1.3: shorter is no digit; gates-and-notices.md 2 says 120
TONE_MS_MAX: Final = 1000  # a longer tone is a person leaning on a key
CONFIRM_SECONDS_MAX: Final = 20  # a leaf that has not moved by then is stuck
CAMERA_SECONDS_MIN: Final = 2  # gates-and-notices.md 1.5: a device is not asked all the time
CAMERA_SECONDS_MAX: Final = 60  # older plates prove nothing
EVIDENCE_SECONDS_MAX: Final = 24 * 3600  # what was proved yesterday proves nothing today
OPENINGS_MAX: Final = 1000  # of one gate in an hour: one every 3.6 s
COOLDOWN_SECONDS_MAX: Final = 600  # ten minutes at a shut gate is a broken gate
CONTACTS_MAX: Final = 5  # grown-ups of a household who answer a phone
ASK_SECONDS_MIN: Final = 10  # shorter than two rings of a phone
ASK_SECONDS_MAX: Final = 180  # nobody waits at a gate for longer
ASK_STEPS_MAX: Final = 6  # with the shortest waits, a minute in all
PIN_ATTEMPTS_MAX: Final = 10  # a PIN of four digits falls to 10,000
LOCKOUT_SECONDS_MIN: Final = 60  # below it, 4 digits are tried in a week
PIN_PAUSE_SECONDS_MAX: Final = 30  # a slow finger
RECONNECTS_MAX: Final = 5  # openai-realtime.md 1.4: the SDKs' own number
GUESSES_MAX: Final = 1000  # a number that switches the counting off in all but name
DURESS_WORD_LETTERS_MIN: Final = 4  # shorter ones are said, or misheard, all day
DURESS_WORDS_MAX: Final = 10  # more than anybody remembers

# PINs and keys (portero.registry.pins, portero.doorman.keys).
# argon2id: the first set of the OWASP Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane); one
# check takes 23 ms on one core of the build machine.
PIN_MEMORY_KIB: Final = 19 * 1024
PIN_PASSES: Final = 2
PIN_LANES: Final = 1
PINS_TRIED: Final = 30  # with one typed PIN: 0.7 s of the registry's thread
PINS_TRIED_MIN: Final = 4  # a unit with fewer takes as long, so that time tells nothing
PINS_KEPT: Final = 5000  # of one tenant, that can be typed now or later: one for each unit
PIN_DIGITS_MIN: Final = 4
PIN_DIGITS_MAX: Final = 12  # longer ones nobody types without a mistake
PIN_DIGITS_MADE: Final = 6  # what portero makes up: a million, and still read out in one breath
PIN_LOCKED_CALLERS: Final = 10  # intercoms of a large community; who has more numbers is guessing
KEYS_MAX: Final = 24  # unit, * and the longest PIN
KEY_TWICE_SECONDS: Final = 0.1  # a finger taps at most 8 times a second
KEEP_DAYS_MIN: Final = 30  # a dispute is brought within weeks
KEEP_DAYS_MAX: Final = 3650  # ten years

# Gate controllers and cameras (portero.doorman; gates-and-notices.md 1 and 2).
DEVICE_ANSWER_BYTES: Final = 256 * 1024  # an hour of plates; all else is below 10 kB
DEVICE_REFUSAL_BYTES: Final = 16 * 1024  # the body of a 401: some XML or a login page
DEVICE_KEEPALIVE_SECONDS: Final = 2  # the 401 and its answer, an order and a first look
DEVICE_LOCK_SECONDS: Final = 1_800.0  # 1.1: an illegal login lock, unless the device says more
DEVICE_LOCK_SECONDS_MAX: Final = 7_200.0  # whatever it says: the gate is gone for that long
DEVICE_BUSY_SECONDS: Final = 0.7  # 1.6: one retry after 0.5 to 1 s
DEVICE_CAPABILITIES_SECONDS: Final = 1.5  # before the first order: it need not know
DEVICE_FIRST_LOOK_SECONDS: Final = 0.5  # 1.5: after an order, at 0.5 s and at 2 s
DEVICE_LOOK_SECONDS: Final = 2.0  # and a barrier, which takes 2 to 6 s, every 2 s
PLATE_AGE_SECONDS: Final = 15.0  # 1.7: an older plate is that of another car
PLATE_CHARS: Final = 16  # 4: 8 at most; the rest is what a camera makes of a bumper
PLATE_SUFFIX_CHARS: Final = 3  # 4: people often give only the last 3 or 4
SPOKEN_CHARS: Final = 300  # a plate of 8, each letter with a word, is some 120
SPELLINGS: Final = 16  # readings of one spoken plate: four doubts; more is noise
PLATES_KEPT: Final = 500  # of one camera: a car each 3 s for 25 min
CAMERA_RETRY_SECONDS_MAX: Final = 60.0  # a camera that is away
CAMERA_CLOCK_SECONDS: Final = 600.0  # a drift of 1 s in ten minutes is a broken clock
CAMERA_PART_BYTES: Final = 512 * 1024  # a part of the stream: XML, or a picture of 200 kB
CAMERA_SILENCE_SECONDS: Final = 30.0  # 1.7: three heartbeats, of 10 s [k]
DTMF_FIRST_SECONDS: Final = 0.4  # 2: the first digit 300 to 500 ms after the answer

# Residents who are asked (portero.doorman.asking, whatsapp, webhook; gates-and-notices.md 3).
ASK_DELIVERED_SECONDS: Final = 12.0  # 3.2: sent and not delivered in 10 to 15 s: the phone is off
ASK_PROGRESS_SECONDS: Final = 10.0  # silence gets awkward then
ASK_POLL_SECONDS: Final = 1.0  # answers that another daemon was told of
ASK_TALK_SECONDS: Final = 300.0  # a resident who talks to the visitor: then somebody forgot
ASKED_IN_VAIN: Final = 6  # without a yes, by all calls: more wears a resident down
ASKED_IN_VAIN_SECONDS: Final = 3600.0  # as guesses are counted
ASKS_PER_CALL: Final = 4  # a name misheard, another resident; more is pestering people
WHATSAPP_SECONDS: Final = 12.0  # one message with its retries; then the next way is taken
WHATSAPP_TRIES: Final = 3  # 3.1: 2 to 3 for what passes
WHATSAPP_RETRY_SECONDS: Final = 0.5  # doubles with each try, with jitter
WHATSAPP_PAIR_SECONDS: Final = 6.0  # 3.1: one message to one person in 6 s (131056)
WHATSAPP_STOP_SECONDS: Final = 300.0  # a token or account that is refused is left alone so long
WHATSAPP_ANSWER_BYTES: Final = 64 * 1024  # an answer is below 1 kB
WHATSAPP_PARAMETER_CHARS: Final = 60  # of the body's 1024; longer is no name but a message
WEBHOOK_BODY_BYTES: Final = 3 * 1024 * 1024  # Meta's largest; a tap is below 2 kB
WEBHOOK_CONNECTIONS: Final = 128  # twice WEBHOOK_WAITING: those that bring a body, or its 503
WEBHOOK_WAITING: Final = 64  # bodies being worked off; then 503, and WhatsApp tells again
WEBHOOK_KEPT_SECONDS: Final = 8 * 24 * 3600.0  # 3.2: repeats come for up to 7 days
WEBHOOK_CLOCK_SECONDS: Final = 5.0  # Meta's clock against ours, and its whole seconds
WEBHOOK_ID_CHARS: Final = 400  # a wamid has some 60; with a status it must fit the column

# A call (portero.call).
NOTICE_CHARS: Final = 400  # half a minute of speech, in which nobody can say what they came for
DIAL_SECONDS: Final = 10  # a media leg on the same host is up in 20 ms (asterisk.md)
LEG_SECONDS: Final = 5.0  # from Dial to knowing where Asterisk listens: 0.5 ms when all is well
LEG_GRACE_SECONDS: Final = 60  # Asterisk ends a leg this long after we should have
LAST_WORD_SECONDS: Final = 30.0  # a goodbye or an announcement: nobody says more
FIRST_SOUND_SECONDS: Final = 6.0  # from the leg's start to the greeting; 1 s when all is well
AGENT_AWAY_SECONDS: Final = 1.5  # of silence while the session is opened again; then a soft tone
AGENT_SILENCE_SECONDS: Final = 12.0  # a tool answers within 8; then people hang up
TURN_SECONDS: Final = 60.0  # one turn of a visitor; more is an engine that counts as speech
ECHO_TONE_SECONDS: Final = 4.0  # after 3 s of nothing: [portero-doctor] plays it from 5 s on
ECHO_CALL_SECONDS: Final = 15.0  # chirp and tone, 7 s, and somebody who makes the call by hand
ECHO_LISTEN_SECONDS: Final = 1.0  # after the last of the sound: more is no conversation (G.114)
STATUS_SECONDS: Final = 1.0  # what `systemctl status` shows may be that old
DRAIN_SECONDS_MAX: Final = 600  # an upgrade of a package that waits longer is stopped by people
STOP_SECONDS: Final = 5.0  # visitors leave within one AMI round trip; systemd waits 90
SOUND_FIGURES_SECONDS: Final = 5.0  # DEBUG=true: "every few seconds" (DESIGN.md)
SPENT_SECONDS: Final = 1.0  # to know what today has cost; the registry answers in 2 ms
RECORDS_WAITING: Final = 500  # for a registry that is away: a community's morning; 5 kB each
RECORD_LINES: Final = 2_000  # of one transcript: an hour in which somebody speaks every 2 s
RECORD_TEXT_CHARS: Final = 2_000  # one of them: TURN_SECONDS of fast speech are some 1,200

# What Asterisk plays, and calls that portero makes itself (portero.call).
PROMPT_NAME_CHARS: Final = 40  # a full Mexican name; nobody listens to more on a ringing phone
RESIDENT_MENU_ROUNDS: Final = 2  # the menu, and once more; a voicemail hears both and presses none
RESIDENT_KEY_SECONDS: Final = 5.0  # after each: to take the phone from the ear and press
RESIDENT_HANGUP_SECONDS: Final = 1.0  # a bridge takes some ms to be made
TALK_SECONDS: Final = 180.0  # visitor and resident; a gate is no place for more
ALERT_ROUNDS: Final = 3  # a guard who picks up late, or is spoken to meanwhile
ALERT_RING_SECONDS: Final = 60.0  # nobody at the gate waits for it
ORIGINATED_SECONDS: Final = 60.0  # our half of a call whose dialplan does the rest
RESIDENT_STRAY_SECONDS: Final = 10.0  # until Asterisk tells of a channel that it was asked for
FALLBACK_KEY_SECONDS: Final = 4.0  # after a lone 0: a PIN may begin with it

# The voice of the stand-ins: how many lines are kept (a script has some twenty, so it is for a
# few scripts; a line is ~150 kB), and the longest pause inside a line, shorter than the shortest
# silence_duration_ms that OpenAI's models were seen to use, 200 ms (openai-realtime.md, 6).
VOICE_CACHE_LINES: Final = 256
VOICE_PAUSE_MS: Final = 150

# The conversation (portero.realtime).
REALTIME_CONNECT_SECONDS: Final = 10.0  # TCP, TLS and upgrade (openai-realtime.md 1.3)
REALTIME_PING_SECONDS: Final = 20.0  # ping after, and pong within (openai-realtime.md 1.3)
REALTIME_CLOSE_SECONDS: Final = 2.0  # for the server's part of closing; then the socket is cut
# Beyond what the transport holds (64 KiB): 4 s of base64 audio/pcm. Later sound is no conversation.
REALTIME_UNSENT_BYTES: Final = 256 * 1024
REALTIME_EVENT_BYTES: Final = 1024 * 1024  # the largest, a session with its tools, is some 100 kB
USAGE_COUNT: Final = 1_000_000  # tokens of a response; the largest context is 128,000 (1.3)
REALTIME_RESPONSES_WAITING: Final = 4  # more to say at once than this is a fault of ours
REALTIME_LINES_WAITING: Final = 8  # lines held back for a late transcription: 4 turns
REALTIME_RECONNECT_SECONDS: Final = 6.0  # then people hang up; the visitor goes to the guard
REALTIME_BACKOFF_SECONDS: Final = 0.5  # before the second try, doubling (openai-realtime.md 1.4)
RATE_LIMIT_SECONDS: Final = 1.0  # before a second try, where the server does not say
RATE_LIMIT_SECONDS_MAX: Final = 4.0  # who is told to wait for longer goes to the guard
REALTIME_SETTLED_SECONDS: Final = 10.0  # a session that breaks sooner is the same failure still
REALTIME_SESSION_SECONDS: Final = 50 * 60 + 120.0  # where the server does not say (1.3: 60 min)
ROLLOVER_SECONDS: Final = 120.0  # before a session's end the next one is looked for
ROLLOVER_LAST_SECONDS: Final = 20.0  # and now at the latest: ten for the server, ten to spare
ROLLOVER_LOOK_SECONDS: Final = 0.5  # for a quiet moment: a pause between two turns is longer
ROLLOVER_AGAIN_SECONDS: Final = 10.0  # after one that failed: some ten tries
REALTIME_REPLAY_ITEMS: Final = 60  # told to a new session: some ten minutes at a gate
REALTIME_REPLAY_CHARACTERS: Final = 12_000  # 3,000 tokens; a session has 28,000 (1.3)
REALTIME_CALL_ID: Final = 32  # characters of a call's id (openai-realtime.md 3.3)

# Sound (portero.media).
# The tone of a gap: 330 Hz is half of the lowest frequency of a key (ITU-T Q.23), -27 dBFS at its
# peak is a voice in the background, and every 2 s says that somebody is still there.
HOLD_TONE_HERTZ: Final = 330
HOLD_TONE_PEAK: Final = 1_500
HOLD_TONE_MS: Final = 240
HOLD_CYCLE_MS: Final = 2_000
# A beat that comes late (a busy machine) sends and takes what it owes, up to 200 ms: more in one
# go is not played by a phone's own jitter buffer.
CATCH_UP_FRAMES: Final = 10
# A socket is drained once for each beat: 64 datagrams are 1.3 s of sound, so more is a flood.
DATAGRAMS_PER_BEAT: Final = 64
DATAGRAM_BYTES: Final = 2048  # the largest leg, slin48, sends 1932 (asterisk.md)
# Reordering: a packet this far ahead (1 s) or behind (2 s; RFC 3550, A.1, MAX_MISORDER) is a stray
# or the start of another stream.
JITTER_AHEAD_PACKETS: Final = 50
JITTER_BEHIND_PACKETS: Final = 100
# A packet whose time on the way differs so much from the one before is the start of another count
# of time (a transfer in Asterisk, a clock that was set), not jitter.
TRANSIT_STEP_SECONDS: Final = 1.0
# The least that may wait, whatever media.jitter_ms says: a packet that comes just before or just
# after the beat makes one beat find two packets.
JITTER_MIN_FRAMES: Final = 2
# The visitor's sound may run ahead of our clock by as much as a late beat owes: then it waits.
AHEAD_FRAMES: Final = CATCH_UP_FRAMES
GATE_HOLD_FRAMES: Final = 15  # 300 ms: a pause between syllables is shorter
AUDIOSOCKET_PAYLOAD_BYTES: Final = 9600  # 200 ms of slin24; Asterisk sends 20 ms (asterisk.md)
AUDIOSOCKET_STRANGERS: Final = 32  # connections that have not said their UUID yet
AUDIOSOCKET_UUID_SECONDS: Final = 5.0  # Asterisk says it at once
AUDIOSOCKET_CLOSE_SECONDS: Final = 2.0  # then a peer that does not take our last bytes is cut off

# AGI (portero.asterisk; agi-ami-starpy.md 1.6).
AGI_COMMAND_BYTES: Final = 2046  # a whole line, safe on every branch of Asterisk (1.6)
AGI_QUEUED_COMMANDS: Final = 100  # waiting behind the one in flight; a call has a handful
AGI_SESSIONS: Final = 2 * MAX_CALLS  # also those that are about to be told "no room"
AGI_ENVIRONMENT_BYTES: Final = 65_536  # 25 lines, and arguments that a 4 KB line of dialplan holds
AGI_ENVIRONMENT_KEYS: Final = 256  # about 25, and at most 128 arguments
AGI_REPLY_BYTES: Final = 65_536  # a variable's value; a usage text is below 2 kB
AGI_LOGGED_BYTES: Final = 200  # of a line that was not understood (1.10 point 4)
AGI_ENVIRONMENT_SECONDS: Final = 5.0  # 1.10 point 6; Asterisk writes it at once
AGI_COMMAND_SECONDS: Final = 10.0  # what Asterisk does by itself takes 1 ms, ANSWER 500 ms
AGI_LAST_WORD_SECONDS: Final = 2.0  # to set PORTERO_STATUS after a failure
AGI_CLOSE_SECONDS: Final = 2.0  # Asterisk closes its side at once

# AMI (portero.asterisk; agi-ami-starpy.md 1.6).
AMI_ACTION_BYTES: Final = 1_022  # one line out, content only (1.6)
AMI_ACTION_HEADERS: Final = 128  # AST_MAX_MANHEADERS (1.6)
AMI_MESSAGE_BYTES: Final = 1024 * 1024  # all lines of a message: the output of a long command
AMI_ACTIONS_IN_FLIGHT: Final = 4 * MAX_CALLS  # a call has one or two at a time
AMI_RESPONSE_SECONDS: Final = 10.0  # a refused login sleeps 1 s, all else is 1 ms
AMI_LIST_SECONDS: Final = 30.0  # a whole list of events
AMI_RING_SECONDS: Final = 30.0  # of an Originate without a timeout (Asterisk's default)
AMI_LOGIN_SECONDS: Final = 20.0  # from TCP to login; Asterisk hangs up after 30 s
AMI_LOGOFF_SECONDS: Final = 2.0  # for the goodbye, then for the connection to close
AMI_PING_SECONDS: Final = 30.0  # 1.10 point 6
AMI_PINGS_MISSED: Final = 2  # 1.10 point 6
AMI_LISTED_EVENTS: Final = 10_000  # ten times the channels of a large PBX
AMI_RETRY_SECONDS: Final = 1.0  # Asterisk restarts in 4 s; doubles with each try
AMI_RETRY_SECONDS_MAX: Final = 60.0
AMI_REFUSED_SECONDS: Final = 120.0  # a wrong secret: fail2ban counts tries (freepbx.md 3)
AMI_REFUSED_SECONDS_MAX: Final = 1_800.0
AMI_VERSION_MIN: Final = 7  # Asterisk 18's: the oldest that is tested (DESIGN.md)

# The console (portero.console): asked by a person or by Prometheus, seldom and briefly.
CONSOLE_LISTED: Final = 1_000  # calls that are over, in one answer: a community's month
CONSOLE_READERS: Final = 16  # of /v1/events at one time; a terminal of an operator each
CONSOLE_HEARTBEAT_SECONDS: Final = 10.0  # so that who reads knows that the daemon lives
CONSOLE_LINES_WAITING: Final = 1_000  # for one reader that does not read: 100 talking calls, 10 s
CONSOLE_CONNECTIONS: Final = 32  # to /health and /metrics: a Prometheus or two, a load balancer
HTTP_REQUEST_SECONDS: Final = 10.0  # scrape_timeout of Prometheus; a question takes 10 ms
CONTROL_CONNECTIONS: Final = 64  # CONSOLE_READERS, and commands; the unit gives 8,192 files
CONTROL_LOOK_SECONDS: Final = 10.0  # whether its file is still there: as a status in the unit
LOG_MESSAGE_BYTES: Final = 48 * 1024  # LineMax= of journald.conf(5); with room below a datagram's
JOURNAL_SECONDS: Final = 0.02  # that a log may keep the sound waiting: one frame
SOCKET_PATH_BYTES: Final = 107  # unix(7): sun_path has 108, and a NUL
METRIC_WORDS: Final = 64  # of one label, such as reasons: portero has some thirty; each is a series
METRIC_WORD_CHARS: Final = 40
REACTOR_LAG_SECONDS: Final = 0.25  # between two looks: a late beat is heard after 20 ms

# The doctor's looks at servers and at this machine (portero.doctor).
DOCTOR_REACH_SECONDS: Final = 5.0  # name, TCP and TLS: some 300 ms across an ocean
DOCTOR_HEAD_BYTES: Final = 16 * 1024  # the head of an HTTP answer; common servers send 8 KiB
DOCTOR_CLOCK_YELLOW_SECONDS: Final = 30.0  # NTP keeps within 1 s; plates are judged within 15
DOCTOR_CLOCK_RED_SECONDS: Final = 300.0  # the tolerance of Kerberos and of most signed requests
DOCTOR_SESSION_SECONDS: Final = 20.0  # a session and its greeting; 3 to 5 s when all is well
DOCTOR_SOUND_GREEN_SECONDS: Final = 1.5  # from the first byte; people take longer for a pause
DOCTOR_SOUND_YELLOW_SECONDS: Final = 4.0  # then people say "hello?"; FIRST_SOUND_SECONDS ends it
DOCTOR_TENANTS: Final = 20  # different set-ups that are tried, at some 0.5 s each
DOCTOR_SESSIONS_SECONDS: Final = 60.0  # all of them, and the greeting
DOCTOR_LONG_SECONDS: Final = 60.0  # any other step: a device or two that do not answer
DOCTOR_ASTERISK_SECONDS: Final = 0.5  # Asterisk tells whole seconds: half of one is missing
DOCTOR_PROGRESS_SECONDS: Final = 2  # a person begins to wonder whether it hangs
DOCTOR_BANNER_SECONDS: Final = 2.0  # Asterisk greets at once; who is silent by then is asked
DOCTOR_LOGIN_SECONDS: Final = 10.0  # the doctor has logged in before, within a second
DOCTOR_CALL_AFTER_SECONDS: Final = 0.5  # the daemon has begun to wait for the test call
DOCTOR_ECHO_LIKENESS: Final = 0.5  # garbled sound: below 0.1; G.711 and two conversions: above 0.95
DOCTOR_ECHO_LEVEL_DB: Final = 6.0  # half as loud, or twice: people turn a knob
DOCTOR_ECHO_DELAY_YELLOW_MS: Final = 300.0  # both ways; 100 on a loopback with jitter_ms 60
DOCTOR_ECHO_DELAY_RED_MS: Final = 800.0  # ITU-T G.114: above 400 ms one way nobody talks
DOCTOR_ECHO_LOST_YELLOW: Final = 0.01  # a click each second; 0 on a loopback
DOCTOR_ECHO_LOST_RED: Final = 0.05  # words are lost
DOCTOR_ANSWER_SECONDS: Final = 1.0  # of a backend; then the agent has to say that it is looking
DOCTOR_TOKEN_DAYS: Final = 7  # one that lasts less long was made for a try, or is near its end
DOCTOR_DISK_RED_BYTES: Final = 100_000_000  # a day of logs and the ledger of a large community
DOCTOR_DISK_YELLOW_BYTES: Final = 1_000_000_000  # a month of them; recordings take 58 MB an hour
DOCTOR_MEMORY_BASE_BYTES: Final = 150_000_000  # the daemon when it is idle: 95 MB
DOCTOR_MEMORY_PER_CALL_BYTES: Final = 1_000_000  # bench/README.md: 0.23 MB
DOCTOR_FILES_BASE: Final = 100  # what is open without a call: 40
DOCTOR_FILES_PER_CALL: Final = 6  # AGI, leg, Realtime twice (a rollover), a gate, a backend

# `portero init`.
AMI_SECRET_CHARACTERS_MIN: Final = 12  # guarded like root's (freepbx.md 0, item 9)
AMI_SECRET_BYTES: Final = 24  # of chance, made up: 32 characters
INSTALL_COMMAND_SECONDS: Final = 30.0  # `asterisk -rx` and systemctl answer in one

# The operator's commands (portero.operator).
CONSOLE_COMMAND_SECONDS: Final = 10.0  # `asterisk -rx`: answers in 20 ms, or hangs
OPERATOR_SECONDS: Final = 20.0  # a question to the daemon: the registry's slowest answer takes 6
# How a call sounded, in words: from the first number on it is fair, from the second on bad.
QUALITY_LOST_SHARE: Final = (0.01, 0.05)  # ITU-T G.113: 5 % are heard in G.711 with concealment
QUALITY_JITTER_MS: Final = (30.0, 60.0)  # past the usual jitter buffer of a phone; past ours
QUALITY_UNDERRUNS: Final = (1, 4)  # once is a hiccup, four times is a stutter
QUALITY_RESPONSE_MS: Final = (2000, 4000)  # people ask "hello?" after 4 s of silence
QUALITY_FIRST_SOUND_MS: Final = (3000, 6000)  # a ring of a phone; two, and people hang up
QUALITY_RECONNECTS: Final = (1, 3)  # each is an apology

# `portero call`: a visit by the operator.
VISIT_HEARD_SECONDS: Final = 1800.0  # kept for --record: 58 MB
VISIT_BEGIN_SECONDS: Final = 15.0  # from originating to portero's `begin`: 0.1 s, or never
VISIT_PAUSE_SECONDS: Final = 0.8  # the agent is done: longer than a pause between sentences
VISIT_PATIENCE_SECONDS: Final = 15.0  # an agent that says nothing is spoken to all the same
VISIT_END_SECONDS: Final = 10.0  # from hanging up to the record: below 1 s
VISIT_LINES: Final = 200  # of a script; a long visit has ten
COMPLETED_CALLS: Final = 20  # calls that are over, offered by Tab: a screen of them

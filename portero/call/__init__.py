"""One call: joins channel, media leg, conversation and doorman."""

from portero.call.arrival import Arrival, read_arrival
from portero.call.call import Call
from portero.call.frontdesk import FrontDesk
from portero.call.outcome import Outcome, Status
from portero.call.parts import Parts

__all__ = ["Arrival", "Call", "FrontDesk", "Outcome", "Parts", "Status", "read_arrival"]

"""One call: joins channel, media leg, conversation and doorman."""

from portero.call.arrival import Arrival, read_arrival
from portero.call.call import Call, Parts
from portero.call.frontdesk import FrontDesk
from portero.call.outcome import Outcome, Status

__all__ = ["Arrival", "Call", "FrontDesk", "Outcome", "Parts", "Status", "read_arrival"]

"""The doorman's room: tools, policy, gates, notices, and the client of the Backend API."""

from portero.doorman.actions import CallActions
from portero.doorman.calldoorman import CallDoorman, ToolResult
from portero.doorman.doorman import CallFacts, Doorman

__all__ = ["CallActions", "CallDoorman", "CallFacts", "Doorman", "ToolResult"]

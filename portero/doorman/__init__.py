"""What the agent may do: tools from YAML, judged by policy, carried out by backend and gates."""

from portero.doorman.calldoorman import CallActions, CallDoorman, CallFacts, ToolResult
from portero.doorman.doorman import Doorman
from portero.doorman.policy import Verdict

__all__ = ["CallActions", "CallDoorman", "CallFacts", "Doorman", "ToolResult", "Verdict"]

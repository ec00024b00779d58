"""portero: the AI doorman for Asterisk and FreePBX."""

__version__ = "0.1.0"

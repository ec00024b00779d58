"""Stand-ins for Asterisk and for the Realtime API, shared by tests, the demo and installers."""

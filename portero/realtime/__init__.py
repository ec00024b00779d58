"""The conversation with a speech model over the OpenAI Realtime protocol.

`conversation` decides (pure: events in, orders out), `client` carries (Autobahn), `dialects` knows
how servers differ, `cost` adds up what it costs.
"""

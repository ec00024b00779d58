"""Rehearsals: scripted visits played against a tenant's own settings, without Asterisk or model.

Policy, tools, registry, ledger and keypad are the real ones; the visitor, the model, the devices
and the residents' phones follow the script.
"""

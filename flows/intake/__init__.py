"""Opt-in feedback of alpha testers: invitations, consent first, and landing, without a database.

The server knows the landing folder and the register of invitations, and nothing else: no warehouse, no
model, no dashboard. Words of a tester pass the gate in memory and lie nowhere but in landing; no body, no
token, no address and no text is ever logged.
"""

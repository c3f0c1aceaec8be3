"""Trunk policy: facts, termination rules, origination plan, caller ID."""

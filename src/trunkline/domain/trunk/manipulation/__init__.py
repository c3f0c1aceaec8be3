"""Header manipulation policies: their rules, as JSON, and the INVITE as they leave it (sip.md 9.11)."""

"""Dialogs and INVITE sessions (RFC 3261 sections 12 to 15): the 2xx and ACK keeper, re-INVITE, CANCEL, glare."""

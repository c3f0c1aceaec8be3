"""PURE: bytes to meaning and back, and the state machines of the protocols."""

"""The relays, as the switch uses and watches them."""

"""The edges of the platform: who stands there, the hop between two, the DNS zone of all."""

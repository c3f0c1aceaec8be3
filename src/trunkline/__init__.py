"""Trunkline: an elastic SIP trunking service that anybody can run."""

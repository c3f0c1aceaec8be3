"""Carriers: their facts, the route to them, their health, channels, logins and profiles."""

"""Bricks that at least three rooms need: time, timers, ids, secrets. Standard library only."""

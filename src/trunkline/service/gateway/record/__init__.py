"""The record of a call and its alerts."""

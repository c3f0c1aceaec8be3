"""What is left of a call: its record, its attempts, its alerts."""

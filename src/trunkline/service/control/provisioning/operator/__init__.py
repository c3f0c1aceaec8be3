"""The operator's resources: carriers, tariffs, marked numbers, defaults."""

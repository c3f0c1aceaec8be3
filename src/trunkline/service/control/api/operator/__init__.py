"""The operator's resources: carriers, inventory, limits, bans, sandbox calls."""

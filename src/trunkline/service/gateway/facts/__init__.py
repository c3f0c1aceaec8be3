"""What the store knows, as the gateway keeps it."""

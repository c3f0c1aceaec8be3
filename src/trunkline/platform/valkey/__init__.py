"""What the gateways of an edge share through Valkey."""

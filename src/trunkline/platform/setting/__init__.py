"""Settings, the state directory, logging, metrics and the system clock."""

"""What survives the process: the life of each call, and records on their way to the store."""

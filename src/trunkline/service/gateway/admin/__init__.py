"""What the gateway shows of itself, and the socket that asks it."""

"""Where calls are sent: addresses, carriers that live, other edges, and what is asked of their TLS."""

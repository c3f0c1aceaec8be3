"""Who is let in: bans, overload, identity, limits."""

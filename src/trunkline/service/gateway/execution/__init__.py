"""A call's commands carried out: its search, its exchanges, its end."""

"""SHELL: the outside world, one room per kind of thing."""

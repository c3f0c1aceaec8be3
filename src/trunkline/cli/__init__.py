"""SHELL: one module per verb of the command line; the composition roots."""

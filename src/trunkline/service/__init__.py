"""SHELL: the processes, one room each; siblings never import each other."""

"""The TLS of our own ports: contexts, versions, certificates."""

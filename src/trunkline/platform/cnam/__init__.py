"""Names of callers from a service over HTTP."""

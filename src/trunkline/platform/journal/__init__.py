"""The durable local spool of live calls and finished records."""

"""The name server process: the zone of the platform, answered with authority."""

"""DNS on the wire: questions for the zone, over UDP and TCP."""

"""The client of the relay control protocol, and an RTP endpoint that plays, echoes and records."""

"""The client of the relay control protocol, and the media end of a phone: RTP endpoint, sounds, offer and answer."""

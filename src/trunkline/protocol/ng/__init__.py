"""rtpengine's ng control protocol: bencode, commands and answers."""

"""SIP over UDP and TCP: sockets, the pump around the user agent, RFC 3263 location, ingress guard."""

"""Digest access authentication (RFC 3261 section 22, RFC 7616, RFC 8760), server and client side."""

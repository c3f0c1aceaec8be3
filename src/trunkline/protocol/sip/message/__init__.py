"""SIP messages (RFC 3261 sections 7, 19, 20, 25): lazy codec that keeps header text and order."""

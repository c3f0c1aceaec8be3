"""The gateway process: the SIP back-to-back user agent of one address."""

"""The relay process: RTP forwarding under rtpengine's ng protocol."""

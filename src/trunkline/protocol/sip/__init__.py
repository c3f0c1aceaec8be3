"""SIP without IO: message < transaction and digest < dialog < ua."""

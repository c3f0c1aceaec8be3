"""REST in Twilio's shapes: shape in, shape out."""

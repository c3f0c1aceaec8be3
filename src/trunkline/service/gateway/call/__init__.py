"""The live calls, as the gateway holds them."""

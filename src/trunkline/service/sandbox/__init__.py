"""The sandbox process: a phone network in the box, with a carrier and a PBX."""

"""SHELL: a phone network in the box: a carrier and a PBX that ring, answer, fail and misbehave on purpose."""

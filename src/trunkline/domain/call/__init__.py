"""Call control: legs, the call machine, the failover hunt, ReleaseCause."""

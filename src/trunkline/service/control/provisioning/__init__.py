"""Use cases behind the API: validation over aggregates, SIDs, one commit each."""

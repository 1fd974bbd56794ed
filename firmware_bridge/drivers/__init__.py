"""One file a sensor, the same verbs in each."""

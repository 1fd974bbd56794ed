"""Virtual people on virtual bands behind a virtual radio: for the demo and tests, never shown as real."""

"""A person's rights: who saw their data, a copy of everything, erasure."""

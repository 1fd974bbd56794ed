"""Everything that is said to people, one folder a language; code says codes and numbers."""

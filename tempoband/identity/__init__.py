"""Who is asking: principals, and later accounts, sessions and credentials."""

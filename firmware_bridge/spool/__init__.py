"""Every frame on disk until the store has it."""

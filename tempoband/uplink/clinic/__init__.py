"""The clinic's side: who is paired, what homes send, what they are sent."""

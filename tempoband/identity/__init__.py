"""Who is asking: roles and what they may do, passwords, second factors, one-time keys. Pure: no I/O."""

"""Who gets in: sessions, tokens, log-in, invitations, consent. Only where accounts are asked for."""

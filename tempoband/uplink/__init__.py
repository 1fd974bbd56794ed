"""Homes and clinics: who may speak to a clinic's broker, pairing, and the link between the two."""

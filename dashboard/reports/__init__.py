"""A person's record for other places: one-page PDF, CSV, NDJSON, FHIR."""

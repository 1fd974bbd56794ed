"""Everything out and in again, lossless: samples and records as CSV or NDJSON in a folder."""

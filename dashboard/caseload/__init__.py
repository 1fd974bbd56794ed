"""The caseload: who needs a look, and why; kept per person and computed anew only when something changed."""

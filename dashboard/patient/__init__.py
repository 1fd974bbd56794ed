"""What the patient page shows of one person: the month, the notes."""

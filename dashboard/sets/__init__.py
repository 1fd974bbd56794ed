"""Sets: told, opened, corrected and shown; and the person's own full range they are measured against."""

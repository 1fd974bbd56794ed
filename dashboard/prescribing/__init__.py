"""What is prescribed: programmes, templates, advice; and what was done against it."""

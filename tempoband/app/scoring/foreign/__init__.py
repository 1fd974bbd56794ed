"""Files that other programs wrote: their bytes, their columns, their rows."""

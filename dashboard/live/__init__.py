"""What happens now, on the pages that are open: frames and events fanned out, and who may watch."""

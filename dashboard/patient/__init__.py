"""One person: who they are, their month, their trends, the notes about them."""

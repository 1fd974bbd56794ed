"""What a person's copy says of itself, so that another clinic can read it in."""

COPY_MANIFEST = "manifest.json"
COPY_OF_A_PERSON = "copy of a person"
COPY_FORMAT = 1

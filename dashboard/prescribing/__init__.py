"""What a physio prescribes with: programmes, templates, advice."""

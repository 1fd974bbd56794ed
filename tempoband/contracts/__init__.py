"""The agreements between the parts: pure data, imports nothing of ours."""

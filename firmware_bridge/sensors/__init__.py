"""Each sensor for as long as the bridge runs: found, connected, asked, weighed."""

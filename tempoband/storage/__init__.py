"""Where things are kept: samples in a time-series store, everything else in the records."""

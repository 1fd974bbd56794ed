"""The home's side: pairing, frames and records on their way to the clinic."""

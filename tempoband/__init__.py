"""What the four services share: contracts, messaging, storage, identity, observability."""

__version__ = "0.1.0"

"""The tenant of a machine without accounts."""

LOCAL_CLINIC = "local"

"""One small file a resource."""

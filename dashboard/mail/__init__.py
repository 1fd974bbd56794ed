"""Mail: the one of the day, and how it is sent."""

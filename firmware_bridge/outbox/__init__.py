"""What leaves the bridge: live while fresh, replayed until receipted; and its statuses."""

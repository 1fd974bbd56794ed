"""BLE to MQTT: runs beside the wearer."""

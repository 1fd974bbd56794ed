"""MQTT to storage: subscribe, check, commit, receipt, dead letters."""

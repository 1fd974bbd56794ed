"""The web application: API, live transport, built page."""

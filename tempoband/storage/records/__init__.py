"""People, prescriptions, sets and scores: SQLAlchemy and Alembic."""

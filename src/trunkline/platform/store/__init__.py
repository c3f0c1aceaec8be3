"""SQL: tables, migrations, repositories and queries. The only room that imports SQLAlchemy."""

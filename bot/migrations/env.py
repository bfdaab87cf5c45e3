"""Alembic's entry point: runs the migrations on the database that the program names."""

from alembic import context
from sqlalchemy import engine_from_config, pool

from bot.tables import metadata

section = context.config.get_section(context.config.config_ini_section) or {}
engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()

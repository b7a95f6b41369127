"""What Alembic runs: migrations on the connection that it is handed, in that connection's transaction."""

from alembic import context

from tongchou.records.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()

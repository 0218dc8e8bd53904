select pg_notify('cmdr_projections', $1)

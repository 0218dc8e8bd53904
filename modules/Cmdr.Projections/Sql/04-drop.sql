drop schema cmdr_projections cascade

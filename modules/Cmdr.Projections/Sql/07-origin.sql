select log, shape, generation from cmdr_projections.origin

select cmdr_projections.layout_is($1)

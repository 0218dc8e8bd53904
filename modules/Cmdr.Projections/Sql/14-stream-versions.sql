select id, version from cmdr_projections.mt_streams where id = any ($1)

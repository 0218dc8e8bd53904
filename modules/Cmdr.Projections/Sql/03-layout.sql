-- Null where there is no schema, or where its making was cut short.
select to_regnamespace('cmdr_projections') is not null, obj_description(to_regnamespace('cmdr_projections'), 'pg_namespace')

select count(*) from unnest($1) as wanted(name) where to_regclass(wanted.name) is null

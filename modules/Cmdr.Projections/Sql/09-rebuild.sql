-- The positions first, as every slice takes them first: a slice under way ends before anything is emptied.
lock table cmdr_projections.position in access exclusive mode;
do
$$
    declare
        derived text;
    begin
        select string_agg(format('%I.%I', schemaname, tablename), ', ')
        into derived
        from pg_tables
        where schemaname = 'cmdr_projections' and tablename <> 'origin';
        execute 'truncate ' || derived || ' restart identity cascade';
    end
$$;

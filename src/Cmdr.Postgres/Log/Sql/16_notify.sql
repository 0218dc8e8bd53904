select pg_notify('cmdr_log', payload) from unnest($1::text[]) as payload

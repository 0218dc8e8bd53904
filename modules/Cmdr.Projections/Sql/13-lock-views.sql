-- In the order given, which is the same for every host. Where a slice has many keys of one view it locks the view alone, not shared, instead of each key.
select case when locks.shared then pg_advisory_xact_lock_shared(locks.key)::text else pg_advisory_xact_lock(locks.key)::text end
from (select key, shared from unnest($1::bigint[], $2::boolean[]) with ordinality as given(key, shared, place) order by place offset 0) as locks

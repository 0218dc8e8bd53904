select pg_advisory_unlock(x'636d647270726f6a'::bigint)

-- One host at a time prepares the schema; the key is the word "cmdrproj" as eight ASCII bytes.
select pg_advisory_lock(x'636d647270726f6a'::bigint)

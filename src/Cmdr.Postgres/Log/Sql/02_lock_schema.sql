-- Hosts that start at once migrate one after another. The number is 'cmdr_log' hashed once.
select pg_advisory_xact_lock(7163384637145829481)

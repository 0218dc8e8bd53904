-- $1 log, $2 shape, $3 topics, $4 partitions. The clock makes generations rise even where the schema was dropped; no answer shows them.
with origin as (
    insert into cmdr_projections.origin (log, shape, generation)
    values ($1, $2, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
    on conflict (single) do update set log = excluded.log, shape = excluded.shape, generation = greatest(excluded.generation, origin.generation + 1))
insert into cmdr_projections.position (topic, partition, next, command_offset)
select topic, partition, 0, -1
from unnest($3::text[]) as topic, generate_series(0, $4 - 1) as partition

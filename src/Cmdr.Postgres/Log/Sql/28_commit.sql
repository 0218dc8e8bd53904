-- $1 group; $2 topics, $3 partitions, $4 epochs, $5 next offsets (null: stays): what the slice moves, if every epoch still holds
-- $6 topics, $7 partitions, $8 counts: the lanes, each one partition that gets records
-- $9 lanes (from 1), $10 ordinals of the last record (from 0), $11 counts, $12 payloads: the batches, each consecutive records of a lane
-- One statement, so that positions and records are seen together or not at all. Leases are locked before partitions, each in one order, by everyone.
with held as materialized (
    select l.topic, l.partition, s.next_offset
    from unnest($2::smallint[], $3::integer[], $4::bigint[], $5::bigint[]) as s (topic, partition, epoch, next_offset)
    join cmdr_log.lease l on l.consumer_group = $1 and l.topic = s.topic and l.partition = s.partition and l.epoch = s.epoch
    order by l.topic, l.partition
    for no key update of l
),
fence as materialized (select count(*) = cardinality($2::smallint[]) as holds from held),
moved as (
    update cmdr_log.lease l set next_offset = coalesce(h.next_offset, l.next_offset), commits = l.commits + 1
    from held h, fence f
    where f.holds and l.consumer_group = $1 and l.topic = h.topic and l.partition = h.partition
),
lanes as materialized (
    select p.topic, p.partition, l.lane, l.count
    from fence f, unnest($6::smallint[], $7::integer[], $8::integer[]) with ordinality as l (topic, partition, count, lane)
    join cmdr_log.partition p on p.topic = l.topic and p.partition = l.partition
    where f.holds
    order by p.topic, p.partition
    for no key update of p
),
advanced as (
    update cmdr_log.partition p set next_offset = p.next_offset + l.count
    from lanes l where p.topic = l.topic and p.partition = l.partition
    returning l.lane, p.next_offset - l.count as base
),
bases as materialized (select array_agg(base order by lane) as base from advanced),
inserted as (
    insert into cmdr_log.batch (last_offset, partition, count, topic, payload)
    select b.base[r.lane] + r.last, ($7::integer[])[r.lane], r.count, ($6::smallint[])[r.lane], r.payload
    from bases b, unnest($9::integer[], $10::integer[], $11::integer[], $12::bytea[]) as r (lane, last, count, payload)
    where b.base is not null
)
select holds from fence

-- $1 group, $2 member; $3 topics, $4 partitions, $5 epochs, $6 next offsets (null: stays): what the slice moves, if the member still has all with these epochs
-- $7 topics, $8 partitions, $9 counts: the lanes, each one partition that gets records
-- $10 lanes (from 1), $11 ordinals of the last record (from 0), $12 counts, $13 payloads: the batches, each consecutive records of a lane
-- Holds: nobody else took any of it; complete: every partition that gets records is there. Both, or nothing happens.
-- One statement, so that positions and records are seen together or not at all. Leases are locked before partitions, each in one order, by everyone.
with held as materialized (
    select l.topic, l.partition, s.next_offset
    from unnest($3::smallint[], $4::integer[], $5::bigint[], $6::bigint[]) as s (topic, partition, epoch, next_offset)
    join cmdr_log.lease l on l.consumer_group = $1 and l.topic = s.topic and l.partition = s.partition and l.epoch = s.epoch
        and l.member = $2
    order by l.topic, l.partition
    for no key update of l
),
fence as materialized (select count(*) = cardinality($3::smallint[]) as holds from held),
lanes as materialized (
    select p.topic, p.partition, l.lane, l.count
    from fence f, unnest($7::smallint[], $8::integer[], $9::integer[]) with ordinality as l (topic, partition, count, lane)
    join cmdr_log.partition p on p.topic = l.topic and p.partition = l.partition
    where f.holds
    order by p.topic, p.partition
    for no key update of p
),
sound as materialized (select f.holds, (select count(*) from lanes) = cardinality($7::smallint[]) as complete from fence f),
moved as (
    update cmdr_log.lease l set next_offset = coalesce(h.next_offset, l.next_offset), commits = l.commits + 1
    from held h, sound s
    where s.holds and s.complete and l.consumer_group = $1 and l.topic = h.topic and l.partition = h.partition
),
advanced as (
    update cmdr_log.partition p set next_offset = p.next_offset + l.count
    from lanes l, sound s
    where s.complete and p.topic = l.topic and p.partition = l.partition
    returning l.lane, p.next_offset - l.count as base
),
bases as materialized (select array_agg(base order by lane) as base from advanced),
inserted as (
    insert into cmdr_log.batch (last_offset, partition, count, topic, payload)
    select b.base[r.lane] + r.last, ($8::integer[])[r.lane], r.count, ($7::smallint[])[r.lane], r.payload
    from bases b, unnest($10::integer[], $11::integer[], $12::integer[], $13::bytea[]) as r (lane, last, count, payload)
    where b.base is not null
)
select holds, complete from sound

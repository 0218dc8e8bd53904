-- $1 topics, $2 partitions, $3 counts: the lanes, each one partition that gets records
-- $4 lanes (from 1), $5 ordinals of the last record (from 0), $6 counts, $7 payloads: the batches, each consecutive records of a lane
-- $8 the log's identity: where another log took its place, its topics may have other numbers, and nothing is appended; null tells so
-- Partition rows are locked in one order, so that writers cannot deadlock; the lock makes offset order commit order.
with held as materialized (
    select p.topic, p.partition, l.lane, l.count
    from unnest($1::smallint[], $2::integer[], $3::integer[]) with ordinality as l (topic, partition, count, lane)
    join cmdr_log.partition p on p.topic = l.topic and p.partition = l.partition
    where exists (select from cmdr_log.log where identity = $8)
    order by p.topic, p.partition
    for no key update of p
),
advanced as (
    update cmdr_log.partition p set next_offset = p.next_offset + h.count
    from held h where p.topic = h.topic and p.partition = h.partition
    returning h.lane, p.next_offset - h.count as base
),
bases as materialized (select array_agg(base order by lane) as base from advanced),
inserted as (
    insert into cmdr_log.batch (last_offset, partition, count, topic, payload)
    select b.base[r.lane] + r.last, ($2::integer[])[r.lane], r.count, ($1::smallint[])[r.lane], r.payload
    from bases b, unnest($4::integer[], $5::integer[], $6::integer[], $7::bytea[]) as r (lane, last, count, payload)
    where b.base is not null
)
select base from bases

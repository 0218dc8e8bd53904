-- $1 topics, $2 partitions, $3 next offsets: the lanes to read; $4 the most records, $5 the most bytes, which only the first record may exceed;
-- $6 the most records of a batch. Batches that begin below what is asked for, or end above it, come whole.
-- A lane's share of the records follows from the ends of the lanes before it, so that no batch is touched in vain. Where batches were taken away, a lane
-- begins with the first that is there. Nothing may sort after the lanes: the running sum of bytes must see the batches in the order of delivery.
with lane as (
    select c.lane, c.topic, c.partition, c.next_offset, greatest(c.next_offset, f.first_offset) as start,
           coalesce(sum(p.next_offset - greatest(c.next_offset, f.first_offset)) over (order by c.lane rows between unbounded preceding and 1 preceding), 0)::bigint as before
    from unnest($1::smallint[], $2::integer[], $3::bigint[]) with ordinality as c (topic, partition, next_offset, lane)
    join cmdr_log.partition p on p.topic = c.topic and p.partition = c.partition and p.next_offset > c.next_offset
    cross join lateral (
        select b.last_offset - b.count + 1 as first_offset
        from cmdr_log.batch b
        where b.topic = c.topic and b.partition = c.partition and b.last_offset >= c.next_offset
        order by b.last_offset
        limit 1
    ) f
    order by c.lane
)
select lane, last_offset, count, payload
from (
    select l.lane, r.last_offset, r.count, r.payload, octet_length(r.payload) as size,
           sum(octet_length(r.payload)) over (rows unbounded preceding) as bytes
    from (select *, start + $4 - before as stop from lane) l
    cross join lateral (
        select b.last_offset, b.count, b.payload
        from cmdr_log.batch b
        where b.topic = l.topic and b.partition = l.partition and b.last_offset >= l.next_offset
          and b.last_offset < l.stop + $6 and b.last_offset - b.count + 1 < l.stop
        order by b.last_offset
    ) r
    where l.stop > l.start
) page
where bytes - size < $5

-- $1 topics, $2 partitions, $3 next offsets: the lanes to read; $4 the most records, $5 the most bytes, which only the first record may exceed
-- Lane by lane: the running sum of bytes must see the rows in the order in which they are delivered, so nothing here may sort.
select lane, "offset", key, value, headers
from (
    select c.lane, r."offset", r.key, r.value, r.headers,
           sum(octet_length(r.key) + octet_length(r.value) + octet_length(r.headers)) over (rows unbounded preceding) as bytes,
           row_number() over (rows unbounded preceding) as number
    from unnest($1::smallint[], $2::integer[], $3::bigint[]) with ordinality as c (topic, partition, next_offset, lane)
    cross join lateral (
        select f."offset", f.key, f.value, f.headers
        from cmdr_log.record f
        where f.topic = c.topic and f.partition = c.partition and f."offset" >= c.next_offset
        order by f."offset"
        limit $4
    ) r
) page
where bytes <= $5 or number = 1
limit $4

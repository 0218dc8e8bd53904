insert into cmdr_log.partition (topic, partition)
select t.id, number from cmdr_log.topic t, cmdr_log.log l, generate_series(0, l.partitions - 1) as number
where t.name = $1 and not exists (select from cmdr_log.partition p where p.topic = t.id and p.partition = number)
on conflict do nothing

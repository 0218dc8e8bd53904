-- $1 group, $2 topics
insert into cmdr_log.lease (consumer_group, topic, partition)
select $1, p.topic, p.partition from cmdr_log.partition p
where p.topic = any ($2)
  and not exists (select from cmdr_log.lease l where l.consumer_group = $1 and l.topic = p.topic and l.partition = p.partition)
on conflict do nothing

insert into cmdr_log.topic (name)
select $1 where not exists (select from cmdr_log.topic where name = $1)
on conflict do nothing

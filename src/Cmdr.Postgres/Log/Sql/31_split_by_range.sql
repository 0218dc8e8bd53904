-- Splits cmdr_log.batch into ranges of offsets while hosts are at work, so that old ranges can be dropped, moved to another disk or backed up apart.
-- Each topic's partitions count their own offsets; a range holds those of all. Set before, in the same session:
--   set cmdr.split_at = '100000000';    the first offset of the second range: well above every offset that the log will have when this has run
--   set cmdr.split_width = '100000000'; how many offsets each further range has
--   set cmdr.split_ranges = '100';      how many further ranges are made; past the last, appends are refused: more are made in time, as below
-- The first two statements let hosts append and read; the third keeps them waiting for some milliseconds, because it need look at no row. It acts as the
-- owner of the table, whoever runs it, and grants what was granted, so that hosts may do with the ranges what they could.
do $$ begin
    execute format('alter table cmdr_log.batch add constraint batch_range check (last_offset < %s) not valid', current_setting('cmdr.split_at')::bigint);
end $$;

alter table cmdr_log.batch validate constraint batch_range;

do $$
declare
    at bigint := current_setting('cmdr.split_at')::bigint;
    width bigint := current_setting('cmdr.split_width')::bigint;
    granted record;
begin
    execute format('set local role %I', (select pg_get_userbyid(relowner) from pg_class where oid = 'cmdr_log.batch'::regclass));
    lock table cmdr_log.batch in access exclusive mode;
    alter table cmdr_log.batch rename to batch_0;
    alter table cmdr_log.batch_0 rename constraint batch_pkey to batch_0_pkey;
    create table cmdr_log.batch (like cmdr_log.batch_0 including storage) partition by range (last_offset);
    alter table cmdr_log.batch add constraint batch_pkey primary key (topic, partition, last_offset);
    execute format('alter table cmdr_log.batch attach partition cmdr_log.batch_0 for values from (minvalue) to (%s)', at);
    for n in 1..current_setting('cmdr.split_ranges')::integer loop
        execute format(
            'create table cmdr_log.batch_%s partition of cmdr_log.batch for values from (%s) to (%s) with (toast_tuple_target = 8160,'
            ' autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_freeze_min_age = 0,'
            ' toast.autovacuum_vacuum_insert_scale_factor = 0.05, toast.autovacuum_freeze_min_age = 0)', n, at + (n - 1) * width, at + n * width);
    end loop;
    for granted in
        select c.oid::regclass as range, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee,
               a.privilege_type, case when a.is_grantable then ' with grant option' else '' end as option
        from pg_class b, aclexplode(b.relacl) a, pg_class c
        where b.oid = 'cmdr_log.batch_0'::regclass
          and (c.oid = 'cmdr_log.batch'::regclass or c.oid in (select inhrelid from pg_inherits where inhparent = 'cmdr_log.batch'::regclass))
    loop
        execute format('grant %s on %s to %s%s', granted.privilege_type, granted.range, granted.grantee, granted.option);
    end loop;
    execute format('create or replace view cmdr_log.readable as %s', replace(pg_get_viewdef('cmdr_log.readable'::regclass), 'cmdr_log.batch_0', 'cmdr_log.batch'));
end $$;

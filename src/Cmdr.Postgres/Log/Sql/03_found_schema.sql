create schema if not exists cmdr_log;
create table if not exists cmdr_log.migration (
    version    integer primary key,
    applied_at timestamptz not null default clock_timestamp()
);

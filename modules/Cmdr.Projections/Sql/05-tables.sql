-- What the projections keep beside Marten's own tables. Everything here is derived from the log and may be dropped.
create schema if not exists cmdr_projections;

-- Which log the tables are derived from, by which declarations; generation rises with every rebuild.
create table if not exists cmdr_projections.origin
(
    single     boolean primary key default true check (single),
    log        text   not null,
    shape      text   not null,
    generation bigint not null
);

-- next: one past the last offset projected. command_offset: the highest ce_commandoffset projected of an events partition.
create table if not exists cmdr_projections.position
(
    topic          text collate "C" not null,
    partition      int              not null,
    next           bigint           not null,
    command_offset bigint           not null,
    primary key (topic, partition)
) with (fillfactor = 50);

-- Every message on commands and events. Times are ticks of 100 ns since 0001-01-01 UTC, as exact as ce_time.
create table if not exists cmdr_projections.history
(
    topic             text collate "C" not null,
    partition         int              not null,
    "offset"          bigint           not null,
    id                uuid             not null,
    type              text collate "C" not null,
    subject           text collate "C" not null,
    time              bigint           not null,
    source            text             not null,
    correlation_id    uuid,
    causation_id      uuid,
    actor             text,
    sequence          bigint,
    command_offset    bigint,
    command_hash      text,
    expected_sequence bigint,
    outcome           text,
    saga              text,
    not_before        bigint,
    data_schema       text,
    trace_parent      text,
    trace_state       text,
    data              bytea            not null,
    primary key (topic, partition, "offset")
);

create index if not exists history_by_time on cmdr_projections.history (topic, time, partition, "offset");
create index if not exists history_by_id on cmdr_projections.history (id);
create index if not exists history_by_subject on cmdr_projections.history (subject, topic, time, partition, "offset");
create index if not exists history_by_type on cmdr_projections.history (type, topic, time, partition, "offset");
create index if not exists history_by_correlation on cmdr_projections.history (correlation_id);
create index if not exists history_by_causation on cmdr_projections.history (causation_id);

-- Records that are no messages of the contract, or that PostgreSQL cannot hold as such.
create table if not exists cmdr_projections.stray
(
    topic         text collate "C" not null,
    partition     int              not null,
    "offset"      bigint           not null,
    fault         text             not null,
    key           bytea            not null,
    header_names  bytea[]          not null,
    header_values bytea[]          not null,
    data          bytea            not null,
    primary key (topic, partition, "offset")
);

-- Planned anew for every call: which index serves depends on which filters are given.
create or replace function cmdr_projections.history_page(
    of_topic text, types text[], of_subject text, of_correlation uuid, of_causation uuid, from_time bigint, until_time bigint,
    after_time bigint, after_partition int, after_offset bigint, before_time bigint, before_partition int, before_offset bigint,
    backward boolean, size int)
    returns setof cmdr_projections.history
    language plpgsql
    stable
    set plan_cache_mode = force_custom_plan
as
$$
begin
    if backward then
        return query
            select *
            from cmdr_projections.history h
            where h.topic = of_topic
              and (types is null or h.type = any (types))
              and (of_subject is null or h.subject = of_subject)
              and (of_correlation is null or h.correlation_id = of_correlation)
              and (of_causation is null or h.causation_id = of_causation)
              and (from_time is null or h.time >= from_time)
              and (until_time is null or h.time < until_time)
              and (after_time is null or (h.time, h.partition, h."offset") > (after_time, after_partition, after_offset))
              and (before_time is null or (h.time, h.partition, h."offset") < (before_time, before_partition, before_offset))
            order by h.time desc, h.partition desc, h."offset" desc
            limit size;
    else
        return query
            select *
            from cmdr_projections.history h
            where h.topic = of_topic
              and (types is null or h.type = any (types))
              and (of_subject is null or h.subject = of_subject)
              and (of_correlation is null or h.correlation_id = of_correlation)
              and (of_causation is null or h.causation_id = of_causation)
              and (from_time is null or h.time >= from_time)
              and (until_time is null or h.time < until_time)
              and (after_time is null or (h.time, h.partition, h."offset") > (after_time, after_partition, after_offset))
              and (before_time is null or (h.time, h.partition, h."offset") < (before_time, before_partition, before_offset))
            order by h.time, h.partition, h."offset"
            limit size;
    end if;
end
$$;

-- Says by which statements the tables were made; what was made by others, or only half, is dropped at the next start.
create or replace function cmdr_projections.layout_is(layout text) returns void
    language plpgsql
as
$$
begin
    execute format('comment on schema cmdr_projections is %L', layout);
end
$$;

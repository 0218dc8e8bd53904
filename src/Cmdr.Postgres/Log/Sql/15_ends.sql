select l.identity, p.next_offset from cmdr_log.log l, cmdr_log.partition p where p.topic = $1 order by p.partition

where d.id collate "C" > ? and (?::text is null or d.id collate "C" < ?) order by d.id collate "C" limit ?

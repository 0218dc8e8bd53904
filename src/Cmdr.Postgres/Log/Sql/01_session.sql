-- A process that was stopped between two messages holds nobody up for long, and nobody waits for it for ever.
set idle_in_transaction_session_timeout = '5s';
set lock_timeout = '5s';
-- A statement that waited for a lock sees what the one that had it committed, whatever the server's default.
set default_transaction_isolation = 'read committed';

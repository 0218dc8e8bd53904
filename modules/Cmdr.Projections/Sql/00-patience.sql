-- A host that is stopped in the middle of a slice keeps its locks from the others no longer than this.
set local idle_in_transaction_session_timeout = '15s'

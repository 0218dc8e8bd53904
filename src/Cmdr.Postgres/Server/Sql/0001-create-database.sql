-- The statement that makes a database, its name quoted by the server; no row when the database is there.
SELECT format('CREATE DATABASE %I', $1::text) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)

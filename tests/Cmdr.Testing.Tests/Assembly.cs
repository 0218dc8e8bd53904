using Cmdr.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

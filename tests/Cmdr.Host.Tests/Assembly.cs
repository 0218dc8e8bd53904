[assembly: AssemblyFixture(typeof(Cmdr.Testing.PostgresServer))]

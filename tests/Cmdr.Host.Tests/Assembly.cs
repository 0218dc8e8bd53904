using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Cmdr.Testing.PostgresServer))]
[assembly: AssemblyFixture(typeof(Cmdr.Host.Tests.NodeScripts))]

// One after another: they start whole hosts, some against the clock, and one of them builds.
[assembly: Parallelization(Mode = ParallelMode.None)]

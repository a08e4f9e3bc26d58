using Hoop.Testing;
using NUnit.Framework;

/// <summary>
/// Compiled into every test assembly: stops its PostgreSQL after the last test. Outside any namespace, so that it covers all.
/// </summary>
[SetUpFixture]
#pragma warning disable CA1050, MA0047
public sealed class StopPostgres
#pragma warning restore CA1050, MA0047
{
    [OneTimeTearDown]
    public Task Stop() => TestPostgres.Stop();
}

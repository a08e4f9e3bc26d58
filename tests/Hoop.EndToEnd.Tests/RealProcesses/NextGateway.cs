using Hoop.Host.Startup;
using Hoop.Shared.Data;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// The program of this test assembly: the gateway of a version to come, which adds a column to tables that every request reads.
/// </summary>
internal static class NextGateway
{
    public const string Migration = "9001_identity_next.sql";

    private const string Sql = """
        ALTER TABLE identity.organizations ADD COLUMN note text NOT NULL DEFAULT '';
        ALTER TABLE identity.api_tokens ADD COLUMN note text NOT NULL DEFAULT '';
        ALTER TABLE identity.entities ADD COLUMN note text NOT NULL DEFAULT '';
        ALTER TABLE identity.audit_events ADD COLUMN note text NOT NULL DEFAULT '';
        CREATE INDEX api_tokens_by_note ON identity.api_tokens (note)
        """;

    public static string Program { get; } = typeof(NextGateway).Assembly.Location;

    public static Task<int> Main(string[] args) => GatewayProcess.Run(
        args, builder => builder.Services.AddSingleton(new ModuleMigrations("identity", [new Migration(Migration, Sql)])));
}

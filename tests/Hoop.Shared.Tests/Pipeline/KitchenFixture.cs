using Dapper;
using Hoop.Shared.Callers;
using Hoop.Shared.Results;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Pipeline;

/// <summary>The pipeline on a real database, with the use cases of the kitchen.</summary>
public abstract class KitchenFixture
{
    private protected static readonly Guid Org = Guid.CreateVersion7();

    private protected LogCapture Logs { get; } = new();

    private protected NpgsqlDataSource Database { get; private set; } = null!;

    private protected ServiceProvider Services { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        Database = NpgsqlDataSource.Create(await TestPostgres.CreateEmptyDatabase());
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "CREATE TABLE dishes (org_id uuid, name text UNIQUE); CREATE TABLE trail (id serial, org_id uuid, name text, outcome text)");
        Services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs))
            .AddSingleton(Database)
            .AddHoopShared(new ConfigurationBuilder().Build())
            .AddModule(typeof(KitchenFixture).Assembly, "kitchen")
            .BuildServiceProvider();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        // Null where there is no empty database to be had, and the tests are skipped.
        if (Services is not null)
        {
            await Services.DisposeAsync();
            await Database.DisposeAsync();
        }
    }

    [SetUp]
    public async Task Clean()
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync("TRUNCATE dishes, trail");
    }

    private protected async Task<Result<string>> Send(IRequest<Result<string>> request, bool signedIn = true)
    {
        await using var scope = signedIn ? SignedIn() : Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(request);
    }

    private protected AsyncServiceScope SignedIn()
    {
        var scope = Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentCaller>().ActAs(
            new Caller(Org, CallerKind.User, new Alias("auth/test/", "cook"), "Cook", [], Role.Standard));
        return scope;
    }

    private protected Task<string[]> Dishes() => Names("SELECT name FROM dishes ORDER BY name");

    private protected Task<string[]> Trail() => Names("SELECT name FROM trail WHERE outcome = 'Success' ORDER BY id");

    private protected async Task<string[]> Names(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<string>(sql)];
    }
}

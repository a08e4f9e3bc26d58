using Hoop.Shared;
using Hoop.Shared.Secrets;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests;

/// <summary>A gateway for the tests of one fixture, and the rows that other slices would have made.</summary>
public abstract class GatewayFixture
{
    private int _names;

    protected TestGateway Gateway { get; private set; } = null!;

    protected HttpClient Admin => Gateway.Operator;

    [OneTimeSetUp]
    public async Task StartGateway() => Gateway = await TestGateway.Start(await Settings());

    [OneTimeTearDown]
    public Task StopGateway() => Gateway.DisposeAsync().AsTask();

    protected virtual Task<Dictionary<string, string?>?> Settings() => Task.FromResult<Dictionary<string, string?>?>(null);

    /// <summary>A name that no other test of the fixture uses.</summary>
    protected string Fresh(string stem) => $"{stem}-{Interlocked.Increment(ref _names)}";

    protected async Task<Guid> InsertAgent(string name, Guid? orgId = null)
    {
        var id = Guid.NewGuid();
        await Gateway.Execute(
            "INSERT INTO spiffe.agents (id, org_id, name) VALUES (@id, @orgId, @name)",
            new { id, orgId = orgId ?? DefaultOrganization.Id, name });
        return id;
    }

    /// <summary>A client of the default organization with these groups and no others.</summary>
    protected async Task<HttpClient> ClientIn(params string[] groups)
    {
        var token = SecretHash.Generate("hpk_").Reveal();
        await Gateway.Execute(
            "INSERT INTO identity.api_tokens (id, org_id, name, token_hash, groups) VALUES (@id, @orgId, @name, @hash, @groups)",
            new { id = Guid.NewGuid(), orgId = DefaultOrganization.Id, name = Fresh("token"), hash = SecretHash.Of(token), groups });
        return Gateway.As(token);
    }
}

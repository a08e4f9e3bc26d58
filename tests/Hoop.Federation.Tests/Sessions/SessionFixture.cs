using System.Text.Json;
using Hoop.Federation.Sessions;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Shared.Results;
using Hoop.Spiffe.Contracts;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>Sessions over the real pipeline, on an agent that runs what the test says.</summary>
public abstract class SessionFixture : FederationFixture
{
    [SetUp]
    public void TheAgentAnswersAtOnce()
    {
        Agents.Executed.Clear();
        Agents.Takes = _ => Task.CompletedTask;
        Agents.Meanwhile = (_, _) => Task.CompletedTask;
        Agents.Runs = _ => new AgentExecution(AgentExecutionOutcome.Success, 0, "1\n", Truncated: false);
    }

    protected static Caller User(string email = "alice@example.com", string id = "user-1") =>
        new(DefaultOrganization.Id, CallerKind.User, Alias.OfPerson("https://idp.test", id), email, [], Role.Standard)
        { Email = email, Subject = id };

    /// <summary>The command runs until it is cancelled, and then says so as a real agent does.</summary>
    private protected static void RunUntilCancelled(PlayedAgents agents)
    {
        agents.Takes = async cancellation =>
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        agents.Runs = _ => new AgentExecution(AgentExecutionOutcome.Cancelled, 143, "", Truncated: false);
    }

    /// <summary>As <c>POST /api/sessions</c> of a person, whom no token of this fixture is.</summary>
    private protected async Task<Result<SessionOutput>> Exec(
        string connection, Caller caller, TestGateway? gateway = null, CancellationToken cancellationToken = default)
    {
        await using var scope = (gateway ?? Gateway).ScopeOf(caller);
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(
            new CreateSession.Request(
                Shared.Data.RowId.Next(), connection, "SELECT 1", TimeoutSeconds: null, CorrelationId: null, Credential: null),
            cancellationToken);
    }

    protected static async Task<JsonElement> Only(HttpClient client, string query)
    {
        using var sessions = JsonDocument.Parse(await client.GetStringAsync($"/api/sessions?{query}"));
        Assert.That(sessions.RootElement.GetArrayLength(), Is.EqualTo(1), sessions.RootElement.GetRawText());
        return sessions.RootElement[0].Clone();
    }

    /// <summary>Waits for the only session on the connection to be in that status.</summary>
    protected static async Task<JsonElement> Becomes(HttpClient client, string connection, string status)
    {
        JsonElement session = default;
        await Eventually.True(
            async () =>
            {
                using var sessions = JsonDocument.Parse(await client.GetStringAsync($"/api/sessions?connection={connection}"));
                if (sessions.RootElement.GetArrayLength() == 0)
                {
                    return false;
                }

                session = sessions.RootElement[0].Clone();
                return session.GetProperty("status").GetString() == status;
            },
            () => $"the session is not {status}: {session}");
        return session;
    }
}

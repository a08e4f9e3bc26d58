using System.Collections.Concurrent;
using Hoop.Federation.Contracts;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>Many users at once, through the whole pipeline. The stand-in knows whose each token is, so a mix-up cannot hide.</summary>
public sealed class ManyUsersTests : FederationFixture
{
    private const int Users = 50;
    private const int Requests = 1_000;

    [OneTimeSetUp]
    public void Grant()
    {
        foreach (var user in Enumerable.Range(0, Users))
        {
            Google.Grant(AccountOf(user));
        }
    }

    [Test]
    [Description("CVE-2025-26620, CVE-2024-51987: under load, parallel requests got each other's token")]
    public async Task A_thousand_requests_of_fifty_users_get_their_own_tokens_and_cost_one_call_a_user()
    {
        var name = await CreateFederated();
        var (calls, exchanges) = (Google.Calls.Count, Google.TokenRequests);
        Google.Delay = TimeSpan.FromMilliseconds(200);

        var given = await All(number => Resolve(name, AddressOf(number % Users), IdOf(number % Users)));

        Google.Delay = TimeSpan.Zero;
        Assert.That(given.Where(pair => pair.Session.Refusal is not null).Select(pair => pair.Session.Refusal!.Message), Is.Empty);
        Assert.That(given.Where(pair => !IsOf(pair.Number % Users, pair.Session)), Is.Empty);
        Assert.That(Google.Calls.Count - calls, Is.EqualTo(Users), "one call a user");
        Assert.That(Google.TokenRequests - exchanges, Is.EqualTo(1), "and one exchange of the admin's key");
    }

    [Test]
    [Description("CVE-2025-26620: other parameters are another token")]
    public async Task While_policies_change_nobody_gets_a_token_of_another_user_or_another_policy()
    {
        string[] names = [await CreateFederated(), await CreateFederated(new() { ["token_ttl_seconds"] = 900 })];
        using var enough = new CancellationTokenSource();
        var changing = Change(names[0], enough.Token);

        var given = await All(number => Resolve(names[number % 2], AddressOf(number % Users), IdOf(number % Users)));

        await enough.CancelAsync();
        await changing;
        Assert.That(
            given.Select(pair => pair.Session.Refusal?.Code).Where(code => code is not (null or "policy_changed")), Is.Empty);
        var served = given.Where(pair => pair.Session.Refusal is null).ToArray();
        Assert.That(served.Count(pair => pair.Number % 2 == 1), Is.EqualTo(Requests / 2), "nobody changed that one");
        Assert.That(served.Where(pair => !IsOf(pair.Number % Users, pair.Session)), Is.Empty);
        Assert.That(
            served.Where(pair => pair.Number % 2 == 1).Select(pair => pair.Session.Environment!.Federated!.ExpiresAt),
            Is.All.LessThan(DateTimeOffset.UtcNow.AddSeconds(930)));
    }

    private async Task Change(string name, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var reply = await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(credentials: false));
            Assert.That((int)reply.Status, Is.EqualTo(200), reply.Message);
        }
    }

    private static async Task<IReadOnlyCollection<(int Number, SessionResolution Session)>> All(Func<int, Task<SessionResolution>> ask)
    {
        var given = new ConcurrentBag<(int, SessionResolution)>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Requests),
            new ParallelOptions { MaxDegreeOfParallelism = 100 },
            async (number, _) => given.Add((number, await ask(number))));
        return given;
    }

    private bool IsOf(int user, SessionResolution session) =>
        session.Environment!.Federated!.Principal == AccountOf(user)
        && Google.Owner(session.Environment.Variables["HOOP_GCP_ACCESS_TOKEN"]) == AccountOf(user);

    private static string IdOf(int user) => $"many-{user:00}";

    private static string AddressOf(int user) => $"many-{user:00}@example.com";

    private static string AccountOf(int user) => $"many-{user:00}@my-proj.iam.gserviceaccount.com";
}

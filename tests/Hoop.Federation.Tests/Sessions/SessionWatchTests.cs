using System.Collections.Concurrent;
using Hoop.Federation.OpenSessions;
using Hoop.Federation.Sessions;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Shared.Memory;
using Hoop.Shared.Secrets;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>
/// Sessions that run are asked about again: who is refused is ended, and who cannot be asked about now goes on for a while, and holds up
/// nobody else.
/// </summary>
public sealed class SessionWatchTests
{
    private readonly AheadClock _clock = new();
    private readonly Standing _standing = new();
    private readonly List<LiveSession> _sessions = [];
    private TestGateway _gateway = null!;

    [SetUp]
    public async Task Start() => _gateway = await TestGateway.Start(
        services: services => services.AddSingleton<TimeProvider>(_clock).AddSingleton<IStandingCallers>(_standing));

    [TearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        _sessions.ForEach(session => session.Dispose());
        _sessions.Clear();
    }

    private static IEnumerable<TestCaseData> Unknown()
    {
        yield return new TestCaseData((Func<Caller, Verdict<Caller>>)(_ => new Refusal(Refusal.Busy, "others are verified")))
            .SetArgDisplayNames("busy");
        yield return new TestCaseData((Func<Caller, Verdict<Caller>>)(_ => new Refusal(Refusal.TooMany, "too many bad ones")))
            .SetArgDisplayNames("too many");
        yield return new TestCaseData((Func<Caller, Verdict<Caller>>)(_ => throw new InvalidOperationException("no database")))
            .SetArgDisplayNames("an error");
    }

    [TestCaseSource(nameof(Unknown))]
    public async Task Who_cannot_be_asked_about_is_not_refused_and_ends_after_a_while(Func<Caller, Verdict<Caller>> answer)
    {
        var (unknown, good) = (await Open("unknown", answer), await Open("good", caller => caller));

        await Asked("unknown", "good");
        Assert.That((unknown.EndedFor, good.EndedFor), Is.EqualTo(((string?)null, (string?)null)), "it was not refused");

        // In steps, as time passes: what is not looked at at all for so long ends whatever its caller.
        for (var passed = TimeSpan.Zero; passed < SessionWatch.Blind; passed += TimeSpan.FromSeconds(6))
        {
            _clock.Pass(TimeSpan.FromSeconds(6));
            await Asked("good");
        }

        await Eventually.True(() => unknown.EndedFor is not null, () => "it goes on for ever");
        Assert.That((unknown.EndedFor, good.EndedFor), Is.EqualTo((EndReason.GatewayCutOff, (string?)null)));
    }

    [TestCaseSource(nameof(Unknown))]
    public async Task One_who_cannot_be_asked_about_holds_up_nobody_else(Func<Caller, Verdict<Caller>> answer)
    {
        var unknown = await Open("unknown", answer);
        var revoked = await Open("revoked", _ => new Refusal("unknown_credential", "it was revoked"));
        var changed = await Open("changed", caller => caller with { Alias = Alias.OfPerson("https://idp.test", "somebody else") });

        await Eventually.True(() => revoked.EndedFor is not null && changed.EndedFor is not null, () => "they go on");

        Assert.That(
            (revoked.EndedFor, changed.EndedFor, unknown.EndedFor),
            Is.EqualTo((EndReason.CallerRevoked, EndReason.CallerRevoked, (string?)null)));
    }

    [Test]
    public async Task Once_it_is_known_again_the_time_begins_anew()
    {
        var busy = true;
        var session = await Open("sometimes", caller => busy ? new Refusal(Refusal.Busy, "others are verified") : caller);
        await Pass(SessionWatch.Blind * 0.8);
        busy = false;
        await Asked("sometimes");
        busy = true;
        await Pass(SessionWatch.Blind * 0.8);

        Assert.That(session.EndedFor, Is.Null);

        async Task Pass(TimeSpan time)
        {
            for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(6))
            {
                _clock.Pass(TimeSpan.FromSeconds(6));
                await Asked("sometimes");
            }
        }
    }

    private async Task<LiveSession> Open(string credential, Func<Caller, Verdict<Caller>> answer)
    {
        var caller = new Caller(
            DefaultOrganization.Id, CallerKind.User, Alias.OfPerson("https://idp.test", credential), credential, [], Role.Standard);
        _standing.Answers[credential] = () => answer(caller);
        var live = _gateway.Services.GetRequiredService<LiveSessions>();
        var order = new SessionOrder(Shared.Data.RowId.Next(), "x", "exec", CorrelationId: null, new SecretText(credential));
        var session = new LiveSession(order, caller) { IsOnRecord = true, ProvenAt = _clock.GetTimestamp() };
        await _gateway.Execute(
            """
            INSERT INTO federation.sessions
              (id, org_id, connection_id, connection_name, verb, caller, user_email, user_id, status, gateway_id)
            VALUES (@Id, @OrgId, gen_random_uuid(), 'x', 'exec', 'c', '', '', 'running', @GatewayId)
            """,
            new { session.Id, session.OrgId, live.GatewayId });
        Assert.That(live.TryAdd(session));
        _sessions.Add(session);
        session.Ending.Register(() => session.Over.TrySetResult());
        return session;
    }

    /// <summary>Waits until the watch has asked about each of them twice more: then it has acted on the first answer.</summary>
    private async Task Asked(params string[] credentials)
    {
        var before = credentials.ToDictionary(credential => credential, _standing.CountOf, StringComparer.Ordinal);
        await _gateway.Services.GetRequiredService<Announcer>().Announce([new Change(null, null)]);
        await Eventually.True(
            () => credentials.All(credential => _standing.CountOf(credential) > before[credential]), () => "the watch does not ask");
        await _gateway.Services.GetRequiredService<Announcer>().Announce([new Change(null, null)]);
        await Eventually.True(
            () => credentials.All(credential => _standing.CountOf(credential) > before[credential] + 1), () => "the watch does not ask");
    }

    private sealed class Standing : IStandingCallers
    {
        private readonly ConcurrentDictionary<string, int> _asked = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, Func<Verdict<Caller>>> Answers { get; } = new(StringComparer.Ordinal);

        public int CountOf(string credential) => _asked.GetValueOrDefault(credential);

        public ValueTask<Verdict<Caller>> Admit(SecretText credential, IServiceProvider services, CancellationToken cancellationToken)
        {
            _asked.AddOrUpdate(credential.Reveal(), 1, (_, count) => count + 1);
            return ValueTask.FromResult(Answers[credential.Reveal()]());
        }
    }

    /// <summary>The time of the machine, and what was added to it.</summary>
    private sealed class AheadClock : TimeProvider
    {
        private long _ahead;

        public void Pass(TimeSpan time) => Interlocked.Add(ref _ahead, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead);
    }
}

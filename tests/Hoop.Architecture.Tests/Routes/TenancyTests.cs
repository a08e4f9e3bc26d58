using Hoop.Shared.Callers;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Routes;

/// <summary>What one organization owns looks to another one exactly like what does not exist.</summary>
public sealed class TenancyTests
{
    private Tenants _tenants = null!;

    [SetUp]
    public async Task Start()
    {
        _tenants = await Tenants.Start();
        Assert.That(await _tenants.Furnish(), Is.Empty, "each sample is made, and writes one audit row");
    }

    [TearDown]
    public async Task Stop() => await _tenants.DisposeAsync();

    [Test]
    public async Task A_read_of_a_foreign_thing_is_answered_like_one_of_nothing()
    {
        var reads = _tenants.Routes.Where(route => !route.Mutates && route.Policy is not (Route.Anonymous or Policies.Operator)).ToArray();
        Assert.That(reads, Is.Not.Empty);
        foreach (var route in reads.Where(route => route.HasParameters))
        {
            var found = false;
            foreach (var value in _tenants.ValuesFor(route))
            {
                found |= (await Ask(_tenants.Admin, route, value)).Response.IsSuccessStatusCode;
                await AssertLooksAbsent(route, value, body: null);
            }

            Assert.That(found, Is.True, $"{route}: its owner finds nothing; add what it reads to the samples");
        }

        foreach (var route in reads.Where(route => !route.HasParameters && route.Method != "*"))
        {
            var answer = await _tenants.Stranger.Send(new HttpMethod(route.Method), route.Path + "?list=true");
            Assert.That(
                _tenants.Samples.Owned.Where(answer.Body.ToString().Contains), Is.Empty, $"{route} shows what another organization owns");
        }
    }

    [Test]
    public async Task A_write_to_a_foreign_thing_changes_nothing_and_is_answered_like_one_to_nothing()
    {
        var before = await _tenants.Snapshot();
        Assert.That(before, Has.Count.GreaterThan(4));
        var writes = _tenants.Routes.Where(route => route.Mutates && route.Policy != Route.Anonymous && route.Method != "*").ToArray();

        // What makes a thing by its name goes last: the stranger's own thing of that name is no foreign one.
        foreach (var route in writes.Where(route => route.HasParameters)
            .OrderBy(route => writes.Count(other => other.Path.StartsWith(route.Path + "/", StringComparison.Ordinal))))
        {
            foreach (var value in _tenants.ValuesFor(route))
            {
                await AssertLooksAbsent(route, value, _tenants.Samples.BodyFor(route));
            }
        }

        // Ids inside bodies, under every name that a body of the product has for one.
        var names = writes.SelectMany(route => route.Members).Where(IsReference).Concat(["id", "entity_ids"])
            .Distinct(StringComparer.Ordinal).ToArray();
        foreach (var (route, value) in writes.Where(route => !route.HasParameters).SelectMany(_ => _tenants.Samples.Owned,
            (route, value) => (route, value)))
        {
            var body = names.ToDictionary(
                name => name, name => (object)(name.EndsWith('s') ? new[] { value } : value), StringComparer.Ordinal);
            var reply = await _tenants.Stranger.Send(new HttpMethod(route.Method), route.Path, body);
            Assert.That((int)reply.Status, Is.LessThan(500), $"{route} {reply.Body}");
        }

        Assert.That(await _tenants.Snapshot(), Is.EqualTo(before));
    }

    private static bool IsReference(string member) =>
        member is "id" || member.EndsWith("_id", StringComparison.Ordinal) || member.EndsWith("_ids", StringComparison.Ordinal);

    private async Task AssertLooksAbsent(Route route, string value, object? body)
    {
        var unknown = Guid.TryParse(value, out _) ? Guid.NewGuid().ToString() : $"absent-{Guid.NewGuid():N}";
        var foreign = await Ask(_tenants.Stranger, route, value, body);
        var absent = await Ask(
            _tenants.Stranger,
            route,
            unknown,
            body is null ? null : JsonSerializer.Serialize(body).Replace(value, unknown, StringComparison.Ordinal));

        // An upsert by name makes the stranger's own thing of that name, once.
        if (!foreign.Response.IsSuccessStatusCode || !absent.Response.IsSuccessStatusCode)
        {
            Assert.That(foreign.Status, Is.EqualTo(absent.Status), $"{route} with the foreign {value}: {foreign.Body}");
            Assert.That(
                foreign.Body.ToString().Replace(value, "?", StringComparison.Ordinal),
                Is.EqualTo(absent.Body.ToString().Replace(unknown, "?", StringComparison.Ordinal)),
                $"{route} with the foreign {value}");
        }
    }

    private static Task<Reply> Ask(HttpClient caller, Route route, string value, object? body = null) =>
        caller.Send(
            new HttpMethod(route.Method), route.With(_ => value) + (IsTune(route) ? "/tune" : IsList(route) ? "?list=true" : ""), body);

    private static bool IsList(Route route) => route is { Method: "GET", Path: "/v1/auth/{mount}/role" };

    // Below this path there is nothing else, and its parameter is the rest of the path.
    private static bool IsTune(Route route) => route.Path.StartsWith("/v1/sys/mounts/auth/", StringComparison.Ordinal);
}

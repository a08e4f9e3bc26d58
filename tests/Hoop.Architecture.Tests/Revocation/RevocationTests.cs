using Hoop.Shared.Pipeline;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Revocation;

/// <summary>
/// Field report M9: every command that takes access away × the credentials that it concerns × two gateways. The second gateway remembers
/// the caller; when the first has answered the command, the second must answer otherwise at the very next request.
/// </summary>
[NonParallelizable]
public sealed class RevocationTests
{
    private World _world = null!;

    public static IEnumerable<TestCaseData> Cases => Revocations.All.Select(
        revocation => new TestCaseData(revocation.Name).SetName($"{{m}}({revocation.Name})"));

    [OneTimeSetUp]
    public async Task Start() => _world = await World.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _world.DisposeAsync();

    [TestCaseSource(nameof(Cases))]
    public async Task When_the_call_has_answered_no_gateway_honours_what_was(string name)
    {
        var revocation = Revocations.All.Single(one => one.Name == name);
        await _world.Second.Remembers();
        await _world.First.Remembers();
        var (credential, revoke) = await revocation.Prepare(_world);
        using var first = _world.First.As(credential);
        using var second = _world.Second.As(credential);
        var before = await World.WhoAmI(second);
        _ = await World.WhoAmI(first);
        var misses = _world.Misses;
        var remembered = await World.WhoAmI(second);

        Assert.Multiple(() =>
        {
            Assert.That(before, Does.StartWith("OK"), "it never had access, so the case shows nothing");
            Assert.That(remembered, Is.EqualTo(before));
            Assert.That(_world.Misses, Is.EqualTo(misses), "the second gateway does not remember the caller, so the case shows nothing");
        });

        await revoke();

        Assert.Multiple(async () =>
        {
            Assert.That(await World.WhoAmI(second), Is.Not.EqualTo(before), "the other gateway");
            Assert.That(await World.WhoAmI(first), Is.Not.EqualTo(before), "the gateway of the call");
        });
    }

    /// <summary>
    /// The announcement comes before the look at what there is to change: a call that is repeated because the first was not confirmed
    /// finds nothing left to do, and must wait for the confirmation all the same.
    /// </summary>
    [TestCaseSource(nameof(Cases))]
    public async Task A_repeated_call_announces_again_though_nothing_is_left_to_change(string name)
    {
        var (_, revoke) = await Revocations.All.Single(one => one.Name == name).Prepare(_world);
        await revoke();
        var before = _world.Announced;
        try
        {
            await revoke();
        }
        catch (InvalidOperationException)
        {
            // There is nothing any more: that is told, after the announcement.
        }

        Assert.That(_world.Announced, Is.GreaterThan(before));
    }

    [Test]
    public void Every_command_says_whether_it_takes_access_away()
    {
        var commands = Product.Modules
            .SelectMany(module => module.Assembly.GetTypes()
                .Where(type => !type.IsAbstract && typeof(ICommand).IsAssignableFrom(type))
                .Select(type => $"{module.Name}.{type.DeclaringType?.Name ?? type.Name}"))
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        var told = Revocations.All.Select(revocation => revocation.Command).Concat(Revocations.TakeNothingAway.Keys)
            .Distinct(StringComparer.Ordinal);

        Assert.Multiple(() =>
        {
            Assert.That(
                commands.Except(told), Is.Empty, "commands without a row in Revocations: add a case, or the reason why there is none");
            Assert.That(told.Except(commands), Is.Empty, "rows of commands that are gone");
        });
    }
}

using System.Net;
using Hoop.ServiceAccounts.Issuers;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>Who may ask an issuer about opaque tokens while others do.</summary>
public sealed class IntrospectionSlotsTests
{
    private readonly StillClock _clock = new();
    private IntrospectionSlots _slots = null!;

    [SetUp]
    public void Make() => _slots = new IntrospectionSlots(_clock);

    [Test]
    public void One_address_asks_few_at_once_and_gets_a_place_back_with_each_answer()
    {
        var taken = Take(100, _ => Address(1));
        Assert.That(taken, Has.Count.EqualTo(IntrospectionSlots.OfAddress));
        Assert.That(_slots.Take(wasActive: false, Address(2)), Is.Not.Null, "another one is not concerned");

        taken[0].Dispose();
        taken[0].Dispose();

        Assert.That(Take(10, _ => Address(1)), Has.Count.EqualTo(1), "and each only once");
    }

    [Test]
    public void A_network_of_IPv6_is_one_address() =>
        Assert.That(
            Take(100, i => IPAddress.Parse($"2001:db8::{i + 1:x}")), Has.Count.EqualTo(IntrospectionSlots.OfAddress));

    [Test]
    public void From_however_many_addresses_strangers_leave_places_for_tokens_that_were_active()
    {
        Assert.That(Take(1000, Address), Has.Count.EqualTo(IntrospectionSlots.OfStrangers));

        var known = Take(1000, _ => Address(1), wasActive: true);

        Assert.That(known, Has.Count.EqualTo(IntrospectionSlots.AtOnce - IntrospectionSlots.OfStrangers), "whatever their address");
    }

    [Test]
    public void Tokens_that_were_active_may_have_all_of_them()
    {
        Assert.That(Take(1000, _ => Address(1), wasActive: true), Has.Count.EqualTo(IntrospectionSlots.AtOnce));
        Assert.That(_slots.Take(wasActive: false, Address(2)), Is.Null);
    }

    [Test]
    public void Addresses_that_showed_bad_tokens_share_few_and_the_others_have_the_rest_until_they_are_forgiven()
    {
        for (var i = 0; i < 50; i++)
        {
            _slots.Suspect(Address(i));
        }

        var suspects = Take(50, Address);
        Assert.That(suspects, Has.Count.EqualTo(IntrospectionSlots.OfSuspects));
        Assert.That(
            Take(1000, i => Address(1000 + i)), Has.Count.EqualTo(IntrospectionSlots.OfStrangers - IntrospectionSlots.OfSuspects));

        // A place is given back as what it was taken as, also when the address has a better name by then.
        _clock.Pass(IntrospectionSlots.Suspicion);
        suspects.ForEach(slot => slot.Dispose());
        Assert.That(_slots.IsSuspect(Address(1)), Is.False);
        Assert.That(Take(50, Address), Has.Count.EqualTo(IntrospectionSlots.OfSuspects));
    }

    [Test]
    public void However_many_addresses_come_what_is_kept_of_them_is_bounded_and_ends()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _slots.Suspect(Address(i));
        }

        Assert.That((_slots.IsSuspect(Address(1)), _slots.IsSuspect(Address(9_999))), Is.EqualTo((true, false)));
        _clock.Pass(IntrospectionSlots.Suspicion);
        _slots.Suspect(Address(9_999));
        Assert.That((_slots.IsSuspect(Address(1)), _slots.IsSuspect(Address(9_999))), Is.EqualTo((false, true)));
    }

    [Test]
    public void Questions_of_nobody_in_particular_stand_with_strangers()
    {
        Assert.That(Take(1000, _ => null), Has.Count.EqualTo(IntrospectionSlots.OfStrangers));
        _slots.Suspect(null);
        Assert.That(_slots.IsSuspect(null), Is.False);
    }

    private List<IDisposable> Take(int count, Func<int, IPAddress?> address, bool wasActive = false) =>
        [.. Enumerable.Range(0, count).Select(i => _slots.Take(wasActive, address(i))).OfType<IDisposable>()];

    private static IPAddress Address(int i) => new([10, 1, (byte)(i >> 8), (byte)i]);
}

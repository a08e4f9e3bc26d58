using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>
/// A person has signed in at its issuer, and this is what the verified token says. Registers who is new, and writes what the issuer tells
/// now, in the transaction of whoever sends it. Refused with <c>inactive_person</c>, <c>not_invited</c>, <c>groups_unknown</c> or
/// <c>quota</c>; then nothing may be written.
/// </summary>
/// <param name="Email">Only when the issuer vouches for it; else empty.</param>
/// <param name="Name">For people to read.</param>
/// <param name="Groups">Null when the issuer did not say; that is not the same as none.</param>
/// <param name="AsksForGroups">Whether the issuer should have said. False: groups are set by admins alone.</param>
/// <param name="KeepGroups">How long the last known groups stay while the issuer does not say; zero: not at all.</param>
/// <param name="OnlyInvited">Nobody new comes in by itself.</param>
/// <param name="TokenFor">How long a token of the gateway's own shall hold; null: none is made.</param>
public sealed record RegisterPerson(
    Guid OrgId,
    string Issuer,
    string Subject,
    string Email,
    string Name,
    IReadOnlyList<string>? Groups,
    bool AsksForGroups,
    TimeSpan KeepGroups,
    bool OnlyInvited,
    TimeSpan? TokenFor) : IRequest<Verdict<RegisteredPerson>>
{
    /// <summary>When the issuer said all this; null for now. Groups that it told later stay.</summary>
    public DateTimeOffset? ToldAt { get; init; }
}

/// <param name="IsNew">This was the first sign-in.</param>
/// <param name="Groups">All that count, of admins and of the issuer.</param>
/// <param name="GroupsKnown">False: the issuer did not say, and those of before count.</param>
/// <param name="SharesEmail">Another person of the organization has the same address.</param>
/// <param name="Token">In clear text, when one was asked for.</param>
public sealed record RegisteredPerson(
    Guid Id,
    bool IsNew,
    string Email,
    string Name,
    IReadOnlyList<string> Groups,
    bool GroupsKnown,
    bool SharesEmail,
    string? Token,
    DateTimeOffset? TokenExpiresAt)
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => $"{nameof(RegisteredPerson)} {{ Id = {Id} }}";
}

/// <summary>
/// From now on what the issuer told of groups counts no longer than this, also for those who signed in when it was longer. Nobody's time
/// gets longer: that is for the next sign-in. In the transaction of whoever sends it, who also announces it.
/// </summary>
/// <param name="Keep">As a sign-in writes it.</param>
/// <returns>How many people it concerns.</returns>
public sealed record KeepGroupsNoLonger(Guid OrgId, string Issuer, TimeSpan Keep) : IRequest<int>;

using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>
/// Somebody is let in no more, or has less rights from now on. Published in the transaction that decides it, by the module that vouches for
/// them: what they made that would outlive them, API tokens and tokens of Vault's kind with their children, ends with the same answer.
/// </summary>
/// <param name="OrgId">Where they were somebody.</param>
/// <param name="Who">Each of them.</param>
/// <param name="Below">And all whose name begins like one of these, in the same mount.</param>
/// <param name="Reason">As the audit trail spells it.</param>
public sealed record CallersLeaving(
    Guid OrgId, IReadOnlyCollection<Alias> Who, IReadOnlyCollection<Alias> Below, string Reason) : INotification
{
    /// <summary>Of people in <see cref="Below"/> end not only the tokens of their sign-ins, but also those that they made.</summary>
    public bool WithPersonalTokens { get; init; }
}

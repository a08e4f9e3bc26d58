namespace Hoop.Federation.Principals;

/// <summary>Who a session acts as at a provider: an account, a role, a subject. Only a provider's own rules make one.</summary>
/// <param name="Name">As the provider spells it.</param>
internal sealed record Principal(string Name)
{
    /// <summary>What may surprise; for a dry run.</summary>
    public string? Warning { get; init; }

    public override string ToString() => Name;
}

namespace Hoop.Shared;

/// <summary>
/// The rule that all names share, whatever else each kind allows: none begins with a dash, because a command line would take it for an
/// option. <see cref="ResourceName"/> implies it.
/// </summary>
public static class LeadingDash
{
    /// <summary>The rule in words, after the member's name.</summary>
    public const string Problem = "must not begin with a dash: a command line would take it for an option";

    public static bool IsIn(ReadOnlySpan<char> name) => name is ['-', ..];
}

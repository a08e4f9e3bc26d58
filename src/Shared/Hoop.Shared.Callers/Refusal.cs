namespace Hoop.Shared.Callers;

/// <summary>
/// Why a credential or an identity was refused: for logs, metrics and an admin who asks. To the one who presents it all refusals
/// look the same.
/// </summary>
/// <param name="Code">Stable, snake_case, fit for a metric label; those of tokens are listed in <c>TokenRefusalCodes</c>.</param>
/// <param name="Reason">One printable line for a person. It never holds the token.</param>
public sealed record Refusal(string Code, string Reason)
{
    /// <summary>What the default value of a verdict stands for.</summary>
    internal static Refusal Nothing { get; } = Malformed("nothing was verified");

    /// <summary>The token cannot be read as one.</summary>
    public static Refusal Malformed(string reason) => new("malformed", reason);
}

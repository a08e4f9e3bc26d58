using System.Text.Json.Serialization;

namespace Hoop.Shared.Callers;

/// <summary>
/// Why a credential or an identity was refused: for logs, metrics and an admin who asks. To the one who presents it all refusals
/// look the same.
/// </summary>
/// <param name="Code">Stable, snake_case, fit for a metric label; those of tokens are listed in <c>TokenRefusalCodes</c>.</param>
/// <param name="Reason">One printable line for a person. It never holds the token.</param>
public sealed record Refusal(string Code, string Reason)
{
    /// <summary>The code of what was not looked at, because too many others are.</summary>
    public const string Busy = "busy";

    /// <summary>The code of what was not looked at, because too many bad ones came from the same address.</summary>
    public const string TooMany = "too_many";

    /// <summary>The code of what could not be looked at, because no key of its issuer is known at this moment.</summary>
    public const string NoKeys = "no_keys";

    /// <summary>The credential was not looked at: it may be good, and whoever presents it may come again.</summary>
    [JsonIgnore]
    public bool IsForNow => Code is Busy or TooMany or NoKeys;

    /// <summary>When to come again, for what was not looked at.</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the default value of a verdict stands for.</summary>
    internal static Refusal Nothing { get; } = Malformed("nothing was verified");

    /// <summary>The token cannot be read as one.</summary>
    public static Refusal Malformed(string reason) => new("malformed", reason);
}

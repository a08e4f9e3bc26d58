namespace Hoop.Client.Tokens;

/// <summary>Gives the token of each call.</summary>
public interface IHoopTokens
{
    /// <summary>A token that is good now.</summary>
    ValueTask<string> Token(CancellationToken cancellationToken);
}

/// <summary>A token and its end.</summary>
/// <param name="Value">Opaque to the client.</param>
/// <param name="ExpiresAt">Null: it is not known to end.</param>
public sealed record HoopToken(string Value, DateTimeOffset? ExpiresAt)
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => $"{nameof(HoopToken)} {{ ExpiresAt = {ExpiresAt:O} }}";
}

/// <summary>One token for good: an API token, or what another program keeps fresh.</summary>
public sealed class FixedToken(string token) : IHoopTokens
{
    public ValueTask<string> Token(CancellationToken cancellationToken) => ValueTask.FromResult(token);
}

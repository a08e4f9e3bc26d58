using Hoop.Host.Authentication;
using Hoop.Shared.Configuration;

namespace Hoop.Host.Startup;

/// <summary>What may be an operator's token, wherever it comes from.</summary>
internal static class OperatorTokenText
{
    private const int Shortest = 16;

    /// <param name="place">The variable or the file, named to the operator.</param>
    /// <exception cref="ConfigurationException">It can be guessed, cannot be sent, or would be taken for a token of another
    /// kind.</exception>
    public static string Check(string token, string place) => token switch
    {
        { Length: < Shortest } => throw new ConfigurationException(place, $"must have at least {Shortest} characters"),
        _ when token.Any(character => character is <= ' ' or > '~') =>
            throw new ConfigurationException(place, "must be printable ASCII without blanks"),
        _ when TokenShapes.Of(token) is not (TokenShape.ApiToken or TokenShape.OpaqueToken) =>
            throw new ConfigurationException(place, "must not look like a JWT (two dots) or an agent's key (xagt-, ://)"),
        _ => token,
    };
}

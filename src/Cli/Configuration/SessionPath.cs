using System.Security.Cryptography;
using System.Text;

namespace Hoop.Cli.Configuration;

/// <summary>Where <c>hoop login</c> keeps what it got: <c>$HOME/.hoop/sessions/NAME.json</c>, one file a gateway.</summary>
internal static class SessionPath
{
    /// <param name="variable">Of the environment.</param>
    /// <param name="gateway">One address is one session.</param>
    /// <returns>Null without HOME.</returns>
    public static string? For(Func<string, string?> variable, Uri gateway)
    {
        if (variable("HOME") is not { Length: > 0 } home)
        {
            return null;
        }

        var address = gateway.AbsoluteUri.TrimEnd('/');
        var host = string.Concat(gateway.Authority.Select(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '-' ? one : '_'));
        // Two contexts of one gateway are two callers.
        var context = Contexts.Current(variable);
        host = context == Contexts.Default ? host : $"{context}@{host}";
        var name = $"{host}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address)))[..12]}.json";
        return Path.Combine(home, ".hoop", "sessions", name);
    }
}

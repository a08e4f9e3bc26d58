using System.Security.Cryptography;
using System.Text;

namespace Hoop.Federation.Sessions;

/// <summary>SHA-256 in lowercase hex: names in the audit trail what ran, without repeating what may hold credentials.</summary>
internal static class Digest
{
    /// <summary>As <c>printf '%s' "$script" | sha256sum</c> prints it.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Each argument followed by NUL, as the kernel shows them: <c>sha256sum /proc/PID/cmdline</c> of the running command.
    /// </summary>
    public static string OfArguments(IEnumerable<string> arguments) => Of(string.Concat(arguments.Select(argument => argument + '\0')));
}

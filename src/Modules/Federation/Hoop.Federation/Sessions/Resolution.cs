using Hoop.Federation.Principals;
using Hoop.Federation.Providers;

namespace Hoop.Federation.Sessions;

/// <summary>A user's credentials for one session, and what they take the place of.</summary>
internal sealed record Resolution(IProvider Provider, Principal Principal, Issued Issued, bool FallbackApplied)
{
    /// <summary>Why the user's own account was refused, when another took its place.</summary>
    public string? FallbackReason { get; init; }

    /// <summary>The given variables without the superseded ones, then the federated ones, which win.</summary>
    public Dictionary<string, string> Overlay(IEnumerable<KeyValuePair<string, string>> given)
    {
        var result = Kept(given).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in Issued.Variables)
        {
            result[name] = value;
        }

        return result;
    }

    /// <summary>
    /// The given files without the superseded ones, then the federated ones. A file becomes a variable that holds its path, so one with
    /// the name of a federated variable would hide it.
    /// </summary>
    public Dictionary<string, string> Files(IEnumerable<KeyValuePair<string, string>> given)
    {
        var result = Kept(given).Where(entry => !Issued.Variables.ContainsKey(entry.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, content) in Issued.Files)
        {
            result[name] = content;
        }

        return result;
    }

    /// <summary>The names that a session strips from these secrets, in their order.</summary>
    public IReadOnlyList<string> SupersededOf(IEnumerable<KeyValuePair<string, string>> given) =>
        [.. given.Where(IsSuperseded).Select(entry => entry.Key).Distinct().Order(StringComparer.Ordinal)];

    private IEnumerable<KeyValuePair<string, string>> Kept(IEnumerable<KeyValuePair<string, string>> given) =>
        given.Where(entry => !IsSuperseded(entry) && !Issued.Files.ContainsKey(entry.Key) && !Issued.Renewed.ContainsKey(entry.Key));

    private bool IsSuperseded(KeyValuePair<string, string> entry) => Provider.Supersedes(entry.Key, entry.Value, Issued);
}

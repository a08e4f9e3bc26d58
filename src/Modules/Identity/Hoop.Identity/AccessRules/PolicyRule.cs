using System.Text.Json;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AccessRules;

/// <summary>What a rule grants.</summary>
[Flags]
internal enum Capabilities
{
    None = 0,
    Deny = 1,
    Create = 1 << 1,
    Read = 1 << 2,
    Update = 1 << 3,
    Delete = 1 << 4,
    List = 1 << 5,
    Sudo = 1 << 6,
    Patch = 1 << 7,

    /// <summary>Vault knows them, and nothing here needs them: <c>subscribe</c>, <c>recover</c>, <c>scan</c>.</summary>
    Unused = 1 << 8,
}

/// <summary>How Vault spells capabilities.</summary>
internal static class CapabilityNames
{
    private static readonly (string Name, Capabilities Value)[] All =
    [
        ("create", Capabilities.Create), ("delete", Capabilities.Delete), ("deny", Capabilities.Deny), ("list", Capabilities.List),
        ("patch", Capabilities.Patch), ("read", Capabilities.Read), ("sudo", Capabilities.Sudo), ("update", Capabilities.Update),
    ];

    public static Capabilities? Of(string name) => name is "subscribe" or "recover" or "scan"
        ? Capabilities.Unused
        : Array.Find(All, one => one.Name == name) is { Name: not null } found ? found.Value : null;

    /// <summary>The old short forms, which stand for several.</summary>
    public static Capabilities? OfShortForm(string policy) => policy switch
    {
        "deny" => Capabilities.Deny,
        "read" => Capabilities.Read | Capabilities.List,
        "write" => Capabilities.Create | Capabilities.Read | Capabilities.Update | Capabilities.Delete | Capabilities.List,
        "sudo" => OfShortForm("write") | Capabilities.Sudo,
        _ => null,
    };

    /// <summary>Sorted; <c>deny</c> when there is none.</summary>
    public static string[] Of(Capabilities capabilities) =>
        capabilities.HasFlag(Capabilities.Deny) || (capabilities & ~Capabilities.Unused) == Capabilities.None
            ? ["deny"]
            : [.. All.Where(one => capabilities.HasFlag(one.Value)).Select(one => one.Name)];
}

/// <summary>What the fields of a request may be. Names are lower case; no values means any.</summary>
internal sealed record ParameterRules(
    IReadOnlyList<string> Required,
    IReadOnlyDictionary<string, IReadOnlyList<JsonElement>>? Allowed,
    IReadOnlyDictionary<string, IReadOnlyList<JsonElement>>? Denied) : IFieldRules
{
    public static readonly ParameterRules None = new([], Allowed: null, Denied: null);

    public bool Allows(IReadOnlyDictionary<string, VaultValue> fields, VaultFields declared) =>
        ParameterCheck.Allows(this, fields, declared);

    /// <summary>How many names and values they are.</summary>
    public int Count => Required.Count + CountOf(Allowed) + CountOf(Denied);

    private static int CountOf(IReadOnlyDictionary<string, IReadOnlyList<JsonElement>>? values) =>
        values?.Sum(parameter => 1 + parameter.Value.Count) ?? 0;
}

/// <summary>One <c>path</c> of a policy.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Line">Where it stands.</param>
/// <param name="Path">As it is written, without a slash in front: with its glob, its <c>+</c> and its templates.</param>
/// <param name="NeedsWrapping">True when only a wrapped answer may be given, which this gateway never gives.</param>
internal sealed record PolicyRule(
    string Policy, int Line, string Path, Capabilities Capabilities, ParameterRules Parameters, bool NeedsWrapping)
{
    public PathPattern Pattern { get; } = new(Path);

    /// <summary>About how many bytes it takes to remember the rule.</summary>
    public long Weight => 400 + (Path.Length * 4L) + (Pattern.Segments * 48L) + (Parameters.Count * 400L);

    public bool IsDeny => Capabilities.HasFlag(Capabilities.Deny);

    public bool IsTemplate => Path.Contains("{{", StringComparison.Ordinal);

    /// <summary>The same rule for another path. Not by <c>with</c>, which would keep the pattern.</summary>
    public PolicyRule At(string path) => new(Policy, Line, path, Capabilities, Parameters, NeedsWrapping);
}

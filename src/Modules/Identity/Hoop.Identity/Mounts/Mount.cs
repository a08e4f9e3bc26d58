using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared.Configuration;

namespace Hoop.Identity.Mounts;

/// <summary>What vouches for names: one of the gateway's own sources, or one that an organization enabled.</summary>
/// <param name="Path">Ends with a slash, without <c>auth/</c> in front.</param>
/// <param name="Builtin">The gateway's own: it is neither changed nor disabled.</param>
/// <param name="Config">JSON object of texts.</param>
/// <param name="Options">JSON object of texts, or null.</param>
internal sealed record Mount(
    string Accessor, Guid Id, string Path, string Type, string Description, bool Local, bool Builtin, string Config, string? Options)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns =
        "accessor, id, path, type, description, local, builtin, config::text AS config, options::text AS options";

    public MountView ToView() => new(
        Accessor,
        Type,
        Description,
        Local,
        SealWrap: false,
        ExternalEntropyAccess: false,
        Options,
        Id,
        PluginVersion: "",
        RunningPluginVersion: "",
        RunningSha256: "",
        DeprecationStatus: "supported",
        MountConfig.Of(Config));
}

/// <summary>As Vault answers it.</summary>
internal sealed record MountView(
    string Accessor,
    string Type,
    string Description,
    bool Local,
    bool SealWrap,
    bool ExternalEntropyAccess,
    [property: JsonConverter(typeof(StoredJson))] string? Options,
    Guid Uuid,
    string PluginVersion,
    string RunningPluginVersion,
    [property: JsonPropertyName("running_sha256")] string RunningSha256,
    string DeprecationStatus,
    MountConfig Config);

/// <param name="DefaultLeaseTtl">Seconds; 0 for the gateway's own default.</param>
/// <param name="MaxLeaseTtl">Seconds; 0 for the gateway's own limit.</param>
internal sealed record MountConfig(
    long DefaultLeaseTtl,
    long MaxLeaseTtl,
    bool ForceNoCache,
    string TokenType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ListingVisibility)
{
    public const string DefaultTokenType = "default-service";

    public static MountConfig Of(string json)
    {
        var texts = JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;
        return new MountConfig(
            SecondsOf(texts.GetValueOrDefault("default_lease_ttl", "")) ?? 0,
            SecondsOf(texts.GetValueOrDefault("max_lease_ttl", "")) ?? 0,
            ForceNoCache: false,
            texts.GetValueOrDefault("token_type", "") is { Length: > 0 } type ? type : DefaultTokenType,
            texts.GetValueOrDefault("listing_visibility", "") is { Length: > 0 } visibility ? visibility : null);
    }

    /// <summary>The longest life in seconds: of the tuning (null: there is none) and of the gateway the lesser.</summary>
    public static int MostOf(string? tuning, int ofGateway) =>
        tuning is not null && Of(tuning).MaxLeaseTtl is > 0 and var most ? (int)Math.Min(most, ofGateway) : ofGateway;

    /// <summary>Whole seconds, or a duration with units; empty and <c>system</c> mean the default. Null for anything else.</summary>
    public static long? SecondsOf(string text) => text switch
    {
        "" or "system" or "0" => 0,
        _ when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) =>
            seconds <= MaxSeconds ? seconds : null,
        _ => GoDuration.TryParse(text, out var duration) && duration >= TimeSpan.Zero ? (long)duration.TotalSeconds : null,
    };

    private const long MaxSeconds = 10L * 366 * 24 * 3600;
}

internal static class MountErrors
{
    /// <summary>Below <c>sys/mounts/auth</c> there is nothing else; told in Vault's words.</summary>
    public static readonly Error OnlyTune = Error.NotFound("only /tune of a mount is here", "no_route");

    public static readonly Error NoType = Error.Malformed("backend type must be specified as a string");

    public static readonly Error TokenType = Error.Malformed("token credential backend cannot be instantiated");

    public static readonly Error Builtin = Error.Malformed("the mount is one of the gateway's own: it is neither changed nor disabled");

    public static readonly Error BadPath = Error.Malformed(
        "path: use letters, digits and . _ : @ - in parts between slashes, at most 256 characters; the last part is not \"tune\"");

    public static Error None(string path) => Error.Malformed($"No auth engine at {path}");

    public static Error Taken(string path) => Error.Conflict($"path is already in use at {path}");

    /// <summary>Of whatever names a mount by its accessor.</summary>
    public static Error NoAccessor(string accessor) => Error.Malformed($"invalid mount accessor \"{Shown(accessor)}\"");

    public static string Shown(string text) => text.Length <= 128 ? text : text[..128];
}

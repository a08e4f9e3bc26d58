namespace Hoop.Identity.Mounts;

/// <summary>What a write may say about a mount.</summary>
internal static class MountChange
{
    private static readonly string[] Settings = ["default_lease_ttl", "max_lease_ttl", "token_type", "listing_visibility"];

    /// <summary>The settings that are kept; what else Vault has is taken and dropped.</summary>
    public static IReadOnlyDictionary<string, string> ReadConfig(IReadOnlyDictionary<string, string>? given) =>
        (given ?? new Dictionary<string, string>()).Where(setting => Settings.Contains(setting.Key))
            .ToDictionary(setting => setting.Key, setting => setting.Value, StringComparer.Ordinal);

    /// <summary>The first rule that is broken, in words, or null.</summary>
    public static string? ProblemOf(
        string description, IReadOnlyDictionary<string, string> config, IReadOnlyDictionary<string, string>? options) =>
        description.Length > 1024 ? "description: at most 1024 characters"
        : options is { Count: > 64 } || options?.Any(option => option.Key.Length > 128 || option.Value.Length > 512) == true
            ? "options: at most 64, with names of at most 128 and values of at most 512 characters"
        : config.Keys.FirstOrDefault(
            name => name.EndsWith("_ttl", StringComparison.Ordinal) && MountConfig.SecondsOf(config[name]) is null) is { } ttl
            ? $"{ttl}: use whole seconds or a duration such as 24h"
        : config.GetValueOrDefault("token_type") is not (null or "" or "default-service" or "default-batch" or "service" or "batch")
            ? "invalid value for 'token_type'"
        : config.GetValueOrDefault("listing_visibility") is not (null or "" or "hidden" or "unauth")
            ? "invalid listing_visibility type"
        : null;
}

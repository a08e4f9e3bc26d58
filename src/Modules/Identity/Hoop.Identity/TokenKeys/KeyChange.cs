using Hoop.Identity.Vault;

namespace Hoop.Identity.TokenKeys;

/// <summary>What one write says about a key. An absent field keeps what is stored.</summary>
internal sealed record KeyChange(
    int? RotationPeriod, int? VerificationTtl, int? PublishAhead, string? Algorithm, Field<string[]> AllowedClientIds)
{
    private const int MostClientIds = 1000;
    private const int MostCharacters = 255;

    /// <summary>The first rule about a single field that this breaks, or null.</summary>
    public string? Problem =>
        RotationPeriod < 60 ? KeyErrors.RotationPeriod.Message
        : Algorithm is { } name && !KeyMaterial.Algorithms.Contains(name, StringComparer.Ordinal) ? KeyErrors.Algorithm(name).Message
        : AllowedClientIds.Value is { Length: > MostClientIds } ? $"allowed_client_ids: use at most {MostClientIds}, or *"
        : AllowedClientIds.Value?.Any(id => id.Length is 0 or > MostCharacters) == true
            ? $"allowed_client_ids: an id has 1 to {MostCharacters} characters"
        : null;

    public static KeyChange Read(VaultBody body) => new(
        Seconds(body, "rotation_period"),
        Seconds(body, "verification_ttl"),
        Seconds(body, "publish_ahead"),
        body.Has("algorithm") ? body.Text("algorithm") : null,
        body.List("allowed_client_ids"));

    public SigningKey On(SigningKey stored, DateTime now)
    {
        var period = RotationPeriod ?? stored.RotationPeriod;
        var planned = now.AddSeconds(period);
        return stored with
        {
            RotationPeriod = period,
            VerificationTtl = VerificationTtl ?? stored.VerificationTtl,
            PublishAhead = PublishAhead ?? stored.PublishAhead,
            Algorithm = Algorithm ?? stored.Algorithm,
            AllowedClientIds = AllowedClientIds.IsSupplied
                ? [.. (AllowedClientIds.Value ?? []).Distinct(StringComparer.Ordinal)]
                : stored.AllowedClientIds,
            RotatesAt = RotationPeriod is not null && planned < stored.RotatesAt ? planned : stored.RotatesAt,
        };
    }

    /// <summary>What does not fit together in the whole, or null.</summary>
    public static Error? Misfit(SigningKey key) =>
        key.VerificationTtl > 10L * key.RotationPeriod ? KeyErrors.VerificationTtl
        : key.PublishAhead > key.RotationPeriod ? KeyErrors.PublishAhead
        : null;

    private static int? Seconds(VaultBody body, string field) => body.Has(field) ? body.Seconds(field) : null;
}

using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>Who answers for a thing and until when it may act. A supplied empty value clears, an absent one leaves.</summary>
internal sealed record Hygiene(Field<string> Owner, Field<string> ExpiresAt)
{
    public static readonly VaultField[] Fields =
    [
        VaultField.Text("owner", "Who answers for it; at most 256 characters."),
        VaultField.Text("expires_at", "RFC 3339: from then on it is refused. Empty: never."),
    ];

    public static Hygiene Read(VaultBody body) => new(
        body.Has("owner") ? Field<string>.Of(body.Text("owner")) : default,
        body.Has("expires_at") ? Field<string>.Of(body.Text("expires_at")) : default);

    public DateTime? Expiry => Rfc3339.TryParse(ExpiresAt.Value, out var time) ? time.UtcDateTime : null;

    public string? OwnerText => Owner.Value is { Length: > 0 } owner ? owner : null;

    public string? Problem =>
        Owner.Value is { Length: > 256 } || Owner.Value?.Any(char.IsControl) == true
            ? "owner: at most 256 characters, without control characters"
        : ExpiresAt.Value is { Length: > 0 } && Expiry is null ? "expires_at: use a time such as 2030-01-31T12:00:00Z"
        : null;

    public void AddTo(AuditFields facts)
    {
        if (Owner.IsSupplied)
        {
            facts.Add("owner", OwnerText);
        }

        if (ExpiresAt.IsSupplied)
        {
            facts.Add("expires_at", Expiry);
        }
    }
}

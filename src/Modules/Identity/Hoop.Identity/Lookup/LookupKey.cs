using Hoop.Identity.Vault;

namespace Hoop.Identity.Lookup;

/// <summary>What a lookup asks by: exactly one of id, name and alias id, or the pair of an alias' name and accessor.</summary>
internal sealed record LookupKey(string? Id, string? Name, string? AliasId, string? AliasName, string? Accessor)
{
    private static readonly string[] Names = ["id", "name", "alias_id", "alias_name", "alias_mount_accessor"];

    public static readonly VaultFields Fields =
    [
        VaultField.Text("id", "Of what is looked for."),
        VaultField.Text("name", "Of what is looked for, in any case."),
        VaultField.Text("alias_id", "Of its alias."),
        VaultField.Text("alias_name", "Of its alias, together with alias_mount_accessor."),
        VaultField.Text("alias_mount_accessor", "Of its alias, together with alias_name."),
        VaultField.Text("type", "Taken and not used."),
    ];

    /// <summary>A field counts as soon as it is named, also with an empty value.</summary>
    public static Result<LookupKey> Read(VaultBody body)
    {
        var given = Names.Where(body.Has).ToArray();
        var texts = given.ToDictionary(name => name, body.Text, StringComparer.Ordinal);
        if (body.Error is { } error)
        {
            return error;
        }

        var isPair = given is ["alias_name", "alias_mount_accessor"] && texts.Values.All(text => text.Length > 0);
        return given.Length switch
        {
            0 => Error.Malformed("query parameter not supplied"),
            > 1 when !isPair => Error.Malformed("query parameter conflict; please supply distinct set of query parameters"),
            1 when given[0] is "alias_name" or "alias_mount_accessor" =>
                Error.Malformed("both 'alias_name' and 'alias_mount_accessor' needs to be set"),
            _ => new LookupKey(
                texts.GetValueOrDefault("id"),
                texts.GetValueOrDefault("name"),
                texts.GetValueOrDefault("alias_id"),
                texts.GetValueOrDefault("alias_name"),
                texts.GetValueOrDefault("alias_mount_accessor")),
        };
    }

    /// <summary>The parameters of a statement that finds the owner of an alias.</summary>
    public object AliasValues => new
    {
        Id = AliasId is { } text ? VaultIdConstraint.Parse(text) : null,
        NameKey = AliasName is null ? null : AsciiCase.Fold(AliasName),
        Accessor,
    };
}

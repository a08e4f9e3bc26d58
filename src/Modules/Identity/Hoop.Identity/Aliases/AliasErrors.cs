namespace Hoop.Identity.Aliases;

/// <summary>In Vault's words; the blanks at the end of some are Vault's.</summary>
internal static class AliasErrors
{
    public static readonly Error NotFound = Error.NotFound();

    public static readonly Error NoSuchId = Error.Malformed("invalid alias ID provided");

    public static readonly Error NoFactors = Error.Malformed("'id' or 'mount_accessor' and 'name' must be provided");

    public static readonly Error NoEntity = Error.Malformed("invalid canonical ID");

    public static readonly Error HasOne = Error.Conflict("Alias already exists for requested entity and mount accessor");

    public static readonly Error HasOneOnNewMount = Error.Conflict(
        "Alias cannot be updated as the entity already has an alias for the given 'mount_accessor' ");

    public static readonly Error NameTaken = Error.Conflict("alias with combination of mount accessor and name already exists");

    public static readonly Error IsLocal = Error.Malformed("local aliases can't be moved between entities");

    public static readonly Error NoTarget = Error.Malformed("given 'canonical_id' is not associated with an entity");

    public static readonly Error TargetHasOne = Error.Conflict(
        "Alias cannot be updated as the given entity already has an alias for this mount ");
}

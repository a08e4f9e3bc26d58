namespace Hoop.Shared;

/// <summary>
/// The organization that exists from the first start on; what <c>HOOP_SPIFFE_*</c> and <c>HOOP_OIDC_*</c> configure belongs to it.
/// Its id follows from its name, so that no module has to ask for it.
/// </summary>
public static class DefaultOrganization
{
    public const string Name = "default";

    public static readonly Guid Id = UuidV5.Create(UuidV5.Url, "organization/default");
}

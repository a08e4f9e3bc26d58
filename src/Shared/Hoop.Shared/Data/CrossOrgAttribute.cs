namespace Hoop.Shared.Data;

/// <summary>States why a statement has no <c>@OrgId</c>. An architecture test refuses statements that have neither.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class CrossOrgAttribute(string reason) : Attribute
{
    public string Reason { get; } = reason;
}

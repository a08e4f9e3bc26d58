using System.Text.Json.Serialization;
using Hoop.Identity.Audit;
using Hoop.Identity.Organizations;

namespace Hoop.Identity.Callers;

/// <summary>GET /api/userinfo. Who am I? For every kind of caller: person, service account, API token, agent.</summary>
internal static class GetUserInfo
{
    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/userinfo", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated)
        .WithName(nameof(GetUserInfo));

    internal sealed record Request : IQuery<Response>;

    /// <param name="Id">The subject, as hoop answers it for service accounts.</param>
    /// <param name="Kind"><c>operator</c>, <c>api_token</c>, <c>user</c>, <c>service_account</c> or <c>agent</c>.</param>
    /// <param name="Email">A person's address; for everybody else the subject again: hoop's clients read the account from here.</param>
    /// <param name="Verified">False for a person whose issuer vouches for no address.</param>
    /// <param name="PersonId">The person, or the one that the token belongs to.</param>
    /// <param name="Status">Always <c>active</c>: whoever is not, is not signed in.</param>
    /// <param name="Role"><c>admin</c>, <c>auditor</c> or <c>standard</c>, from the groups.</param>
    /// <param name="Policies">Of the entity and its groups, when there is an entity.</param>
    /// <param name="ExpiresAt">When the credential of this request ends, when it does.</param>
    internal sealed record Response(
        string Id,
        string Subject,
        string Kind,
        string Name,
        string Email,
        string Picture,
        string SlackId,
        string Status,
        bool Verified,
        Role Role,
        bool IsAdmin,
        IReadOnlyList<string> Groups,
        Guid OrgId,
        string OrgName,
        string TenancyType,
        bool IsMultitenant,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? PersonId,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? EntityId,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Policies,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? AgentId,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ExpiresAt);

    internal sealed class Handler(
        OrganizationNames organizations, ICaller caller, IServiceProvider services) : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var me = caller.Current!;
            return await organizations.Of(me.OrgId, services, cancellationToken) is not { } organization
                ? Error.Unauthenticated
                : new Response(
                    Id: me.Subject,
                    Subject: me.Subject,
                    Kind: AuditNames.Of(me.Kind),
                    Name: me.Name,
                    Email: me.Email ?? (me.Kind == CallerKind.User ? "" : me.Subject),
                    Picture: "",
                    SlackId: "",
                    Status: "active",
                    Verified: me.Kind != CallerKind.User || me.Email is not null,
                    Role: me.Role,
                    IsAdmin: me.Role == Role.Admin,
                    Groups: me.Groups,
                    OrgId: me.OrgId,
                    OrgName: organization,
                    TenancyType: "multitenant",
                    IsMultitenant: true,
                    me.PersonId,
                    me.EntityId,
                    me.EntityId is null ? null : me.Policies,
                    me.AgentId,
                    me.ExpiresAt?.UtcDateTime);
        }
    }
}

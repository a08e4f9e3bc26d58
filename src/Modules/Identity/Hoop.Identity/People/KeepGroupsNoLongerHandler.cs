using Hoop.Identity.Contracts;

namespace Hoop.Identity.People;

/// <summary>Takes back what sign-ins of before were promised.</summary>
internal sealed class KeepGroupsNoLongerHandler(Db db) : IRequestHandler<KeepGroupsNoLonger, int>
{
    // Who signed in at a gateway of an earlier version has the usual day.
    private const string ShortenSql = """
        UPDATE identity.people
        SET issuer_groups_keep_seconds = @Seconds
        WHERE org_id = @OrgId AND issuer = @Issuer AND coalesce(issuer_groups_keep_seconds, 86400) > @Seconds
        """;

    public Task<int> Handle(KeepGroupsNoLonger request, CancellationToken cancellationToken)
    {
        db.Announce(Person.Topic, key: null);
        return db.Of(request.OrgId).Execute(
            ShortenSql, new { Seconds = (int)request.Keep.TotalSeconds, request.Issuer }, cancellationToken);
    }
}
